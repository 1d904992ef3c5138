//! Errors in names.

use super::NameRates;
use crate::names::given::RARE;
use crate::rng::Rng;

/// Characters and the variants that clerks and old systems wrote for them.
const VARIANTS: &str =
    "升昇坤堃哲喆峰峯强強国國华華伟偉丽麗杰傑凤鳳兰蘭荣榮陈陳张張刘劉赵趙黄黃云雲欢歡庆慶艳艷淼渺钟鍾于於";

/// Groups of characters that sound alike.
const HOMOPHONES: [&str; 26] = [
    "伟玮炜",
    "丽莉俐",
    "静靖婧",
    "杰洁捷",
    "军君俊钧",
    "华桦骅",
    "明铭鸣",
    "婷亭廷",
    "敏闵",
    "琳林霖",
    "欣鑫昕",
    "宇雨羽禹",
    "浩皓昊",
    "晨辰宸",
    "佳嘉家",
    "怡宜仪",
    "文雯",
    "玲灵铃",
    "燕艳雁",
    "建健剑",
    "志智治",
    "梅枚",
    "红宏洪鸿",
    "云芸耘",
    "平萍苹",
    "泽择",
];

const INTERPUNCTS: [&str; 4] = ["•", ".", "．", ""];

/// A name as a register may hold it.
pub(crate) fn garbled_name(rng: &mut Rng, rates: &NameRates, name: &str) -> String {
    // Each kind draws once for every name, so that a rate in one place does not move the errors of another.
    let draws = [rng.unit(), rng.unit(), rng.unit(), rng.unit()];
    let mut name = name.to_owned();
    if draws[0] < rates.rare_lost {
        name = lost_rare(rng, &name).unwrap_or(name);
    }
    if draws[1] < rates.variant {
        name = variant(&name).unwrap_or(name);
    }
    if draws[2] < rates.homophone {
        name = homophone(rng, &name).unwrap_or(name);
    }
    if draws[3] < rates.interpunct && name.contains('·') {
        name = name.replace('·', rng.pick(&INTERPUNCTS));
    }
    name
}

/// A rare character typed as pinyin, or lost as `?`; `None` when the name has none.
pub(crate) fn lost_rare(rng: &mut Rng, name: &str) -> Option<String> {
    let (rare, pinyin) = RARE.into_iter().find(|(rare, _)| name.contains(rare))?;
    Some(name.replace(rare, if rng.chance(0.5) { pinyin } else { "?" }))
}

/// The first character with a variant replaced by it, either way.
pub(crate) fn variant(name: &str) -> Option<String> {
    let pairs: Vec<char> = VARIANTS.chars().collect();
    let (old, new) = name.chars().find_map(|c| {
        let at = pairs.iter().position(|&p| p == c)?;
        Some((c, pairs[at ^ 1]))
    })?;
    Some(name.replacen(old, new.encode_utf8(&mut [0; 4]), 1))
}

/// One character of the given name replaced by one that sounds the same.
pub(crate) fn homophone(rng: &mut Rng, name: &str) -> Option<String> {
    let (old, group) = name.chars().skip(1).find_map(|c| Some((c, HOMOPHONES.iter().find(|g| g.contains(c))?)))?;
    let others: Vec<char> = group.chars().filter(|&c| c != old).collect();
    let new = rng.pick(&others);
    let given = name.char_indices().nth(1).map_or(0, |(at, _)| at);
    Some(format!("{}{}", &name[..given], name[given..].replacen(old, new.encode_utf8(&mut [0; 4]), 1)))
}
