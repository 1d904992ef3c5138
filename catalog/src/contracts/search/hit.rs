use crate::contracts::entries::Labels;
use crate::contracts::vocabulary::Grade;
use crate::names::TableName;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub kind: Kind,
    /// The dataset that it is, or is part of.
    pub dataset: Option<TableName>,
    /// Of a field, an element or a code table; a dataset has its own.
    pub name: Option<String>,
    pub labels: Labels,
    /// Code tables have none.
    pub grade: Option<Grade>,
    /// Higher is better, among the hits of one search; between searches it says nothing.
    pub score: u32,
    /// What each word fitted, in the order in which they were typed.
    pub matched: Vec<Match>,
}

/// In the order of hits that fit equally well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Dataset,
    Field,
    Element,
    CodeTable,
}

/// Which text a word fitted, how, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Match {
    pub part: Part,
    pub by: By,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Of a table, with its schema or without, of a column, an element, a code table.
    Name,
    /// The Chinese name.
    Chinese,
    /// The English name.
    English,
    /// A summary, a description, a standard.
    Description,
    /// A name of the element that a field is of.
    Element,
}

/// The later, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// Pinyin, spelled out; the last syllable may be unfinished.
    Pinyin,
    /// The first letters of the Pinyin of several characters.
    Initials,
    /// As it is written, but for width and case.
    Characters,
}

/// The later, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Inside,
    Start,
    Whole,
}

impl Match {
    /// A name that is written so is better than one that sounds so, and that is better than any description.
    pub(super) fn points(self) -> u32 {
        if self.part.is_name() { 2 + 3 * self.by as u32 + self.place as u32 } else { 1 }
    }
}

impl Part {
    /// Whether it is one of the thing's own names.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Chinese | Self::English)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Description => "description",
            Self::Element => "element",
        }
    }
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Field => "field",
            Self::Element => "element",
            Self::CodeTable => "code_table",
        }
    }
}

impl By {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pinyin => "pinyin",
            Self::Initials => "initials",
            Self::Characters => "characters",
        }
    }
}

impl Place {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Start => "start",
            Self::Whole => "whole",
        }
    }
}
