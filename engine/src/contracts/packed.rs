//! The form in which a model's files travel in a statement: JSON, compressed, in base64. A city's code tables have some megabytes, and
//! a statement has one at most.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use huitong_catalog::contracts::{Files, TOTAL_BYTES_MAX};
use huitong_catalog::{Code, Error, Result};

/// The files as the argument `files` of `huitong.plan_model` and `huitong.apply_model`.
pub fn pack(texts: &BTreeMap<String, String>) -> Result<String> {
    let told = |e: std::io::Error| Error::new(Code::INTERNAL, "the files cannot be packed").caused_by(e);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, texts).map_err(|e| told(e.into()))?;
    encoder.flush().map_err(told)?;
    Ok(STANDARD.encode(encoder.finish().map_err(told)?))
}

/// The files of such an argument; a JSON object of paths and texts will do, too.
pub fn unpack(argument: &str) -> Result<Files> {
    let bad = |what: String| {
        Error::new(Code::MODEL_MISTAKE, format!("`files` {what}"))
            .with_hint("`huitong plan DIR` makes it; by hand, write a JSON object of paths and texts")
    };
    let texts: BTreeMap<String, String> = match argument.trim_start().starts_with('{') {
        true => serde_json::from_str(argument).map_err(|e| bad(format!("is no JSON object of texts: {e}")))?,
        false => {
            let packed = STANDARD.decode(argument.trim()).map_err(|e| bad(format!("is no base64: {e}")))?;
            // One byte more, so that what is too large is told from what fits.
            let mut unpacked = GzDecoder::new(packed.as_slice()).take(TOTAL_BYTES_MAX as u64 + 1);
            let mut text = String::new();
            unpacked.read_to_string(&mut text).map_err(|e| bad(format!("cannot be unpacked: {e}")))?;
            if text.len() > TOTAL_BYTES_MAX {
                return Err(bad(format!("has more than {TOTAL_BYTES_MAX} bytes")));
            }
            serde_json::from_str(&text).map_err(|e| bad(format!("is no JSON object of texts: {e}")))?
        }
    };
    Ok(Files::from_texts("", texts.into_iter().map(|(path, text)| (path, text.into_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_arrive_as_they_were_sent() {
        let texts = BTreeMap::from([("org.yaml".to_owned(), "departments: {}\n# 部门".to_owned())]);
        let packed = pack(&texts).unwrap();
        let json = serde_json::to_string(&texts).unwrap();
        for argument in [packed, json] {
            assert_eq!(unpack(&argument).unwrap().paths().collect::<Vec<_>>(), ["org.yaml"]);
        }
    }

    #[test]
    fn what_is_no_list_of_files_is_told() {
        let not_json = {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(b"[1]").unwrap();
            STANDARD.encode(encoder.finish().unwrap())
        };
        for argument in ["", "{", "{\"a\": 1}", "!", "aGVsbG8=", &not_json] {
            assert_eq!(unpack(argument).unwrap_err().code, Code::MODEL_MISTAKE, "{argument}");
        }
    }
}
