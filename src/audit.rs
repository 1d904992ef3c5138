//! `huitong audit`: whether the audit is as it was written, looked at where it lies. No server is asked: what it would say is what is
//! to be checked. One may run meanwhile.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use huitong_catalog::audit::{Anchor, PublicKey, SigningKey};
use huitong_catalog::clock::{Clock, SystemClock};
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::audit::{Known, Segments, segments_of, signing_key};

use crate::node;
use crate::user::Place;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Read all of it from the beginning, and name the first record that is not as it was written.
    Verify(Verify),
    /// Print the key that segments are signed with, for whoever will check them.
    Key {
        #[command(flatten)]
        place: Place,
    },
    /// Print where the audit ends now, signed, as a line for somebody else to keep.
    Anchor {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args)]
struct Verify {
    /// The data directory.
    #[arg(long, conflicts_with_all = ["config", "segments"], required_unless_present_any = ["config", "segments"])]
    dir: Option<PathBuf>,
    /// The configuration file of the server.
    #[arg(long, conflicts_with = "segments")]
    config: Option<PathBuf>,
    /// A directory with a copy of the segments alone; needs --key.
    #[arg(long, requires = "key")]
    segments: Option<PathBuf>,
    /// The key that segments are to be signed with, as `huitong audit key` printed it; once for each there was. Default: the one in
    /// the state database, which proves less.
    #[arg(long)]
    key: Vec<String>,
    /// A file with lines of `huitong audit anchor`: the audit must go on at least up to there.
    #[arg(long)]
    anchor: Option<PathBuf>,
    /// Tell in Chinese.
    #[arg(long)]
    zh: bool,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    match arguments.verb {
        Verb::Verify(verify) => check(verify).await,
        Verb::Key { place } => {
            println!("{}", Opened::new(&place).await?.key.public());
            Ok(())
        }
        Verb::Anchor { place } => anchor(&Opened::new(&place).await?).await,
    }
}

/// A state database and its segments.
struct Opened {
    state: State,
    segments: Segments,
    key: SigningKey,
}

impl Opened {
    async fn new(place: &Place) -> Result<Self> {
        let config = place.config()?;
        node::must_exist(&config)?;
        let state = State::at(&config.state).await?;
        let key = signing_key(&state).await?.ok_or_else(|| {
            Error::new(Code::FILE_MISSING, "there is no audit yet").with_hint("a server begins it when it starts")
        })?;
        Ok(Self { segments: segments_of(&config.storage.root)?, state, key })
    }
}

async fn check(verify: Verify) -> Result<()> {
    let mut keys = verify.key.iter().map(|key| key.parse()).collect::<Result<Vec<PublicKey>>>()?;
    let (segments, known) = match &verify.segments {
        Some(directory) => (Segments::in_directory(directory)?, None),
        None => {
            let opened = Opened::new(&Place::new(verify.dir.clone(), verify.config.clone())).await?;
            if keys.is_empty() {
                keys.push(opened.key.public());
            }
            let known = Known::read(&opened.state).await?;
            (opened.segments, Some(known))
        }
    };
    let anchors = anchors(&verify, &keys)?;
    let summary = segments.verify(keys, &anchors, known.as_ref(), verify.zh).await?;
    let (records, tail, count) = (summary.records, summary.tail, summary.segments);
    let (hash, zh) = (summary.hash, verify.zh);
    let intact = match zh {
        true => format!("完好：{records} 条记录，{count} 个审计段，{tail} 条尚未入段；最后一条的哈希 {hash}"),
        false => {
            format!("intact: {records} records, {count} segments, {tail} records in none yet; the last hash is {hash}")
        }
    };
    println!("{intact}");
    if anchors.is_empty() {
        let note = match zh {
            true => "提示：未提供锚点（--anchor），无法证明末尾没有被一并截去",
            false => "note: without an anchor (--anchor) nothing shows that the end was not cut off everywhere",
        };
        eprintln!("{note}");
    }
    Ok(())
}

fn anchors(verify: &Verify, keys: &[PublicKey]) -> Result<Vec<Anchor>> {
    let Some(file) = &verify.anchor else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::new(Code::FILE_MISSING, format!("`{}` cannot be read: {e}", file.display())).caused_by(e)
    })?;
    let anchors = Anchor::read_all(&text, keys)?;
    match anchors.is_empty() {
        true => Err(Error::new(Code::AUDIT_BROKEN, format!("there is no anchor in `{}`", file.display()))),
        false => Ok(anchors),
    }
}

async fn anchor(opened: &Opened) -> Result<()> {
    let anchor = opened.segments.anchor(&opened.state, &opened.key, SystemClock.now()).await?;
    let anchor = anchor.ok_or_else(|| {
        Error::new(Code::FILE_MISSING, "there is no segment yet")
            .with_hint("the first one is made `audit.seal_after` behind the first record, one minute unless the configuration says otherwise")
    })?;
    println!("{}", anchor.to_line()?);
    Ok(())
}
