//! Which filing goes back to which earlier one, how, and by what changes.

use crate::batch::{Column, Rows, int, text};
use crate::city::Plan;
use crate::legal::park_project::PART;
use crate::legal::project::{Project, Relation};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "duplicate_project",
    zh: "真实重复项目",
    columns: COLUMNS,
    expected_rows: |plan| plan.projects * 22 / 100,
    parts: |plan| plan.projects.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    int("project_id", "项目编号"),
    int("of_project_id", "所依据项目编号"),
    int("true_project_id", "真实项目编号"),
    text("relation", "关系"),
    text("changes", "改动"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for index in part * PART..plan.projects.min((part + 1) * PART) {
        let (_, Some((link, changes))) = Project::of(plan, index) else { continue };
        let same = matches!(link.relation, Relation::SameFiling | Relation::SameProject);
        let (this, original) = (index as i64 + 1, link.original as i64 + 1);
        rows.push([
            this.into(),
            original.into(),
            if same { original } else { this }.into(),
            link.relation.name().into(),
            changes.into(),
        ]);
    }
}
