//! Who there is, what the policies are, and what follows from them for whom, as system tables.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use huitong_catalog::Result;
use huitong_catalog::clock::Timestamp;
use huitong_catalog::identity::{Office, Principal, Scope, UserInfo, Via};
use huitong_catalog::policy::Policies;

use crate::engine::Engine;
use crate::guard::access::{Access, Seen};
use crate::system::{NEWEST, batch, text, time};

pub const PRINCIPALS: &str = "principals";
pub const POLICIES: &str = "policies";
pub const GRANTS: &str = "grants";
pub const TOKENS: &str = "tokens";

/// Users whose rights are listed; each is asked of every policy.
const USERS_MAX: usize = 1000;

/// Users as `access` may know them: themselves, and holders of offices all.
async fn known(engine: &Engine, access: &Access) -> Result<Vec<UserInfo>> {
    let principal = access.principal();
    let all = Office::ALL.iter().any(|office| principal.holds(*office));
    let mut users = engine.users().list().await?;
    users.retain(|user| all || user.name == principal.name);
    Ok(users)
}

pub async fn principals(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let users = known(engine, access).await?;
    let roles: Vec<String> =
        users.iter().map(|user| user.standing.roles.iter().cloned().collect::<Vec<_>>().join(", ")).collect();
    let clearance: Vec<String> = users.iter().map(|user| user.standing.clearance.to_string()).collect();
    batch(vec![
        ("name", text(users.iter().map(|user| Some(user.name.as_str())))),
        ("office", text(users.iter().map(|user| user.office.map(Office::as_str)))),
        ("department", text(users.iter().map(|user| user.standing.department.as_deref()))),
        ("roles", text(roles.iter().map(|roles| Some(roles.as_str())))),
        ("clearance", text(clearance.iter().map(|clearance| Some(clearance.as_str())))),
        ("created", time(users.iter().map(|user| Some(user.created_at.ms())))),
        ("disabled", time(users.iter().map(|user| user.disabled_at.map(Timestamp::ms)))),
    ])
}

/// Tokens without their secrets: one's own, and those of all for whoever manages users or looks after that.
pub async fn tokens(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let principal = access.principal();
    let all = principal.holds(Office::System) || principal.holds(Office::Audit);
    let user = (!all).then_some(principal.name.as_str());
    let tokens = engine.users().newest_tokens(user, NEWEST).await?;
    let scopes: Vec<String> = tokens.iter().map(|token| token.scope.to_string()).collect();
    batch(vec![
        ("user", text(tokens.iter().map(|token| Some(token.user.as_str())))),
        ("id", text(tokens.iter().map(|token| Some(token.id.as_str())))),
        ("kind", text(tokens.iter().map(|token| Some(token.kind.as_str())))),
        ("label", text(tokens.iter().map(|token| Some(token.label.as_str())))),
        ("scope", text(scopes.iter().map(|scope| Some(scope.as_str())))),
        ("created", time(tokens.iter().map(|token| Some(token.created_at.ms())))),
        ("expires", time(tokens.iter().map(|token| Some(token.expires_at.ms())))),
        ("last_used", time(tokens.iter().map(|token| token.last_used_at.map(Timestamp::ms)))),
        ("revoked", time(tokens.iter().map(|token| token.revoked_at.map(Timestamp::ms)))),
    ])
}

/// The policies that are in force.
pub fn policies(policies: &Policies) -> Result<RecordBatch> {
    let rules = policies.rules();
    let texts: Vec<String> = rules.iter().map(ToString::to_string).collect();
    batch(vec![
        ("policy", text(rules.iter().map(|rule| Some(rule.name.as_str())))),
        ("at", text(rules.iter().map(|rule| Some(rule.at.as_str())))),
        ("effect", text(rules.iter().map(|rule| Some(rule.effect.as_str())))),
        ("effect_zh", text(rules.iter().map(|rule| Some(rule.effect.chinese())))),
        ("zh", text(rules.iter().map(|rule| rule.zh.as_deref()))),
        ("en", text(rules.iter().map(|rule| rule.en.as_deref()))),
        ("text", text(texts.iter().map(|text| Some(text.as_str())))),
    ])
}

/// A condition may name those whom it hides, so it is for those who look after the rules; others know that there is one.
fn shown(rows: Option<String>, all: bool) -> Option<String> {
    rows.map(|condition| if all { condition } else { "some".to_owned() })
}

/// Which columns who sees, in which rows, under which mask, and by which policy: of oneself, and for the security administrator and the
/// auditor of everybody. As of the moment and the purpose of whoever asks.
pub async fn grants(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let principal = access.principal();
    let all = principal.holds(Office::Security) || principal.holds(Office::Audit);
    let mut users = known(engine, access).await?;
    users.retain(|user| user.disabled_at.is_none() && (all || user.name == principal.name));
    users.truncate(USERS_MAX);
    let mut rows: Vec<(String, Seen)> = Vec::new();
    for user in users {
        if user.name == principal.name {
            let seen = access.seen().into_iter().map(|seen| Seen { rows: shown(seen.rows, all), ..seen });
            rows.extend(seen.map(|seen| (user.name.clone(), seen)));
            continue;
        }
        let (scope, via) = (Scope::default(), Via::Password);
        let who = Principal { name: user.name, office: user.office, standing: user.standing, scope, via };
        let seen = access.of(&who).seen();
        rows.extend(seen.into_iter().map(|seen| (who.name.clone(), seen)));
    }
    let writes = rows.iter().map(|(_, seen)| Some(seen.writes)).collect::<BooleanArray>();
    let column = |value: fn(&Seen) -> Option<&str>| text(rows.iter().map(move |(_, seen)| value(seen)));
    batch(vec![
        ("user", text(rows.iter().map(|(user, _)| Some(user.as_str())))),
        ("schema", column(|seen| Some(seen.table.schema()))),
        ("dataset", column(|seen| Some(seen.table.table()))),
        ("column", column(|seen| Some(&seen.column))),
        ("rows", column(|seen| seen.rows.as_deref())),
        ("mask", column(|seen| seen.mask.as_deref())),
        ("policy", column(|seen| Some(&seen.policy))),
        ("masked_by", column(|seen| seen.masked_by.as_deref())),
        ("writes", Arc::new(writes)),
    ])
}
