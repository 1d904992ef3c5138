/// Records that somebody asks for: these numbers and, in milliseconds since 1970, these times; ends are within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub first: i64,
    pub last: i64,
    pub from: i64,
    pub until: i64,
}

impl Window {
    pub const ALL: Self = Self { first: i64::MIN, last: i64::MAX, from: i64::MIN, until: i64::MAX };

    /// What this window and another one are both open for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        }
    }

    /// Whether a record is among them.
    pub fn has(&self, seq: u64, time: i64) -> bool {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        (self.first..=self.last).contains(&seq) && (self.from..=self.until).contains(&time)
    }
}
