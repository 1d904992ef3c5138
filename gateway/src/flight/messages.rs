//! Messages of Flight's session actions (Flight.proto), which arrow-flight does not have.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

/// The value of a session option.
#[derive(Clone, PartialEq, Message)]
pub struct SessionOptionValue {
    #[prost(oneof = "OptionValue", tags = "1, 2, 3, 4, 5")]
    pub option_value: Option<OptionValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum OptionValue {
    #[prost(string, tag = "1")]
    String(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(sfixed64, tag = "3")]
    Int64(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    StringList(StringList),
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct StringList {
    #[prost(string, repeated, tag = "1")]
    pub values: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SetSessionOptionsRequest {
    #[prost(map = "string, message", tag = "1")]
    pub session_options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    pub errors: HashMap<String, SetError>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct SetError {
    #[prost(enumeration = "SetErrorValue", tag = "1")]
    pub value: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum SetErrorValue {
    Unspecified = 0,
    InvalidName = 1,
    InvalidValue = 2,
    Error = 3,
}

#[derive(Clone, PartialEq, Message)]
pub struct GetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    pub session_options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct CloseSessionResult {
    #[prost(enumeration = "CloseStatus", tag = "1")]
    pub status: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum CloseStatus {
    Unspecified = 0,
    Closed = 1,
    Closing = 2,
    NotCloseable = 3,
}

impl SessionOptionValue {
    pub fn text(text: impl Into<String>) -> Self {
        Self { option_value: Some(OptionValue::String(text.into())) }
    }

    /// The value as text, which the specification lets every option be sent as; none if it is unset or a list.
    pub fn to_text(&self) -> Option<String> {
        match self.option_value.as_ref()? {
            OptionValue::String(text) => Some(text.clone()),
            OptionValue::Bool(value) => Some(value.to_string()),
            OptionValue::Int64(value) => Some(value.to_string()),
            OptionValue::Double(value) => Some(value.to_string()),
            OptionValue::StringList(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Flight.proto has it: a map of field 1, whose value's text is field 1.
    #[test]
    fn options_are_read_as_other_languages_write_them() {
        let bytes = b"\x0a\x0d\x0a\x06schema\x12\x03\x0a\x01p";
        let read = SetSessionOptionsRequest::decode(&bytes[..]).unwrap();
        assert_eq!(read.session_options["schema"].to_text().as_deref(), Some("p"));
        let number = SessionOptionValue { option_value: Some(OptionValue::Int64(7)) };
        assert_eq!(number.encode_to_vec(), b"\x19\x07\0\0\0\0\0\0\0");
        assert_eq!(number.to_text().as_deref(), Some("7"));
    }
}
