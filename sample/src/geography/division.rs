//! The divisions of 联和市: province, city, districts, streets, communities.
//!
//! Codes begin with 99, a province number that GB/T 2260 has never assigned; streets and communities extend the six digits
//! by three each (GB/T 10114). District 03 was the county 990181 until 2001-06-01: people born before keep the old code
//! in their citizen number, as happens wherever a county becomes a district.

use crate::batch::{Rows, date, double, int, text};
use crate::calendar::Day;
use crate::city::Plan;
use crate::table::Spec;

pub(crate) const PROVINCE: &str = "示例省";
pub(crate) const CITY: &str = "联和市";
pub(crate) const CITY_CODE: u32 = 990_100;
/// The county that became a district, and the day it did.
const OLD_COUNTY: (u64, u32, Day) = (2, 990_181, Day::of(2001, 6, 1));
const COMMUNITIES_PER_STREET: u64 = 12;

/// A synthetic bounding box, in the middle of the Bohai Sea, where no city is: the map cannot be mistaken for a place.
pub(crate) const WEST: f64 = 119.2;
pub(crate) const SOUTH: f64 = 38.4;
const EXTENT_LON: f64 = 0.9;
const EXTENT_LAT: f64 = 0.7;

pub(crate) const TABLE: Spec = Spec {
    schema: "geography",
    name: "division",
    zh: "行政区划",
    columns: &[
        text("code", "区划代码"),
        text("name", "区划名称"),
        text("level", "级别"),
        text("parent_code", "上级代码"),
        text("full_name", "全称"),
        double("longitude", "经度"),
        double("latitude", "纬度"),
        date("valid_from", "启用日期"),
        date("valid_to", "停用日期"),
        text("successor_code", "后继代码"),
        int("block", "社区序号"),
    ],
    expected_rows: |plan| 3 + plan.districts + plan.blocks + plan.blocks.div_ceil(COMMUNITIES_PER_STREET),
    parts: |_| 1,
    write,
};

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub district: u64,
    pub street: u64,
    pub community: u64,
}

pub(crate) fn seat(plan: &Plan, block: u64) -> Seat {
    let rank = block / plan.districts;
    Seat {
        district: block % plan.districts,
        street: rank / COMMUNITIES_PER_STREET,
        community: rank % COMMUNITIES_PER_STREET,
    }
}

pub(crate) fn district_code(district: u64) -> u32 {
    CITY_CODE + 1 + district as u32
}

/// The code under which someone was registered at birth.
pub(crate) fn native_code(district: u64, born: Day) -> u32 {
    let (renamed, old, until) = OLD_COUNTY;
    if district == renamed && born < until { old } else { district_code(district) }
}

pub(crate) fn district_name(district: u64) -> String {
    const FIRST: [&str; 9] = ["云", "青", "文", "江", "安", "永", "金", "南", "北"];
    const LAST: [&str; 7] = ["溪", "浦", "昌", "湖", "宁", "岭", "湾"];
    // 7 and 9 are coprime: all 63 pairs come before any repeats.
    format!("{}{}区", FIRST[(district % 9) as usize], LAST[(district % 7) as usize])
}

pub(crate) fn street_code(seat: Seat) -> String {
    format!("{}{:03}", district_code(seat.district), seat.street + 1)
}

pub(crate) fn street_name(seat: Seat) -> String {
    const FIRST: [&str; 11] = ["青", "和", "长", "新", "东", "西", "石", "柳", "松", "兴", "望"];
    const LAST: [&str; 10] = ["林", "平", "桥", "港", "园", "关", "塘", "泉", "河", "庄"];
    let index = seat.street + seat.district * 3;
    format!("{}{}街道", FIRST[(index % 11) as usize], LAST[(index % 10) as usize])
}

pub(crate) fn community_code(seat: Seat) -> String {
    format!("{}{:03}", street_code(seat), seat.community + 1)
}

pub(crate) fn community_name(seat: Seat) -> String {
    const NAMES: [&str; 12] =
        ["文昌", "建设", "和谐", "阳光", "锦绣", "朝阳", "幸福", "春晖", "翠竹", "滨河", "学府", "康乐"];
    format!("{}社区", NAMES[(seat.community % 12) as usize])
}

/// The centre of a community, WGS 84: districts on a grid over the box, streets and communities within.
pub(crate) fn centre(plan: &Plan, seat: Seat) -> (f64, f64) {
    let side = (1..).find(|n| n * n >= plan.districts).unwrap_or(1);
    let cell = (EXTENT_LON / side as f64, EXTENT_LAT / side as f64);
    let (column, row) = (seat.district % side, seat.district / side);
    let (sx, sy) = (seat.street % 5, seat.street / 5 % 5);
    let (cx, cy) = (seat.community % 4, seat.community / 4);
    let lon = WEST + cell.0 * (column as f64 + 0.1 + 0.16 * sx as f64 + 0.035 * cx as f64);
    let lat = SOUTH + cell.1 * (row as f64 + 0.1 + 0.16 * sy as f64 + 0.045 * cy as f64);
    (round6(lon), round6(lat))
}

pub(crate) fn round6(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn write(plan: &Plan, _: u64, rows: &mut Rows) {
    let founded = Day::of(1949, 10, 1);
    let mut push = |code: String, name: String, level: &str, parent: &str, full: String, seat: Option<Seat>, block| {
        let centre = seat.map(|seat| centre(plan, seat));
        let (renamed, _, since) = OLD_COUNTY;
        let from = if level == "district" && seat.is_some_and(|s| s.district == renamed) { since } else { founded };
        rows.push([
            code.into(),
            name.into(),
            level.into(),
            parent.into(),
            full.into(),
            centre.map(|c| c.0).into(),
            centre.map(|c| c.1).into(),
            from.into(),
            None::<Day>.into(),
            None::<&str>.into(),
            block,
        ]);
    };
    use crate::batch::Cell::Null;
    push("990000".into(), PROVINCE.into(), "province", "", PROVINCE.into(), None, Null);
    let city = format!("{PROVINCE}{CITY}");
    push(CITY_CODE.to_string(), CITY.into(), "city", "990000", city.clone(), None, Null);
    for district in 0..plan.districts {
        let seat = Seat { district, street: 0, community: 0 };
        let (code, name) = (district_code(district).to_string(), district_name(district));
        push(code, name.clone(), "district", "990100", format!("{city}{name}"), Some(seat), Null);
    }
    for block in 0..plan.blocks {
        let seat = seat(plan, block);
        let district = format!("{city}{}", district_name(seat.district));
        let street = street_name(seat);
        if seat.community == 0 {
            let parent = district_code(seat.district).to_string();
            let full = format!("{district}{street}");
            push(street_code(seat), street.clone(), "street", &parent, full, Some(seat), Null);
        }
        let name = community_name(seat);
        let full = format!("{district}{street}{name}");
        push(community_code(seat), name, "community", &street_code(seat), full, Some(seat), (block as i64).into());
    }
    let (district, code, until) = OLD_COUNTY;
    rows.push([
        code.to_string().into(),
        "联和县".into(),
        "district".into(),
        "990100".into(),
        format!("{city}联和县").into(),
        Null,
        Null,
        founded.into(),
        until.into(),
        district_code(district).to_string().into(),
        Null,
    ]);
}
