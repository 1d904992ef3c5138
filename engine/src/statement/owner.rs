//! `ALTER TABLE … OWNER TO user`: a table, a view or files go to somebody else.
//!
//! Whoever has them gives them; on the data directory itself, so does the operator. No office takes what is not its own: a table without a
//! contract is there for its owner alone. Nor does it go past the policies: a copy goes to whoever may see what it was made of.

use datafusion::sql::sqlparser::ast::Owner;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::session::{Done, Session};

pub async fn give(session: &Session, name: &TableName, to: &Owner) -> Result<Done> {
    let Owner::Ident(to) = to else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("OWNER TO {to} is not supported"))
            .with_hint("name the user"));
    };
    let (engine, principal) = (session.engine(), session.principal());
    let names = session.names();
    let object = names.object(name).ok_or_else(|| names.unknown_table(&name.to_string()))?;
    if engine.contracts().snapshot.dataset(name).is_some() {
        return Err(Error::new(
            Code::PERMISSION_DENIED,
            format!("`{name}` has a contract, which says who answers for it"),
        )
        .with_hint("change `owner` in the contract"));
    }
    if object.owner != principal.name && !principal.is_operator() {
        return Err(Error::new(Code::PERMISSION_DENIED, format!("`{name}` belongs to `{}`", object.owner))
            .with_hint("its owner gives it"));
    }
    // A name that is nobody's would be taken by whoever gets it later.
    let to = engine.users().acting(&fold(to)).await?;
    let access = session.access();
    if let Some(source) = access.told_to(&access.of(&to), name) {
        return Err(Error::new(
            Code::PERMISSION_DENIED,
            format!("`{name}` was made of `{source}`, which `{}` may not see as it is seen here", to.name),
        )
        .with_hint("give it to somebody who sees all of that, or ask the security administrator for a policy"));
    }
    let guard = engine.change_names().await;
    let given = engine.state().give_object(name, &object.owner, &to.name).await?;
    engine.reload_names().await?;
    drop(guard);
    match given {
        true => Ok(Done { command: "ALTER TABLE", rows: None }),
        false => Err(Error::new(Code::COMMIT_CONFLICT, format!("`{name}` was given to somebody else meanwhile"))),
    }
}
