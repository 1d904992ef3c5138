//! What `sdc_protect` is asked to do, from JSON.

use serde_json::{Map, Value};

use super::super::cell_key::Noise;
use super::super::primary::{Rules, Zeros};
use super::super::rounding;
use super::super::table::Error;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    Suppress(Rules),
    CellKey(Noise),
    Round { base: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub method: Method,
    /// Tells why each cell is suppressed: for those who may see the table as it is.
    pub is_explained: bool,
}

impl Options {
    /// # Errors
    /// What is no object of JSON, has a name that is not known, or a value that is not allowed.
    pub fn read(text: &str) -> Result<Self, Error> {
        let told = |message: &str| Error::Option(message.to_owned());
        let mut given = match serde_json::from_str(text) {
            Ok(Value::Object(given)) => given,
            _ => return Err(told("options are an object of JSON")),
        };
        let method = match given.remove("method") {
            None => "suppress".to_owned(),
            Some(Value::String(name)) => name,
            Some(_) => return Err(told("method is a text")),
        };
        // Whatever the method, the same call can be made: the threshold is for suppression.
        let min_cell = number(&mut given, "min_cell")?;
        let method = match method.as_str() {
            "suppress" => Method::Suppress(rules(&mut given, min_cell)?),
            "cell_key" => Method::CellKey(noise(&mut given)?),
            "round" => Method::Round { base: base(&mut given)? },
            other => return Err(Error::Option(format!("unknown method `{other}`: `suppress`, `cell_key` or `round`"))),
        };
        let is_explained = match given.remove("explain") {
            None => false,
            Some(Value::Bool(is_explained)) => is_explained,
            Some(_) => return Err(told("explain is true or false")),
        };
        match given.keys().next() {
            None => Ok(Options { method, is_explained }),
            Some(name) => Err(Error::Option(format!("unknown option `{name}` of this method"))),
        }
    }
}

fn rules(given: &mut Map<String, Value>, min_cell: Option<f64>) -> Result<Rules, Error> {
    let mut rules = Rules::default();
    if let Some(least) = min_cell {
        rules.min_cell = whole("min_cell", least)?;
    }
    rules.dominance = number(given, "dominance")?;
    rules.p_percent = number(given, "p_percent")?;
    rules.zeros = match given.remove("zeros") {
        None => rules.zeros,
        Some(Value::String(name)) if name == "publish" => Zeros::Publish,
        Some(Value::String(name)) if name == "group" => Zeros::Group,
        Some(Value::String(name)) if name == "protect" => Zeros::Protect,
        Some(_) => return Err(Error::Option("zeros are `publish`, `group` or `protect`".into())),
    };
    rules.check()?;
    Ok(rules)
}

fn noise(given: &mut Map<String, Value>) -> Result<Noise, Error> {
    let mut noise = Noise::default();
    if let Some(most) = number(given, "max_noise")? {
        noise.most = whole("max_noise", most)?;
    }
    if let Some(variance) = number(given, "variance")? {
        noise.variance = variance;
    }
    if let Some(smallest) = number(given, "smallest")? {
        noise.smallest = whole("smallest", smallest)?;
    }
    Ok(noise)
}

fn base(given: &mut Map<String, Value>) -> Result<u64, Error> {
    let base = number(given, "base")?.map_or(Ok(5), |base| whole("base", base))?.into();
    rounding::check(base).map(|()| base)
}

fn number(given: &mut Map<String, Value>, name: &str) -> Result<Option<f64>, Error> {
    match given.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| Error::Option(format!("{name} is a number"))),
    }
}

fn whole(name: &str, number: f64) -> Result<u32, Error> {
    let is_whole = number.fract() == 0.0 && (0.0..=1e6).contains(&number);
    if is_whole { Ok(number as u32) } else { Err(Error::Option(format!("{name} is a whole number up to a million"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused_by_name() {
        let read = |text: &str| Options::read(text);
        let plain = Options { method: Method::Suppress(Rules::default()), is_explained: false };
        assert_eq!(read("{}"), Ok(plain));
        assert_eq!(read(r#"{"method":"round","min_cell":10}"#).unwrap().method, Method::Round { base: 5 });
        let noise = Noise { most: 4, variance: 2.0, smallest: 0 };
        let text = r#"{"method":"cell_key","max_noise":4,"variance":2,"smallest":0}"#;
        assert_eq!(read(text).unwrap().method, Method::CellKey(noise));
        let rules = Rules { min_cell: 5, dominance: Some(80.0), p_percent: Some(10.5), zeros: Zeros::Protect };
        let text = r#"{"min_cell":5,"dominance":80,"p_percent":10.5,"zeros":"protect","explain":true}"#;
        assert_eq!(read(text), Ok(Options { method: Method::Suppress(rules), is_explained: true }));
        for wrong in [
            "",
            "[]",
            "null",
            r#"{"method":1}"#,
            r#"{"method":"noise"}"#,
            r#"{"min_cell":2}"#,
            r#"{"min_cell":3.5}"#,
            r#"{"min_cell":"5"}"#,
            r#"{"min_cell":1e300}"#,
            r#"{"base":3}"#,
            r#"{"zeros":"all"}"#,
            r#"{"dominance":100}"#,
            r#"{"method":"round","base":4}"#,
            r#"{"method":"round","base":-3}"#,
            r#"{"explain":1}"#,
            r#"{"mincell":5}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
