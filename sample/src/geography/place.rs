//! Points of interest around the centres of the communities, WGS 84.

use super::division::{self, round6};
use crate::batch::{Column, Rows, double, int, text};
use crate::city::Plan;
use crate::rng::{Domain, Rng, Weighted};
use crate::table::Spec;

const PART: u64 = 4096;

pub(crate) const TABLE: Spec = Spec {
    schema: "geography",
    name: "place",
    zh: "兴趣点",
    columns: COLUMNS,
    expected_rows: |plan| plan.places,
    parts: |plan| plan.places.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    int("place_id", "地点编号"),
    text("name", "名称"),
    text("category", "类别"),
    double("longitude", "经度"),
    double("latitude", "纬度"),
    text("division_code", "行政区划代码"),
    text("community_code", "社区代码"),
    int("capacity", "容量"),
];

const CATEGORIES: Weighted<(&str, &str, i64)> = Weighted::new(&[
    (("商铺", "便民超市", 60), 300),
    (("餐饮", "小馆", 80), 250),
    (("公交站", "公交站", 40), 150),
    (("停车场", "停车场", 300), 80),
    (("幼儿园", "幼儿园", 240), 50),
    (("卫生服务", "社区卫生服务站", 60), 50),
    (("公园", "口袋公园", 500), 40),
    (("小学", "小学", 1200), 25),
    (("中学", "中学", 1800), 15),
    (("养老机构", "养老服务中心", 100), 15),
    (("景点", "文化景区", 5000), 15),
    (("医院", "医院", 900), 8),
    (("政务服务", "便民服务中心", 200), 10),
]);

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for index in part * PART..plan.places.min((part + 1) * PART) {
        let mut rng = Rng::stream(plan.seed, Domain::Place, index, 0);
        let seat = division::seat(plan, rng.below(plan.blocks as usize) as u64);
        let (category, noun, capacity) = rng.weighted(&CATEGORIES);
        let centre = division::centre(plan, seat);
        let (lon, lat) = (centre.0 + rng.normal() * 0.004, centre.1 + rng.normal() * 0.003);
        let community = division::community_name(seat);
        let community = community.trim_end_matches("社区");
        rows.push([
            (index as i64 + 1).into(),
            format!("{community}第{}{noun}", rng.below(60) + 1).into(),
            category.into(),
            round6(lon).into(),
            round6(lat).into(),
            division::district_code(seat.district).to_string().into(),
            division::community_code(seat).into(),
            (capacity * rng.range(50, 150) / 100).into(),
        ]);
    }
}
