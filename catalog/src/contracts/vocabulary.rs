//! The closed lists of words in a model: grades, tags, cycles and the like, each with its Chinese name.

use std::fmt;
use std::str::FromStr;

use super::mistake::{Refusal, shown};

/// A type that is written as text wherever it is stored: `Display` and `FromStr` are its form.
macro_rules! stored_as_text {
    ($($name:ty),* $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(|refusal: $crate::contracts::Refusal| serde::de::Error::custom(refusal.message))
            }
        }
    )*};
}

pub(super) use stored_as_text;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$of:meta])* $variant:ident = $text:literal, $chinese:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in a model, in the order of [`Self::ALL`].
            pub const WORDS: &'static [&'static str] = &[$($text),*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            pub const fn chinese(self) -> &'static str {
                match self {
                    $(Self::$variant => $chinese,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Refusal;

            fn from_str(text: &str) -> Result<Self, Refusal> {
                let found = Self::ALL.iter().find(|word| word.as_str() == text).copied();
                found.ok_or_else(|| {
                    let refusal = Refusal::new(format!(concat!("`{}` is no ", $what), shown(text)));
                    refusal.choose(text, Self::WORDS.iter().copied())
                })
            }
        }

        stored_as_text!($name);
    };
}

words! {
    /// How much harm the loss of data does (GB/T 43697): general data in four steps, then important and core data. The
    /// higher one wins wherever two meet. State secrets have no grade: they do not belong on the platform.
    Grade, "grade":
    One = "1", "1级";
    Two = "2", "2级";
    Three = "3", "3级";
    Four = "4", "4级";
    Important = "important", "重要数据";
    Core = "core", "核心数据";
}

words! {
    /// What rules about people and businesses attach to.
    Tag, "tag":
    Personal = "pi", "个人信息";
    SensitivePersonal = "sensitive_pi", "敏感个人信息";
    Minor = "minor", "未成年人信息";
    BusinessSecret = "business_secret", "商业秘密";
}

words! {
    /// How two values of an element are compared when records are linked.
    Comparator, "comparator":
    Exact = "exact", "精确";
    Name = "name", "姓名";
    Address = "address", "地址";
    Date = "date", "日期";
    Phone = "phone", "电话";
    Text = "text", "文本";
}

words! {
    /// How often the provider renews the data.
    Cycle, "cycle":
    Realtime = "realtime", "实时";
    Daily = "daily", "每日";
    Weekly = "weekly", "每周";
    Monthly = "monthly", "每月";
    Quarterly = "quarterly", "每季度";
    Yearly = "yearly", "每年";
    Irregular = "irregular", "不定期";
}

words! {
    /// The three kinds of sharing between departments.
    Sharing, "kind of sharing":
    Unconditional = "unconditional", "无条件共享";
    Conditional = "conditional", "有条件共享";
    None = "none", "不予共享";
}

words! {
    /// What happens to rows that fail a check.
    Severity, "severity":
    /// The load is refused.
    Block = "block", "阻断";
    /// The rows go to quarantine, the others are loaded.
    Quarantine = "quarantine", "隔离";
    /// The rows are loaded and counted.
    Warn = "warn", "警告";
}

words! {
    /// The six properties of data quality (GB/T 36344).
    Dimension, "dimension":
    Conformity = "conformity", "规范性";
    Completeness = "completeness", "完整性";
    Accuracy = "accuracy", "准确性";
    Consistency = "consistency", "一致性";
    Timeliness = "timeliness", "时效性";
    Accessibility = "accessibility", "可访问性";
}

words! {
    /// Who defined an entry.
    Origin, "origin":
    /// The standards in the program.
    National = "national", "国家标准";
    City = "city", "本市";
}
