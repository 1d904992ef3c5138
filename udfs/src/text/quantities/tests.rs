use std::time::{Duration, Instant};

use super::{in_normalized, quantities};

#[test]
fn amounts_in_one_writing() {
    for (text, expected) in [
        ("年产300万支一次性注射器项目", vec!["3000000支"]),
        ("年产３，０００，０００支", vec!["3000000支"]),
        ("年产五万吨、二十台", vec!["50000吨", "20台"]),
        ("总投资1.25亿元,其中固定资产投资8184万元", vec!["125000000元", "81840000元"]),
        ("总用地面积61300平方米(约92亩)", vec!["61300平方米", "92亩"]),
        ("50MW光伏,100 kWh储能", vec!["50兆瓦", "100千瓦时"]),
        ("三百五十千瓦", vec!["350千瓦"]),
        ("二期工程2号厂房LH-06-0255", vec![]),
        ("0.50吨与007件", vec!["0.5吨", "7件"]),
        ("劳动定员80人", vec!["80人"]),
        ("1.2.3吨", vec![]),
        ("代码1904990106040100000012吨", vec![]),
        ("总投资1亿5000万元", vec!["150000000元"]),
        ("一万二千吨、1万2千吨", vec!["12000吨", "12000吨"]),
        ("一二〇亩", vec!["120亩"]),
        ("三千瓦,5千瓦,三千吨", vec!["3千瓦", "5千瓦", "3000吨"]),
        ("1亿2元", vec!["100000002元"]),
        ("12 34吨", vec!["34吨"]),
        // Words that begin like an amount.
        ("三元锂电池,第二人民医院,七台河,三台县", vec![]),
        ("五台。三人", vec!["5台", "3人"]),
        ("十", vec![]),
        ("用地6.13公顷,规划1.2平方公里", vec!["61300平方米", "1200000平方米"]),
        ("年产500个、3万双、20枚", vec!["500个", "30000双", "20枚"]),
        ("总投资约5000万,注册资本:1.2亿。流动资金3000万用于周转", vec!["50000000元", "120000000元", "30000000元"]),
        ("年产5000万,投资5000", vec![]),
        ("总投资8000万美元,投资5000万港币,投资不超过3亿", vec!["80000000美元", "50000000港元", "300000000元"]),
        ("年产五万吨水泥,三亿元投资,一万二千吨水泥", vec!["50000吨", "300000000元", "12000吨"]),
        ("建设期24个月,20个工作日", vec!["24月", "20日"]),
        ("", vec![]),
    ] {
        assert_eq!(quantities(text), expected, "{text}");
    }
}

#[test]
fn amounts_know_their_places() {
    let text = "年产300万支注射器,占地92亩";
    let places: Vec<&str> = in_normalized(text).into_iter().map(|quantity| &text[quantity.place]).collect();
    assert_eq!(places, ["300万支", "92亩"]);
}

#[test]
fn time_grows_with_the_text() {
    let parts = ["0万", "〇万", "1亿0万", "零", "投资约", " ", "0 万 "].map(|part| part.repeat(100_000));
    let long = "年产3百万百万百万年".repeat(20_000)
        + &"九".repeat(100_000)
        + &"千".repeat(100_000)
        + &"1,".repeat(100_000)
        + &parts.concat();
    let begun = Instant::now();
    quantities(&long);
    assert!(begun.elapsed() < Duration::from_secs(20), "a bound against hangs");
}
