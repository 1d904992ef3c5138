//! `org.yaml`: departments and roles.

use std::collections::BTreeMap;

use super::layout::ORGANISATION;
use super::names;
use super::{Compiler, circles, owned, texts};
use crate::contracts::entries::{Approver, Department, Role, Thing};
use crate::contracts::files::Files;
use crate::contracts::keys;
use crate::contracts::mistake::{Mistakes, Refusal, shown};
use crate::contracts::yaml::Node;

const PARTS: [&str; 2] = ["departments", "roles"];

impl Compiler {
    pub(super) fn organisation(&mut self, files: &Files) {
        let tree = self.tree(files, ORGANISATION, &keys::ORGANISATION);
        let part = |name| tree.as_ref().and_then(|tree| tree.get(name));
        // A misspelt `roles` hides all of them.
        let hidden = tree.as_ref().is_some_and(|tree| tree.entries().iter().any(|entry| !PARTS.contains(&&*entry.key)));
        let unread = files.has(ORGANISATION) && !tree.as_ref().is_some_and(Node::is_map);
        let partial = |name| unread || part(name).map_or(hidden, |node| !node.is_map());
        self.known.roles.partial |= partial("roles");
        self.known.departments.partial |= partial("departments");
        for entry in part("roles").map(Node::entries).unwrap_or_default() {
            if names::require_name("role", entry, &mut self.mistakes) {
                self.known.roles.entries.insert(entry.key.clone(), read_role(&entry.value));
                self.places.insert(Thing::Role(entry.key.clone()), entry.at.clone());
            }
        }
        let departments = part("departments").map(Node::entries).unwrap_or_default();
        for entry in departments {
            if names::require_name("department", entry, &mut self.mistakes) {
                let department = self.department(&entry.value);
                self.known.departments.entries.insert(entry.key.clone(), department);
                self.places.insert(Thing::Department(entry.key.clone()), entry.at.clone());
            }
        }
        let parents: BTreeMap<&str, &str> =
            departments.iter().filter_map(|entry| Some((entry.key.as_str(), entry.value.text("parent")?))).collect();
        let circles = circles::members(&parents);
        for entry in departments {
            let Some(parent) = entry.value.get("parent") else { continue };
            let Some(name) = parent.as_text() else { continue };
            names::find("department", parent, name, &self.known.departments, &mut self.mistakes);
            if circles.contains(entry.key.as_str()) {
                self.mistakes.add(&parent.at, format!("department `{}` stands above itself", shown(&entry.key)));
            }
        }
    }

    fn department(&mut self, node: &Node) -> Option<Department> {
        let code = owned(node, "code");
        if let Some(code) = code.as_deref().filter(|code| !has_shape_of_credit_code(code)) {
            let refusal = Refusal::new(format!("`{}` is no unified social credit code", shown(code)));
            let help = "18 digits and capital letters, without I, O, S, V and Z";
            self.mistakes.add(&node.get("code")?.at, refusal.help(help));
        }
        let approvers = texts(node, "approvers").into_iter();
        let approvers = approvers.filter_map(|(item, text)| self.approver(item, text)).collect();
        Some(Department { labels: names::labels(node)?, code, parent: owned(node, "parent"), approvers })
    }

    fn approver(&mut self, item: &Node, text: &str) -> Option<Approver> {
        match text.parse() {
            Ok(Approver::Role(role)) => {
                let before = self.mistakes.len();
                names::find("role", item, &role, &self.known.roles, &mut self.mistakes);
                (self.mistakes.len() == before).then_some(Approver::Role(role))
            }
            Ok(user) => Some(user),
            Err(refusal) => note(item, refusal, &mut self.mistakes),
        }
    }
}

fn note<T>(item: &Node, refusal: Refusal, mistakes: &mut Mistakes) -> Option<T> {
    mistakes.add(&item.at, refusal);
    None
}

fn read_role(node: &Node) -> Option<Role> {
    Some(Role { labels: names::labels(node)?, description: owned(node, "description") })
}

/// Whether the last character fits the others is looked at where the format `gb32100` is.
fn has_shape_of_credit_code(code: &str) -> bool {
    let symbol = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"IOSVZ".contains(&b));
    code.len() == 18 && code.bytes().all(symbol)
}
