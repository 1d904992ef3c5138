//! Credit records: licences granted, penalties, honours, abnormal operation and dishonest judgment debtors.

use crate::batch::{Cell, Column, Rows, date, flag, int, money, text};
use crate::calendar::{AS_OF, Day};
use crate::city::{Plan, record_id};
use crate::geography::division;
use crate::legal::entity::Entity;
use crate::rng::{Domain, Rng, Weighted};
use crate::table::Spec;

const PART: u64 = 4096;

pub(crate) const TABLE: Spec = Spec {
    schema: "credit",
    name: "record",
    zh: "公共信用信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.entities * 66 / 100,
    parts: |plan| plan.entities.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("credit_code", "统一社会信用代码"),
    text("subject_name", "信用主体名称"),
    text("record_type", "信用信息类别"),
    text("document_no", "文书号"),
    text("content", "内容"),
    text("authority", "认定部门"),
    text("division_code", "行政区划代码"),
    date("decided_on", "认定日期"),
    date("valid_to", "公示截止日期"),
    money("amount", "涉及金额"),
    flag("is_restored", "是否已修复"),
];

/// (type, content, authority, days of publication, whether money is involved)
type Kind = (&'static str, &'static str, &'static str, i32, bool);

const KINDS: Weighted<Kind> = Weighted::new(&[
    (("行政许可", "准予许可", "市场监督管理局", 365, false), 480),
    (("经营异常", "未按规定期限公示年度报告", "市场监督管理局", 1095, false), 150),
    (("行政处罚", "违反安全生产规定", "应急管理局", 1095, true), 90),
    (("行政处罚", "销售不符合标准的产品", "市场监督管理局", 1095, true), 90),
    (("行政处罚", "超标排放污染物", "生态环境局", 1095, true), 50),
    (("欠税公告", "欠缴税款", "税务局", 730, true), 40),
    (("守信激励", "纳税信用A级", "税务局", 365, false), 60),
    (("失信被执行人", "有履行能力而拒不履行生效法律文书", "人民法院", 730, true), 40),
]);

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for index in part * PART..plan.entities.min((part + 1) * PART) {
        let mut rng = Rng::stream(plan.seed, Domain::CreditRecord, index, 0);
        let firm = Entity::of(plan, index);
        let district = division::district_code(division::seat(plan, firm.block).district).to_string();
        let mut chance = 0.42;
        while rng.chance(chance) && firm.established < AS_OF {
            // Who has a record is a little more likely to get another.
            chance = 0.35;
            let (kind, content, authority, days, paid) = rng.weighted(&KINDS);
            let span = AS_OF.0 - firm.established.max(Day::of(2015, 1, 1)).0;
            let decided = AS_OF + -rng.small(0, span);
            let amount = paid.then(|| Cell::Money(rng.range(2, 400) * 50_000));
            let number =
                format!("联{}〔{}〕{}号", &authority[..6.min(authority.len())], decided.year(), rng.range(1, 9999));
            rows.push([
                record_id(part, rows.len()).into(),
                (&firm.code).into(),
                (&firm.name).into(),
                kind.into(),
                number.into(),
                content.into(),
                format!("联和市{authority}").into(),
                district.as_str().into(),
                decided.into(),
                (decided + days).into(),
                amount.unwrap_or(Cell::Null),
                (decided + days < AS_OF && kind != "行政许可" && rng.chance(0.7)).into(),
            ]);
        }
    }
}
