//! `record_key(id, key)`: the random key of a record for [`super::cell_key`], a whole number from 0 to below 2^31.
//!
//! HMAC-SHA-256 (RFC 2104) of the record's identifier under a secret: who does not have the secret cannot compute the noise. Keys of
//! up to 2^32 records are added up by `sum` without leaving BIGINT.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::DataType;
use aws_lc_rs::hmac;
use datafusion_common::{Result, ScalarValue, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

pub const RECORD_KEY: &str = "record_key";

/// The first 31 bits.
pub fn of(id: &str, key: &hmac::Key) -> i64 {
    let tag = hmac::sign(key, id.as_bytes());
    let bits = tag.as_ref().iter().take(4).fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
    i64::from(bits >> 1)
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct RecordKey {
    signature: Signature,
}

impl Default for RecordKey {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for RecordKey {
    fn name(&self) -> &'static str {
        RECORD_KEY
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Numbers are read as their digits.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let is_id = |id: &DataType| id.is_string() || id.is_integer() || id.is_null();
        let is_key = |key: &DataType| key.is_string() || key.is_binary();
        match given {
            [id, key] if is_id(id) && is_key(key) => Ok(vec![DataType::Utf8, DataType::Binary]),
            _ => plan_err!("{RECORD_KEY} takes a text or a whole number, and a key"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ids, ColumnarValue::Scalar(ScalarValue::Binary(Some(key)))] = arguments.args.as_slice() else {
            return exec_err!("{RECORD_KEY} takes a key that is the same for all rows");
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let keys = |ids: &ArrayRef| -> Int64Array {
            ids.as_string::<i32>().iter().map(|id| id.map(|id| of(id, &key))).collect()
        };
        match ids {
            ColumnarValue::Array(ids) => Ok(ColumnarValue::Array(Arc::new(keys(ids)))),
            ColumnarValue::Scalar(id) => {
                let keys = keys(&id.to_array()?);
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&keys, 0)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell_key::KEYS;
    use super::*;

    #[test]
    fn keys_are_spread_evenly_and_depend_on_the_secret() {
        let (one, other) = (hmac::Key::new(hmac::HMAC_SHA256, b"one"), hmac::Key::new(hmac::HMAC_SHA256, b"other"));
        let keys: Vec<i64> = (0..10_000).map(|id| of(&id.to_string(), &one)).collect();
        assert!(keys.iter().all(|key| (0..KEYS).contains(key)));
        let mut tenths = [0; 10];
        keys.iter().for_each(|key| tenths[usize::try_from(key * 10 / KEYS).unwrap()] += 1);
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
        assert_eq!(of("7", &one), keys[7]);
        assert_ne!(of("7", &other), keys[7]);
        // RFC 4231, test case 2 begins with 5bdcc146.
        let jefe = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        assert_eq!(of("what do ya want for nothing?", &jefe), 0x5bdc_c146 >> 1);
    }
}
