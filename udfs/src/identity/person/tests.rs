use super::{PersonName, read};
use crate::text::testing::Random;

fn shown(name: &PersonName) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or("-".to_owned());
    [&name.surname, &name.given, &name.pinyin, &name.variant_key].map(part).join("|")
}

#[test]
fn names_in_their_parts() {
    for (name, expected) in [
        ("王伟", "王|伟|wang wei|王伟"),
        ("王 伟", "王|伟|wang wei|王伟"),
        ("欧阳娜娜", "欧阳|娜娜|ou yang na na|欧阳娜娜"),
        ("歐陽脩", "欧阳|脩|ou yang xiu|欧阳修"),
        ("司马光", "司马|光|si ma guang|司马光"),
        ("欧阳", "欧|阳|ou yang|欧阳"),
        ("陈方安生", "陈方|安生|chen fang an sheng|陈方安生"),
        ("王欣怡然", "王|欣怡然|wang xin yi ran|王欣怡然"),
        ("曾国藩", "曾|国藩|zeng guo fan|曾国藩"),
        ("单雄信", "单|雄信|shan xiong xin|单雄信"),
        ("尉迟恭", "尉迟|恭|yu chi gong|尉迟恭"),
        ("陳昇", "陈|昇|chen sheng|陈升"),
        ("于堃", "于|堃|yu kun|于坤"),
        ("於坤", "于|坤|yu kun|于坤"),
        ("吕绿", "吕|绿|lv lv|吕绿"),
        // Interpuncts of all kinds, and none.
        ("阿迪力·买买提", "-|阿迪力·买买提|a di li mai mai ti|阿迪力买买提"),
        ("阿迪力•买买提", "-|阿迪力·买买提|a di li mai mai ti|阿迪力买买提"),
        ("阿迪力．买买提", "-|阿迪力·买买提|a di li mai mai ti|阿迪力买买提"),
        ("阿迪力.买买提", "-|阿迪力·买买提|a di li mai mai ti|阿迪力买买提"),
        ("阿迪力・买买提·", "-|阿迪力·买买提|a di li mai mai ti|阿迪力买买提"),
        ("阿迪力买买提", "-|阿迪力买买提|a di li mai mai ti|阿迪力买买提"),
        // A rare character, as Pinyin, lost, or private.
        ("王䶮", "王|䶮|wang yan|王䶮"),
        ("王YAN", "王|yan|wang yan|王yan"),
        ("王ＹＡＮ", "王|yan|wang yan|王yan"),
        ("张KUN鹏", "张|kun鹏|zhang kun peng|张kun鹏"),
        ("王?", "王|?|wang ?|王?"),
        ("王？明", "王|?明|wang ? ming|王?明"),
        ("王\u{E123}明", "王|?明|wang ? ming|王?明"),
        ("LYU不", "-|lyu不|lv bu|lyu不"),
        // Remarks.
        ("张三（曾用名李四）", "张|三|zhang san|张三"),
        // One character.
        ("王", "王|-|wang|王"),
        ("妹", "-|妹|mei|妹"),
        // Other letters.
        ("John Smith", "-|john smith|john smith|john smith"),
        ("SMITH, JOHN", "smith|john|john smith|john smith"),
        ("José O’Brien-Núñez", "-|jose obrien nunez|jose obrien nunez|jose obrien nunez"),
        ("ZHANG San", "-|zhang san|zhang san|zhang san"),
        ("Smith,", "-|smith|smith|smith"),
        ("김민수", "-|김민수|김민수|김민수"),
        // Nothing.
        ("", "-|-|-|-"),
        (" \u{3000}", "-|-|-|-"),
        ("???", "-|-|-|-"),
        ("，。😀", "-|-|-|-"),
        ("()", "-|-|-|-"),
    ] {
        assert_eq!(shown(&read(name)), expected, "`{name}`");
    }
}

/// Names made here by frequency, with the errors that registers make: what stays equal stays equal, and surnames are found.
#[test]
fn generated_names_survive_their_writing() {
    let surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "欧阳", "司马", "诸葛", "上官", "曾", "单"];
    let given: Vec<char> = "伟强磊洋勇艳杰娟涛明超秀兰霞平刚桂英升坤哲峰国华丽荣庆云欢".chars().collect();
    let variants = [
        "升昇", "坤堃", "哲喆", "峰峯", "强強", "国國", "华華", "伟偉", "丽麗", "杰傑", "兰蘭", "荣榮", "陈陳", "张張",
        "刘劉", "赵趙", "黄黃", "云雲", "欢歡", "庆慶", "艳艷", "欧歐", "阳陽", "马馬", "诸諸", "单單",
    ];
    let mut random = Random(11);
    for _ in 0..3000 {
        let (surname, length) = (*random.pick(&surnames), 1 + random.below(2));
        let name = format!("{surname}{}", random.text(&given, length));
        let other: String = name
            .chars()
            .map(|c| match variants.iter().find(|pair| pair.starts_with(c)) {
                Some(pair) if random.below(2) == 0 => pair.chars().nth(1).unwrap(),
                _ => c,
            })
            .collect();
        let spaced: String = other
            .chars()
            .flat_map(|c| [c, if random.below(3) == 0 { '\u{3000}' } else { '\u{FEFF}' }])
            .filter(|c| *c != '\u{FEFF}')
            .collect();
        let (a, b) = (read(&name), read(&spaced));
        assert_eq!(a.surname.as_deref(), Some(surname), "{name}");
        assert_eq!((&a.surname, &a.pinyin, &a.variant_key), (&b.surname, &b.pinyin, &b.variant_key), "{name} {spaced}");
    }
}

#[test]
fn long_and_odd_texts_have_answers() {
    for text in ["王", "·", "?", "a", "，", "王·", "(", "𠮷", "\u{E000}", "\u{301}", "é "] {
        let long = text.repeat(1 << 18);
        let name = read(&long);
        assert!(name.surname.is_none_or(|surname| surname.len() < 10), "`{text}`");
    }
    let every: Vec<char> = ('\0'..='\u{3FFFF}').collect();
    let mut random = Random(12);
    for _ in 0..20_000 {
        let length = random.below(8);
        let text = random.text(&every, length);
        let (once, key) = (read(&text), read(&text).variant_key);
        // A key reads as itself.
        assert_eq!(
            key.as_deref().and_then(|key| read(key).variant_key),
            once.variant_key.clone().filter(|key| !key.chars().all(|c| c == '?')),
            "{text:?}"
        );
    }
}
