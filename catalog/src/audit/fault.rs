//! What is wrong with a chain, and where.

use std::fmt;

use crate::error::{Code, Error};

/// The first thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// None: in the state database, behind the last segment.
    pub segment: Option<u64>,
    /// Counted from one; 0 where it is about no line.
    pub line: usize,
    /// The first record that is not as it was written, or not there; none where records are not touched.
    pub record: Option<u64>,
    pub wrong: Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A line has not the form of a record.
    Unreadable,
    /// A record does not have the hash that stands in it.
    Changed,
    /// Another record stands in its place, or none.
    Missing {
        found: Option<u64>,
    },
    /// A later record carries this one's number, or hashes were computed anew: all records fit, but not to the signed footer.
    Rewritten,
    /// The segment ends before its footer.
    Truncated,
    /// Something stands behind the footer.
    Trailing,
    /// The header was changed.
    Header,
    /// The segment does not go on where the one before it ends.
    NotNext,
    /// The footer was changed.
    Footer,
    Signature,
    UnknownKey {
        id: String,
    },
    /// Written by a version that does something this one does not know.
    Unknown {
        what: String,
    },
    /// There is no such segment, and there are later ones.
    NoSegment,
    /// The chain ends, though it once went on.
    Cut {
        until: u64,
        origin: String,
    },
    /// An anchor, or the state database, knows another hash of this record.
    Differs {
        origin: String,
    },
}

impl Fault {
    pub fn into_error(self) -> Error {
        Error::new(Code::AUDIT_BROKEN, self.to_string())
            .with_hint("keep what there is, and compare it with a backup; docs/guide/audit.md says how to go on")
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        let mut place = match self.segment {
            Some(number) => format!("审计段 {number:010}"),
            None => "状态库中的审计尾部".to_owned(),
        };
        if self.line > 0 {
            place += &format!("，第 {} 行", self.line);
        }
        if let Some(record) = self.record {
            place += &format!("，记录 {record}");
        }
        format!("{place}：{}", self.wrong.chinese())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.segment {
            Some(number) => write!(f, "audit segment {number:010}")?,
            None => f.write_str("the audit in the state database")?,
        }
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        write!(f, ": {}", self.wrong)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("the line is no record"),
            Self::Changed => {
                f.write_str("its content does not have its hash: it was changed, or the one before it was")
            }
            Self::Missing { found: Some(found) } => write!(f, "it is missing; record {found} stands in its place"),
            Self::Missing { found: None } => f.write_str("it is missing; the footer counts more records"),
            Self::Rewritten => {
                f.write_str("it or a later one was written anew: the signed footer is that of other records")
            }
            Self::Truncated => f.write_str("the segment ends before its footer"),
            Self::Trailing => f.write_str("something stands behind the footer"),
            Self::Header => f.write_str("the header was changed"),
            Self::NotNext => {
                f.write_str("it does not go on where the segment before it ends: one of them is another one")
            }
            Self::Footer => f.write_str("the footer was changed"),
            Self::Signature => f.write_str("the signature is wrong: the footer was changed"),
            Self::UnknownKey { id } => write!(f, "it is signed with a key that is not trusted here, `{id}`"),
            Self::Unknown { what } => write!(f, "it is of a newer release, or was changed: {what} is not known"),
            Self::NoSegment => f.write_str("the segment is missing"),
            Self::Cut { until, origin } => {
                write!(f, "it is missing, and so is all up to record {until}, which {origin} knows")
            }
            Self::Differs { origin } => write!(f, "it is another record than the one that {origin} knows"),
        }
    }
}

impl Wrong {
    fn chinese(&self) -> String {
        match self {
            Self::Unreadable => "该行不是记录".to_owned(),
            Self::Changed => "内容与哈希不符：该记录或其前一条已被改动".to_owned(),
            Self::Missing { found: Some(found) } => format!("记录缺失，此处是记录 {found}"),
            Self::Missing { found: None } => "记录缺失，段尾所记条数更多".to_owned(),
            Self::Rewritten => "该记录或其后的记录被重写：已签名的段尾对应的是其他记录".to_owned(),
            Self::Truncated => "审计段在段尾之前中断".to_owned(),
            Self::Trailing => "段尾之后还有内容".to_owned(),
            Self::Header => "段头已被改动".to_owned(),
            Self::NotNext => "与前一段不衔接：其中之一已被替换".to_owned(),
            Self::Footer => "段尾已被改动".to_owned(),
            Self::Signature => "签名无效：段尾已被改动".to_owned(),
            Self::UnknownKey { id } => format!("签名所用的密钥 `{id}` 不受信任"),
            Self::Unknown { what } => format!("由更新的版本写入或已被改动：无法识别 {what}"),
            Self::NoSegment => "该段缺失".to_owned(),
            Self::Cut { until, origin } => format!("自此至记录 {until} 全部缺失（依据：{origin}）"),
            Self::Differs { origin } => format!("与 {origin} 所知的记录不同"),
        }
    }
}
