//! YAML as a tree whose every node knows its place; nothing about what it means.
//!
//! Scalars stay text: `no` is the text "no", `007` keeps its zeros, and what a text has to be is said by whoever reads it.
//! Anchors, aliases and tags are refused: a model that says things where they stand can be reviewed, and cannot explode.

use std::collections::HashSet;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::mistake::{Location, Mistakes, Refusal, shown};

/// A dataset needs six levels.
const DEPTH_MAX: usize = 16;

/// Of one file.
const NODES_MAX: usize = 200_000;

#[derive(Clone, Debug)]
pub struct Node {
    pub at: Location,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// A plain `null` or `~`, or, unwritten, nothing after the colon.
    Null {
        written: bool,
    },
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub at: Location,
    pub value: Node,
}

impl Node {
    /// The value of a key, when this is a mapping and has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text of a scalar, without white space around it; nothing for an empty one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// The items of a list; nothing for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// As a message names it.
    pub fn kind(&self) -> &'static str {
        match self.content {
            Content::Null { .. } => "nothing",
            Content::Scalar(_) => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }
}

/// The one document of a file. A file that is no YAML gives one mistake and nothing; a key that stands twice gives a
/// mistake, and its first value.
pub fn parse(file: &Arc<str>, text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let mut reader = Reader { file, events: Parser::new_from_str(text), nodes: 0, mistakes };
    match reader.document() {
        Ok(node) => Some(node),
        Err(Stop(at, refusal)) => {
            mistakes.add(&at, refusal);
            None
        }
    }
}

struct Reader<'a> {
    file: &'a Arc<str>,
    events: Parser<'a, StrInput<'a>>,
    nodes: usize,
    mistakes: &'a mut Mistakes,
}

/// Nothing after this can be read.
struct Stop(Location, Refusal);

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Stop> {
        let mut document = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if document.is_some() => {
                    return Err(
                        self.stop(span, Refusal::new("a second document begins").help("write one file for each"))
                    );
                }
                Event::DocumentStart(_) => document = Some(self.node(0)?),
                _ => {}
            }
        }
        let empty = || Node { at: Location::start_of(self.file), content: Content::Null { written: false } };
        Ok(document.unwrap_or_else(empty))
    }

    fn node(&mut self, depth: usize) -> Result<Node, Stop> {
        let (event, span) = self.next()?;
        self.node_of(event, span, depth)
    }

    fn node_of(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Stop> {
        self.nodes += 1;
        if depth > DEPTH_MAX || self.nodes > NODES_MAX {
            let message = format!("more than {DEPTH_MAX} levels or {NODES_MAX} values");
            return Err(self.stop(span, message));
        }
        let at = self.location(span);
        let content = match event {
            Event::Alias(_) => return Err(self.stop(span, alias())),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor > 0 =>
            {
                return Err(self.stop(span, alias()));
            }
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                return Err(self.stop(span, Refusal::new("a tag (`!…`) has no meaning here").help("leave it out")));
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => {
                Content::Null { written: !text.is_empty() }
            }
            Event::Scalar(text, ..) => Content::Scalar(text.into_owned()),
            Event::SequenceStart(..) => Content::List(self.items(depth)?),
            Event::MappingStart(..) => Content::Map(self.pairs(depth)?),
            _ => return Err(self.stop(span, "not valid YAML")),
        };
        Ok(Node { at, content })
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node_of(event, span, depth + 1)?),
            }
        }
    }

    fn pairs(&mut self, depth: usize) -> Result<Vec<Entry>, Stop> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = self.node_of(event, span, depth + 1)?;
            let mut value = self.node(depth + 1)?;
            if matches!(value.content, Content::Null { written: false }) {
                // An empty value has no place of its own.
                value.at = key.at.clone();
            }
            let Content::Scalar(name) = key.content else {
                self.mistakes.add(&key.at, format!("a key must be a text, not {}", key.kind()));
                continue;
            };
            if seen.insert(name.clone()) {
                entries.push(Entry { key: name, at: key.at, value });
            } else {
                self.mistakes.add(&key.at, format!("`{}` stands here twice", shown(&name)));
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.invalid(&error)),
            None => Err(Stop(Location::start_of(self.file), "the text ends too early".into())),
        }
    }

    fn invalid(&self, error: &ScanError) -> Stop {
        let at = Location::new(self.file, error.marker().line(), error.marker().col() + 1);
        if error.info().contains("anchor") {
            return Stop(at, alias());
        }
        let help = if error.info().contains("tab") { INDENT } else { QUOTE };
        Stop(at, Refusal::new(format!("not valid YAML: {}", error.info())).help(help))
    }

    fn stop(&self, span: Span, refusal: impl Into<Refusal>) -> Stop {
        Stop(self.location(span), refusal.into())
    }

    fn location(&self, span: Span) -> Location {
        Location::new(self.file, span.start.line(), span.start.col() + 1)
    }
}

const INDENT: &str = "indent with spaces, the keys of one mapping equally far";
const QUOTE: &str = "a text with `: ` or ` #` in it, or one of `*&!%@[{` before it, stands in quotes";

fn alias() -> Refusal {
    Refusal::new("anchors and aliases are not read in a model").help("write the value out")
}
