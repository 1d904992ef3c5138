use super::read::{About, Effect, Gives, Meaning, Takes};
use super::tokens::{Kind, Token};
use crate::contracts::{Mask, Refusal};
use crate::error::suggest;

/// `@id`, `@zh`, `@en`, `@mask`, `@rows`.
const NOTES: [&str; 5] = ["id", "zh", "en", "mask", "rows"];

/// What no mask is called.
const PLAIN: &str = "none";

/// The notes before a policy, each with its place.
#[derive(Debug, Default)]
pub struct Notes<'a> {
    found: Vec<Note<'a>>,
}

#[derive(Debug)]
struct Note<'a> {
    name: &'a str,
    /// Of the name, without the `@`.
    at: usize,
    value: Option<&'a str>,
}

/// Something that is wrong, and at which byte.
pub type Fault = (usize, Refusal);

impl<'a> Notes<'a> {
    pub fn of(tokens: &[Token<'a>]) -> Self {
        let mut found = Vec::new();
        let mut rest = tokens;
        while let [sign, name, after @ ..] = rest
            && sign.is("@")
            && name.kind == Kind::Word
        {
            let value = match after {
                [open, value, close, ..] if open.is("(") && close.is(")") => value.inside(),
                _ => None,
            };
            found.push(Note { name: name.text, at: name.at, value });
            rest = if value.is_some() { &after[3..] } else { after };
        }
        Self { found }
    }

    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.found.iter().find(|note| note.name == name).and_then(|note| note.value)
    }

    pub fn at(&self, name: &str) -> Option<usize> {
        self.found.iter().find(|note| note.name == name).map(|note| note.at)
    }

    /// Notes that mean nothing: a misspelt `@mask` would show a value as it is.
    pub fn faults(&self) -> Vec<Fault> {
        self.found.iter().filter_map(|note| Some((note.at, note.fault()?))).collect()
    }

    /// What a policy does, beyond for whom. Masks are for reading: a permit with one must not also let somebody write.
    pub fn meaning(&self, effect: Effect, about: About) -> Result<Meaning, Fault> {
        let mask = self.value("mask");
        let rows = self.value("rows").map(str::to_owned);
        if let Some(mask) = mask {
            let refused = match effect {
                Effect::Permit => about != About::Read && mask != PLAIN,
                Effect::Forbid => about == About::Write,
            };
            if refused {
                let refusal = Refusal::new("a mask is for reading").help("write `action == Action::\"read\"`");
                return Err((self.at("mask").unwrap_or_default(), refusal));
            }
        }
        match effect {
            Effect::Permit => {
                let gives = match mask {
                    None => Gives::AsAgreed,
                    Some(PLAIN) => Gives::Plain,
                    Some(mask) => Gives::Under(self.mask(mask)?),
                };
                Ok(Meaning::Permit { gives, rows })
            }
            Effect::Forbid => match (mask, rows) {
                (None, None) => Ok(Meaning::Forbid(Takes::Column)),
                (None, Some(rows)) => Ok(Meaning::Forbid(Takes::Rows(rows))),
                (Some(PLAIN), None) => {
                    let refusal = Refusal::new("a `forbid` with `@mask(\"none\")` would forbid nothing");
                    Err((
                        self.at("mask").unwrap_or_default(),
                        refusal.help("name a mask, or leave it out to forbid all"),
                    ))
                }
                (Some(mask), None) => Ok(Meaning::Forbid(Takes::Below(self.mask(mask)?))),
                (Some(_), Some(_)) => {
                    let refusal = Refusal::new("a `forbid` has either `@mask` or `@rows`");
                    Err((self.at("rows").unwrap_or_default(), refusal.help("write two policies")))
                }
            },
        }
    }

    fn mask(&self, text: &str) -> Result<Mask, Fault> {
        text.parse().map_err(|refusal: Refusal| {
            let close = suggest(text, [PLAIN]).map(|_| format!("did you mean `{PLAIN}`?"));
            let refusal = Refusal { help: close.or(refusal.help), ..refusal };
            (self.at("mask").unwrap_or_default(), refusal)
        })
    }
}

impl Note<'_> {
    fn fault(&self) -> Option<Refusal> {
        if !NOTES.contains(&self.name) {
            let refusal = Refusal::new(format!("there is no annotation `@{}`", self.name));
            return Some(match suggest(self.name, NOTES) {
                Some(close) => refusal.help(format!("did you mean `@{close}`?")),
                None => refusal.help(format!("there is: {}", NOTES.map(|name| format!("@{name}")).join(", "))),
            });
        }
        let name = self.name;
        match self.value.map(str::trim) {
            None | Some("") => {
                Some(Refusal::new(format!("`@{name}` says nothing")).help(format!("write `@{name}(\"…\")`")))
            }
            Some(value) if value.contains('\\') => {
                Some(Refusal::new(format!("`@{name}` is written without `\\`")).help("texts of SQL stand in `'`"))
            }
            Some(value) if name == "rows" && value.contains(';') => {
                Some(Refusal::new("`@rows` is one condition, without `;`"))
            }
            Some(_) => None,
        }
    }
}
