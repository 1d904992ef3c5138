//! A private certificate authority, for a cluster in a network that no public authority reaches.
//!
//! [`init`] writes everything a first cluster needs; [`issue`] adds a node later, or renews one. Internal certificates
//! carry the name of their role (`scheduler.huitong.internal`, `executor.huitong.internal`) beside the host names, so that
//! a node can insist on talking to a scheduler and not just to any member. The public one is for servers only: it cannot
//! pass as a node. Keys are ECDSA on P-256; the cryptographic library draws them itself, not the [`Randomness`] given.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber, date_time_ymd,
};

use crate::clock::{Clock, Timestamp};
use crate::config::parse_host;
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, random};

/// What a certificate is for; also the stem of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Scheduler,
    Executor,
    /// The public door of `serve` or of the scheduler.
    Server,
}

/// How long certificates are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub authority: Duration,
    pub node: Duration,
}

/// Ten years for the authority, two for the nodes.
impl Default for Validity {
    fn default() -> Self {
        Self { authority: 3650 * DAY, node: 730 * DAY }
    }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Nodes whose clock is behind must accept a certificate that was made just now, also by the hours of a time zone.
const BACKDATED: Duration = DAY;

/// The end of the years that a certificate can name, 9999-12-31T23:59:59Z (RFC 5280, section 4.1.2.5).
const LAST_MS: i64 = 253_402_300_799_000;

const AUTHORITY: &str = "ca";

const PEM_BEGIN: &[u8] = b"-----BEGIN ";

/// Makes an authority and one certificate of each kind in `folder`, for `hosts` and this machine itself. Returns the files
/// written. Refuses (HT0506), before writing anything, when one of them exists.
pub fn init(
    folder: &Path,
    hosts: &[String],
    validity: Validity,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<Vec<PathBuf>> {
    let authority = Authority::generate(validity, clock.now(), randomness)?;
    let mut files = authority.files.clone();
    for node in [Node::Scheduler, Node::Executor, Node::Server] {
        files.extend(authority.issue(node, hosts, validity.node, clock.now(), randomness)?);
    }
    write_all(folder, files)
}

/// Makes one more certificate with the authority in `authority_folder` and writes it to `folder`.
pub fn issue(
    authority_folder: &Path,
    folder: &Path,
    node: Node,
    hosts: &[String],
    validity: Validity,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<Vec<PathBuf>> {
    let authority = Authority::read(authority_folder)?;
    write_all(folder, authority.issue(node, hosts, validity.node, clock.now(), randomness)?)
}

/// Reads a certificate or a key named by the configuration key `key`, such as `tls.cert`; only looks whether it is PEM.
pub fn read_pem(key: &str, path: &Path) -> Result<Vec<u8>> {
    const FILE_BYTES_MAX: u64 = 1 << 20;
    let refuse = |why: &str| problem(format!("`{}` of `{key}` {why}", path.display()));
    let size = fs::metadata(path).map_err(|error| refuse("cannot be read").caused_by(error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(refuse("is larger than 1 MiB"));
    }
    let content = fs::read(path).map_err(|error| refuse("cannot be read").caused_by(error))?;
    if !content.windows(PEM_BEGIN.len()).any(|window| window == PEM_BEGIN) {
        return Err(refuse("is not PEM"));
    }
    Ok(content)
}

impl Node {
    pub const fn stem(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Executor => "executor",
            Self::Server => "server",
        }
    }

    /// The name that an internal peer checks, whatever host it dialled; the public door has none.
    pub const fn internal_name(self) -> Option<&'static str> {
        match self {
            Self::Scheduler => Some("scheduler.huitong.internal"),
            Self::Executor => Some("executor.huitong.internal"),
            Self::Server => None,
        }
    }

    /// Nodes dial each other in both directions; the public door only answers.
    fn purposes(self) -> Vec<ExtendedKeyUsagePurpose> {
        match self {
            Self::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            _ => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
        }
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Empty when the authority was read.
    files: Vec<File>,
}

#[derive(Clone)]
struct File {
    name: String,
    content: String,
    secret: bool,
}

impl Authority {
    fn generate(validity: Validity, now: Timestamp, randomness: &dyn Randomness) -> Result<Self> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = authority_params();
        set_validity(&mut params, validity.authority, now);
        params.serial_number = Some(serial_number(randomness)?);
        let certificate = params.self_signed(&key).map_err(failed)?;
        let files = pair(AUTHORITY, certificate.pem(), &key);
        Ok(Self { issuer: Issuer::new(params, key), files })
    }

    /// Needs the key only: what certificates repeat of their authority is the same for every authority made here.
    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("{AUTHORITY}.key"));
        let unreadable = || problem(format!("the key of the authority `{}` cannot be read", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| unreadable().caused_by(error))?;
        let key = KeyPair::from_pem(&text).map_err(|error| unreadable().caused_by(error))?;
        Ok(Self { issuer: Issuer::new(authority_params(), key), files: Vec::new() })
    }

    fn issue(
        &self,
        node: Node,
        hosts: &[String],
        validity: Duration,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<Vec<File>> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(subject_names(node, hosts)?).map_err(failed)?;
        set_validity(&mut params, validity, now);
        params.serial_number = Some(serial_number(randomness)?);
        params.distinguished_name.push(DnType::CommonName, format!("huitong {}", node.stem()));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = node.purposes();
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(pair(node.stem(), certificate.pem(), &key))
    }
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "huitong private authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn set_validity(params: &mut CertificateParams, span: Duration, now: Timestamp) {
    let at = |time: Timestamp| {
        let ms = u64::try_from(time.ms().clamp(0, LAST_MS)).unwrap_or(0);
        date_time_ymd(1970, 1, 1) + Duration::from_secs(ms / 1000)
    };
    params.not_before = at(now.minus(BACKDATED));
    params.not_after = at(now.plus(span));
}

/// Positive, at most 20 bytes, at least 64 random bits (RFC 5280, section 4.1.2.2; CA/Browser Forum requirements).
fn serial_number(randomness: &dyn Randomness) -> Result<SerialNumber> {
    let mut bytes: [u8; 16] = random(randomness)?;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// The hosts, this machine by its usual names, and the name of the role.
fn subject_names(node: Node, hosts: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for host in hosts {
        let name = parse_host(host).filter(|name| !name.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified()));
        let bad = || {
            problem(format!("`{host}` is not a host name or an address")).with_hint("leave out ports and `https://`")
        };
        names.push(name.ok_or_else(bad)?);
    }
    names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    names.extend(node.internal_name().map(str::to_owned));
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn pair(stem: &str, certificate: String, key: &KeyPair) -> Vec<File> {
    vec![
        File { name: format!("{stem}.pem"), content: certificate, secret: false },
        File { name: format!("{stem}.key"), content: key.serialize_pem(), secret: true },
    ]
}

/// All of the files or none of them.
fn write_all(folder: &Path, files: impl IntoIterator<Item = File>) -> Result<Vec<PathBuf>> {
    let files: Vec<(PathBuf, File)> = files.into_iter().map(|file| (folder.join(&file.name), file)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(problem(format!("`{}` exists already and is not overwritten", path.display()))
            .with_hint("choose another folder, or move the old files away first"));
    }
    create_folder(folder)?;
    let mut written = Vec::new();
    for (path, file) in files {
        if let Err(error) = write(&path, &file) {
            written.iter().for_each(|path: &PathBuf| fs::remove_file(path).unwrap_or_default());
            return Err(problem(format!("`{}` cannot be written", path.display())).caused_by(error));
        }
        written.push(path);
    }
    Ok(written)
}

fn create_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let refused = |error| problem(format!("the folder `{}` cannot be made", folder.display())).caused_by(error);
    builder.create(folder).map_err(refused)
}

/// A key is private from its first byte on, not only after a later change of permissions.
fn write(path: &Path, file: &File) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if file.secret { 0o600 } else { 0o644 });
    let mut handle = options.open(path)?;
    handle.write_all(file.content.as_bytes())?;
    handle.sync_all()
}

fn problem(message: String) -> Error {
    Error::new(Code::CERTIFICATE, message)
}

fn failed(error: rcgen::Error) -> Error {
    problem("a certificate could not be made".to_owned()).caused_by(error)
}

#[cfg(test)]
mod tests;
