//! People of the sample city, so that its rules can be tried: each sees the city as the policies have it.

use huitong_catalog::Result;
use huitong_catalog::contracts::Grade;
use huitong_catalog::identity::{Attributes, Office};

use crate::node::Node;

struct Person {
    name: &'static str,
    office: Option<Office>,
    department: Option<&'static str>,
    roles: &'static [&'static str],
    clearance: Grade,
    what: &'static str,
}

const PEOPLE: [Person; 11] = [
    Person {
        name: "analyst",
        office: None,
        department: Some("data_bureau"),
        roles: &["analyst"],
        clearance: Grade::Three,
        what: "counts and compares, sees masks 分析员",
    },
    Person {
        name: "modeller",
        office: None,
        department: Some("data_bureau"),
        roles: &["modeller"],
        clearance: Grade::Four,
        what: "links registers under pseudonyms, for a purpose 建模员",
    },
    Person {
        name: "housing",
        office: None,
        department: Some("housing_construction"),
        roles: &["case_worker"],
        clearance: Grade::Four,
        what: "asks whether a family may buy its first home, for a purpose 住房窗口",
    },
    Person {
        name: "reviewer",
        office: None,
        department: Some("housing_construction"),
        roles: &["link_reviewer"],
        clearance: Grade::Four,
        what: "decides whether two records are of one person, for a purpose 关联复核员",
    },
    Person {
        name: "linker",
        office: None,
        department: Some("housing_construction"),
        roles: &["steward", "register_linker"],
        clearance: Grade::Four,
        what: "owns the nightly job that links registers 关联作业账号",
    },
    Person {
        name: "park",
        office: None,
        department: Some("development_reform"),
        roles: &["case_worker"],
        clearance: Grade::Four,
        what: "checks whether the city has a project already, for a purpose 项目备案窗口",
    },
    Person {
        name: "examiner",
        office: None,
        department: Some("development_reform"),
        roles: &["project_reviewer"],
        clearance: Grade::Four,
        what: "decides whether two filings are of one project, for a purpose 项目复核员",
    },
    Person {
        name: "projects",
        office: None,
        department: Some("development_reform"),
        roles: &["steward"],
        clearance: Grade::Four,
        what: "answers for the register of projects and its nightly job 项目备案数据管理员",
    },
    Person {
        name: "police",
        office: None,
        department: Some("police"),
        roles: &["steward"],
        clearance: Grade::Four,
        what: "answers for the data of the police 公安数据管理员",
    },
    Person {
        name: "security",
        office: Some(Office::Security),
        department: None,
        roles: &[],
        clearance: Grade::One,
        what: "says who may see what 安全管理员",
    },
    Person {
        name: "auditor",
        office: Some(Office::Audit),
        department: None,
        roles: &[],
        clearance: Grade::One,
        what: "looks at what was done 审计员",
    },
];

/// Makes those who are missing, with the password of `HUITONG_DEMO_PASSWORD` or random ones that are told once.
pub async fn ensure(node: &Node) -> Result<()> {
    let chosen = std::env::var("HUITONG_DEMO_PASSWORD").ok();
    for person in &PEOPLE {
        let Some(password) = node.users.add_if_missing(person.name, person.office, chosen.as_deref()).await? else {
            continue;
        };
        if person.office.is_none() {
            let set = |attributes: &mut Attributes| {
                attributes.department = person.department.map(str::to_owned);
                attributes.roles = person.roles.iter().map(|role| (*role).to_owned()).collect();
                attributes.clearance = person.clearance;
            };
            node.users.set_standing(person.name, set).await?;
        }
        if chosen.is_none() {
            eprintln!("User `{}`, password `{password}`: {}", person.name, person.what);
        }
    }
    Ok(())
}
