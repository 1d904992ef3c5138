use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::Value;

/// As Cedar's JSON calls them.
const COMPARING: [&str; 5] = ["==", "!=", "contains", "containsAny", "containsAll"];

/// What a policy looks at, of what is told with a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    pub at_time: bool,
    /// At who somebody is, beyond department, roles and clearance.
    pub at_names: bool,
    /// Purposes that it names.
    pub purposes: BTreeSet<String>,
    /// Doors that it names.
    pub doors: BTreeSet<String>,
}

impl Looks {
    pub fn of<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let mut looks = Self::default();
        for policy in policies {
            looks.at_names |= policy.entity_literals().iter().any(|uid| uid.type_name().basename() == "User");
            match policy.to_json() {
                Ok(json) => looks.walk(&json["conditions"]),
                Err(_) => (looks.at_time, looks.at_names) = (true, true),
            }
        }
        looks
    }

    fn walk(&mut self, node: &Value) {
        match part_of(node) {
            Some(("context", "purpose" | "door") | ("principal", "department" | "roles" | "clearance")) => return,
            Some(("context", _)) => self.at_time = true,
            Some(("principal", _)) => self.at_names = true,
            _ => {}
        }
        match node {
            // All of it at once.
            Value::Object(entries) if entries.contains_key("Var") => {
                self.at_time |= node["Var"] == "context";
                self.at_names |= node["Var"] == "principal";
            }
            Value::Object(entries) => {
                for (operator, value) in entries {
                    if COMPARING.contains(&operator.as_str()) {
                        self.compared(value);
                    }
                    self.walk(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => {}
        }
    }

    /// Both sides of a comparison: what stands opposite of `context.purpose`.
    fn compared(&mut self, sides: &Value) {
        for (side, other) in [("left", "right"), ("right", "left")] {
            match part_of(&sides[side]) {
                Some(("context", "purpose")) => texts(&sides[other], &mut self.purposes),
                Some(("context", "door")) => texts(&sides[other], &mut self.doors),
                _ => {}
            }
        }
    }
}

/// `("context", "purpose")` of `context.purpose` and of `context has purpose`.
fn part_of(node: &Value) -> Option<(&str, &str)> {
    let access = [".", "has"].iter().find_map(|key| node.get(key))?;
    Some((access["left"]["Var"].as_str()?, access["attr"].as_str()?))
}

fn texts(node: &Value, found: &mut BTreeSet<String>) {
    match node {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(entries) => entries.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}
