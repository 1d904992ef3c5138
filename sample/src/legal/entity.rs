//! The register of legal entities. An entity is a pure function of its index, so any table can name one without the register
//! being made.

use crate::batch::{Cell, Column, Rows, date, int, money, text};
use crate::calendar::{AS_OF, Day};
use crate::city::Plan;
use crate::geography::address::{self, Dwelling};
use crate::geography::division;
use crate::names;
use crate::numbers::credit;
use crate::population::Sex;
use crate::rng::{Domain, Rng, Weighted};
use crate::table::Spec;

const PART: u64 = 4096;

pub(crate) const TABLE: Spec = Spec {
    schema: "legal",
    name: "entity",
    zh: "法人和其他组织信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.entities,
    parts: |plan| plan.entities.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("credit_code", "统一社会信用代码"),
    text("name", "名称"),
    text("former_name", "曾用名称"),
    text("legal_form", "组织形式"),
    text("industry_section", "行业门类代码"),
    text("industry_division", "行业大类代码"),
    text("industry_name", "行业名称"),
    money("registered_capital", "注册资本"),
    date("established_on", "成立日期"),
    text("representative", "法定代表人"),
    text("address", "住所"),
    text("division_code", "行政区划代码"),
    text("community_code", "社区代码"),
    text("status", "登记状态"),
    date("status_date", "状态日期"),
    int("employees", "从业人数"),
];

#[derive(Debug, Clone)]
pub(crate) struct Entity {
    pub code: String,
    pub name: String,
    pub former_name: Option<String>,
    pub form: &'static str,
    pub industry: Industry,
    /// Yuan.
    pub capital: i64,
    pub established: Day,
    pub representative: String,
    pub block: u64,
    pub closed: Option<Day>,
    pub employees: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Industry {
    /// GB/T 4754-2017.
    pub section: &'static str,
    pub division: &'static str,
    pub name: &'static str,
    /// What a firm of the industry writes into its name.
    pub words: [&'static str; 3],
}

const fn industry(
    section: &'static str,
    division: &'static str,
    name: &'static str,
    words: [&'static str; 3],
) -> Industry {
    Industry { section, division, name, words }
}

const SERVICES: Weighted<Industry> = Weighted::new(&[
    (industry("F", "52", "零售业", ["商贸", "百货", "便利店"]), 260),
    (industry("F", "51", "批发业", ["贸易", "供应链", "物资"]), 180),
    (industry("H", "62", "餐饮业", ["餐饮", "餐饮管理", "小吃"]), 110),
    (industry("L", "72", "商务服务业", ["商务咨询", "企业管理", "人力资源"]), 90),
    (industry("O", "80", "机动车、电子产品和日用产品修理业", ["汽车维修", "维修服务", "养护"]), 50),
    (industry("I", "65", "软件和信息技术服务业", ["软件", "信息技术", "网络科技"]), 50),
    (industry("M", "75", "科技推广和应用服务业", ["科技", "技术服务", "生物科技"]), 45),
    (industry("E", "50", "建筑装饰、装修和其他建筑业", ["装饰工程", "建筑工程", "建设"]), 45),
    (industry("G", "54", "道路运输业", ["物流", "运输", "货运"]), 40),
    (industry("K", "70", "房地产业", ["置业", "房地产开发", "物业服务"]), 25),
    (industry("A", "01", "农业", ["农业", "种植", "生态农业"]), 30),
    (industry("P", "83", "教育", ["教育咨询", "培训", "教育科技"]), 20),
    (industry("R", "88", "文化艺术业", ["文化传媒", "文化艺术", "广告传媒"]), 22),
]);

/// Every eighth entity is a manufacturer, its industry by turns, so that a manufacturer of an industry can be named
/// without a search.
const MANUFACTURERS: [Industry; 9] = [
    industry("C", "35", "专用设备制造业", ["机械设备", "智能装备", "自动化设备"]),
    industry("C", "33", "金属制品业", ["金属制品", "五金", "精密制造"]),
    industry("C", "38", "电气机械和器材制造业", ["电气", "新能源", "电池材料"]),
    industry("C", "26", "化学原料和化学制品制造业", ["化工", "新材料", "精细化工"]),
    industry("C", "13", "农副食品加工业", ["食品", "粮油", "农产品加工"]),
    industry("C", "27", "医药制造业", ["制药", "医药", "生物制药"]),
    industry("C", "39", "计算机、通信和其他电子设备制造业", ["电子", "光电", "半导体"]),
    industry("C", "36", "汽车制造业", ["汽车零部件", "汽车科技", "车辆"]),
    industry("C", "30", "非金属矿物制品业", ["建材", "新型建材", "玻璃"]),
];
const MANUFACTURER_EVERY: u64 = 8;

const STEMS: [&str; 64] = [
    "华", "鑫", "盛", "泰", "宏", "恒", "瑞", "安", "信", "达", "通", "源", "丰", "隆", "兴", "永", "金", "天", "海",
    "博", "诚", "康", "创", "联", "凯", "德", "顺", "美", "佳", "远", "众", "卓", "嘉", "智", "云", "星", "腾", "飞",
    "辉", "龙", "祥", "万", "益", "正", "同", "和", "启", "航", "优", "民", "东", "北", "新", "元", "明", "欣", "润",
    "锦", "晟", "亿", "尚", "汇", "利", "景",
];

/// (legal form, ending of the name, authority and kind of the credit code)
type Form = (&'static str, &'static str, (char, char));

const FORMS: Weighted<Form> = Weighted::new(&[
    (("有限责任公司", "有限公司", ('9', '1')), 560),
    (("个体工商户", "经营部", ('9', '2')), 230),
    (("有限责任公司", "有限责任公司", ('9', '1')), 90),
    (("个人独资企业", "工作室", ('9', '1')), 40),
    (("有限合伙企业", "合伙企业(有限合伙)", ('9', '1')), 30),
    (("股份有限公司", "股份有限公司", ('9', '1')), 20),
    (("分公司", "有限公司联和分公司", ('9', '1')), 25),
    (("农民专业合作社", "专业合作社", ('9', '3')), 15),
]);

/// The only forms of a manufacturer.
const COMPANIES: Weighted<Form> = Weighted::new(&[
    (("有限责任公司", "有限公司", ('9', '1')), 80),
    (("有限责任公司", "有限责任公司", ('9', '1')), 14),
    (("股份有限公司", "股份有限公司", ('9', '1')), 6),
]);

/// Some manufacturer of the city, of an industry (`C38`) if it has one.
pub(crate) fn manufacturer(plan: &Plan, rng: &mut Rng, industry: Option<&str>) -> u64 {
    let (count, kinds) = (plan.entities.div_ceil(MANUFACTURER_EVERY).max(1), MANUFACTURERS.len() as u64);
    let kind = industry
        .and_then(|code| MANUFACTURERS.iter().position(|m| code.strip_prefix('C') == Some(m.division)))
        .map_or_else(|| rng.below(kinds as usize) as u64, |at| at as u64);
    let rounds = count.div_ceil(kinds).max(1);
    (kind + kinds * rng.below(rounds as usize) as u64) % count * MANUFACTURER_EVERY
}

impl Entity {
    pub fn of(plan: &Plan, index: u64) -> Self {
        let mut rng = Rng::stream(plan.seed, Domain::Entity, index, 0);
        let block = rng.below(plan.blocks as usize) as u64;
        let district = division::seat(plan, block).district;
        let makes = index.is_multiple_of(MANUFACTURER_EVERY);
        let turn = index / MANUFACTURER_EVERY % MANUFACTURERS.len() as u64;
        let industry = if makes { MANUFACTURERS[turn as usize] } else { rng.weighted(&SERVICES) };
        let (form, ending, (authority, kind)) = rng.weighted(if makes { &COMPANIES } else { &FORMS });
        let code = credit::compose(authority, kind, division::district_code(district), index);
        let code = if rng.chance(plan.rates.pilot_code) { credit::pilot(&code) } else { code };
        let name = firm_name(&mut rng, &industry, ending, district);
        let established = Day::of(1992, 1, 1) + (rng.unit().max(rng.unit()) * 12_300.0) as i32;
        let renamed = rng.chance(0.04);
        let former_name = renamed.then(|| firm_name(&mut rng, &industry, ending, district));
        let closed = rng.chance(0.22).then(|| established + rng.small(300, 5000)).filter(|&day| day <= AS_OF);
        let sex = Sex::any(&mut rng);
        let year = rng.small(1955, 1998);
        Self {
            code,
            name,
            former_name,
            form,
            industry,
            capital: capital(&mut rng, kind),
            established,
            representative: names::person::any(&mut rng, sex, year, "01").full,
            block,
            closed,
            employees: employees(&mut rng, kind),
        }
    }

    /// The distinguishing middle part of the name, without region and form.
    pub fn renamed(&self, rng: &mut Rng) -> String {
        let ending = ["有限公司", "有限责任公司"][rng.below(2)];
        firm_name(rng, &self.industry, ending, 0)
    }
}

fn firm_name(rng: &mut Rng, industry: &Industry, ending: &str, district: u64) -> String {
    let mut stem = String::new();
    for _ in 0..if rng.chance(0.2) { 3 } else { 2 } {
        stem.push_str(rng.pick(&STEMS));
    }
    let word = rng.pick(&industry.words);
    match rng.unit() {
        ..0.62 => format!("联和市{stem}{word}{ending}"),
        0.62..0.82 => format!("联和{stem}{word}{ending}"),
        0.82..0.90 => format!("联和市{}{stem}{word}{ending}", division::district_name(district)),
        _ => format!("{stem}(联和){word}{ending}"),
    }
}

fn capital(rng: &mut Rng, kind: char) -> i64 {
    const WAN: [i64; 12] = [3, 5, 10, 30, 50, 100, 200, 500, 1000, 2000, 5000, 20_000];
    let reach = if kind == '2' { 4 } else { WAN.len() };
    let at = ((rng.unit() + rng.unit()) / 2.0 * reach as f64) as usize;
    WAN[at.min(WAN.len() - 1)] * 10_000
}

fn employees(rng: &mut Rng, kind: char) -> i64 {
    if kind == '2' {
        return rng.range(1, 6);
    }
    let mut size = rng.range(1, 20);
    while rng.chance(0.18) && size < 20_000 {
        size *= 3;
    }
    size
}

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for index in part * PART..plan.entities.min((part + 1) * PART) {
        let e = Entity::of(plan, index);
        let seat = division::seat(plan, e.block);
        // Shops and offices are numbered apart from homes.
        let dwelling = Dwelling { block: e.block, index: 8000 + (index % 2000) as u32 };
        rows.push([
            (index as i64 + 1).into(),
            e.code.into(),
            e.name.into(),
            e.former_name.into(),
            e.form.into(),
            e.industry.section.into(),
            e.industry.division.into(),
            e.industry.name.into(),
            Cell::Money(e.capital * 100),
            e.established.into(),
            e.representative.into(),
            address::address(plan, dwelling).into(),
            division::district_code(seat.district).to_string().into(),
            division::community_code(seat).into(),
            if e.closed.is_some() { "注销" } else { "存续" }.into(),
            e.closed.unwrap_or(e.established).into(),
            e.employees.into(),
        ]);
    }
}
