//! Errors as SQLSTATEs, which clients of PostgreSQL branch on (PostgreSQL's documentation, appendix A).

use std::fmt;

use huitong_catalog::{Code, Error};

/// The cause of an error where bytes are no text: PostgreSQL has a state for that.
#[derive(Debug)]
pub struct NoText;

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes are no text")
    }
}

impl std::error::Error for NoText {}

/// The SQLSTATE of an error.
pub fn of(error: &Error) -> &'static str {
    let states = |code| STATES.iter().find(|(known, _)| *known == code).map_or("XX000", |(_, state)| state);
    match error.code {
        code if code == Code::EXECUTION => of_value(&error.message),
        code if code == Code::CONSTRAINT_VIOLATED && own_words(&error.message).contains("null") => "23502",
        code if code == Code::BAD_RECORD && error.source.as_ref().is_some_and(|cause| cause.is::<NoText>()) => "22021",
        code if code == Code::SCHEMA_EXISTS && own_words(&error.message).contains("is not empty") => "2BP01",
        code if code == Code::SYNTAX && error.message.starts_with("the statement is longer than ") => "54000",
        code => states(code),
    }
}

/// What kind of value made a query fail; only the text tells.
fn of_value(message: &str) -> &'static str {
    let text = own_words(message);
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if any(&["divide by zero", "division by zero"]) => "22012",
        () if any(&["overflow", "out of range", "too large to store", "cannot cast value"]) => "22003",
        () if any(&["cast", "parse", "parsing", "convert"]) => "22P02",
        () => "22000",
    }
}

/// A message without what it quotes: values and names are their user's words. What is quoted may hold quotes, so all from the first to the
/// last is left out.
fn own_words(message: &str) -> String {
    let mut text = message.to_lowercase().replace("can't", "cannot");
    for quote in ['\'', '"', '`'] {
        if let (Some(first), Some(last)) = (text.find(quote), text.rfind(quote)) {
            text.replace_range(first..=last, "");
        }
    }
    text
}

const STATES: &[(Code, &str)] = &[
    (Code::INTERNAL, "XX000"),
    (Code::SYNTAX, "42601"),
    (Code::UNKNOWN_TABLE, "42P01"),
    (Code::UNKNOWN_COLUMN, "42703"),
    (Code::UNKNOWN_FUNCTION, "42883"),
    (Code::TYPE_MISMATCH, "42804"),
    (Code::UNSUPPORTED_STATEMENT, "0A000"),
    (Code::SETTING_NOT_ALLOWED, "42704"),
    (Code::SETTING_VALUE, "22023"),
    (Code::UNKNOWN_SCHEMA, "3F000"),
    (Code::AMBIGUOUS_NAME, "42702"),
    (Code::TABLE_EXISTS, "42P07"),
    (Code::SCHEMA_EXISTS, "42P06"),
    (Code::PARAMETER_MISSING, "42P02"),
    (Code::EXECUTION, "22000"),
    (Code::NAME_NOT_ALLOWED, "42602"),
    (Code::NOT_SIGNED_IN, "28000"),
    (Code::WRONG_PASSWORD, "28P01"),
    (Code::TOKEN_INVALID, "28000"),
    (Code::PERMISSION_DENIED, "42501"),
    (Code::USER_EXISTS, "42710"),
    (Code::UNKNOWN_USER, "42704"),
    (Code::WEAK_PASSWORD, "22023"),
    (Code::LAST_ADMINISTRATOR, "55000"),
    (Code::TOO_MANY_SIGN_INS, "28000"),
    (Code::USER_NAME_NOT_ALLOWED, "42602"),
    (Code::USER_OWNS_OBJECTS, "2BP01"),
    (Code::ISSUER_UNAVAILABLE, "57P03"),
    (Code::FILE_MISSING, "58P01"),
    (Code::CORRUPT_FILE, "XX001"),
    (Code::UNSUPPORTED_TABLE_FEATURE, "0A000"),
    (Code::LOCATION_NOT_ALLOWED, "42501"),
    (Code::DIRECTORY_HELD, "55006"),
    (Code::COMMIT_CONFLICT, "40001"),
    (Code::STORE_UNAVAILABLE, "58030"),
    (Code::NO_DATA_DIRECTORY, "58P01"),
    (Code::UNKNOWN_VERSION, "42704"),
    (Code::CONSTRAINT_VIOLATED, "23514"),
    (Code::DISK_FULL, "53100"),
    (Code::NOT_DISTRIBUTABLE, "0A000"),
    (Code::NO_EXECUTOR, "53000"),
    (Code::JOB_FAILED, "58000"),
    (Code::CANCELLED, "57014"),
    (Code::TIMEOUT, "57014"),
    (Code::MEMORY_LIMIT, "53200"),
    (Code::QUEUE_FULL, "53300"),
    (Code::SERVER_UNREACHABLE, "08006"),
    (Code::JOB_EXISTS, "42710"),
    (Code::UNKNOWN_JOB, "42704"),
    (Code::BAD_JOB, "22023"),
    (Code::JOB_STATE, "55000"),
    (Code::TAKEN_OVER, "57P01"),
    (Code::RESULT_TOO_LARGE, "53400"),
    (Code::TOO_MANY_SESSIONS, "53300"),
    (Code::TOO_MANY_PAIRS, "54000"),
    (Code::UNKNOWN_KEY, "F0000"),
    (Code::BAD_VALUE, "F0000"),
    (Code::MISSING_KEY, "F0000"),
    (Code::TLS_REQUIRED, "F0000"),
    (Code::CONFIG_UNREADABLE, "F0000"),
    (Code::CERTIFICATE, "F0000"),
    (Code::UNKNOWN_FORMAT, "22023"),
    (Code::SCHEMA_MISMATCH, "42804"),
    (Code::BAD_RECORD, "22P04"),
    (Code::RESULT_NOT_WRITTEN, "58030"),
    (Code::MODEL_MISTAKE, "22023"),
    (Code::MODEL_UNREADABLE, "58P01"),
    (Code::SNAPSHOT_UNREADABLE, "XX001"),
    (Code::MODEL_NOT_APPLICABLE, "55000"),
    (Code::RULE_FAILED, "55000"),
    (Code::AUDIT_UNWRITABLE, "58030"),
    (Code::AUDIT_BROKEN, "XX001"),
    (Code::AUDIT_SEGMENT_TAKEN, "XX001"),
    (Code::BAD_REQUEST, "08P01"),
    (Code::NOTHING_THERE, "42704"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_state() {
        for code in Code::ALL {
            let found: Vec<_> = STATES.iter().filter(|(known, _)| known == code).collect();
            assert_eq!(found.len(), 1, "{code}");
        }
        for (code, state) in STATES {
            let fits = state.len() == 5 && state.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            assert!(fits, "{code}: {state}");
        }
    }

    #[test]
    fn values_tell_more() {
        let state = |text: &str| of(&Error::new(Code::EXECUTION, text));
        assert_eq!(state("Divide by zero"), "22012");
        assert_eq!(state("cannot cast string 'x' to value of Int64 type"), "22P02");
        assert_eq!(state("arithmetic overflow"), "22003");
        assert_eq!(state("cast error: Can't cast value 99999999999 to type Int32"), "22003");
        assert_eq!(state("123456 is too large to store in a Decimal128 of precision 4"), "22003");
        let told = Error::new(Code::SCHEMA_EXISTS, "schema `s` is not empty");
        assert_eq!(
            (of(&told), of(&Error::new(Code::SCHEMA_EXISTS, "schema `is not empty` exists"))),
            ("2BP01", "42P06")
        );
        assert_eq!(of(&Error::new(Code::SYNTAX, "the statement is longer than 9 bytes")), "54000");
    }

    #[test]
    fn users_words_tell_nothing() {
        let state = |text: &str| of(&Error::new(Code::EXECUTION, text));
        for value in
            ["divide by zero", "overflow", "it's division by zero, isn't it", "' overflow '", "a \" out of range"]
        {
            assert_eq!(
                state(&format!("cast error: Cannot cast string '{value}' to value of Int32 type")),
                "22P02",
                "{value}"
            );
        }
        let told = Error::new(Code::CONSTRAINT_VIOLATED, "constraint `no null` of table `t` does not hold");
        assert_eq!(of(&told), "23514");
        assert_eq!(of(&Error::new(Code::CONSTRAINT_VIOLATED, "column `a` cannot be null")), "23502");
    }
}
