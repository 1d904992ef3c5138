//! A map from characters that is read in two steps: most characters of a text have an entry or a neighbour with one.

const PAGE: usize = 256;

/// Entries by character, in pages of 256.
#[derive(Debug)]
pub struct Pages<T> {
    pages: Vec<Option<Box<[Option<T>; PAGE]>>>,
}

impl<T: Copy> Pages<T> {
    pub fn new() -> Self {
        Self { pages: vec![] }
    }

    pub fn get(&self, c: char) -> Option<T> {
        let code = c as usize;
        self.pages.get(code / PAGE)?.as_ref()?[code % PAGE]
    }

    /// The entry of a character, to be changed.
    pub fn entry(&mut self, c: char) -> &mut Option<T> {
        let code = c as usize;
        if self.pages.len() <= code / PAGE {
            self.pages.resize_with(code / PAGE + 1, || None);
        }
        &mut self.pages[code / PAGE].get_or_insert_with(|| Box::new([None; PAGE]))[code % PAGE]
    }
}
