//! The catalogue of service matters: who handles them and within how many working days.

use crate::batch::{Column, Rows, flag, int, text};
use crate::city::Plan;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "service",
    name: "matter",
    zh: "政务服务事项",
    columns: COLUMNS,
    expected_rows: |_| MATTERS.len() as u64,
    parts: |_| 1,
    write,
};

const COLUMNS: &[Column] = &[
    text("matter_code", "事项编码"),
    text("name", "事项名称"),
    text("department", "实施部门"),
    text("matter_type", "事项类型"),
    text("served", "服务对象"),
    int("legal_limit_days", "法定办结时限"),
    int("promised_limit_days", "承诺办结时限"),
    int("steps", "办理环节数"),
    flag("online", "是否网上可办"),
];

pub(super) struct Matter {
    pub name: &'static str,
    pub department: &'static str,
    kind: &'static str,
    served: &'static str,
    legal: i64,
    /// Working days.
    pub promised: i64,
    /// Has an expert review or site inspection besides the usual steps.
    pub inspected: bool,
    /// How often it is asked for, relative to the others.
    pub weight: usize,
}

const fn matter(
    (name, department, kind, served): (&'static str, &'static str, &'static str, &'static str),
    (legal, promised): (i64, i64),
    inspected: bool,
    weight: usize,
) -> Matter {
    Matter { name, department, kind, served, legal, promised, inspected, weight }
}

/// Departments and matters of a kind every city has; the limits are ours.
pub(super) const MATTERS: [Matter; 24] = [
    matter(("居民身份证申领", "公安局", "行政确认", "自然人"), (60, 10), false, 120),
    matter(("户口迁移", "公安局", "行政确认", "自然人"), (20, 5), false, 80),
    matter(("居住证签发", "公安局", "行政确认", "自然人"), (15, 5), false, 60),
    matter(("社会保险参保登记", "人力资源和社会保障局", "公共服务", "自然人"), (10, 1), false, 110),
    matter(("失业保险金申领", "人力资源和社会保障局", "行政给付", "自然人"), (10, 5), false, 30),
    matter(("职业技能提升补贴申领", "人力资源和社会保障局", "行政给付", "自然人"), (20, 10), false, 25),
    matter(("异地就医备案", "医疗保障局", "公共服务", "自然人"), (5, 1), false, 70),
    matter(("生育津贴申领", "医疗保障局", "行政给付", "自然人"), (20, 7), false, 30),
    matter(("企业设立登记", "市场监督管理局", "行政许可", "法人"), (15, 1), false, 70),
    matter(("企业变更登记", "市场监督管理局", "行政许可", "法人"), (15, 2), false, 60),
    matter(("食品经营许可", "市场监督管理局", "行政许可", "法人"), (20, 7), true, 50),
    matter(("药品零售许可", "市场监督管理局", "行政许可", "法人"), (30, 15), true, 8),
    matter(("国有建设用地使用权及房屋所有权登记", "自然资源和规划局", "行政确认", "自然人"), (30, 5), false, 60),
    matter(("不动产抵押登记", "自然资源和规划局", "行政确认", "自然人"), (30, 2), false, 50),
    matter(("建设工程规划许可", "自然资源和规划局", "行政许可", "法人"), (20, 10), true, 10),
    matter(("建筑工程施工许可", "住房和城乡建设局", "行政许可", "法人"), (7, 3), true, 12),
    matter(("公共租赁住房申请", "住房和城乡建设局", "行政给付", "自然人"), (30, 20), true, 15),
    matter(("企业投资项目备案", "发展和改革委员会", "公共服务", "法人"), (5, 1), false, 25),
    matter(("固定资产投资项目节能审查", "发展和改革委员会", "行政许可", "法人"), (20, 10), true, 4),
    matter(("环境影响报告表审批", "生态环境局", "行政许可", "法人"), (30, 10), true, 10),
    matter(("排污许可", "生态环境局", "行政许可", "法人"), (30, 15), true, 8),
    matter(("最低生活保障申请", "民政局", "行政给付", "自然人"), (30, 18), true, 12),
    matter(("老年人优待证办理", "民政局", "公共服务", "自然人"), (10, 3), false, 20),
    matter(("公共场所卫生许可", "卫生健康委员会", "行政许可", "法人"), (20, 8), true, 15),
];

pub(super) fn code(index: usize) -> String {
    format!("9901{:04}{:03}", 100 + index * 7, index + 1)
}

fn write(_: &Plan, _: u64, rows: &mut Rows) {
    for (index, m) in MATTERS.iter().enumerate() {
        rows.push([
            code(index).into(),
            m.name.into(),
            m.department.into(),
            m.kind.into(),
            m.served.into(),
            m.legal.into(),
            m.promised.into(),
            (if m.inspected { 7 } else { 5 }).into(),
            (!m.inspected).into(),
        ]);
    }
}
