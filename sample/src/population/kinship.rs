//! Who heads a household, and what the others are to the head.

use super::Sex;
use super::life::{Block, Party};
use crate::calendar::AS_OF;

/// The head of each household on the day of the registers: its founder, else the founder's spouse, else the eldest;
/// `None` for households without residents.
pub(crate) fn heads(block: &Block) -> Vec<Option<u32>> {
    let mut heads: Vec<Option<u32>> = vec![None; block.households.len()];
    for (index, person) in (0u32..).zip(&block.people) {
        if !person.is_resident(AS_OF) {
            continue;
        }
        let head = &mut heads[person.household as usize];
        if head.is_none_or(|current| rank(block, index) < rank(block, current)) {
            *head = Some(index);
        }
    }
    heads
}

fn rank(block: &Block, index: u32) -> (u8, i32) {
    let person = block.person(index);
    let founder = block.households[person.household as usize].founder;
    let class = match person.spouse {
        _ if index == founder => 0,
        Some(Party::Here(spouse)) if spouse == founder => 1,
        _ => 2,
    };
    (class, person.born.0)
}

/// The relation of a member to the head (GB/T 4761-2008, two digits).
pub(crate) fn relation(block: &Block, head: u32, member: u32) -> &'static str {
    if head == member {
        return "02";
    }
    let (h, m) = (block.person(head), block.person(member));
    let male = m.sex == Sex::Male;
    let by_sex = |man, woman| if male { man } else { woman };
    let is_parent = |parent: Party, child: u32| {
        let c = block.person(child);
        c.father == Some(parent) || c.mother == Some(parent)
    };
    let spouse_here = |of: u32| match block.person(of).spouse {
        Some(Party::Here(index)) => Some(index),
        _ => None,
    };
    let parents_here = |of: u32| {
        let p = block.person(of);
        [p.father, p.mother].into_iter().flatten().filter_map(|party| match party {
            Party::Here(index) => Some(index),
            Party::Away(_) => None,
        })
    };
    let (this, one) = (Party::Here(head), Party::Here(member));
    if h.spouse == Some(one) {
        by_sex("11", "12")
    } else if is_parent(this, member) {
        by_sex("20", "30")
    } else if spouse_here(head).is_some_and(|s| is_parent(Party::Here(s), member)) {
        by_sex("27", "37")
    } else if is_parent(one, head) {
        by_sex("51", "52")
    } else if spouse_here(head).is_some_and(|s| is_parent(one, s)) {
        // The parents of a husband and of a wife have different codes.
        if h.sex == Sex::Female { by_sex("53", "54") } else { by_sex("55", "56") }
    } else if spouse_here(member).is_some_and(|s| is_parent(this, s)) {
        by_sex("28", "38")
    } else if parents_here(member).any(|p| is_parent(this, p)) {
        by_sex("41", "42")
    } else if parents_here(head).any(|p| is_parent(one, p)) {
        by_sex("61", "62")
    } else if parents_here(head).any(|p| is_parent(Party::Here(p), member)) {
        by_sex("73", "77")
    } else {
        "97"
    }
}
