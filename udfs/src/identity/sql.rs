//! The readers as functions of one text.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{citizen, credit, parts};

pub const CID_CHECK: &str = "cid_check";
pub const CID_UPGRADE: &str = "cid_upgrade";
pub const USCC_CHECK: &str = "uscc_check";
pub const PERSON_NAME_KEY: &str = "person_name_key";
pub const ADDRESS_PARSE: &str = "address_parse";
pub const ORG_NAME_PARSE: &str = "org_name_parse";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    CitizenNumber,
    Eighteen,
    CreditCode,
    PersonName,
    Address,
    OrganisationName,
}

/// No text gives null; a wrong one gives an answer that says so, never an error.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Reader {
    asked: Asked,
    signature: Signature,
}

impl Reader {
    /// `cid_check(text)`: what a citizen number says.
    pub fn cid_check() -> Self {
        Self::of(Asked::CitizenNumber)
    }

    /// `cid_upgrade(text)`: the 18 characters of a citizen number.
    pub fn cid_upgrade() -> Self {
        Self::of(Asked::Eighteen)
    }

    /// `uscc_check(text)`: what a credit code says.
    pub fn uscc_check() -> Self {
        Self::of(Asked::CreditCode)
    }

    /// `person_name_key(text)`: the parts of a person's name.
    pub fn person_name_key() -> Self {
        Self::of(Asked::PersonName)
    }

    /// `address_parse(text)`: the parts of an address.
    pub fn address_parse() -> Self {
        Self::of(Asked::Address)
    }

    /// `org_name_parse(text)`: the parts of an organisation's name.
    pub fn org_name_parse() -> Self {
        Self::of(Asked::OrganisationName)
    }

    /// Texts only: a number that was kept as one may have lost its zeros and its X.
    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::string(1, Volatility::Immutable) }
    }

    fn read(&self, texts: &ArrayRef) -> Result<ArrayRef> {
        let texts = cast(texts, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        Ok(match self.asked {
            Asked::CitizenNumber => Arc::new(citizen::check(texts)?),
            Asked::Eighteen => Arc::new(citizen::upgrade(texts)),
            Asked::CreditCode => Arc::new(credit::check(texts)?),
            Asked::PersonName => Arc::new(parts::persons(texts)?),
            Asked::Address => Arc::new(parts::addresses(texts)?),
            Asked::OrganisationName => Arc::new(parts::organisations(texts)?),
        })
    }
}

impl ScalarUDFImpl for Reader {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::CitizenNumber => CID_CHECK,
            Asked::Eighteen => CID_UPGRADE,
            Asked::CreditCode => USCC_CHECK,
            Asked::PersonName => PERSON_NAME_KEY,
            Asked::Address => ADDRESS_PARSE,
            Asked::OrganisationName => ORG_NAME_PARSE,
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::CitizenNumber => DataType::Struct(citizen::fields()),
            Asked::Eighteen => DataType::Utf8,
            Asked::CreditCode => DataType::Struct(credit::fields()),
            Asked::PersonName => DataType::Struct(parts::person_fields()),
            Asked::Address => DataType::Struct(parts::address_fields()),
            Asked::OrganisationName => DataType::Struct(parts::organisation_fields()),
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match arguments.args.as_slice() {
            [ColumnarValue::Array(texts)] => Ok(ColumnarValue::Array(self.read(texts)?)),
            [ColumnarValue::Scalar(text)] => {
                let answer = self.read(&text.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?))
            }
            other => exec_err!("{} takes one text, not {}", self.name(), other.len()),
        }
    }
}

#[cfg(test)]
mod tests;
