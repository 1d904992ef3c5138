use std::fmt;

use crate::names::TableName;

/// Anything in a model that has a name: what places and changes are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    CodeTable(String),
    Element(String),
    Department(String),
    Role(String),
    /// A policy by its name, or a file of them.
    Policy(String),
    Dataset(TableName),
    Field(TableName, String),
    Check(TableName, String),
}

impl Thing {
    /// The dataset that it is, or is part of.
    pub fn dataset(&self) -> Option<&TableName> {
        match self {
            Self::Dataset(dataset) | Self::Field(dataset, _) | Self::Check(dataset, _) => Some(dataset),
            _ => None,
        }
    }

    fn kinds(&self) -> (&'static str, &'static str) {
        match self {
            Self::CodeTable(_) => ("code table", "代码表"),
            Self::Element(_) => ("element", "数据元"),
            Self::Department(_) => ("department", "部门"),
            Self::Role(_) => ("role", "角色"),
            Self::Policy(_) => ("policy", "策略"),
            Self::Dataset(_) => ("dataset", "数据集"),
            Self::Field(..) => ("field", "信息项"),
            Self::Check(..) => ("check", "质量规则"),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::CodeTable(name) | Self::Element(name) | Self::Department(name) => name.clone(),
            Self::Role(name) | Self::Policy(name) => name.clone(),
            Self::Dataset(dataset) => dataset.to_string(),
            Self::Field(dataset, name) | Self::Check(dataset, name) => format!("{dataset}.{name}"),
        }
    }

    pub fn chinese(&self) -> String {
        format!("{} `{}`", self.kinds().1, self.name())
    }
}

/// ``field `population.person.name` ``.
impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kinds().0, self.name())
    }
}
