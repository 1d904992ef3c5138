//! A park project and its copies. A filing is a pure function of its index: most are projects of their own, the others repeat,
//! continue or resemble an earlier one, and say so in the truth.

use super::entity::{self, Entity};
use super::product::{BOILERPLATE, PARKS, PRODUCTS, Product};
use crate::calendar::Day;
use crate::city::Plan;
use crate::errors::{full_width, traditional};
use crate::rng::{Domain, Rng};

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub code: String,
    pub title: String,
    pub text: Option<String>,
    pub applicant_code: Option<String>,
    pub applicant: String,
    pub industry: &'static str,
    pub park: &'static str,
    pub park_index: usize,
    pub parcel: String,
    /// Ten thousand yuan.
    pub investment: i64,
    pub capacity: i64,
    pub unit: &'static str,
    pub phase: i64,
    pub filed: Day,
    pub contact: String,
}

/// How a filing relates to an earlier one. The first two are duplicates; the others must not be taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Filed again, with the wording a little changed.
    SameFiling,
    /// The same substance under another name, applicant or park.
    SameProject,
    /// A later phase of it.
    SplitPhase,
    /// Another firm's project for the same product by the same process.
    SimilarLine,
}

impl Relation {
    pub fn name(self) -> &'static str {
        match self {
            Relation::SameFiling => "same_filing",
            Relation::SameProject => "same_project",
            Relation::SplitPhase => "split_phase",
            Relation::SimilarLine => "similar_line",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// The filing this one goes back to; itself an original.
    pub original: u64,
    pub relation: Relation,
}

/// How far back a filing may look for its original.
const REACH: u64 = 20_000;

/// What a filing goes back to; `None` for an original.
pub(crate) fn link(plan: &Plan, index: u64) -> Option<Link> {
    let mut rng = Rng::stream(plan.seed, Domain::ProjectCopy, index, 0);
    let relation = relation(&mut rng)?;
    let from = index.saturating_sub(REACH);
    let start = from + rng.below((index - from) as usize) as u64;
    // Filing 0 may draw a relation but has nothing before it; originals are dense enough to be met within a few steps.
    let original = (from..=start).rev().find(|&i| i < index && is_original(plan, i))?;
    Some(Link { original, relation })
}

fn is_original(plan: &Plan, index: u64) -> bool {
    index == 0 || relation(&mut Rng::stream(plan.seed, Domain::ProjectCopy, index, 0)).is_none()
}

fn relation(rng: &mut Rng) -> Option<Relation> {
    match rng.unit() {
        ..0.06 => Some(Relation::SameFiling),
        0.06..0.11 => Some(Relation::SameProject),
        0.11..0.15 => Some(Relation::SplitPhase),
        0.15..0.22 => Some(Relation::SimilarLine),
        _ => None,
    }
}

/// What the wording is made from; copies change some of it before it is written.
#[derive(Debug, Clone)]
struct Draft {
    product: Product,
    firm: u64,
    park: usize,
    parcel: i64,
    investment: i64,
    capacity: i64,
    phase: i64,
    area: i64,
    workers: i64,
    filed: Day,
    /// The project code: when and as which filing the project was first filed.
    coded: (Day, u64),
    boilerplate: Vec<usize>,
    order: [usize; 5],
    style: usize,
    told: Told,
}

/// How a filing tells its amounts and its phase.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    area: Area,
    /// Only what the law asks for: neither the part of fixed assets nor who works there.
    is_brief: bool,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, Default)]
enum Area {
    #[default]
    SquareMetres,
    Hectares,
    /// Rounded.
    Mu,
}

/// Where and how a phase stands.
#[derive(Debug, Clone, Copy, Default)]
enum Phase {
    #[default]
    ColumnAndTitle,
    /// With its ordinal, in the title alone.
    Ordinal,
    /// In Roman numerals, in the title alone.
    Roman,
    Column,
    Abstract,
}

impl Project {
    pub fn of(plan: &Plan, index: u64) -> (Self, Option<(Link, String)>) {
        let Some(link) = link(plan, index) else {
            let draft = Draft::of(plan, index);
            return (draft.write(&Entity::of(plan, draft.firm)), None);
        };
        let mut rng = Rng::stream(plan.seed, Domain::ProjectCopy, index, 1);
        let mut draft = Draft::of(plan, link.original);
        draft.filed = draft.filed + rng.small(20, 900);
        let (project, changes) = match link.relation {
            Relation::SameFiling => same_filing(plan, &mut rng, draft, index),
            Relation::SameProject => same_project(plan, &mut rng, draft, index),
            Relation::SplitPhase => split_phase(plan, &mut rng, draft, index),
            Relation::SimilarLine => similar_line(plan, &mut rng, draft, index),
        };
        (project, Some((link, changes.join(","))))
    }
}

impl Draft {
    fn of(plan: &Plan, index: u64) -> Self {
        let mut rng = Rng::stream(plan.seed, Domain::Project, index, 0);
        let filed = Day::of(2016, 1, 1) + rng.small(0, 2700);
        let boilerplate = if rng.chance(0.3) { rng.range(2, 4) } else { i64::from(rng.chance(0.3)) };
        let firm = entity::manufacturer(plan, &mut rng, None);
        let product = product_of(plan, &mut rng, firm);
        // Units counted in ten thousands come in smaller numbers.
        let scale = if product.unit.starts_with('万') { rng.pick(&[1, 2, 5, 10]) } else { rng.pick(&[10, 100, 300]) };
        Self {
            product,
            firm,
            park: rng.below(PARKS.len()),
            parcel: rng.range(1, 480),
            investment: rng.pick(&[1, 2, 3, 5, 8, 12, 20, 35, 60, 100]) * rng.range(600, 1400),
            capacity: rng.pick(&[5, 10, 20, 30, 50, 80, 100]) * scale,
            phase: if rng.chance(0.25) { 1 } else { 0 },
            area: rng.range(20, 900) * 100,
            workers: rng.range(20, 600),
            filed,
            coded: (filed, index),
            boilerplate: (0..boilerplate).map(|_| rng.below(BOILERPLATE.len())).collect(),
            order: shuffled(&mut rng),
            style: rng.below(3),
            told: Told::default(),
        }
    }

    fn write(&self, firm: &Entity) -> Project {
        let (coded, serial) = self.coded;
        let (year, month, _) = coded.parts();
        let district = 990_101 + self.park as u32 % 6;
        Project {
            code: format!("{:02}{month:02}-{district}-04-01-{:06}", year % 100, serial * 37 % 1_000_000),
            title: self.title(),
            text: Some(self.text(firm)),
            applicant_code: Some(firm.code.clone()),
            applicant: firm.name.clone(),
            industry: self.product.industry,
            park: PARKS[self.park],
            park_index: self.park,
            parcel: format!("LH-{:02}-{:04}", self.park + 1, self.parcel),
            investment: self.investment,
            capacity: self.capacity,
            unit: self.product.unit,
            phase: match self.told.phase {
                Phase::ColumnAndTitle | Phase::Column => self.phase,
                Phase::Ordinal | Phase::Roman | Phase::Abstract => 0,
            },
            filed: self.filed,
            contact: firm.representative.clone(),
        }
    }

    fn title(&self) -> String {
        let Self { product: p, capacity, .. } = self;
        let number = (self.phase > 0).then(|| (self.phase - 1).min(3) as usize);
        let phase = match (number, self.told.phase) {
            (None, _) | (_, Phase::Column | Phase::Abstract) => String::new(),
            (Some(n), Phase::ColumnAndTitle) => format!("({}期)", PHASES[n]),
            (Some(n), Phase::Ordinal) => format!("第{}期", PHASES[n]),
            (Some(n), Phase::Roman) => format!("({}期)", ["I", "II", "III", "IV"][n]),
        };
        match self.style {
            0 => format!("年产{capacity}{}{}项目{phase}", p.unit, p.name),
            1 => format!("{}{}生产线建设项目{phase}", PARKS[self.park], p.name),
            _ => format!("{}产业化项目(年产{capacity}{}){phase}", p.name, p.unit),
        }
    }

    fn text(&self, firm: &Entity) -> String {
        let Self { product: p, capacity, investment, workers, .. } = self;
        let area = match self.told.area {
            Area::SquareMetres => format!("{}平方米", self.area),
            // Areas are multiples of a hundred square metres.
            Area::Hectares => format!("{}.{:02}公顷", self.area / 10_000, self.area / 100 % 100),
            Area::Mu => format!("约{}亩", (self.area * 3 + 1000) / 2000),
        };
        let fixed = if self.told.is_brief {
            String::new()
        } else {
            format!(",其中固定资产投资{}万元", investment * 8 / 10)
        };
        let staff = if self.told.is_brief { String::new() } else { format!(",劳动定员{workers}人") };
        let clauses = [
            format!("项目位于{},总用地面积{area},新建厂房及配套设施", PARKS[self.park]),
            format!("采用{},购置{}等主要设备", p.process, p.equipment),
            format!("以{}为主要原料,形成年产{capacity}{}{}的生产能力", p.material, p.unit, p.name),
            format!("总投资{investment}万元{fixed}"),
            format!("产品主要面向{}{staff}", p.market),
        ];
        let mut text = format!("{}拟建设{}。", firm.name, self.title());
        if let (Phase::Abstract, 2..) = (self.told.phase, self.phase) {
            text.push_str(&format!("本项目为{}项目{}期工程。", p.name, PHASES[(self.phase - 1).min(3) as usize]));
        }
        for at in self.order {
            text.push_str(&clauses[at]);
            text.push('。');
        }
        for &at in &self.boilerplate {
            text.push_str(BOILERPLATE[at]);
            text.push('。');
        }
        text
    }
}

const PHASES: [&str; 4] = ["一", "二", "三", "四"];

type Copied = (Project, Vec<&'static str>);

/// The same filing again: small changes of wording and writing, one to three of them.
fn same_filing(plan: &Plan, rng: &mut Rng, mut draft: Draft, index: u64) -> Copied {
    let mut changes = Vec::new();
    if rng.chance(0.4) {
        draft.order = shuffled(rng);
        changes.push("clause_order");
    }
    if rng.chance(0.4) {
        draft.boilerplate = (0..3).map(|_| rng.below(BOILERPLATE.len())).collect();
        changes.push("boilerplate");
    }
    if rng.chance(0.3) {
        draft.product.name = draft.product.synonym;
        changes.push("synonym");
    }
    if rng.chance(0.5) {
        draft.coded = (draft.filed, index);
        changes.push("new_code");
    }
    tell_otherwise(rng, &mut draft, &mut changes);
    let mut project = draft.write(&Entity::of(plan, draft.firm));
    write_differently(rng, &mut project, &mut changes);
    if rng.chance(0.05) {
        project.text = None;
        changes.push("no_abstract");
    }
    (project, changes)
}

/// The same project in other clothes: renamed firm, other park, abbreviated or translated title.
fn same_project(plan: &Plan, rng: &mut Rng, mut draft: Draft, index: u64) -> Copied {
    let mut changes = Vec::new();
    draft.coded = (draft.filed, index);
    draft.order = shuffled(rng);
    draft.style = (draft.style + 1) % 3;
    if rng.chance(0.5) {
        draft.park = (draft.park + 1 + rng.below(PARKS.len() - 1)) % PARKS.len();
        draft.parcel = rng.range(1, 480);
        changes.push("moved_park");
    }
    if rng.chance(0.5) {
        draft.product.name = draft.product.synonym;
        changes.push("synonym");
    }
    let mut firm = Entity::of(plan, draft.firm);
    if rng.chance(0.5) {
        firm.name = firm.renamed(rng);
        changes.push("renamed_firm");
    } else if rng.chance(0.5) {
        firm = Entity::of(plan, entity::manufacturer(plan, rng, Some(draft.product.industry)));
        changes.push("other_applicant");
    }
    let product = draft.product;
    tell_otherwise(rng, &mut draft, &mut changes);
    let mut project = draft.write(&firm);
    if rng.chance(0.15) {
        project.title = format!("Project of {} ({} per year)", product.english, draft.capacity);
        changes.push("translated_title");
    }
    write_differently(rng, &mut project, &mut changes);
    (project, changes)
}

fn split_phase(plan: &Plan, rng: &mut Rng, mut draft: Draft, index: u64) -> Copied {
    draft.coded = (draft.filed, index);
    draft.phase = draft.phase.max(1) + 1;
    draft.capacity *= rng.range(1, 3);
    draft.investment = draft.investment * rng.range(60, 180) / 100;
    // Somebody else's words: neither its land nor its staff are those of the phase before.
    if rng.chance(0.5) {
        (draft.area, draft.workers) = (rng.range(20, 900) * 100, rng.range(20, 600));
    }
    draft.told.phase = rng.pick(&[
        Phase::ColumnAndTitle,
        Phase::ColumnAndTitle,
        Phase::Ordinal,
        Phase::Roman,
        Phase::Column,
        Phase::Abstract,
    ]);
    let mut changes = vec!["phase"];
    tell_otherwise(rng, &mut draft, &mut changes);
    let mut project = draft.write(&Entity::of(plan, draft.firm));
    write_differently(rng, &mut project, &mut changes);
    (project, changes)
}

fn similar_line(plan: &Plan, rng: &mut Rng, original: Draft, index: u64) -> Copied {
    let mut draft = Draft::of(plan, index);
    draft.product = original.product;
    draft.filed = original.filed;
    draft.firm = entity::manufacturer(plan, rng, Some(original.product.industry));
    if draft.firm == original.firm {
        draft.firm = entity::manufacturer(plan, rng, None);
    }
    if rng.chance(0.3) {
        draft.park = original.park;
    }
    // Lines come in sizes, and a line of one size costs as much as another.
    let mut changes = vec!["other_firm"];
    if rng.chance(0.25) {
        draft.capacity = original.capacity;
        changes.push("same_capacity");
        if rng.chance(0.4) {
            draft.investment = original.investment;
            changes.push("same_investment");
        }
    }
    (draft.write(&Entity::of(plan, draft.firm)), changes)
}

/// Amounts in other units, or fewer of them.
fn tell_otherwise(rng: &mut Rng, draft: &mut Draft, changes: &mut Vec<&'static str>) {
    if rng.chance(0.15) {
        draft.told.area = rng.pick(&[Area::Hectares, Area::Mu]);
        changes.push("other_units");
    }
    if rng.chance(0.10) {
        draft.told.is_brief = true;
        changes.push("fewer_amounts");
    }
}

/// Changes of writing that leave the words alone; only what did change is listed.
fn write_differently(rng: &mut Rng, project: &mut Project, changes: &mut Vec<&'static str>) {
    let mut change = |text: &mut String, label: &'static str, rewrite: fn(&str) -> String| {
        let new = rewrite(text);
        if *text != new {
            *text = new;
            changes.push(label);
        }
    };
    if rng.chance(0.25) {
        change(&mut project.title, "full_width", full_width);
    }
    if rng.chance(0.10) {
        project.title = traditional(&project.title);
        project.text.iter_mut().for_each(|text| change(text, "traditional", traditional));
    }
    if rng.chance(0.25) {
        let short = |name: &str| name.replace("联和市", "").replace("有限责任公司", "有限公司");
        change(&mut project.applicant, "dropped_region", short);
    }
    if rng.chance(0.15) {
        let short = |title: &str| title.replace("建设项目", "项目").replace("产业化项目", "项目").replace("年产", "");
        change(&mut project.title, "abbreviated", short);
    }
    if rng.chance(0.15) {
        change(&mut project.applicant, "homophone", homophone_firm);
    }
    if rng.chance(0.20) {
        project.applicant_code = None;
        changes.push("no_credit_code");
    }
}

/// One of the products of a manufacturer's industry.
fn product_of(plan: &Plan, rng: &mut Rng, firm: u64) -> Product {
    let division = Entity::of(plan, firm).industry.division;
    let fitting: Vec<Product> =
        PRODUCTS.iter().copied().filter(|p| p.industry.strip_prefix('C') == Some(division)).collect();
    if fitting.is_empty() { rng.pick(&PRODUCTS) } else { rng.pick(&fitting) }
}

fn homophone_firm(name: &str) -> String {
    const PAIRS: [(&str, &str); 8] = [
        ("鑫", "新"),
        ("盛", "晟"),
        ("宏", "鸿"),
        ("恒", "衡"),
        ("诚", "成"),
        ("嘉", "佳"),
        ("隆", "龙"),
        ("瑞", "睿"),
    ];
    PAIRS
        .iter()
        .find(|(from, _)| name.contains(from))
        .map_or_else(|| name.to_owned(), |(from, to)| name.replace(from, to))
}

fn shuffled(rng: &mut Rng) -> [usize; 5] {
    let mut order = [0, 1, 2, 3, 4];
    for at in (1..order.len()).rev() {
        order.swap(at, rng.below(at + 1));
    }
    order
}
