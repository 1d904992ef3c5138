//! Given names by generation and sex: what parents chose changed with the times, and so did the share of names with one
//! character. A small part of names has a rare character, which old systems could not store.

use crate::population::Sex;
use crate::rng::Rng;

/// Characters that are outside old code pages, some outside the basic plane, with the pinyin that clerks typed instead.
pub(crate) const RARE: [(&str, &str); 14] = [
    ("䶮", "YAN"),
    ("㛃", "JIE"),
    ("㬎", "XIAN"),
    ("𬱖", "DI"),
    ("堃", "KUN"),
    ("喆", "ZHE"),
    ("珺", "JUN"),
    ("犇", "BEN"),
    ("垚", "YAO"),
    ("燚", "YI"),
    ("翀", "CHONG"),
    ("𫖮", "YI"),
    ("𬍛", "LI"),
    ("㻏", "LEI"),
];

struct Generation {
    first_year: i32,
    /// The share of given names with one character.
    single: f64,
    male: &'static str,
    female: &'static str,
}

const GENERATIONS: [Generation; 5] = [
    Generation {
        first_year: 1986,
        single: 0.34,
        male: "伟强磊军洋勇超鹏杰涛浩宇俊凯斌波辉鑫亮飞帅刚旭峰龙阳晨健明文博志海东林建新家天成子立",
        female: "静丽娜敏婷雪倩燕艳丹慧颖萍玲莉佳琳欣莹璐瑶洁梦晓雅文思怡海春红芳秀美雨晶云月蕾冰",
    },
    Generation {
        first_year: 2000,
        single: 0.16,
        male: "浩宇轩博文俊杰泽子涵铭睿晨昊天一鑫家豪嘉皓翔宸逸然瑞志航思远明阳梓霖昕凯",
        female: "欣怡雨涵佳琪梓萱诗思雅婷梦晴嘉悦语彤子馨可心依诺紫妍静雪瑶若曦宁芷璇艺",
    },
    Generation {
        first_year: 2010,
        single: 0.07,
        male: "沐宸浩宇子轩梓睿泽奕辰博文铭晨皓然嘉一诺俊熙瑞霖景行亦书彦知言予安屹承",
        female: "梓涵诗语汐若依诺一沐欣妍雨桐艺可馨佳怡悦婉清芸熙瑾言书念禾苡知夏宁初晚",
    },
    Generation {
        first_year: 1966,
        single: 0.28,
        male: "军勇伟强建国明志华平斌刚辉波涛峰海文东林新民卫红永小春晓利忠宏学立云金德玉庆",
        female: "丽红艳霞梅芳燕秀英华玲敏萍娟静琴兰云玉春小晓凤莲香爱美桂卫建海月彩淑慧莉珍",
    },
    Generation {
        first_year: i32::MIN,
        single: 0.10,
        male: "国建德文明志永福金玉林生华山成荣光清海春祥贵保长树庆忠义学世家宝才友根发田水",
        female: "秀英玉兰桂珍淑凤美莲香芳素华月梅春爱琴云荣金翠清惠贞芝霞巧娥菊银仙花瑞喜素",
    },
];

/// A given name of one or two characters.
pub(crate) fn given_name(rng: &mut Rng, sex: Sex, year: i32) -> String {
    let generation = generation(year);
    let list = if sex == Sex::Male { generation.male } else { generation.female };
    let mut name = String::with_capacity(8);
    if rng.chance(0.02) {
        name.push_str(rng.pick(&RARE).0);
    } else {
        name.push_str(character(rng, list));
    }
    if !rng.chance(generation.single) {
        name.push_str(character(rng, list));
    }
    name
}

/// The latest generation that had begun by `year`.
fn generation(year: i32) -> &'static Generation {
    GENERATIONS
        .iter()
        .filter(|g| g.first_year <= year)
        .max_by_key(|g| g.first_year)
        .unwrap_or(&GENERATIONS[GENERATIONS.len() - 1])
}

/// All characters of the lists are three bytes long (checked by a test). The product of two draws favours the front of
/// the list, as a few characters are far more common than the rest.
fn character(rng: &mut Rng, list: &'static str) -> &'static str {
    let count = list.len() / 3;
    let at = ((rng.unit() * (0.35 + 0.65 * rng.unit())) * count as f64) as usize * 3;
    list.get(at..at + 3).unwrap_or("文")
}

#[cfg(test)]
mod tests;
