//! The configuration file: what may be written in it, and what each role makes of it.
//!
//! One file may serve all roles of a cluster; each role reads its own keys. [`KEYS`] is the single list: the reference is
//! printed from it, defaults come from it, and a key that is not in it is refused with the place where it stands.
//! Nothing here opens a socket or looks at the machine, except that [`Document::read`] reads the file.

mod document;
mod identity;
mod keys;
mod listen;
mod postgres;
mod reference;
mod roles;
mod units;

pub use document::Document;
pub use identity::{Identity, KeyPlace, Oidc};
pub use keys::{Fallback, KEYS, Key, Role};
pub use listen::is_loopback;
pub(crate) use listen::parse_host;
pub use postgres::PostgresUrl;
pub use reference::reference;
pub use roles::{
    Admission, Audit, AuditWait, Bucket, Engine, Executor, GroupConfig, InternalTls, Root, Scheduler, Serve,
    StatePlace, Storage, Tls,
};
pub use units::{Memory, parse_duration, parse_size};
