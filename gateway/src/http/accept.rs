//! How an answer is wished for: its format (RFC 9110, section 12.5.1), and whether the client waits for it (RFC 7240).

use std::time::Duration;

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};

use super::problem::Problem;

/// What rows are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Ndjson,
    Csv,
    Arrow,
}

/// Formats with the types that they are asked for by, the most general one first.
const TYPES: [(Format, &[&str]); 4] = [
    (Format::Json, &["application/json"]),
    (Format::Ndjson, &["application/x-ndjson", "application/ndjson"]),
    (Format::Csv, &["text/csv"]),
    (Format::Arrow, &["application/vnd.apache.arrow.stream"]),
];

impl Format {
    /// By the name that a request's document gives it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "ndjson" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            "arrow" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// By the `Accept` header: the format that it wishes for most; JSON if it does not say.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let wishes: Vec<_> = lines.flat_map(|line| line.split(',')).filter_map(Wish::read).collect();
        if wishes.is_empty() {
            return Ok(Self::Json);
        }
        let mut best: Option<(Rank, Self)> = None;
        for (format, types) in TYPES {
            let rank = types.iter().filter_map(|name| rank(&wishes, name)).max();
            if let Some(rank) = rank.filter(|rank| rank.0 > 0 && best.is_none_or(|(known, _)| *rank > known)) {
                best = Some((rank, format));
            }
        }
        best.map(|(_, format)| format).ok_or_else(|| {
            let text = "there is no answer in a format that the request accepts";
            let hint =
                "formats are application/json, application/x-ndjson, text/csv and application/vnd.apache.arrow.stream";
            Problem::request(StatusCode::NOT_ACCEPTABLE, text, hint)
        })
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Arrow => "application/vnd.apache.arrow.stream",
        }
    }
}

/// How much a type is wished for, in thousandths, and how exactly it is named.
type Rank = (u16, u8);

/// One type or range of types, and how much it is wished for.
struct Wish {
    kind: String,
    weight: u16,
}

impl Wish {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next().filter(|kind| !kind.is_empty())?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok()).filter(|q| (0.0..=1.0).contains(q))?;
        Some(Self { kind, weight: (weight * 1000.0) as u16 })
    }
}

/// The most exact wish that fits a type says how much the type is wished for.
fn rank(wishes: &[Wish], name: &str) -> Option<Rank> {
    let (family, _) = name.split_once('/')?;
    let fits = |wish: &Wish| match wish.kind.as_str() {
        "*/*" => Some(1),
        kind if kind == name => Some(3),
        kind => (kind.strip_suffix("/*") == Some(family)).then_some(2),
    };
    let exact = wishes.iter().filter_map(|wish| Some((fits(wish)?, wish.weight))).max()?;
    Some((exact.1, exact.0))
}

/// What a client prefers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// It comes back for the answer.
    pub respond_async: bool,
    /// It waits so long for news.
    pub wait: Option<Duration>,
}

impl Preferences {
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
        let mut preferences = Self::default();
        for part in lines.flat_map(|line| line.split([',', ';'])).map(|part| part.trim().to_ascii_lowercase()) {
            match part.split_once('=') {
                None => preferences.respond_async |= part == "respond-async",
                Some((name, seconds)) if name.trim() == "wait" => {
                    preferences.wait = seconds.trim().trim_matches('"').parse().ok().map(Duration::from_secs);
                }
                Some(_) => {}
            }
        }
        preferences
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_format_is_the_one_that_is_wished_for_most() {
        let cases: [(&[&str], Option<Format>); 16] = [
            (&[], Some(Format::Json)),
            (&["*/*"], Some(Format::Json)),
            (&["text/csv"], Some(Format::Csv)),
            (&["TEXT/CSV"], Some(Format::Csv)),
            (&["text/*"], Some(Format::Csv)),
            (&["text/csv, */*"], Some(Format::Csv)),
            (&["*/*;q=0.8, text/csv"], Some(Format::Csv)),
            (&["text/csv;q=0.5, application/x-ndjson"], Some(Format::Ndjson)),
            (&["text/csv;q=0.5", "application/x-ndjson;q=0.4"], Some(Format::Csv)),
            (&["application/json;q=0, */*"], Some(Format::Ndjson)),
            (&["application/vnd.apache.arrow.stream"], Some(Format::Arrow)),
            (&["text/csv;header=present; q=0.9, application/json;q=0.1"], Some(Format::Csv)),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=x"], Some(Format::Json)),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Some(Format::Json)),
        ];
        for (lines, expected) in cases {
            match (Format::accepted(&headers("accept", lines)), expected) {
                (Ok(format), Some(expected)) => assert_eq!(format, expected, "{lines:?}"),
                (Err(problem), None) => assert_eq!(problem.into_response().status().as_u16(), 406, "{lines:?}"),
                (other, _) => panic!("{lines:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn preferences_are_read() {
        let of = |lines: &[&str]| Preferences::of(&headers("prefer", lines));
        assert_eq!(of(&["return=minimal"]), Preferences::default());
        let both = Preferences { respond_async: true, wait: Some(Duration::from_secs(10)) };
        assert_eq!(of(&["Respond-Async, wait=10"]), both);
        assert_eq!(of(&["wait = 10", "respond-async"]), both);
        assert_eq!(of(&["wait=-1, respond-asynchronously"]), Preferences::default());
    }
}
