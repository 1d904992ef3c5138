//! Changes in words, for people who decide whether to go on.

use super::{Aspect, Change, Effect, What};
use crate::contracts::vocabulary::Tag;
use crate::policy::Effect as Policy;

/// Of a long list of codes.
const LISTED_MAX: usize = 8;

impl Change {
    /// `+`, `-` or `~`; `!` where protection gets weaker.
    pub fn sign(&self) -> char {
        match self.what {
            _ if self.weakens_protection() => '!',
            What::Added | What::PolicyAdded { .. } => '+',
            What::Removed | What::PolicyRemoved { .. } => '-',
            _ => '~',
        }
    }

    /// One line: ``! field `population.person.citizen_id`: grade lowered from 4 to 2 (protects less)``.
    pub fn english(&self) -> String {
        let effects: Vec<&str> = self.effects().iter().map(|effect| effect.english()).collect();
        let effects = if effects.is_empty() { String::new() } else { format!(" ({})", effects.join(", ")) };
        format!("{} {}: {}{effects}", self.sign(), self.thing, self.what.english())
    }

    /// One line.
    pub fn chinese(&self) -> String {
        let effects: Vec<&str> = self.effects().iter().map(|effect| effect.chinese()).collect();
        let effects = if effects.is_empty() { String::new() } else { format!("（{}）", effects.join("、")) };
        format!("{} {}：{}{effects}", self.sign(), self.thing.chinese(), self.what.chinese())
    }
}

impl Effect {
    pub fn english(self) -> &'static str {
        match self {
            Self::WeakensProtection => "protects less",
            Self::BreaksReaders => "readers may lose what they had",
            Self::RejectsData => "data may be rejected",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            Self::WeakensProtection => "保护减弱",
            Self::BreaksReaders => "使用者可能受影响",
            Self::RejectsData => "数据可能被拒收",
        }
    }
}

impl What {
    fn english(&self) -> String {
        match self {
            Self::Added => "added".to_owned(),
            Self::Removed => "removed".to_owned(),
            Self::GradeRaised { from, to } => format!("grade raised from {from} to {to}"),
            Self::GradeLowered { from, to } => format!("grade lowered from {from} to {to}"),
            Self::MaskAdded { to } => format!("masked by {to}"),
            Self::MaskRemoved { from } => format!("mask {from} removed"),
            Self::MaskStricter { from, to } => format!("mask made stricter, from {from} to {to}"),
            Self::MaskWeaker { from, to } => format!("mask made weaker, from {from} to {to}"),
            Self::TagsAdded(tags) => format!("tags added: {}", words(tags)),
            Self::TagsRemoved(tags) => format!("tags removed: {}", words(tags)),
            Self::TypeWidened { from, to } => format!("type widened from {from} to {to}"),
            Self::TypeChanged { from, to } => format!("type changed from {from} to {to}"),
            Self::BecameRequired => "must have a value now".to_owned(),
            Self::BecameOptional => "may be empty now".to_owned(),
            Self::SharedMore { from, to } => format!("shared otherwise: {to}, before {from}"),
            Self::SharedLess { from, to } => format!("shared less: {to}, before {from}"),
            Self::OpenedMore { from, to } => format!("open to the public: {to}, before {from}"),
            Self::OpenedLess { from, to } => format!("less open to the public: {to}, before {from}"),
            Self::CodesChanged { added, removed, changed } => {
                let parts = [("added", added), ("removed", removed), ("changed", changed)];
                let told = parts.iter().filter(|(_, codes)| !codes.is_empty());
                told.map(|(what, codes)| format!("codes {what}: {}", listed(codes, "more")))
                    .collect::<Vec<_>>()
                    .join("; ")
            }
            Self::Reordered => "in another order".to_owned(),
            Self::Set { key, from, to } => {
                let none = || "none".to_owned();
                let (from, to) = (from.clone().unwrap_or_else(none), to.clone().unwrap_or_else(none));
                format!("{} is {to}, before {from}", key.english())
            }
            Self::Reworded => "texts changed".to_owned(),
            Self::Rewritten => "policies changed".to_owned(),
            Self::PolicyAdded { effect: Policy::Permit, first: true } => {
                "permit added, where nothing was permitted to anybody before".to_owned()
            }
            Self::PolicyAdded { effect, .. } => format!("{} added", effect.as_str()),
            Self::PolicyRemoved { effect, .. } => format!("{} removed", effect.as_str()),
            Self::PolicyChanged(effect) => format!("{} changed", effect.as_str()),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Added => "新增".to_owned(),
            Self::Removed => "删除".to_owned(),
            Self::GradeRaised { from, to } => format!("分级由{}升为{}", from.chinese(), to.chinese()),
            Self::GradeLowered { from, to } => format!("分级由{}降为{}", from.chinese(), to.chinese()),
            Self::MaskAdded { to } => format!("增加脱敏 {to}"),
            Self::MaskRemoved { from } => format!("取消脱敏 {from}"),
            Self::MaskStricter { from, to } => format!("脱敏由 {from} 收紧为 {to}"),
            Self::MaskWeaker { from, to } => format!("脱敏由 {from} 放宽为 {to}"),
            Self::TagsAdded(tags) => format!("增加标签：{}", chinese_words(tags)),
            Self::TagsRemoved(tags) => format!("去除标签：{}", chinese_words(tags)),
            Self::TypeWidened { from, to } => format!("类型由 {from} 放宽为 {to}"),
            Self::TypeChanged { from, to } => format!("类型由 {from} 改为 {to}"),
            Self::BecameRequired => "改为必填".to_owned(),
            Self::BecameOptional => "改为可空".to_owned(),
            Self::SharedMore { from, to } => format!("共享由 {from} 改为 {to}"),
            Self::SharedLess { from, to } => format!("共享由 {from} 收紧为 {to}"),
            Self::OpenedMore { from, to } => format!("开放由 {from} 改为 {to}"),
            Self::OpenedLess { from, to } => format!("开放由 {from} 收紧为 {to}"),
            Self::CodesChanged { added, removed, changed } => {
                let parts = [("新增", added), ("删除", removed), ("修改", changed)];
                let told = parts.iter().filter(|(_, codes)| !codes.is_empty());
                told.map(|(what, codes)| format!("{what}代码 {}", listed(codes, "其余"))).collect::<Vec<_>>().join("；")
            }
            Self::Reordered => "顺序改变".to_owned(),
            Self::Set { key, from, to } => {
                let none = || "无".to_owned();
                let (from, to) = (from.clone().unwrap_or_else(none), to.clone().unwrap_or_else(none));
                format!("{}由 {from} 改为 {to}", key.chinese())
            }
            Self::Reworded => "说明文字改变".to_owned(),
            Self::Rewritten => "策略内容改变".to_owned(),
            Self::PolicyAdded { effect: Policy::Permit, first: true } => "新增许可，此前未许可任何人".to_owned(),
            Self::PolicyAdded { effect, .. } => format!("新增{}", effect.chinese()),
            Self::PolicyRemoved { effect, .. } => format!("取消{}", effect.chinese()),
            Self::PolicyChanged(effect) => format!("{}内容改变", effect.chinese()),
        }
    }
}

impl Aspect {
    fn english(self) -> &'static str {
        match self {
            Self::Approvers => "who approves",
            Self::Code => "credit code",
            Self::CodeTable => "code table",
            Self::Comparator => "comparator",
            Self::Cycle => "cycle",
            Self::Element => "element",
            Self::Format => "format",
            Self::Key => "key",
            Self::Origin => "origin",
            Self::Owner => "owner",
            Self::Parent => "parent",
            Self::Range => "range",
            Self::Rule => "rule",
            Self::Severity => "severity",
            Self::Tolerance => "tolerance",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::Approvers => "审批人",
            Self::Code => "统一社会信用代码",
            Self::CodeTable => "代码表",
            Self::Comparator => "比较方式",
            Self::Cycle => "更新周期",
            Self::Element => "数据元",
            Self::Format => "格式",
            Self::Key => "主键",
            Self::Origin => "来源",
            Self::Owner => "责任部门",
            Self::Parent => "上级部门",
            Self::Range => "取值范围",
            Self::Rule => "规则",
            Self::Severity => "处理方式",
            Self::Tolerance => "允许量",
        }
    }
}

fn words(tags: &[Tag]) -> String {
    tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(", ")
}

fn chinese_words(tags: &[Tag]) -> String {
    tags.iter().map(|tag| tag.chinese()).collect::<Vec<_>>().join("、")
}

fn listed(codes: &[String], more: &str) -> String {
    let shown = codes[..codes.len().min(LISTED_MAX)].join(", ");
    match codes.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        rest => format!("{shown}, {more} {rest}"),
    }
}
