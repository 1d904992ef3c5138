//! The sample city's policies, as a table that whoever answers for them can read: `decisions.txt`.

use super::*;

/// Each line: who, what for, action, column, how it is shown and by which policy, or by which it is not. With `BLESS=1` the
/// last part is written there, to be read by people.
#[test]
fn decisions_are_those_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/tests/decisions.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let policies = Policies::compile(&CITY).unwrap();
    let mut found = String::new();
    let mut cases = 0;
    let mut named = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            found += &format!("{line}\n");
            continue;
        }
        let (question, _) = line.rsplit_once('|').unwrap();
        let [who, purpose, action, column] = question.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (name, column) = column.rsplit_once('.').unwrap();
        let purpose = Some(purpose).filter(|purpose| *purpose != "-");
        let decision = ask(&policies, &subject(who), action.parse().unwrap(), name, purpose);
        let told = told(&decision, column);
        named.extend(
            policies
                .rules()
                .iter()
                .filter(|rule| words(&told).contains(&rule.name.as_str()))
                .map(|rule| rule.name.clone()),
        );
        found += &format!("{question}| {told}\n");
        cases += 1;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
    } else {
        assert_eq!(found, text);
    }
    assert!(cases >= 60, "{cases}");
    let missing: Vec<&str> =
        policies.rules().iter().map(|rule| rule.name.as_str()).filter(|name| !named.contains(*name)).collect();
    assert_eq!(missing, ["cleared"], "every policy decides some line; the city has no important data");
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| c != '_' && !c.is_alphanumeric()).collect()
}

fn told(decision: &Decision, column: &str) -> String {
    let grant = match decision {
        Decision::Granted(grant) => grant,
        Decision::Denied(denied) => {
            let because: Vec<String> = denied.because.iter().map(ToString::to_string).collect();
            return format!("no table: {}", because.join("; "));
        }
    };
    let hidden: String =
        grant.hidden.iter().map(|rule| format!(", without rows where {} <{}>", rule.sql, rule.policy)).collect();
    match grant.column(column) {
        Some(column) => format!("{}{hidden}", ways(column)),
        None => {
            let withheld = grant.withheld.iter().find(|withheld| withheld.column == column).unwrap();
            format!("denied: {}", withheld.because)
        }
    }
}

#[test]
fn the_sample_city_explains_its_policies() {
    let policies = Policies::compile(&CITY).unwrap();
    assert!(policies.rules().len() >= 15);
    for rule in policies.rules() {
        assert!(!rule.name.contains(':') && rule.zh.is_some() && rule.en.is_some(), "{}", rule.name);
        assert!(policies.rule(&rule.name).is_some());
    }
    let purposes: Vec<&String> = policies.purposes().iter().collect();
    assert_eq!(purposes, ["不动产登记", "住房市场监测", "关联分析", "婚姻登记"]);
    assert!(!policies.depends_on_time());
}

/// What the schema says and what is told to Cedar are the same.
#[test]
fn entities_are_of_the_schema() {
    use cedar_policy::{Entities, Request};

    let schema = schema::VALIDATOR.schema();
    let things = CITY.datasets().iter().flat_map(|(name, dataset)| {
        let fields = dataset.fields.iter().map(|field| entities::Thing::of_field(name, field));
        fields.chain([entities::Thing::of_dataset(dataset)]).collect::<Vec<_>>()
    });
    let things: Vec<entities::Thing> = things.collect();
    let all = entities::among(&entities::organisation(&CITY), things.iter()).unwrap();
    let offices = entities::Offices {
        roles: CITY.roles().keys().cloned().collect(),
        departments: CITY.departments().keys().cloned().collect(),
    };
    for who in ["a", "li@civil_affairs: case_worker, analyst", "x@nowhere: nobody"] {
        let user = entities::user(&subject(who), &offices).unwrap();
        let context = Context { purpose: Some("婚姻登记"), door: "flight", now: NOW };
        let context = entities::context(&context).unwrap();
        for action in [Action::Read, Action::Write] {
            let field = entities::field_uid(&table("population.person"), "name");
            Request::new(user.uid(), action.uid(), field, context.clone(), Some(schema)).unwrap();
        }
        Entities::from_entities(all.iter().cloned().chain([user]), Some(schema)).unwrap();
    }
}

/// What the guide shows is true, in both languages.
#[test]
fn the_guide_does_not_lie() {
    let bent = r#"permit (principal in Role::"analist", action == Action::"read", resource)
when { resource.open };
permit (principal in Role::"analyst", action == Action::"read", resource)
when { resource.grad <= 3 };
@maks("null")
permit (principal in Role::"analyst", action == Action::"read", resource);
permit (principal in Role::"analyst", action == Action::"read", resource == Dataset::"legal.entity");
"#;
    let mut shown = Vec::new();
    for name in ["policies.md", "policies.zh-CN.md"] {
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide").join(name);
        let guide = std::fs::read_to_string(guide).unwrap();
        let blocks = |kind: &str| -> Vec<String> {
            let opening = format!("```{kind}\n");
            guide.split(&opening).skip(1).map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
        };
        let (cedar, text) = (blocks("cedar"), blocks("text"));
        assert_eq!(under(&cedar.concat()).rules().len(), 7);
        let attributes = schema::TEXT.lines().filter_map(|line| line.trim().strip_suffix(','));
        let attributes: Vec<&str> =
            attributes.filter_map(|line| Some(line.split_once(':')?.0.trim_end_matches('?'))).collect();
        assert!(attributes.len() > 20, "{attributes:?}");
        for attribute in attributes.into_iter().filter(|attribute| !["principal", "resource"].contains(attribute)) {
            assert!(guide.contains(&format!(".{attribute}`")), "{attribute}");
        }
        shown.push((cedar, text));
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(refused(bent), shown[0].1[0]);
}
