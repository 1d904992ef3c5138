//! What is different between two snapshots, and what that means to people.

mod compare;
mod policies;
mod text;

use super::entries::Thing;
use super::forms::{Mask, Type};
use super::vocabulary::{Grade, Tag};
use crate::policy::Effect as Policy;

pub use compare::changes;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub thing: Thing,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Added,
    Removed,
    GradeRaised {
        from: Grade,
        to: Grade,
    },
    GradeLowered {
        from: Grade,
        to: Grade,
    },
    MaskAdded {
        to: Mask,
    },
    MaskRemoved {
        from: Mask,
    },
    MaskStricter {
        from: Mask,
        to: Mask,
    },
    MaskWeaker {
        from: Mask,
        to: Mask,
    },
    TagsAdded(Vec<Tag>),
    TagsRemoved(Vec<Tag>),
    /// Every value stays what it is.
    TypeWidened {
        from: Type,
        to: Type,
    },
    TypeChanged {
        from: Type,
        to: Type,
    },
    BecameRequired,
    BecameOptional,
    SharedMore {
        from: String,
        to: String,
    },
    SharedLess {
        from: String,
        to: String,
    },
    OpenedMore {
        from: String,
        to: String,
    },
    OpenedLess {
        from: String,
        to: String,
    },
    /// Of a code table.
    CodesChanged {
        added: Vec<String>,
        removed: Vec<String>,
        changed: Vec<String>,
    },
    /// Fields of a dataset, their columns in another order.
    Reordered,
    /// Another value of a key that asks something of the data, or says who answers for them.
    Set {
        key: Aspect,
        from: Option<String>,
        to: Option<String>,
    },
    /// Names, descriptions and other texts for people.
    Reworded,
    /// The text of policies of which some cannot be read.
    Rewritten,
    PolicyAdded {
        effect: Policy,
        /// Nothing was permitted to anybody before.
        first: bool,
    },
    PolicyRemoved {
        effect: Policy,
        /// Nothing is permitted to anybody any more.
        last: bool,
    },
    PolicyChanged(Policy),
}

/// A key whose value is told as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    Approvers,
    Code,
    CodeTable,
    Comparator,
    Cycle,
    Element,
    Format,
    Key,
    Origin,
    Owner,
    Parent,
    Range,
    Rule,
    Severity,
    Tolerance,
}

/// What a change may do to those who live with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Somebody may see more than before.
    WeakensProtection,
    /// Queries or grants that worked may fail, or show less.
    BreaksReaders,
    /// Rows that were taken may be refused.
    RejectsData,
}

impl Change {
    /// Nothing for a change that only adds or tells. What a changed element means stands with the fields that are made
    /// of it.
    pub fn effects(&self) -> &'static [Effect] {
        use Effect::{BreaksReaders, RejectsData, WeakensProtection};
        match (&self.thing, &self.what) {
            (Thing::Element(_), _) => &[],
            (Thing::Policy(_), What::Added | What::Removed) => &[WeakensProtection, BreaksReaders],
            (Thing::Check(..), What::Added) => &[RejectsData],
            (Thing::Check(..), What::Removed) => &[],
            (Thing::CodeTable(_), What::Removed) => &[],
            (_, What::Removed) => &[BreaksReaders],
            (_, what) => what.effects(),
        }
    }

    pub fn weakens_protection(&self) -> bool {
        self.effects().contains(&Effect::WeakensProtection)
    }

    /// Whether something that worked before may not work any more.
    pub fn is_breaking(&self) -> bool {
        self.effects().iter().any(|effect| *effect != Effect::WeakensProtection)
    }
}

impl What {
    fn effects(&self) -> &'static [Effect] {
        use Effect::{BreaksReaders, RejectsData, WeakensProtection};
        match self {
            Self::GradeLowered { .. }
            | Self::MaskRemoved { .. }
            | Self::MaskWeaker { .. }
            | Self::TagsRemoved(_)
            | Self::SharedMore { .. }
            | Self::OpenedMore { .. } => &[WeakensProtection],
            Self::GradeRaised { .. }
            | Self::MaskAdded { .. }
            | Self::MaskStricter { .. }
            | Self::TagsAdded(_)
            | Self::SharedLess { .. }
            | Self::OpenedLess { .. } => &[BreaksReaders],
            Self::TypeChanged { .. } => &[BreaksReaders, RejectsData],
            Self::PolicyAdded { effect: Policy::Permit, first: true } => &[],
            Self::PolicyAdded { effect: Policy::Permit, .. } => &[WeakensProtection],
            Self::PolicyAdded { effect: Policy::Forbid, .. } => &[BreaksReaders],
            Self::PolicyRemoved { effect: Policy::Forbid, last: true } => &[],
            Self::PolicyRemoved { effect: Policy::Forbid, .. } => &[WeakensProtection],
            Self::PolicyRemoved { effect: Policy::Permit, .. } => &[BreaksReaders],
            // More for some, less for others, or both.
            Self::PolicyChanged(_) | Self::Rewritten => &[WeakensProtection, BreaksReaders],
            Self::BecameRequired => &[RejectsData],
            Self::CodesChanged { removed, .. } if !removed.is_empty() => &[RejectsData],
            Self::Set { key, to: Some(_), .. } if key.asks_of_data() => &[RejectsData],
            Self::Added
            | Self::Removed
            | Self::TypeWidened { .. }
            | Self::BecameOptional
            | Self::CodesChanged { .. }
            | Self::Reordered
            | Self::Set { .. }
            | Self::Reworded => &[],
        }
    }
}

impl Aspect {
    fn asks_of_data(self) -> bool {
        use Aspect::{CodeTable, Format, Key, Range, Rule, Severity, Tolerance};
        matches!(self, CodeTable | Format | Key | Range | Rule | Severity | Tolerance)
    }
}

#[cfg(test)]
mod tests;
