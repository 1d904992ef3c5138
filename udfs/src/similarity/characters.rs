//! Texts as slices that can be indexed: bytes where both are ASCII, decoded characters otherwise.

/// Memory that comparisons of one thread share.
#[derive(Debug, Default)]
pub struct Scratch {
    left: Vec<u32>,
    right: Vec<u32>,
    pub(super) work: Work,
}

/// What the algorithms themselves need.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) jaro: super::jaro::Lists,
    pub(super) rows: super::edits::Rows,
    pub(super) sets: super::jaccard::Sets,
    pub(super) words: super::lcs::Words,
}

/// What stands for a character in a slice.
pub(super) trait Symbol: Copy + Eq + Into<u32> {}

impl Symbol for u8 {}
impl Symbol for u32 {}

/// A measure of two slices, for both kinds of them.
pub(super) trait Measure {
    type Answer;

    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> Self::Answer;
}

impl Scratch {
    /// Runs `measure` on the characters of the texts.
    pub(super) fn compare<M: Measure>(&mut self, left: &str, right: &str, measure: M) -> M::Answer {
        if left.is_ascii() && right.is_ascii() {
            return measure.of(left.as_bytes(), right.as_bytes(), &mut self.work);
        }
        decode(left, &mut self.left);
        decode(right, &mut self.right);
        measure.of(&self.left, &self.right, &mut self.work)
    }
}

fn decode(text: &str, into: &mut Vec<u32>) {
    into.clear();
    into.extend(text.chars().map(u32::from));
}

/// Without what both begin and end with: no edit is needed there.
pub(super) fn trim_common<'a, S: Symbol>(left: &'a [S], right: &'a [S]) -> (&'a [S], &'a [S]) {
    let front = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (&left[front..], &right[front..]);
    let back = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    (&left[..left.len() - back], &right[..right.len() - back])
}
