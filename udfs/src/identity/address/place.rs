//! From the province to the road.

use super::words::{after, name, of_place};
use super::{Address, Located};
use crate::identity::divisions::{Division, Gazetteer, Level, short};
use crate::text::is_han;

/// Between the name of a city and of its county, in texts that were put together from code tables.
const HEADINGS: [&str; 3] = ["市辖区", "省直辖县级行政区划", "自治区直辖县级行政区划"];
/// Areas that end in the last word of a district and are none.
const NO_DISTRICTS: [&str; 11] =
    ["小区", "社区", "园区", "校区", "厂区", "库区", "院区", "住宅区", "生活区", "别墅区", "家属区"];
const STREETS: [&str; 6] = ["街道办事处", "街道", "民族乡", "苏木", "镇", "乡"];
const COMMUNITIES: [&str; 8] =
    ["社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "居委会", "村委会", "社区", "村"];
const ROADS: [&str; 11] = ["大道", "大街", "公路", "国道", "省道", "县道", "胡同", "环线", "路", "街", "巷"];
const WITHIN_ROADS: [&str; 5] = ["支路", "胡同", "支弄", "巷", "街"];

/// Divisions, into the address; and the text after them.
pub fn locate<'a>(text: &'a str, address: &mut Address) -> (Located, &'a str) {
    let (found, rest) = known(text);
    let (province, city, county) = found.with_parents();
    address.province = province.map(|division| division.name.to_owned());
    // A city that is a province has no other one between itself and its districts.
    let is_city = |division: &Division| division.name.ends_with('市');
    address.city = city.or(province.filter(is_city)).map(|division| division.name.to_owned());
    address.district = county.map(|division| division.name.to_owned());
    let rest = told(rest, address);
    let located = match (county.or(city), &address.district, &address.city, &address.province) {
        (Some(_), _, _, _) if found.fits && province.is_some() => Located::Known,
        (None, None, None, None) => Located::Nowhere,
        _ => Located::Told,
    };
    (located, rest)
}

#[derive(Debug, Clone, Copy, Default)]
struct Found {
    province: Option<Division>,
    city: Option<Division>,
    county: Option<Division>,
    /// Each is part of the one before.
    fits: bool,
}

impl Found {
    /// With the divisions that those found are part of, where only one is of that name.
    fn with_parents(&self) -> (Option<Division>, Option<Division>, Option<Division>) {
        let above = |division: Option<Division>| division.and_then(|d| Gazetteer::standard().division(d.parent));
        let parent = above(self.county).filter(|_| self.fits);
        let city = self.city.or(parent.filter(|parent| parent.level == Level::City));
        let province = self.province.or(parent.filter(|parent| parent.level == Level::Province)).or(above(city));
        (province, city, self.county)
    }
}

/// Divisions of the standard.
fn known(text: &str) -> (Found, &str) {
    let gazetteer = Gazetteer::standard();
    if let Some(&province) = gazetteer.named(text, Level::Province).first() {
        let (found, rest) = below(&text[province.name.len()..], Some(province));
        return (Found { province: Some(province), ..found }, rest);
    }
    for province in gazetteer.shortened(text, Level::Province) {
        let (found, rest) = below(&text[short(province.name).len()..], Some(province));
        if found.city.is_some() || found.county.is_some() {
            return (Found { province: Some(province), ..found }, rest);
        }
    }
    below(text, None)
}

/// City and county, within a province if one was named.
fn below(text: &str, province: Option<Division>) -> (Found, &str) {
    let gazetteer = Gazetteer::standard();
    let text = after(text, &HEADINGS).unwrap_or(text);
    let within = |city: &Division| province.is_none_or(|province| city.parent == province.code);
    if let Some(city) = gazetteer.named(text, Level::City).into_iter().find(within) {
        let (county, fits, rest) = county(&text[city.name.len()..], Some(city), province);
        return (Found { province, city: Some(city), county, fits }, rest);
    }
    for city in gazetteer.shortened(text, Level::City).into_iter().filter(within) {
        let (county, fits, rest) = county(&text[short(city.name).len()..], Some(city), province);
        if county.is_some() && fits {
            return (Found { province, city: Some(city), county, fits }, rest);
        }
    }
    let (county, fits, rest) = county(text, None, province);
    (Found { province, city: None, county, fits }, rest)
}

/// A county by its full name, whether it is the only one that can be meant and part of what was named, and the text after it.
fn county(text: &str, city: Option<Division>, province: Option<Division>) -> (Option<Division>, bool, &str) {
    let text = after(text, &HEADINGS).unwrap_or(text);
    let all = Gazetteer::standard().named(text, Level::County);
    let Some(name) = all.first().map(|county| county.name) else { return (None, true, text) };
    let rest = &text[name.len()..];
    let part = |county: &&Division| match (city, province) {
        (Some(city), _) => county.parent == city.code || county.code / 100 == city.code / 100,
        (None, Some(province)) => county.code / 10_000 == province.code / 10_000,
        (None, None) => true,
    };
    let same: Vec<&Division> = all.iter().filter(|county| county.name == name).collect();
    let mut parts: Vec<&&Division> = same.iter().filter(|county| part(county)).collect();
    if parts.iter().any(|county| county.current) {
        parts.retain(|county| county.current);
    }
    match parts.as_slice() {
        [only] => (Some(***only), true, rest),
        // Several of one name and code are one that changed; else which one is meant is not told.
        [first, others @ ..] => (Some(***first), others.iter().all(|other| other.code == first.code), rest),
        [] => (same.first().map(|county| **county), false, rest),
    }
}

/// Divisions by their last words, where the standard has none of the name.
fn told<'a>(text: &'a str, address: &mut Address) -> &'a str {
    let mut rest = text;
    let mut take = |part: &mut Option<String>, words: &[&str], characters, may_follow: fn(&str, &str) -> bool| {
        if let Some((found, after)) = name(rest, words, characters, of_place, may_follow) {
            *part = Some(found.to_owned());
            rest = after;
        }
    };
    if address.province.is_none() && address.city.is_none() && address.district.is_none() {
        take(&mut address.province, &["自治区", "省"], 2..=8, |_, _| true);
    }
    if address.city.is_none() && address.district.is_none() {
        take(&mut address.city, &["自治州", "地区", "市"], 2..=9, |name, rest| {
            let is_short = name.chars().count() <= 6 || !name.ends_with('市');
            is_short
                && !["超市", "门市", "夜市", "菜市", "城市"].iter().any(|other| name.ends_with(other))
                && !rest.starts_with('场')
        });
    }
    if address.district.is_none() {
        take(&mut address.district, &["自治县", "自治旗", "区", "县", "市", "旗"], 2..=12, |name, rest| {
            let is_zone = name.ends_with("发区") || name.chars().count() <= 6;
            is_zone && !NO_DISTRICTS.iter().any(|other| name.ends_with(other)) && !rest.starts_with(['场', '委', '政'])
        });
    }
    rest
}

/// Street office and community.
pub fn neighbourhood<'a>(text: &'a str, address: &mut Address) -> &'a str {
    let mut rest = text;
    // `镇` and `乡` begin names of roads too.
    let is_office = |_: &str, after: &str| !after.starts_with(['路', '街', '巷', '大']);
    if let Some((found, after)) = name(rest, &STREETS, 2..=11, of_street, is_office) {
        address.street = Some(found.trim_end_matches("办事处").to_owned());
        rest = after;
    }
    let is_community = |found: &str, after: &str| {
        let is_estate = found.ends_with("新村") && found.chars().count() > 2;
        !is_estate
            && !after.starts_with("村民委员会")
            && !after.starts_with("村委会")
            && !after.starts_with(['路', '街', '巷', '镇', '道', '大'])
    };
    if let Some((found, after)) = name(rest, &COMMUNITIES, 2..=12, of_place, is_community) {
        address.community = Some(without_committee(found));
        rest = after;
    }
    rest
}

/// `街` is the first half of `街道`.
fn of_street(c: char) -> bool {
    is_han(c) && !matches!(c, '路' | '巷' | '弄' | '号' | '幢' | '栋' | '村')
}

fn without_committee(name: &str) -> String {
    for (committee, plain) in [
        ("社区居民委员会", "社区"),
        ("社区居委会", "社区"),
        ("村民委员会", "村"),
        ("村委会", "村"),
        ("居民委员会", "社区"),
        ("居委会", "社区"),
    ] {
        if let Some(stem) = name.strip_suffix(committee) {
            return if stem.ends_with(plain) { stem.to_owned() } else { format!("{stem}{plain}") };
        }
    }
    name.to_owned()
}

/// A road, its section, and lanes that branch off.
pub fn road<'a>(text: &'a str, address: &mut Address) -> &'a str {
    let of_road = |c: char| is_han(c) && !matches!(c, '号' | '弄' | '幢' | '栋' | '室') || c.is_ascii_alphanumeric();
    let is_road = |_: &str, after: &str| !after.starts_with(['坊', '区', '口', '道']);
    let Some((found, mut rest)) = name(text, &ROADS, 2..=14, of_road, is_road) else { return text };
    let mut road = found.to_owned();
    if let Some(after) = after(rest, &["东段", "西段", "南段", "北段", "中段", "段"]) {
        road.push_str(&rest[..rest.len() - after.len()]);
        rest = after;
    }
    while let Some((lane, after)) = name(rest, &WITHIN_ROADS, 2..=6, |c| is_han(c) && of_road(c), is_road) {
        road.push_str(lane);
        rest = after;
    }
    address.road = Some(road);
    rest
}
