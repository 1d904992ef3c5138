//! From the house number to the flat.

use super::{Address, numeral};

/// Reads what follows the road: number, name of the estate, building, entrance, flat, in that order but each only if there.
pub fn read(text: &str, address: &mut Address) {
    let rest = number(text, address);
    let rest = group(rest, address);
    let (name, mut rest) = before_building(rest, address);
    address.poi = (!name.is_empty()).then(|| name.to_owned());
    for step in [building, unit, floor, room] {
        rest = step(rest, address).unwrap_or(rest);
    }
    rest = dashed(rest, address).unwrap_or(rest);
    leave(rest, address);
    settle(address);
}

fn leave(text: &str, address: &mut Address) {
    let text = text.trim_matches('-');
    if !text.is_empty() {
        address.rest.get_or_insert_default().push_str(text);
    }
}

/// What has no other name in the address is its name, not its rest.
fn settle(address: &mut Address) {
    let is_name = |rest: &String| rest.chars().filter(|&c| crate::text::is_han(c)).count() >= 3;
    if address.poi.is_none() && address.rest.as_ref().is_some_and(is_name) {
        address.poi = address.rest.take();
    }
}

/// `12号`, `甲12号`, `12-1号`, `12号之一`, `12号院`, `123弄`; without its word only between a road and a name.
fn number<'a>(text: &'a str, address: &mut Address) -> &'a str {
    let (prefix, after) = match text.chars().next().filter(|&c| is_stem(c)) {
        Some(stem) => (Some(stem), &text[stem.len_utf8()..]),
        None => (None, text),
    };
    let Some((digits, rest)) = joined(after) else { return text };
    let digits = prefix.map_or(digits.clone(), |prefix| format!("{prefix}{digits}"));
    if let Some(rest) = rest.strip_prefix('弄') {
        address.number = Some(format!("{digits}弄"));
        return rest;
    }
    let plain = |rest: &str| {
        address.road.is_some()
            && rest.chars().next().is_none_or(|c| crate::text::is_han(c) && c != '号')
            && !begins_house(after, address)
    };
    match rest.strip_prefix('号').filter(|rest| !rest.starts_with(['楼', '线'])) {
        Some(rest) => {
            let rest = rest.strip_prefix('院').unwrap_or(rest);
            let (more, rest) = branch(rest).map_or((None, rest), |(more, rest)| (Some(more), rest));
            address.number = Some(more.map_or(digits.clone(), |more| format!("{digits}-{more}")));
            rest
        }
        None if plain(rest) => {
            address.number = Some(digits);
            rest
        }
        None => text,
    }
}

/// `之一`, `附2号`.
fn branch(text: &str) -> Option<(String, &str)> {
    let after = text.strip_prefix(['之', '附'])?;
    let (digits, bytes) = numeral::read(after)?;
    let rest = &after[bytes..];
    Some((digits, rest.strip_prefix('号').unwrap_or(rest)))
}

/// Groups of villagers stand between the village and the house.
fn group<'a>(text: &'a str, address: &mut Address) -> &'a str {
    let found = numeral::read(text).and_then(|(digits, bytes)| {
        let rest = text[bytes..].strip_prefix("村民小组").or_else(|| text[bytes..].strip_prefix(['组', '队', '社']))?;
        Some((digits, rest))
    });
    let Some((digits, rest)) = found else { return text };
    leave(&format!("{digits}组"), address);
    match address.number {
        None => number(rest, address),
        Some(_) => rest,
    }
}

fn is_stem(c: char) -> bool {
    matches!(c, '甲' | '乙' | '丙' | '丁')
}

/// `12`, `12-1`, `12之1`, `十二`.
fn joined(text: &str) -> Option<(String, &str)> {
    let (mut digits, bytes) = numeral::read(text)?;
    let mut rest = &text[bytes..];
    if let Some((more, bytes)) = rest.strip_prefix(['-', '之']).and_then(numeral::read) {
        digits.push('-');
        digits.push_str(&more);
        rest = &rest[bytes + rest.chars().next().map_or(0, char::len_utf8)..];
    }
    Some((digits, rest))
}

/// The text before the first place where a building, an entrance, a floor, a flat or a dashed number begins.
fn before_building<'a>(text: &'a str, address: &Address) -> (&'a str, &'a str) {
    let mut in_number = false;
    for (at, c) in text.char_indices() {
        let begins = !std::mem::replace(&mut in_number, c.is_ascii_alphanumeric()) || !c.is_ascii_alphanumeric();
        if begins && begins_house(&text[at..], address) {
            return text.split_at(at);
        }
    }
    (text, "")
}

fn begins_house(text: &str, address: &Address) -> bool {
    let mut scratch = Address { number: address.number.clone(), ..Address::default() };
    [building, unit, floor, room, dashed].iter().any(|step| step(text, &mut scratch).is_some())
}

/// A numeral, a letter or both, or a word for a side: what buildings and entrances are called by.
fn label(text: &str) -> Option<(String, &str)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    let sided = is_stem(first) || matches!(first, '东' | '西' | '南' | '北' | '中');
    if sided {
        return Some((first.to_string(), characters.as_str()));
    }
    let (letter, after) = if first.is_ascii_uppercase() { (Some(first), characters.as_str()) } else { (None, text) };
    let (digits, rest) = match (joined(after), letter) {
        (Some((digits, rest)), _) => (digits, rest),
        (None, Some(_)) => (String::new(), after),
        (None, None) => return None,
    };
    // `3A幢`
    let (last, rest) = match rest.chars().next().filter(|c| c.is_ascii_uppercase() && !digits.is_empty()) {
        Some(c) => (Some(c), &rest[1..]),
        None => (None, rest),
    };
    Some((letter.into_iter().map(String::from).chain([digits]).chain(last.map(String::from)).collect(), rest))
}

fn building<'a>(text: &'a str, address: &mut Address) -> Option<&'a str> {
    let (label, rest) = label(text)?;
    let is_number = label.starts_with(|c: char| c.is_ascii_digit());
    let words: &[&str] =
        if is_number { &["号楼", "#楼", "栋", "幢", "座", "#"] } else { &["号楼", "栋", "幢", "座", "楼"] };
    // In Shanghai the house of a lane.
    let lane =
        address.number.as_ref().is_some_and(|number| number.ends_with('弄')).then(|| rest.strip_prefix('号')).flatten();
    let rest = words.iter().find_map(|word| rest.strip_prefix(word)).or(lane)?;
    address.building = Some(label);
    Some(rest)
}

fn unit<'a>(text: &'a str, address: &mut Address) -> Option<&'a str> {
    let (label, rest) = label(text)?;
    let is_entrance = |rest: &&str| {
        label.starts_with(|c: char| c.is_ascii_digit()) && !rest.starts_with(['市', '店', '诊', '面', '岗', '口', '卫'])
    };
    let rest = rest.strip_prefix("单元").or_else(|| rest.strip_prefix('门').filter(is_entrance))?;
    address.unit = Some(label);
    Some(rest)
}

fn floor<'a>(text: &'a str, address: &mut Address) -> Option<&'a str> {
    let (digits, bytes) = numeral::read(text)?;
    let rest = text[bytes..].strip_prefix('层').or_else(|| text[bytes..].strip_prefix('楼'))?;
    leave(&format!("{digits}层"), address);
    Some(rest)
}

/// With its word anywhere, without it at the end and after a building or an entrance.
fn room<'a>(text: &'a str, address: &mut Address) -> Option<&'a str> {
    let (label, rest) = label(text).filter(|(label, _)| label.contains(|c: char| c.is_ascii_digit()))?;
    let within = address.building.is_some() || address.unit.is_some();
    let told = ["号房", "室", "户", "房"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .filter(|rest| !rest.starts_with(['产', '外']));
    let bare = || {
        (within && label.len() > 1 && !label.contains('-'))
            .then(|| rest.strip_prefix('号').or(rest.is_empty().then_some("")))
            .flatten()
    };
    let rest = told.or_else(bare)?;
    address.room = Some(label);
    Some(rest)
}

/// `3-2-501`, `3-501` at the end: building, entrance and flat, or those of them that are not told yet.
fn dashed<'a>(text: &'a str, address: &mut Address) -> Option<&'a str> {
    if address.room.is_some() {
        return None;
    }
    let mut numbers = vec![];
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    while let Some((digits, bytes)) = numeral::read(rest) {
        numbers.push(digits);
        match rest[bytes..].strip_prefix('-') {
            Some(after) if numbers.len() < 4 => rest = after,
            _ => {
                rest = &rest[bytes..];
                break;
            }
        }
    }
    let rest = rest.strip_prefix(['室', '户']).unwrap_or(rest);
    if !rest.is_empty() || numbers.len() < 2 && address.building.is_none() && address.unit.is_none() {
        return None;
    }
    let mut free: Vec<&mut Option<String>> = vec![&mut address.room];
    free.extend([&mut address.unit, &mut address.building].into_iter().filter(|part| part.is_none()));
    // Two numbers are a building and a flat, unless it has its building.
    if numbers.len() == 2 && free.len() == 3 {
        free.remove(1);
    }
    if numbers.len() > free.len() {
        return None;
    }
    free.into_iter().zip(numbers.into_iter().rev()).for_each(|(part, number)| *part = Some(number));
    Some(rest)
}
