//! Whatever stands in a file of policies, it is read or refused, in order and in time.

use super::*;
use crate::contracts::Mistakes;

fn told(text: &str, names: &Names) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    check("policy.cedar", &std::sync::Arc::from("policy.cedar"), text, names, &mut Vec::new(), &mut mistakes);
    mistakes.in_order().iter().map(ToString::to_string).collect()
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    pub fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

#[test]
fn bent_policies_are_read_or_refused() {
    let words = [
        "@",
        "@mask(\"x\")",
        "@rows",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\\",
        "\\u{0}",
        "//",
        "::",
        ";",
        ",",
        "&&",
        "!",
        "in",
        "is",
        "has",
        "like",
        "if true then",
        "?principal",
        "-9223372036854775808",
        "principal",
        "Role::\"",
        "人口",
        "\u{10FFFF}",
        "'",
        "==",
        ".",
        ".contains(",
        "context",
        "datetime(\"x\")",
        "* 2",
        "\n",
    ];
    let names = Names::of(&CITY);
    let good: Vec<char> = city_policies().chars().collect();
    let mut dice = Dice(7);
    let mut refused = 0;
    for round in 0..250 {
        let mut bent = good.clone();
        for _ in 0..=dice.below(4) {
            let start = dice.below(bent.len());
            let end = (start + dice.below(20)).min(bent.len());
            match dice.below(3) {
                0 => drop(bent.drain(start..end)),
                1 => drop(bent.splice(start..start, dice.of(&words).chars())),
                _ => {
                    let copied = bent[start..end].to_vec();
                    let to = dice.below(bent.len());
                    bent.splice(to..to, copied);
                }
            }
        }
        let text: String = bent.into_iter().collect();
        let once = told(&text, &names);
        if round % 16 == 0 {
            assert_eq!(once, told(&text, &names), "not the same twice");
        }
        refused += usize::from(!once.is_empty());
        if once.is_empty() {
            read(&under(&text), "a@civil_affairs: case_worker, modeller", "population.person", Some("婚姻登记"));
        }
    }
    assert!((100..250).contains(&refused), "{refused}");
}

#[test]
fn hostile_policies_are_bounded() {
    let begun = std::time::Instant::now();
    let names = Names::of(&CITY);
    let many = 50_000;
    let policy = |condition: &str| format!("permit (principal, action, resource) when {{ {condition} }};");
    let texts = [
        "(".repeat(many),
        "@".repeat(many),
        "\"".repeat(many + 1),
        ";".repeat(many),
        "a".repeat(many),
        "::".repeat(many),
        "//".repeat(many),
        "permit(principal,action,resource);".repeat(3000),
        policy(&"!".repeat(many)),
        policy(&"!".repeat(1900)),
        policy(&format!("{}1 > 0", "-".repeat(1900))),
        policy(&format!("{}true", "true && ".repeat(900))),
        policy(&format!("{}true{}", "(".repeat(31), ")".repeat(31))),
        policy(&format!("{}true", "if true then true else ".repeat(350))),
        policy(&format!("principal{}", ".name".repeat(900))),
        policy(&format!("principal has {}name", "name.".repeat(900))),
        policy(&format!("[{}1].contains(1)", "1,".repeat(900))),
        policy(&format!("{}1 > 0", "1 + ".repeat(900))),
        policy(&format!("{}1 > 0", "1 * ".repeat(900))),
        policy(&format!("resource.name like \"{}\"", "*a".repeat(many))),
        format!("permit (principal, action in [{}Action::\"read\"], resource);", "Action::\"read\",".repeat(400)),
        format!("{} permit (principal, action, resource);", "@id(\"x\")".repeat(300)),
    ];
    for text in &texts {
        let told = told(text, &names);
        assert!(told.len() <= 2002, "{}: {}", &text[..40], told.len());
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

/// Places count characters.
#[test]
fn places_are_of_characters() {
    let at = |text: &str| told(text, &Names::default()).first().cloned().unwrap_or_default();
    assert!(
        at("// 人口\n  @zh(\"人口\") @maks(\"x\") permit (principal, action, resource);")
            .starts_with("policy.cedar:2:14: ")
    );
    assert_eq!(at("/* 人口 */"), "policy.cedar:1:4: invalid token");
    assert_eq!(at("// 人口"), "");
}
