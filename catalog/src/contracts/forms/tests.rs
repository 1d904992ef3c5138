use std::cmp::Ordering;
use std::fmt::Display;
use std::str::FromStr;

use super::*;
use crate::contracts::Refusal;

/// Reads, and writes what it read in its one spelling, which reads as the same.
fn check<T: FromStr<Err = Refusal> + Display + PartialEq + std::fmt::Debug>(cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        let read = text.parse::<T>();
        assert_eq!(read.as_ref().ok().map(ToString::to_string).as_deref(), *expected, "{text}: {read:?}");
        if let Ok(read) = read {
            assert_eq!(read.to_string().parse(), Ok(read));
        }
    }
}

#[test]
fn types() {
    check::<Type>(&[
        ("string", Some("string")),
        ("string(18)", Some("string(18)")),
        ("decimal(18, 2)", Some("decimal(18,2)")),
        ("decimal(38,38)", Some("decimal(38,38)")),
        ("bigint", Some("bigint")),
        ("string(0)", None),
        ("string(18", None),
        ("string(-1)", None),
        ("string(99999999999)", None),
        ("decimal", None),
        ("decimal(39,0)", None),
        ("decimal(2,3)", None),
        ("int(4)", None),
        ("INT", None),
        ("", None),
    ]);
    assert_eq!("varchar(20)".parse::<Type>().unwrap_err().help.as_deref(), Some("did you mean `string`?"));
    assert_eq!("bigin".parse::<Type>().unwrap_err().help.as_deref(), Some("did you mean `bigint`?"));
    let sql = ["string", "string(18)", "decimal(18,2)", "bigint", "timestamp"];
    let sql = sql.map(|text| text.parse::<Type>().unwrap().sql());
    assert_eq!(sql, ["VARCHAR", "VARCHAR(18)", "DECIMAL(18, 2)", "BIGINT", "TIMESTAMP"]);
}

#[test]
fn a_wider_type_holds_every_value() {
    let cases = [
        ("string(5)", "string(5)", true),
        ("string(5)", "string(6)", true),
        ("string(5)", "string", true),
        ("string", "string(9999)", false),
        ("int", "bigint", true),
        ("bigint", "int", false),
        ("int", "double", true),
        ("bigint", "double", false),
        ("int", "decimal(12,2)", true),
        ("int", "decimal(11,2)", false),
        ("decimal(10,2)", "decimal(12,4)", true),
        ("decimal(10,2)", "decimal(10,4)", false),
        ("decimal(10,2)", "double", false),
        ("date", "timestamp", false),
    ];
    for (one, other, expected) in cases {
        let [one, other] = [one, other].map(|text| text.parse::<Type>().unwrap());
        assert_eq!(one.fits_into(other), expected, "{one} into {other}");
    }
}

#[test]
fn masks() {
    check::<Mask>(&[
        ("keep(3,4)", Some("keep(3,4)")),
        ("keep( 3 , 4 )", Some("keep(3,4)")),
        ("keep(0,0)", Some("keep(0,0)")),
        ("month", Some("month")),
        ("region(4)", Some("region(4)")),
        ("age(10)", Some("age(10)")),
        ("hash", Some("hash")),
        ("aggregate(5, citizen_id)", Some("aggregate(5,citizen_id)")),
        ("constant(***)", Some("constant(***)")),
        ("constant()", Some("constant()")),
        ("constant(a (b))", Some("constant(a (b))")),
        ("null", Some("null")),
        ("keep", None),
        ("keep(3)", None),
        ("keep(3,4,5)", None),
        ("keep(3,-4)", None),
        ("age(0)", None),
        ("region(0)", None),
        ("aggregate(1, a)", None),
        ("aggregate(5)", None),
        ("hash(3)", None),
        ("Null", None),
    ]);
    assert_eq!("kepe(3,4)".parse::<Mask>().unwrap_err().help.as_deref(), Some("did you mean `keep`?"));
}

#[test]
fn masks_have_one_order_of_strictness() {
    let ordered = [
        "keep(5,5)",
        "keep(0,4)",
        "keep(3,1)",
        "keep(0,0)",
        "month",
        "year",
        "region(6)",
        "region(2)",
        "age(5)",
        "age(20)",
        "hash",
        "aggregate(5, a)",
        "aggregate(5, b)",
        "aggregate(20, a)",
        "constant(a)",
        "constant(b)",
        "null",
    ];
    let masks = ordered.map(|text| text.parse::<Mask>().unwrap());
    for (i, one) in masks.iter().enumerate() {
        for (j, other) in masks.iter().enumerate() {
            assert_eq!(one.cmp_strictness(other), i.cmp(&j), "{one} and {other}");
            let strictest = Mask::strictest(Some(one.clone()), Some(other.clone()));
            assert_eq!(strictest.as_ref(), masks.get(i.max(j)), "{one} and {other}");
        }
        assert_eq!(Mask::strictest(None, Some(one.clone())), Mask::strictest(Some(one.clone()), None));
        assert_eq!(one.cmp_strictness(one), Ordering::Equal);
    }
}

#[test]
fn masks_keep_the_type_of_a_column() {
    let cases = [
        ("keep(1,1)", "string(9)", true),
        ("keep(1,1)", "bigint", false),
        ("hash", "string", true),
        ("hash", "date", false),
        ("region(4)", "string(6)", true),
        ("year", "date", true),
        ("month", "timestamp", true),
        ("month", "string", false),
        ("age(10)", "date", true),
        ("age(10)", "int", false),
        ("null", "binary", true),
        ("aggregate(5, a)", "double", true),
        ("constant(x)", "string(1)", true),
        ("constant(xy)", "string(1)", false),
        ("constant(0)", "int", true),
        ("constant(x)", "int", false),
        ("constant(1900-01-01)", "date", true),
    ];
    for (mask, column, expected) in cases {
        let column = column.parse().unwrap();
        assert_eq!(mask.parse::<Mask>().unwrap().require_type(column).is_ok(), expected, "{mask} on {column}");
    }
}

#[test]
fn formats() {
    check::<Format>(&[
        ("gb11643", Some("gb11643")),
        ("gb32100", Some("gb32100")),
        (r"regex: 1\d{10}", Some(r"regex: 1\d{10}")),
        ("regex:[a-z]+", Some("regex: [a-z]+")),
        ("gb11644", None),
        ("regex:", None),
        ("regex: (", None),
        ("regex: a)(b", None),
        ("regex: (a{1000}){1000}", None),
        ("regex: (?=x)", None),
    ]);
    let bracket = "regex: (".parse::<Format>().unwrap_err();
    assert_eq!(bracket.message, "`(` is no regular expression: unclosed group");
    assert!("gb11644".parse::<Format>().unwrap_err().help.unwrap().contains("gb11643"));
    assert_eq!(Format::anchored("a|b"), r"\A(?:a|b)\z");
}

#[test]
fn periods() {
    check::<Period>(&[
        ("2 days", Some("2 days")),
        ("1 day", Some("1 day")),
        ("48 hours", Some("2 days")),
        ("36 hours", Some("36 hours")),
        ("90minutes", Some("90 minutes")),
        ("2 weeks", Some("14 days")),
        ("P2D", Some("2 days")),
        ("P1W", Some("7 days")),
        ("P1DT12H", Some("36 hours")),
        ("PT90M", Some("90 minutes")),
        ("P1M", None),
        ("PT", None),
        ("P", None),
        ("P1DT", None),
        ("2", None),
        ("2 months", None),
        ("0 days", None),
        ("-1 days", None),
        ("99999999 days", None),
        ("4294967295 weeks", None),
        ("P+2D", None),
    ]);
    assert_eq!("P2D".parse::<Period>().unwrap().as_duration().as_secs(), 172_800);
}

#[test]
fn tolerances() {
    check::<Tolerance>(&[
        ("0.1 %", Some("0.1 %")),
        ("5%", Some("5 %")),
        ("0.0001 %", Some("0.0001 %")),
        ("100 %", Some("100 %")),
        ("5", Some("5 rows")),
        ("1 row", Some("1 rows")),
        ("5 rows", Some("5 rows")),
        ("100.1 %", None),
        ("101 %", None),
        ("0.00001 %", None),
        ("-1 %", None),
        ("1. %", None),
        ("%", None),
        ("", None),
        ("rows", None),
    ]);
    let share: Tolerance = "0.1 %".parse().unwrap();
    assert!(share.admits(1, 1000) && !share.admits(2, 1999) && share.admits(u64::MAX / 1000, u64::MAX));
    let rows: Tolerance = "5 rows".parse().unwrap();
    assert!(rows.admits(5, 5) && !rows.admits(6, 1_000_000));
}

#[test]
fn values() {
    let cases = [
        ("int", "-5", true),
        ("int", "2147483648", false),
        ("bigint", "2147483648", true),
        ("decimal(5,2)", "999.99", true),
        ("decimal(5,2)", "0999.9", true),
        ("decimal(5,2)", "-1", true),
        ("decimal(5,2)", "1000", false),
        ("decimal(5,2)", "1.234", false),
        ("decimal(5,2)", "1e2", false),
        ("decimal(38,0)", "99999999999999999999999999999999999999", true),
        ("double", "1e3", true),
        ("double", "NaN", false),
        ("double", "inf", false),
        ("boolean", "true", true),
        ("boolean", "yes", false),
        ("date", "2024-02-29", true),
        ("date", "2023-02-29", false),
        ("date", "2024-2-9", false),
        ("date", "99999-01-01", false),
        ("timestamp", "2024-02-29 08:00:00", true),
        ("timestamp", "2024-02-29T08:00:00.5", true),
        ("timestamp", "2024-02-29", true),
        ("timestamp", "08:00:00", false),
        ("string(2)", "北京", true),
        ("string(2)", "北京市", false),
        ("binary", "00", false),
    ];
    for (of, text, expected) in cases {
        let of: Type = of.parse().unwrap();
        assert_eq!(Value::read(of, text).is_ok(), expected, "{text} as {of}");
    }
    let order = |of: &str, one, other| {
        let read = |text| Value::read(of.parse().unwrap(), text).unwrap();
        read(one).order(&read(other))
    };
    assert_eq!(order("decimal(9,2)", "-1.5", "-1.49"), Some(Ordering::Less));
    assert_eq!(order("decimal(9,2)", "2", "10"), Some(Ordering::Less));
    assert_eq!(order("date", "2024-01-10", "2024-01-09"), Some(Ordering::Greater));
    assert_eq!(order("string", "a", "b"), None);
}
