use std::time::{Duration, Instant};

use super::ngrams::ngrams;
use super::normalize::normalize;
use super::pinyin::pinyin;
use super::simhash::simhash64;
use super::simplify::simplify;
use super::testing::Random;
use super::tokens::{Dictionary, tokens};
use super::variants::common_form;

fn simple(text: &str) -> String {
    let mut out = String::new();
    simplify(text, &mut out);
    out
}

fn read(text: &str) -> String {
    let mut out = String::new();
    pinyin(text, &mut out);
    out
}

fn every_character() -> impl Iterator<Item = char> {
    ('\0'..=char::MAX).filter(|c| !matches!(c, '\u{40000}'..='\u{DFFFF}'))
}

#[test]
fn one_writing() {
    for (text, expected) in [
        ("", ""),
        ("  \u{3000}\t", ""),
        ("臺灣（ＡＢＣ）　公司", "台湾(abc)公司"),
        ("上海【浦東】電子〔集團〕", "上海(浦东)电子(集团)"),
        ("《计算机》“软件”『一』", "\"计算机\"\"软件\"\"一\""),
        ("张　三", "张三"),
        ("John   Smith 张 三", "john smith张三"),
        ("a , b", "a,b"),
        ("１２ ３㎡", "12 3m2"),
        ("阿迪力•买买提", "阿迪力·买买提"),
        ("阿迪力・买买提", "阿迪力·买买提"),
        ("3—2–501－A", "3-2-501-a"),
        ("一、二，三。", "一,二,三."),
        ("乾隆年間的乾淨", "乾隆年间的干净"),
        ("张\u{200B}三\u{FEFF}\u{FE0F}", "张三"),
        ("e\u{200B}\u{301}", "é"),
        ("H\u{331}", "ẖ"),
        ("𠮷\u{E000}😀", "𠮷\u{E000}😀"),
        ("⼈⺟", "人母"),
        ("ﾃｽﾄ", "テスト"),
    ] {
        assert_eq!(normalize(text), expected, "`{text}`");
    }
}

#[test]
fn normalizing_every_character_twice_is_as_once() {
    let mut around = String::new();
    for c in every_character() {
        around.clear();
        around.extend(['国', c, 'A', c, ' ', c]);
        let once = normalize(&around);
        assert_eq!(normalize(&once), once, "U+{:04X}", u32::from(c));
    }
}

#[test]
fn normalizing_any_text_twice_is_as_once() {
    let hard: Vec<char> = "乾隆著作么麼麽鍾瞭藉覆 \t\u{3000}Ａa１Éé\u{301}\u{331}\u{308}\u{200B}\u{FE0F}İıßſΣ㈱㎡½…“〈＜か\u{3099}ㅏ한\u{115F}\u{E000}😀，（﹝–Hhjwy⁄．・ﷺ\u{A0}\u{AD}"
        .chars()
        .collect();
    let every: Vec<char> = every_character().collect();
    let mut random = Random(1);
    for round in 0..60_000 {
        let length = 1 + random.below(12);
        let text = random.text(if round % 3 == 0 { &every } else { &hard }, length);
        let once = normalize(&text);
        assert_eq!(normalize(&once), once, "{:?}", text.escape_unicode().to_string());
    }
}

#[test]
fn simplifying_is_opencc_and_done_once() {
    for (text, expected) in [
        ("漢字轉換", "汉字转换"),
        ("乾坤乾燥", "乾坤干燥"),
        ("一目瞭然", "一目了然"),
        ("钱鍾書", "钱钟书"),
        ("錢鍾書", "钱锺书"),
        ("頭髮發財", "头发发财"),
        ("汉字", "汉字"),
        ("𫝈㑮", "𫝈𫝈"),
    ] {
        assert_eq!(simple(text), expected);
    }
    let table: Vec<char> =
        include_str!("simplified.txt").lines().skip(1).flat_map(str::chars).filter(|c| *c != '\t').collect();
    let mut random = Random(2);
    for _ in 0..200_000 {
        let length = 1 + random.below(8);
        let once = simple(&random.text(&table, length));
        assert_eq!(simple(&once), once);
    }
}

#[test]
fn variants_have_one_form() {
    for class in ["升昇陞", "坤堃", "哲喆", "峰峯", "强強", "国國", "渺淼", "钟鍾鐘", "于於", "杰傑", "台臺", "艳豔"]
    {
        let forms: Vec<char> = class.chars().map(common_form).collect();
        assert!(forms.iter().all(|form| *form == forms[0]), "{class}: {forms:?}");
    }
    // What sounds alike is no variant.
    for (a, b) in [('伟', '炜'), ('张', '章'), ('厉', '历'), ('沈', '沉'), ('代', '戴'), ('付', '傅'), ('肖', '萧')]
    {
        assert_ne!(common_form(a), common_form(b));
    }
    for c in every_character() {
        let form = common_form(c);
        assert_eq!(common_form(form), form);
        let simple = simple(c.encode_utf8(&mut [0; 4]));
        assert_eq!(simple.chars().map(common_form).collect::<String>(), form.to_string(), "U+{:04X}", u32::from(c));
    }
}

#[test]
fn texts_are_read_aloud() {
    for (text, expected) in [
        ("", ""),
        ("重庆长安3号", "chong qing chang an 3 hao"),
        ("重慶銀行ＡＢＣ(股份)", "chong qing yin hang abc gu fen"),
        ("绿女", "lv nv"),
        ("hello, world 2", "hello world 2"),
        ("A座", "a zuo"),
        ("䶮", "yan"),
        // No reading is known.
        ("𠮷\u{E000}三", "𠮷 \u{E000} san"),
        ("，。😀", ""),
    ] {
        assert_eq!(read(text), expected, "`{text}`");
    }
}

#[test]
fn runs_of_characters() {
    let runs = |text, n| ngrams(text, n).collect::<Vec<_>>().join("|");
    assert_eq!(runs("生产线", 2), "生产|产线");
    assert_eq!(runs("生产线", 1), "生|产|线");
    assert_eq!(runs("生产线", 3), "生产线");
    assert_eq!(runs("生产线", 4), "生产线");
    assert_eq!(runs("a𠮷😀\u{E000}", 3), "a𠮷😀|𠮷😀\u{E000}");
    assert_eq!((runs("", 2), runs("生", 0)), (String::new(), String::new()));
}

#[test]
fn words_of_a_text() {
    let words = |text| tokens(text).collect::<Vec<_>>().join("|");
    assert_eq!(words("我来到北京清华大学"), "我|来到|北京|清华大学");
    assert_eq!(words("年产5万吨, 锂电池(二期)。"), "年产|5|万吨|锂电池|二期");
    assert_eq!(words("  ，😀！"), "");
    assert_eq!(words("𠮷野家"), "𠮷|野家");
    assert_eq!(words("张\u{E000}三"), "张|\u{E000}|三");
    for text in ["Wi-Fi 6", "一", "🇨🇳", "\u{10FFFF}"] {
        assert!(tokens(text).all(|word| text.contains(word)));
    }
}

#[test]
fn words_of_users_are_words() {
    let text = "华芯微储能电站及液流电池项目";
    let of = |words: &[&'static str]| Dictionary::with(words.iter().copied());
    let cut = |words: &[&'static str]| of(words).tokens(text).collect::<Vec<_>>().join("|");
    assert_eq!(cut(&["液流电池", "储能电站", "华芯微"]), "华芯微|储能电站|及|液流电池|项目");
    assert_eq!(cut(&["华芯微", "华芯微", "储能电站", "液流电池"]), cut(&["液流电池", "储能电站", "华芯微"]));
    // More sets than are kept; the words of one are not those of another.
    for word in ["华芯微", "储能电站", "液流电池", "液流", "微储能", "电池项目"] {
        assert!(cut(&[word]).contains(word));
    }
    assert_eq!(cut(&[]), tokens(text).collect::<Vec<_>>().join("|"));
    assert_eq!(cut(&["", "、，"]), cut(&[]));
}

#[test]
fn similar_bags_agree_in_most_bits() {
    let hash = |text: &str| simhash64(ngrams(text, 2)).unwrap();
    let one = hash("年产五万吨锂电池正极材料生产线建设项目一期工程");
    let near = hash("年产五万吨锂电池正极材料生产线建设项目二期工程");
    let far = hash("社区卫生服务中心门诊楼改造和医疗设备采购");
    assert!((one ^ near).count_ones() < 16 && (one ^ far).count_ones() > 20);
    assert_eq!(simhash64([]), None);
    // One word is its own hash: XXH64 of an empty text, by the reference implementation.
    assert_eq!(simhash64([""]), Some(0xef46_db37_51d8_e999));
}

#[test]
fn a_megabyte_takes_time_in_proportion() {
    let texts = ["乾", "年产五万吨锂电池", "a", "😀", "𠮷", "\u{E000}", "e\u{301}", " ", "１", "乾隆", "\u{301}"];
    for text in texts {
        let long = text.repeat((1 << 20) / text.len());
        let begin = Instant::now();
        let normal = normalize(&long);
        assert!(normal.len() <= long.len() && simple(&long).len() <= 2 * long.len());
        assert!(read(&long).len() <= 8 * long.len());
        assert!(ngrams(&long, 3).count() <= long.len() && tokens(&long).map(str::len).sum::<usize>() <= long.len());
        assert!(begin.elapsed() < Duration::from_secs(4), "`{text}`: {:?}", begin.elapsed());
    }
}
