//! Chinese addresses as their parts: divisions, street office, community, road, house, building, entrance, flat.
//!
//! A grammar of last words (`省 市 区 街道 社区 路 号 幢 单元 室`) and the names of GB/T 2260, read from left to right. The text is normalized
//! first ([`crate::text::normalize`]); numerals are given as Arabic ones, the words beside them left out, so that `三幢二单元501室`,
//! `3栋2单元501` and `3-2-501` give the same parts. Nothing is looked up but the divisions: whether the road exists is a question for a
//! register. Every text has an answer; what fits nowhere is in `rest`.

mod house;
mod numeral;
mod place;
#[cfg(test)]
mod tests;
mod words;

use crate::text::normalize::normalize;

/// The parts of an address; those that it does not tell are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Address {
    pub province: Option<String>,
    /// For the four cities that are provinces: the same name.
    pub city: Option<String>,
    /// District, county, banner or city of that rank; else a development zone.
    pub district: Option<String>,
    /// Street office, town or township.
    pub street: Option<String>,
    /// Neighbourhood or village.
    pub community: Option<String>,
    /// With its section (`中山路北段`); several, one within the other, as they follow.
    pub road: Option<String>,
    /// House number; `123弄` for lanes, `12-1` for `12号之一`.
    pub number: Option<String>,
    pub building: Option<String>,
    pub unit: Option<String>,
    pub room: Option<String>,
    /// A name that is none of these: estate, office block, market, school.
    pub poi: Option<String>,
    pub rest: Option<String>,
    /// 0 to 1: how well the text was understood, by [`confidence`].
    pub confidence: f64,
}

/// Reads an address.
pub fn parse(text: &str) -> Address {
    let text = clean(text);
    let mut address = Address::default();
    let (located, rest) = place::locate(&text, &mut address);
    let rest = place::neighbourhood(rest, &mut address);
    let rest = place::road(rest, &mut address);
    house::read(rest, &mut address);
    address.confidence = confidence(&address, located, text.chars().count());
    address
}

/// How the divisions were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Located {
    /// A county or a city of the standard, each part of the one before.
    Known,
    /// By the last words of names that the standard does not have, or one that several cities have, or parts that do not belong together.
    Told,
    Nowhere,
}

/// `0.4·p + 0.4·s + 0.2·u`. `p`: the divisions are of the standard and fit together 1, else told ½, none 0. `s`: the spot is told by a road and
/// a number, or by a name (community, estate) and a building or flat 1; by one of the four ½; else 0. `u`: the share of the characters
/// that are not in `rest`. A text without an address has at most 0.2, an empty one 0.
fn confidence(address: &Address, located: Located, length: usize) -> f64 {
    if length == 0 {
        return 0.0;
    }
    let place = match located {
        Located::Known => 1.0,
        Located::Told => 0.5,
        Located::Nowhere => 0.0,
    };
    let named = address.community.is_some() || address.poi.is_some();
    let within = address.building.is_some() || address.room.is_some();
    let spot = match (address.road.is_some() && address.number.is_some(), named && within) {
        (false, false) if address.road.is_some() || address.number.is_some() || named || within => 0.5,
        (false, false) => 0.0,
        _ => 1.0,
    };
    let rest = address.rest.as_ref().map_or(0, |rest| rest.chars().count()).min(length);
    0.4 * place + 0.4 * spot + 0.2 * (1.0 - rest as f64 / length as f64)
}

/// One writing, capital letters as buildings have them, no brackets and no signs but those of numbers.
fn clean(text: &str) -> String {
    let keeps = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '#') || crate::text::is_private(*c);
    normalize(text).chars().filter(keeps).map(|c| c.to_ascii_uppercase()).collect()
}
