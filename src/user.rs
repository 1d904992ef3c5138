//! `huitong user`: the list of users, changed in the data directory itself (no server may hold it).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use huitong_catalog::clock::{Clock, SystemClock};
use huitong_catalog::config::{Document, Serve};
use huitong_catalog::contracts::Grade;
use huitong_catalog::identity::{Attributes, Office, Scope};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::audit;

use crate::node::{self, Registry};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// Where the users are kept.
#[derive(Args)]
pub struct Place {
    /// The data directory.
    #[arg(long, conflicts_with = "config", required_unless_present = "config")]
    dir: Option<PathBuf>,
    /// The configuration file of the server.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Verb {
    /// Add a user; the password is asked for, or read from HUITONG_PASSWORD.
    Add {
        name: String,
        /// An office that the user holds; nobody holds two, and none gives a right to read data.
        #[arg(long, value_parser = office)]
        office: Option<Office>,
        /// The same as `--office system`.
        #[arg(long, conflicts_with = "office")]
        admin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// List the users.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Remove a user who owns nothing, and all tokens.
    Remove {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Say what policies ask of a user. Keys are those of the city's model; what is not given stays.
    Standing {
        name: String,
        /// A key of `org.yaml`; empty for none.
        #[arg(long)]
        department: Option<String>,
        /// Keys of `org.yaml`, separated by commas; empty for none.
        #[arg(long)]
        roles: Option<String>,
        /// 1, 2, 3, 4, important or core.
        #[arg(long)]
        clearance: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Let nobody sign in as the user any more; what the user owns stays.
    Disable {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Let a disabled user sign in again.
    Enable {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Set a new password; sign-ins with the old one end.
    Password {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Make a token for a program; it is printed once.
    Token {
        name: String,
        /// What the token is for.
        #[arg(long, default_value = "made on the command line")]
        label: String,
        /// Days until it expires.
        #[arg(long, default_value_t = 90)]
        days: u32,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        place: Place,
    },
    /// List a user's tokens, without their secrets.
    Tokens {
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// End a token, or all of a user's tokens.
    Revoke {
        name: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        place: Place,
    },
}

/// What a token is limited to, within what its user may do.
#[derive(Args)]
struct Limits {
    /// `read`: queries only, no statement that changes anything. `all` unless given.
    #[arg(long, value_parser = ["all", "read"], default_value = "all")]
    scope: String,
    /// The purpose that its sessions have from the start and cannot change.
    #[arg(long)]
    purpose: Option<String>,
    /// A schema that it may use, and no other; may be given several times.
    #[arg(long = "schema")]
    schemas: Vec<String>,
}

impl Limits {
    fn scope(self) -> Result<Scope> {
        let mut scope = Scope::default();
        if self.scope == "read" {
            scope = scope.read_only();
        }
        if let Some(purpose) = &self.purpose {
            scope = scope.for_purpose(purpose)?;
        }
        if self.schemas.is_empty() { Ok(scope) } else { scope.within(self.schemas) }
    }
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The token's id, as `huitong user tokens` lists it.
    id: Option<String>,
    /// Every token of the user, sign-ins included.
    #[arg(long)]
    all: bool,
}

/// Whatever is done to users, and whatever is told of them, is in the audit.
pub async fn run(arguments: Arguments) -> Result<()> {
    let verb = arguments.verb;
    let registry = match &verb {
        Verb::Add { place, .. } => open_to_add(place).await?,
        other => open(other.place()).await?,
    };
    audit::by_hand(&registry.state, &verb.told(), &node::hand(), run_on(&registry, verb)).await
}

async fn run_on(registry: &Registry, verb: Verb) -> Result<()> {
    let users = &registry.users;
    match verb {
        Verb::Add { name, office, admin, .. } => {
            let office = office.or(admin.then_some(Office::System));
            users.add(&name, &new_password()?, office).await
        }
        Verb::Standing { name, department, roles, clearance, .. } => {
            let clearance = clearance.map(|clearance| clearance.parse::<Grade>()).transpose();
            let clearance = clearance.map_err(|refusal| Error::new(Code::BAD_VALUE, refusal.message))?;
            let set = |attributes: &mut Attributes| {
                let said = |department: String| Some(department).filter(|department| !department.is_empty());
                department.into_iter().for_each(|department| attributes.department = said(department));
                roles.into_iter().for_each(|roles| attributes.roles = keys(&roles));
                clearance.into_iter().for_each(|clearance| attributes.clearance = clearance);
            };
            users.set_standing(&name, set).await
        }
        Verb::List { .. } => list(registry).await,
        Verb::Remove { name, .. } => users.remove(&name).await,
        Verb::Disable { name, .. } => users.disable(&name).await,
        Verb::Enable { name, .. } => users.enable(&name).await,
        Verb::Password { name, .. } => users.set_password(&name, &new_password()?).await,
        Verb::Token { name, label, days, limits, .. } => {
            let scope = limits.scope()?;
            let life = Duration::from_secs(u64::from(days) * 24 * 3600);
            let (token, _) = users.issue_scoped_token(&name, &label, life, scope).await?;
            println!("{}", token.reveal());
            Ok(())
        }
        Verb::Tokens { name, .. } => tokens(registry, &name).await,
        Verb::Revoke { name, which, .. } => match which.id {
            Some(id) => users.revoke(&name, &id).await,
            None => users.revoke_all(&name).await.map(|ended| println!("{ended} ended")),
        },
    }
}

impl Verb {
    fn place(&self) -> &Place {
        match self {
            Self::Add { place, .. }
            | Self::List { place }
            | Self::Remove { place, .. }
            | Self::Standing { place, .. }
            | Self::Disable { place, .. }
            | Self::Enable { place, .. }
            | Self::Password { place, .. }
            | Self::Token { place, .. }
            | Self::Tokens { place, .. }
            | Self::Revoke { place, .. } => place,
        }
    }

    /// The command as the audit keeps it.
    fn told(&self) -> String {
        let given =
            |name: &str, value: Option<&String>| value.map(|value| format!(" --{name} {value}")).unwrap_or_default();
        let rest = match self {
            Self::List { .. } => "list".to_owned(),
            Self::Add { name, office, admin, .. } => {
                let office = office.or(admin.then_some(Office::System)).map(|office| office.as_str().to_owned());
                format!("add {name}{}", given("office", office.as_ref()))
            }
            Self::Standing { name, department, roles, clearance, .. } => {
                let (department, roles) = (given("department", department.as_ref()), given("roles", roles.as_ref()));
                format!("standing {name}{department}{roles}{}", given("clearance", clearance.as_ref()))
            }
            Self::Remove { name, .. } => format!("remove {name}"),
            Self::Disable { name, .. } => format!("disable {name}"),
            Self::Enable { name, .. } => format!("enable {name}"),
            Self::Password { name, .. } => format!("password {name}"),
            Self::Token { name, label, days, limits, .. } => {
                let (scope, purpose) = (given("scope", Some(&limits.scope)), given("purpose", limits.purpose.as_ref()));
                let schemas: String = limits.schemas.iter().map(|schema| given("schema", Some(schema))).collect();
                format!("token {name} --label {label} --days {days}{scope}{purpose}{schemas}")
            }
            Self::Tokens { name, .. } => format!("tokens {name}"),
            Self::Revoke { name, which, .. } => {
                format!("revoke {name} {}", which.id.as_deref().unwrap_or("--all"))
            }
        };
        format!("huitong user {rest}")
    }
}

/// Id, kind, label, how long it is good for, when it was last used, and what it is limited to.
async fn tokens(registry: &Registry, name: &str) -> Result<()> {
    let now = SystemClock.now();
    let days = |span: Duration| span.as_secs() / (24 * 3600);
    for token in registry.users.list_tokens(name).await? {
        let end = match token.revoked_at {
            Some(_) => "revoked".to_owned(),
            None if token.expires_at <= now => "expired".to_owned(),
            None => format!("good for {} days", days(token.expires_at.since(now))),
        };
        let used = token.last_used_at.map(|at| format!("used {} days ago", days(now.since(at))));
        let used = used.unwrap_or_else(|| "never used".to_owned());
        println!("{}\t{}\t{}\t{end}\t{used}\t{}", token.id, token.kind.as_str(), token.label, token.scope);
    }
    Ok(())
}

async fn list(registry: &Registry) -> Result<()> {
    for user in registry.users.list().await? {
        let role = user.office.map_or("user", Office::as_str);
        let state = if user.disabled_at.is_some() { " (disabled)" } else { "" };
        println!("{}\t{role}{state}", user.name);
    }
    Ok(())
}

fn office(text: &str) -> std::result::Result<Office, String> {
    text.parse().map_err(|error: Error| error.message)
}

fn keys(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// An existing directory. A misspelled one is refused, not made.
async fn open(place: &Place) -> Result<Registry> {
    let config = place.config()?;
    node::must_exist(&config)?;
    Registry::open(&config).await
}

/// A configuration file says for certain where the directory will be, so that users can be there before the first start.
async fn open_to_add(place: &Place) -> Result<Registry> {
    match &place.config {
        None => open(place).await,
        Some(_) => Registry::open(&place.config()?).await,
    }
}

impl Place {
    pub fn new(dir: Option<PathBuf>, config: Option<PathBuf>) -> Self {
        Self { dir, config }
    }

    pub fn config(&self) -> Result<Serve> {
        let document = match (&self.config, &self.dir) {
            (Some(file), _) => Document::read(file)?,
            (None, dir) => node::document_at(dir.as_deref().unwrap_or_else(|| std::path::Path::new(".")))?,
        };
        Serve::from_document(&document)
    }
}

/// Never an argument: those are seen by every process of the machine.
fn new_password() -> Result<String> {
    if let Ok(password) = std::env::var("HUITONG_PASSWORD") {
        return Ok(password);
    }
    let unreadable = |e: std::io::Error| {
        Error::new(Code::WEAK_PASSWORD, format!("the password cannot be read: {e}")).with_hint("set HUITONG_PASSWORD")
    };
    let first = rpassword::prompt_password("New password: ").map_err(unreadable)?;
    let second = rpassword::prompt_password("Again: ").map_err(unreadable)?;
    if first != second {
        return Err(Error::new(Code::WEAK_PASSWORD, "the two passwords differ"));
    }
    Ok(first)
}
