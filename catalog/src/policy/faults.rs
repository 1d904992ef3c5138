use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ParseErrors, PolicyId, PolicySet, ValidationError, ValidationMode, ValidationWarning};
use miette::Diagnostic;

use super::schema::{ENTITY_TYPES, VALIDATOR};
use crate::contracts::Refusal;
use crate::error::suggest;

/// What Cedar says, and at which byte of a policy.
pub struct Fault {
    pub at: usize,
    pub refusal: Refusal,
}

pub fn of_text(errors: &ParseErrors) -> Vec<Fault> {
    errors.iter().map(|error| fault(error, error.to_string())).collect()
}

/// With the index of the policy. Names of actions are looked at where all names are.
pub fn of_types(policies: &PolicySet) -> Vec<(usize, Fault)> {
    let result = VALIDATOR.validate(policies, ValidationMode::Strict);
    let index = |id: &PolicyId| AsRef::<str>::as_ref(id).parse().unwrap_or_default();
    let wrong: BTreeSet<usize> = result.validation_errors().map(|error| index(error.policy_id())).collect();
    let errors = result.validation_errors().filter(|error| !matches!(error, ValidationError::UnrecognizedActionId(_)));
    let mut faults: Vec<(usize, Fault)> = errors.map(|error| (index(error.policy_id()), of_error(error))).collect();
    // Other warnings are about characters that look alike, which Chinese texts are full of.
    let mut never: BTreeMap<usize, Fault> = BTreeMap::new();
    for warning in result.validation_warnings() {
        let policy = index(warning.policy_id());
        let says_why = matches!(warning, ValidationWarning::InvalidActionApplication(_));
        let is_never = says_why || matches!(warning, ValidationWarning::ImpossiblePolicy(_));
        // What is wrong in other ways holds never because of that.
        if is_never && !wrong.contains(&policy) && (says_why || !never.contains_key(&policy)) {
            never.insert(policy, fault(warning, "the policy can never hold".to_owned()));
        }
    }
    faults.extend(never);
    faults
}

fn of_error(error: &ValidationError) -> Fault {
    let mut fault = fault(error, without_policy(&error.to_string()).to_owned());
    if let ValidationError::UnrecognizedEntityType(unknown) = error {
        let name = unknown.to_string();
        let name = name.rsplit('`').nth(1).unwrap_or_default();
        let help = match suggest(name, ENTITY_TYPES) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("there is: {}", ENTITY_TYPES.join(", ")),
        };
        fault.refusal.help = Some(help);
    }
    fault
}

fn fault(error: &(impl Diagnostic + ?Sized), message: String) -> Fault {
    let label = error.labels().and_then(|mut labels| labels.next());
    let at = label.as_ref().map_or(0, miette::LabeledSpan::offset);
    let expected = label.as_ref().and_then(|label| label.label()).map(str::to_owned);
    let help = error.help().map(|help| without_policy(&help.to_string()).to_owned()).or(expected);
    Fault { at, refusal: Refusal { message, help } }
}

/// Policies are named by their places here.
fn without_policy(told: &str) -> &str {
    match told.split_once("`, ") {
        Some((begin, rest)) if begin.starts_with("for policy `") => rest,
        _ => told,
    }
}
