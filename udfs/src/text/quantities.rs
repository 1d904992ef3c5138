//! What a text counts: amounts with their units, in one writing.
//!
//! A grammar over normalized text: a number in digits or Chinese characters, scales (万, 亿), a unit of a list. Units of GB 3100 and
//! counters of goods and people; the list is partial by nature, and a number without a unit of it is no amount, unless it is tens of
//! thousands of what is invested.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::normalize::normalize;

#[cfg(test)]
mod tests;

/// The digits that a number may have; a longer run is a code and no amount.
const DIGITS_MAX: usize = 15;

/// What money is told in.
pub const YUAN: &str = "元";

/// Numbers that stand beside each other as one amount, at most: `1亿2000万3千5百元`.
const PARTS_MOST: usize = 4;

/// Units, the longest first where one begins like another, and what they are called here.
const UNITS: [(&str, &str); 82] = [
    ("平方公里", "平方公里"),
    ("平方千米", "平方公里"),
    ("标准立方米", "立方米"),
    ("平方米", "平方米"),
    ("立方米", "立方米"),
    ("标准箱", "标准箱"),
    ("兆瓦时", "兆瓦时"),
    ("千瓦时", "千瓦时"),
    ("吉瓦时", "吉瓦时"),
    ("吉瓦", "吉瓦"),
    ("兆瓦", "兆瓦"),
    ("千瓦", "千瓦"),
    ("千伏安", "千伏安"),
    ("千伏", "千伏"),
    ("千克", "千克"),
    ("公斤", "千克"),
    ("千米", "公里"),
    ("公里", "公里"),
    ("公顷", "公顷"),
    ("毫米", "毫米"),
    ("厘米", "厘米"),
    ("微米", "微米"),
    ("纳米", "纳米"),
    ("毫升", "毫升"),
    ("美元", "美元"),
    ("欧元", "欧元"),
    ("港元", "港元"),
    ("日元", "日元"),
    ("港币", "港元"),
    ("英镑", "英镑"),
    ("澳元", "澳元"),
    ("韩元", "韩元"),
    ("个工作日", "日"),
    ("个月", "月"),
    ("台套", "台"),
    ("床位", "床"),
    ("立方", "立方米"),
    ("人民币", "元"),
    ("平米", "平方米"),
    ("gwh", "吉瓦时"),
    ("mwh", "兆瓦时"),
    ("kwh", "千瓦时"),
    ("kva", "千伏安"),
    ("gw", "吉瓦"),
    ("mw", "兆瓦"),
    ("kw", "千瓦"),
    ("kg", "千克"),
    ("km", "公里"),
    ("m2", "平方米"),
    ("m3", "立方米"),
    ("t", "吨"),
    ("吨", "吨"),
    ("元", "元"),
    ("亩", "亩"),
    ("米", "米"),
    ("升", "升"),
    ("克", "克"),
    ("台", "台"),
    ("套", "套"),
    ("件", "件"),
    ("支", "支"),
    ("颗", "颗"),
    ("只", "只"),
    ("片", "片"),
    ("块", "块"),
    ("辆", "辆"),
    ("条", "条"),
    ("根", "根"),
    ("瓶", "瓶"),
    ("盒", "盒"),
    ("箱", "箱"),
    ("头", "头"),
    ("个", "个"),
    ("张", "张"),
    ("双", "双"),
    ("枚", "枚"),
    ("卷", "卷"),
    ("座", "座"),
    ("床", "床"),
    ("株", "株"),
    ("羽", "羽"),
    ("人", "人"),
];

/// An amount, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The number in plain digits and the unit: `3000000支`.
    pub amount: String,
    pub place: Range<usize>,
}

/// The digits of an amount in one writing, and its unit.
pub fn number_and_unit(amount: &str) -> (&str, &str) {
    amount.split_at(amount.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(amount.len()))
}

/// The amounts of a text in their order, in one writing: `300万支` and `3,000,000 支` are `3000000支`, `五万吨` is `50000吨`, `6.13公顷`
/// is `61300平方米`, `投资5000万` is `50000000元`. Other numbers without a unit of the list are none, nor are numbers of phases.
pub fn quantities(text: &str) -> Vec<String> {
    in_normalized(&normalize(text)).into_iter().map(|quantity| quantity.amount).collect()
}

/// Those of a text that is normalized, with their places.
pub fn in_normalized(text: &str) -> Vec<Quantity> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(starts_number) {
        rest = &rest[start..];
        let begin = text.len() - rest.len();
        let (number, after) = match rest.starts_with(|c: char| c.is_ascii_digit()) {
            true => written(rest),
            false => spoken(rest),
        };
        let is_short = digit_alone(&rest[..rest.len() - after.len()]) && !after.starts_with(['百', '千', '万', '亿']);
        let is_invested = || speaks_of_money(&text[..begin]);
        match number.and_then(|number| amount(number, after, is_invested)) {
            // 三元材料, 第二人民医院: a single character before a counter begins other words too.
            Some((_, behind)) if is_short && behind.starts_with(char::is_alphanumeric) => rest = after,
            Some((amount, after)) => {
                found.push(Quantity { amount, place: begin..text.len() - after.len() });
                rest = after;
            }
            None => rest = after,
        }
    }
    found
}

fn digit_alone(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| digit(c).is_some()) && characters.next().is_none()
}

fn starts_number(c: char) -> bool {
    c.is_ascii_digit() || c == '十' || digit(c).is_some()
}

/// What a Chinese digit stands for.
pub fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// A number in digits, perhaps with a point and with commas between thousands, and what stands behind it.
fn written(text: &str) -> (Option<String>, &str) {
    let is_part = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let run = text[..end].trim_end_matches([',', '.']);
    let after = &text[run.len()..];
    let (whole, fraction) = run.split_once('.').unwrap_or((run, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = groups.clone().next().is_none() || (first.len() <= 3 && groups.all(|group| group.len() == 3));
    let digits: String = whole.chars().filter(char::is_ascii_digit).chain(fraction.chars()).collect();
    let is_number = grouped && !fraction.contains(['.', ',']) && digits.len() <= DIGITS_MAX;
    let number = match fraction.is_empty() {
        true => digits,
        false => format!("{}.{fraction}", &digits[..digits.len() - fraction.len()]),
    };
    (is_number.then_some(number), after)
}

/// A number in characters below ten thousand (`三百五十`, `二十`, `五`, `一二〇`), and what stands behind it.
pub fn spoken(text: &str) -> (Option<String>, &str) {
    let (mut total, mut last): (u64, Option<u64>) = (0, None);
    let mut end = 0;
    for c in text.chars() {
        let scale = match c {
            '十' => 10,
            '百' => 100,
            '千' if !is_of_unit(&text[end..]) => 1000,
            _ => match digit(c) {
                // Digits beside each other are read as they stand.
                Some(value) if last.unwrap_or(0) < SPOKEN_MOST => {
                    last = Some(last.unwrap_or(0) * 10 + value);
                    end += c.len_utf8();
                    continue;
                }
                _ => break,
            },
        };
        // 千 and 百 without a digit before them belong to a unit (千瓦).
        if last.is_none() && scale > 10 {
            break;
        }
        total += last.take().unwrap_or(1) * scale;
        end += c.len_utf8();
    }
    let number = total + last.unwrap_or(0);
    ((end > 0).then(|| number.to_string()), &text[end..])
}

/// Digits that are read as one number stay below this times ten.
const SPOKEN_MOST: u64 = 1_000_000;

/// Whether 千 is the beginning of a unit.
fn is_of_unit(text: &str) -> bool {
    UNITS.iter().any(|(written, _)| written.starts_with('千') && text.starts_with(written))
}

/// Whether what follows a text is money without its unit: `总投资约`.
fn speaks_of_money(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '约', '为', '达', '共', '计', '近', '超', '过', '不', '少', '于']);
    ["投资", "投资额", "资金", "资本"].iter().any(|word| before.ends_with(word))
}

/// A number with the unit behind it, and what follows. Parts of one number follow each other: `1亿5000万元`. Tens of thousands without a
/// unit are yuan where money is spoken of.
fn amount(number: String, after: &str, is_money: impl Fn() -> bool) -> Option<(String, &str)> {
    let (mut number, mut rest) = scaled(number, after)?;
    for _ in 0..PARTS_MOST {
        let rest_here = rest.trim_start();
        if let Some((written, name)) = unit(rest_here) {
            return Some((in_one_unit(number, name), &rest_here[written.len()..]));
        }
        if !rest.starts_with(starts_number) {
            let is_scaled = after[..after.len() - rest.len()].ends_with(['万', '亿']);
            return (is_scaled && is_money()).then(|| (format!("{}{YUAN}", plain(&number)), rest));
        }
        let (next, after) = match rest.starts_with(|c: char| c.is_ascii_digit()) {
            true => written(rest),
            false => spoken(rest),
        };
        let (next, behind) = scaled(next?, after)?;
        number = sum(&number, &next)?;
        rest = behind;
    }
    None
}

/// Areas of land are told in any of these, which are powers of ten of each other.
const OF_LAND: [(&str, usize); 2] = [("公顷", 4), ("平方公里", 6)];
pub const SQUARE_METRE: &str = "平方米";

fn in_one_unit(number: String, unit: &str) -> String {
    match OF_LAND.iter().find(|(large, _)| *large == unit) {
        Some((_, power)) => format!("{}{SQUARE_METRE}", plain(&shifted(&number, *power))),
        None => format!("{}{unit}", plain(&number)),
    }
}

/// A number times the scales behind it.
fn scaled(mut number: String, after: &str) -> Option<(String, &str)> {
    let mut rest = after;
    loop {
        let (scale, length) = match rest.trim_start().chars().next() {
            _ if unit(rest.trim_start()).is_some() => return Some((number, rest)),
            Some(c @ '百') => (2, c.len_utf8()),
            Some(c @ '千') => (3, c.len_utf8()),
            Some(c @ '万') => (4, c.len_utf8()),
            Some(c @ '亿') => (8, c.len_utf8()),
            _ => return Some((number, rest)),
        };
        number = shifted(&number, scale);
        if number.len() > 2 * DIGITS_MAX {
            return None;
        }
        rest = &rest.trim_start()[length..];
    }
}

/// Of whole numbers, the second of which has fewer digits than the first has zeros.
fn sum(first: &str, next: &str) -> Option<String> {
    let zeros = first.len() - first.trim_end_matches('0').len();
    let is_part = !first.contains('.') && !next.contains('.') && next.len() <= zeros;
    is_part.then(|| format!("{}{next}", &first[..first.len() - next.len()]))
}

/// The units by their first characters, in the order of the list.
static BY_FIRST: LazyLock<HashMap<char, Vec<(&str, &str)>>> = LazyLock::new(|| {
    let mut units: HashMap<char, Vec<(&str, &str)>> = HashMap::new();
    for (written, name) in UNITS {
        written.chars().next().into_iter().for_each(|first| units.entry(first).or_default().push((written, name)));
    }
    units
});

/// The unit that a text begins with: how it is written, and what it is called.
fn unit(text: &str) -> Option<(&'static str, &'static str)> {
    let units = BY_FIRST.get(&text.chars().next()?)?;
    units.iter().find(|(written, _)| is_unit(text, written)).copied()
}

/// A unit in letters ends where its word does.
fn is_unit(text: &str, unit: &str) -> bool {
    let is_word = unit.is_ascii();
    text.strip_prefix(unit).is_some_and(|after| !is_word || !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// A number times a power of ten, in its digits.
fn shifted(number: &str, by: usize) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let taken = fraction.len().min(by);
    let zeros = "0".repeat(by - taken);
    match &fraction[taken..] {
        "" => format!("{whole}{}{zeros}", &fraction[..taken]),
        left => format!("{whole}{}.{left}", &fraction[..taken]),
    }
}

/// Without zeros that say nothing.
fn plain(number: &str) -> String {
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    let whole = number.trim_start_matches('0');
    if whole.is_empty() || whole.starts_with('.') { format!("0{whole}") } else { whole.to_owned() }
}
