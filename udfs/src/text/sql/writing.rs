//! `zh_normalize(text)`, `zh_simplify(text)`, `zh_pinyin(text)`: texts after texts.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{documented, over_columns};
use crate::text::{normalize, pinyin, simplify};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Normalized,
    Simplified,
    Pinyin,
}

/// A text as it is written otherwise.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Writing {
    asked: Asked,
    signature: Signature,
}

impl Writing {
    /// `zh_normalize(text)`: one writing for texts that differ in writing only.
    pub fn normalize() -> Self {
        Self::of(Asked::Normalized)
    }

    /// `zh_simplify(text)`: simplified characters for traditional ones.
    pub fn simplify() -> Self {
        Self::of(Asked::Simplified)
    }

    /// `zh_pinyin(text)`: syllables without tones.
    pub fn pinyin() -> Self {
        Self::of(Asked::Pinyin)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::string(1, Volatility::Immutable) }
    }

    fn write(&self, text: &str, out: &mut String) {
        match self.asked {
            Asked::Normalized => *out = normalize::normalize(text),
            Asked::Simplified => simplify::simplify(text, out),
            Asked::Pinyin => pinyin::pinyin(text, out),
        }
    }
}

impl ScalarUDFImpl for Writing {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Normalized => "zh_normalize",
            Asked::Simplified => "zh_simplify",
            Asked::Pinyin => "zh_pinyin",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_columns(&arguments, |columns| {
            let mut answer = StringBuilder::new();
            let mut out = String::new();
            for column in columns.iter().take(1) {
                for text in cast(column, &DataType::Utf8View)?.as_string_view() {
                    out.clear();
                    text.iter().for_each(|text| self.write(text, &mut out));
                    answer.append_option(text.map(|_| &out));
                }
            }
            Ok(Arc::new(answer.finish()) as ArrayRef)
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(match self.asked {
            Asked::Normalized => &NORMALIZE,
            Asked::Simplified => &SIMPLIFY,
            Asked::Pinyin => &PINYIN,
        })
    }
}

static NORMALIZE: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "One writing for texts that differ in writing only: full and half width, traditional and simplified characters, capital and \
         small letters, forms of brackets, quotation marks, dashes and interpuncts, blanks, code points that show nothing. \
         Normalizing twice is as once.",
        "zh_normalize(text)",
    )
    .with_sql_example("```sql\nSELECT zh_normalize('臺灣（ＡＢＣ）　公司');\n-- 台湾(abc)公司\n```")
    .with_argument("text", "Any text.")
    .build()
});

static SIMPLIFY: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "Simplified characters for traditional ones, by OpenCC's tables of characters and phrases. What is simplified stays.",
        "zh_simplify(text)",
    )
    .with_sql_example("```sql\nSELECT zh_simplify('乾隆年間的乾淨水');\n-- 乾隆年间的干净水\n```")
    .with_argument("text", "Any text.")
    .build()
});

static PINYIN: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "Syllables without tones, separated by blanks, `v` for `ü`. A character has its commonest reading, whatever stands beside it, \
         except in some place names and words (`重庆`, `厦门`, `银行`). Letters and digits stay, as small words; signs are left out; \
         a character without a reading stays. `person_name_key` reads surnames as surnames.",
        "zh_pinyin(text)",
    )
    .with_sql_example("```sql\nSELECT zh_pinyin('重庆长安3号');\n-- chong qing chang an 3 hao\n```")
    .with_argument("text", "Any text.")
    .build()
});
