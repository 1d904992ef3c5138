//! Functions about types, and about how names and values are written.

use huitong_catalog::{Code, Error};

use super::things::parts;
use super::{Answer, Function, Row, first, list, number, text, whole};
use crate::postgres::catalog::procedures;
use crate::postgres::types::{self, Shape};

pub fn all() -> Vec<Function> {
    vec![
        text("format_type", |row| {
            let modifier = row.get(1).copied().flatten().and_then(|text| text.parse().ok()).unwrap_or(-1);
            Ok(number(row).map(|oid| type_name(oid, modifier)))
        }),
        whole("to_regtype", |row| Ok(row.first().copied().flatten().and_then(type_oid).map(|oid| oid.to_string()))),
        whole("huitong_type_oid", |row| {
            let Some(name) = row.first().copied().flatten() else { return Ok(None) };
            type_oid(name)
                .map(|oid| Some(oid.to_string()))
                .ok_or_else(|| Error::new(Code::TYPE_MISMATCH, format!("there is no type `{name}`")))
        }),
        // The engine's name of a type as PostgreSQL's, in words or as it is stored.
        text("huitong_data_type", |row| {
            let Some(told) = first(row).and_then(|name| name.parse().ok()) else {
                return Ok(first(row).map(str::to_owned));
            };
            let oid = Shape::of(&told).oid();
            let stored = || {
                types::ALL.iter().find_map(|one| match oid {
                    oid if oid == one.oid => Some(one.name.to_owned()),
                    oid if oid == one.list_oid => Some(one.list_name.to_owned()),
                    _ => None,
                })
            };
            let spelled = type_name(oid, -1);
            Ok(match row.get(1).copied().flatten() {
                Some("true" | "t") => stored(),
                // The standard has one word for all lists.
                _ => Some(if spelled.ends_with("[]") { "ARRAY".to_owned() } else { spelled }),
            })
        }),
        text("pg_get_function_arguments", arguments),
        text("pg_get_function_identity_arguments", arguments),
        text("pg_get_function_result", |row| {
            let Some(oid) = number(row) else { return Ok(None) };
            Ok(match procedures::returns(oid) {
                _ if procedures::is_table(oid) => Some("SETOF record".to_owned()),
                0 => None,
                told => Some(type_name(told, -1)),
            })
        }),
        text("quote_ident", |row| Ok(first(row).map(quoted_name))),
        text("quote_literal", |row| Ok(first(row).map(quoted_text))),
        text("quote_nullable", |row| Ok(Some(first(row).map_or_else(|| "NULL".to_owned(), quoted_text)))),
        text("format", format),
        text("pg_size_pretty", |row| Ok(first(row).and_then(pretty))),
        list("parse_ident", |row| Ok(first(row).map(parts))),
    ]
}

/// The types that a function takes, where it takes no others.
fn arguments(row: Row<'_>) -> Answer {
    let types = number(row).and_then(procedures::arguments);
    Ok(types.map(|types| types.into_iter().map(|oid| type_name(oid, -1)).collect::<Vec<_>>().join(", ")))
}

/// A name as SQL writes it.
fn quoted_name(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().enumerate().all(|(at, c)| c == '_' || c.is_ascii_lowercase() || (at > 0 && c.is_ascii_digit()));
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `format('%I and %1$s', …)`: `%s` a text, `%I` a name, `%L` a constant, `%%` itself.
fn format(row: Row<'_>) -> Answer {
    let Some(pattern) = first(row) else { return Ok(None) };
    let wrong = |what: &str| Error::new(Code::EXECUTION, format!("format() cannot read `{pattern}`: {what}"));
    let (mut out, mut chars, mut next) = (String::new(), pattern.chars().peekable(), 1);
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let at = match chars.next_if_eq(&'$') {
            Some(_) => digits.parse().ok().filter(|at: &usize| *at > 0).ok_or_else(|| wrong("places count from 1"))?,
            None => next,
        };
        let sign = chars.next().ok_or_else(|| wrong("it ends behind `%`"))?;
        if sign == '%' {
            out.push('%');
            continue;
        }
        let value = *row.get(at).ok_or_else(|| wrong("there are too few values"))?;
        next = at + 1;
        match (sign, value) {
            ('s', value) => out.push_str(value.unwrap_or_default()),
            ('I', Some(value)) => out.push_str(&quoted_name(value)),
            ('L', value) => out.push_str(&value.map_or_else(|| "NULL".to_owned(), quoted_text)),
            _ => return Err(wrong("`%` is followed by s, I, L or %")),
        }
    }
    Ok(Some(out))
}

/// Bytes in the largest unit that leaves a number of two digits.
fn pretty(bytes: &str) -> Option<String> {
    let mut size: i128 = bytes.parse().ok()?;
    let mut units = ["bytes", "kB", "MB", "GB", "TB", "PB"].into_iter().peekable();
    while let Some(unit) = units.next() {
        if size.abs() < 10 * 1024 || units.peek().is_none() {
            return Some(format!("{size} {unit}"));
        }
        size = (size + size.signum() * 512) / 1024;
    }
    None
}

/// Types that no column has, which clients compare those of functions with.
const PSEUDO: [(u32, &str); 12] = [
    (22, "int2vector"),
    (24, "regproc"),
    (28, "xid"),
    (30, "oidvector"),
    (705, "unknown"),
    (2205, "regclass"),
    (2206, "regtype"),
    (2249, "record"),
    (2275, "cstring"),
    (2278, "void"),
    (2279, "trigger"),
    (2281, "internal"),
];

/// The number of a type by one of its names; a number is itself.
pub fn type_oid(name: &str) -> Option<u32> {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase();
    let of = |one: &types::PgType| match name.as_str() {
        name if name == one.name || name == type_name(one.oid, -1) => Some(one.oid),
        name if name == one.list_name || name == type_name(one.list_oid, -1) => Some(one.list_oid),
        _ => None,
    };
    let pseudo = || PSEUDO.iter().find(|(_, known)| *known == name).map(|(oid, _)| *oid);
    name.parse().ok().or_else(|| types::ALL.iter().find_map(of)).or_else(pseudo)
}

/// A type as SQL writes it.
pub fn type_name(oid: u32, modifier: i32) -> String {
    let spelled = |told: &types::PgType| match *told {
        types::BOOL => "boolean",
        types::CHAR => "\"char\"",
        types::INT2 => "smallint",
        types::INT4 => "integer",
        types::INT8 => "bigint",
        types::FLOAT4 => "real",
        types::FLOAT8 => "double precision",
        types::BPCHAR => "character",
        types::VARCHAR => "character varying",
        types::TIME => "time without time zone",
        types::TIMESTAMP => "timestamp without time zone",
        types::TIMESTAMPTZ => "timestamp with time zone",
        told => told.name,
    };
    if let Some(told) = types::ALL.iter().find(|told| told.oid == oid) {
        return match *told {
            types::NUMERIC if modifier > 4 => {
                format!("numeric({},{})", (modifier - 4) >> 16, (modifier - 4) & 0x7ff)
            }
            _ => spelled(told).to_owned(),
        };
    }
    match types::ALL.iter().find(|told| told.list_oid == oid) {
        Some(told) => format!("{}[]", spelled(told)),
        None => match PSEUDO.iter().find(|(known, _)| *known == oid) {
            Some((_, name)) => (*name).to_owned(),
            None if oid == 0 => "-".to_owned(),
            None => "???".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_in_sql() {
        for (oid, modifier, text) in [
            (23, -1, "integer"),
            (1043, -1, "character varying"),
            (1700, 983_046, "numeric(15,2)"),
            (1700, -1, "numeric"),
            (1009, -1, "text[]"),
            (1, -1, "???"),
        ] {
            assert_eq!(type_name(oid, modifier), text);
        }
    }

    #[test]
    fn texts_are_put_together() {
        let put = |row: &[Option<&str>]| format(row).map_err(|error| error.code);
        for (row, expected) in [
            (&[Some("%s-%I-%L-%%"), Some("a"), Some("B c"), Some("it's")][..], "a-\"B c\"-'it''s'-%"),
            (&[Some("%2$s %1$s"), Some("a"), Some("b")], "b a"),
            (&[Some("%s%L"), None, None], "NULL"),
            (&[Some("x")], "x"),
        ] {
            assert_eq!(put(row), Ok(Some(expected.to_owned())));
        }
        assert_eq!(put(&[None, Some("a")]), Ok(None));
        for wrong in ["%s", "%", "%x", "%0$s"] {
            assert_eq!(put(&[Some(wrong)]), Err(Code::EXECUTION), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_rounded() {
        for (bytes, shown) in [
            ("0", "0 bytes"),
            ("10239", "10239 bytes"),
            ("10240", "10 kB"),
            ("-20480", "-20 kB"),
            ("10737418240", "10 GB"),
        ] {
            assert_eq!(pretty(bytes).as_deref(), Some(shown));
        }
    }
}
