//! What a `COPY` says.

use datafusion::sql::sqlparser::ast::{
    CopyLegacyCsvOption, CopyLegacyOption, CopyOption, CopySource, CopyTarget, Ident, ObjectName, Statement,
};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::statement::written;

use crate::postgres::encode::Format;
use crate::postgres::words::first_word;

/// A copy to or from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copy {
    Out { query: String, form: Form },
    In { into: Into, form: Form },
}

/// How rows are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    Lines(Layout),
    Binary,
}

impl Form {
    fn read(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> Result<Self> {
        let mut said = Said::default();
        options.iter().try_for_each(|option| said.option(option))?;
        legacy.iter().try_for_each(|option| said.legacy(option))?;
        match said.binary {
            true => said.nothing_of_lines().map(|()| Self::Binary),
            false => said.layout().map(Self::Lines),
        }
    }

    pub fn of_values(&self) -> Format {
        match self {
            Self::Lines(_) => Format::Text,
            Self::Binary => Format::Binary,
        }
    }
}

/// Where rows go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Into {
    pub schema: Option<String>,
    pub table: String,
    /// Empty for all.
    pub columns: Vec<String>,
}

/// How lines are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub csv: bool,
    pub delimiter: u8,
    pub null: String,
    pub header: bool,
    pub quote: u8,
    pub escape: u8,
}

impl Copy {
    /// Reads one; none if the statement is anything else.
    pub fn read(sql: &str) -> Result<Option<Self>> {
        if !first_word(sql).eq_ignore_ascii_case("copy") {
            return Ok(None);
        }
        // The engine says what is wrong with any other one.
        let parsed = huitong_engine::statement::peek(sql);
        let Some(Statement::Copy { source, to, target, options, legacy_options, .. }) = &parsed else {
            return Ok(None);
        };
        if !matches!((to, target), (true, CopyTarget::Stdout) | (false, CopyTarget::Stdin)) {
            return Ok(None);
        }
        let form = Form::read(options, legacy_options)?;
        Ok(Some(match (source, to) {
            (CopySource::Query(query), _) => Self::Out { query: written(query), form },
            (CopySource::Table { table_name, columns }, true) => {
                let listed = columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let listed = if listed.is_empty() { "*".to_owned() } else { listed };
                Self::Out { query: format!("SELECT {listed} FROM {table_name}"), form }
            }
            (CopySource::Table { table_name, columns }, false) => Self::In { into: into(table_name, columns)?, form },
        }))
    }
}

fn into(name: &ObjectName, columns: &[Ident]) -> Result<Into> {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect();
    let columns = columns.iter().map(fold).collect();
    match parts.as_slice() {
        [table] => Ok(Into { schema: None, table: table.clone(), columns }),
        [schema, table] => Ok(Into { schema: Some(schema.clone()), table: table.clone(), columns }),
        _ => Err(Error::new(Code::NAME_NOT_ALLOWED, format!("`{name}` is no table name"))),
    }
}

fn fold(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// Options as they are written; what is missing depends on the format.
#[derive(Default)]
struct Said {
    csv: bool,
    binary: bool,
    delimiter: Option<char>,
    null: Option<String>,
    header: bool,
    quote: Option<char>,
    escape: Option<char>,
}

impl Said {
    fn option(&mut self, option: &CopyOption) -> Result<()> {
        match option {
            CopyOption::Format(name) => match name.value.to_lowercase().as_str() {
                "csv" => self.csv = true,
                "text" => {}
                "binary" => self.binary = true,
                _ => return Err(refused(&format!("FORMAT {name}"), "allowed: text, csv, binary")),
            },
            CopyOption::Delimiter(c) => self.delimiter = Some(*c),
            CopyOption::Null(text) => self.null = Some(text.clone()),
            CopyOption::Header(header) => self.header = *header,
            CopyOption::Quote(c) => self.quote = Some(*c),
            CopyOption::Escape(c) => self.escape = Some(*c),
            CopyOption::Encoding(name) if ["utf8", "utf-8"].contains(&name.to_lowercase().as_str()) => {}
            other => return Err(refused(&other.to_string(), "leave that option out")),
        }
        Ok(())
    }

    fn legacy(&mut self, option: &CopyLegacyOption) -> Result<()> {
        match option {
            CopyLegacyOption::Csv(options) => {
                self.csv = true;
                for option in options {
                    match option {
                        CopyLegacyCsvOption::Header => self.header = true,
                        CopyLegacyCsvOption::Quote(c) => self.quote = Some(*c),
                        CopyLegacyCsvOption::Escape(c) => self.escape = Some(*c),
                        other => return Err(refused(&other.to_string(), "leave that option out")),
                    }
                }
            }
            CopyLegacyOption::Binary => self.binary = true,
            CopyLegacyOption::Delimiter(c) => self.delimiter = Some(*c),
            CopyLegacyOption::Null(text) => self.null = Some(text.clone()),
            other => return Err(refused(&other.to_string(), "leave that option out")),
        }
        Ok(())
    }

    fn nothing_of_lines(&self) -> Result<()> {
        let Self { csv, delimiter, null, header, quote, escape, .. } = self;
        match csv | delimiter.is_some() | null.is_some() | *header | quote.is_some() | escape.is_some() {
            true => Err(refused("options of lines beside FORMAT binary", "leave them out")),
            false => Ok(()),
        }
    }

    fn layout(self) -> Result<Layout> {
        let sign = |name: &str, c: Option<char>, fallback: u8| match c {
            None => Ok(fallback),
            Some(c) => u8::try_from(c)
                .ok()
                .filter(|byte| byte.is_ascii() && !b"\r\n\0".contains(byte))
                .ok_or_else(|| refused(&format!("{name} '{c}'"), "it is one ASCII character")),
        };
        let quote = sign("QUOTE", self.quote, b'"')?;
        let layout = Layout {
            csv: self.csv,
            delimiter: sign("DELIMITER", self.delimiter, if self.csv { b',' } else { b'\t' })?,
            null: self.null.unwrap_or_else(|| if self.csv { String::new() } else { "\\N".to_owned() }),
            header: self.header,
            quote,
            escape: sign("ESCAPE", self.escape, quote)?,
        };
        if layout.csv && layout.delimiter == layout.quote || !layout.csv && layout.delimiter == b'\\' {
            return Err(refused("that DELIMITER", "it has a meaning of its own"));
        }
        Ok(layout)
    }
}

fn refused(what: &str, hint: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("COPY with {what} is not supported")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read() {
        let text =
            |header| Layout { csv: false, delimiter: b'\t', null: "\\N".into(), header, quote: b'"', escape: b'"' };
        let csv = Layout { csv: true, delimiter: b';', null: String::new(), ..text(true) };
        let out = |query: &str, layout: Layout| Some(Copy::Out { query: query.into(), form: Form::Lines(layout) });
        assert_eq!(Copy::read("COPY t TO STDOUT").unwrap(), out("SELECT * FROM t", text(false)));
        assert_eq!(
            Copy::read("copy s.\"T\" (a, \"B\") to stdout").unwrap(),
            out("SELECT a, \"B\" FROM s.\"T\"", text(false))
        );
        assert_eq!(
            Copy::read("COPY (SELECT 1) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')").unwrap(),
            out("SELECT 1", csv.clone())
        );
        let into = Into { schema: Some("s".into()), table: "T".into(), columns: vec!["a".into()] };
        assert_eq!(
            Copy::read("COPY s.\"T\" (A) FROM STDIN WITH (FORMAT csv, HEADER true, DELIMITER ';')").unwrap(),
            Some(Copy::In { into: into.clone(), form: Form::Lines(csv) })
        );
        for sql in ["COPY t TO '/x.parquet'", "SELECT 1", "COPY", "COPY t FROM PROGRAM 'x'"] {
            assert_eq!(Copy::read(sql).unwrap(), None, "{sql}");
        }
        for sql in ["COPY s.\"T\" (a) FROM STDIN (FORMAT binary)", "COPY s.\"T\" (a) FROM STDIN BINARY"] {
            let into = into.clone();
            assert_eq!(Copy::read(sql).unwrap(), Some(Copy::In { into, form: Form::Binary }), "{sql}");
        }
        for sql in ["COPY t FROM STDIN (FORMAT binary, HEADER)", "COPY t FROM STDIN (FORMAT parquet)"] {
            assert!(Copy::read(sql).is_err(), "{sql}");
        }
    }
}
