use super::{Address, parse};
use crate::text::testing::Random;

/// The parts that are there, in order.
fn shown(a: &Address) -> String {
    let parts = [
        ("p", &a.province),
        ("c", &a.city),
        ("d", &a.district),
        ("s", &a.street),
        ("q", &a.community),
        ("r", &a.road),
        ("n", &a.number),
        ("b", &a.building),
        ("u", &a.unit),
        ("f", &a.room),
        ("x", &a.poi),
        ("?", &a.rest),
    ];
    let there = parts.into_iter().filter_map(|(name, part)| Some(format!("{name}={}", part.as_ref()?)));
    there.collect::<Vec<_>>().join(" ")
}

#[test]
fn addresses_in_their_parts() {
    for (text, expected) in [
        (
            "浙江省杭州市余杭区五常街道文一西路969号3幢2单元501室",
            "p=浙江省 c=杭州市 d=余杭区 s=五常街道 r=文一西路 n=969 b=3 u=2 f=501",
        ),
        ("浙江杭州余杭区文一西路969号", "p=浙江省 c=杭州市 d=余杭区 r=文一西路 n=969"),
        ("余杭区文一西路九百六十九号", "p=浙江省 c=杭州市 d=余杭区 r=文一西路 n=969"),
        (
            "北京市朝阳区建国门外大街甲12号院3号楼2单元501",
            "p=北京市 c=北京市 d=朝阳区 r=建国门外大街 n=甲12 b=3 u=2 f=501",
        ),
        ("北京市市辖区海淀区中关村大街27号", "p=北京市 c=北京市 d=海淀区 r=中关村大街 n=27"),
        ("上海市浦东新区张江路123弄45号601室", "p=上海市 c=上海市 d=浦东新区 r=张江路 n=123弄 b=45 f=601"),
        ("鼓楼区中山北路20号", "d=鼓楼区 r=中山北路 n=20"),
        ("江苏省南京市鼓楼区中山路北段20号之一", "p=江苏省 c=南京市 d=鼓楼区 r=中山路北段 n=20-1"),
        (
            "青岛市崂山区沙子口街道办事处李家村村民委员会3组12号",
            "p=山东省 c=青岛市 d=崂山区 s=沙子口街道 q=李家村 n=12 ?=3组",
        ),
        ("吉林省吉林市船营区解放大路88号", "p=吉林省 c=吉林市 d=船营区 r=解放大路 n=88"),
        ("海南路12号", "r=海南路 n=12"),
        ("南京东路100号", "r=南京东路 n=100"),
        ("广西南宁市青秀区民族大道136-1号", "p=广西壮族自治区 c=南宁市 d=青秀区 r=民族大道 n=136-1"),
        ("中山路5号阳光小区A座1201", "r=中山路 n=5 b=A f=1201 x=阳光小区"),
        ("中山路5号阳光小区二期东楼2门301号", "r=中山路 n=5 b=东 u=2 f=301 x=阳光小区二期"),
        ("中山路5锦绣花园3号楼", "r=中山路 n=5 b=3 x=锦绣花园"),
        ("五一路十二号", "r=五一路 n=12"),
        ("三环路5号", "r=三环路 n=5"),
        ("康乐新村12栋5楼501室", "b=12 f=501 x=康乐新村 ?=5层"),
        ("幸福社区居委会", "q=幸福社区"),
        ("高新技术产业开发区科技大道1号软件园", "d=高新技术产业开发区 r=科技大道 n=1 x=软件园"),
        ("人民路与中山路交叉口", "r=人民路 x=与中山路交叉口"),
        ("3幢2单元501室", "b=3 u=2 f=501"),
        // What is no address.
        ("", ""),
        ("，。 ()", ""),
        ("详见附件", "x=详见附件"),
        ("12345678901234567890", "x=12345678901234567890"),
        ("路", "x=路"),
        ("号", "x=号"),
        ("😀\u{E000}", "x=\u{E000}"),
    ] {
        assert_eq!(shown(&parse(text)), expected, "`{text}`");
    }
}

#[test]
fn one_flat_in_many_writings() {
    let head = "浙江省杭州市余杭区文一西路969号锦绣花园";
    let one = parse(&format!("{head}3栋2单元501"));
    assert_eq!(shown(&one).split_once(" b=").unwrap().1, "3 u=2 f=501 x=锦绣花园");
    for flat in [
        "三幢二单元501室",
        "３号楼２单元５０１户",
        "3#楼2单元501",
        "3#2单元501室",
        "3-2-501",
        "3—2—501室",
        "3 栋 2 单元 0501",
        "三棟二單元五〇一室",
        "(3幢2单元501室)",
    ] {
        assert_eq!(parse(&format!("{head}{flat}")), one, "{flat}");
    }
    let two = parse("中山路5号锦绣花园3-501");
    assert_eq!(shown(&two), "r=中山路 n=5 b=3 f=501 x=锦绣花园");
}

#[test]
fn confidence_says_what_was_understood() {
    let confidence = |text: &str| (parse(text).confidence * 100.0).round();
    assert_eq!(confidence("浙江省杭州市余杭区文一西路969号"), 100.0);
    assert_eq!(confidence("示例省联和市云溪区文一西路969号"), 80.0, "divisions that are of no standard");
    assert_eq!(confidence("鼓楼区中山北路20号"), 80.0, "one of several");
    assert_eq!(confidence("浙江省杭州市朝阳区文一西路969号"), 80.0, "not part of it");
    assert_eq!(confidence("文一西路969号"), 60.0);
    assert_eq!(confidence("文一西路"), 40.0);
    assert_eq!(confidence(""), 0.0);
    assert!(confidence("12345678901234567890") <= 40.0);
}

/// Addresses put together here, whole and as people shorten them.
#[test]
fn planted_parts_are_found() {
    let places = [
        (["浙江省", "杭州市", "余杭区"], true),
        (["山东省", "青岛市", "市南区"], true),
        (["四川省", "成都市", "武侯区"], true),
        (["示例省", "联和市", "云昌区"], false),
        (["新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市"], true),
    ];
    let streets = ["青林街道", "和平街道", "长桥街道", "柳泉镇", "", "石关乡"];
    let roads = ["建设路", "人民路", "文昌街", "滨河大道", "中山东路", "迎宾路", "五一路", "环城北路"];
    let estates = ["锦绣花园", "阳光小区", "翠竹苑", "康乐新村", "书香里", "望湖轩", "万科五玠坊"];
    let digits: Vec<char> = "〇一二三四五六七八九".chars().collect();
    let mut random = Random(31);
    for _ in 0..3000 {
        let (([province, city, district], known), street) = (*random.pick(&places), *random.pick(&streets));
        let (road, estate) = (*random.pick(&roads), *random.pick(&estates));
        let [number, building, unit] = [300, 40, 4].map(|most| 1 + random.below(most));
        let room = (1 + random.below(18)) * 100 + 1 + random.below(4);
        let spelled: String = room.to_string().chars().map(|c| digits[c as usize - '0' as usize]).collect();
        let flat = match random.below(5) {
            0 => format!("{building}幢{unit}单元{room}室"),
            1 => format!("{building}-{unit}-{room}"),
            2 => format!("{building}号楼{unit}单元{room}"),
            3 => format!("{building}栋{unit}单元{spelled}室"),
            _ => format!("{building} 座 {unit} 单元 {room} 户"),
        };
        let with_city = random.below(2) == 0;
        let head = if with_city { format!("{province}{city}") } else { String::new() };
        let text = format!("{head}{district}{street}{road}{number}号{estate}{flat}");
        let found = parse(&text);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let above = |name: &str| if with_city || known { some(name) } else { None };
        assert_eq!((&found.province, &found.city), (&above(province), &above(city)), "{text}");
        assert_eq!(
            (&found.district, &found.street, &found.community),
            (&some(district), &some(street), &None),
            "{text}"
        );
        assert_eq!((&found.road, &found.poi), (&some(road), &some(estate)), "{text}");
        assert_eq!(found.number, Some(number.to_string()), "{text}");
        assert_eq!((&found.building, &found.unit), (&Some(building.to_string()), &Some(unit.to_string())), "{text}");
        assert_eq!((&found.room, &found.rest), (&Some(room.to_string()), &None), "{text}");
        assert_eq!(found.confidence, if known { 1.0 } else { 0.8 }, "{text}");
    }
}

#[test]
fn long_and_odd_texts_have_answers() {
    for text in ["1", "-1", "一", "号", "路", "A", "浙江省", "1-", "幢", "1号", "花园", "😀", "之一", "村", "社区"]
    {
        let found = parse(&text.repeat((1 << 18) / text.len()));
        assert!((0.0..=1.0).contains(&found.confidence), "`{text}`");
    }
    let hard: Vec<char> = "省市区县路街号栋幢单元室层楼村社座门东西甲附之组段弄-#12三十〇A阳光".chars().collect();
    let mut random = Random(32);
    for _ in 0..30_000 {
        let length = random.below(16);
        let text = random.text(&hard, length);
        let found = parse(&text);
        assert!((0.0..=1.0).contains(&found.confidence), "{text}");
        assert_eq!(parse(&text), found);
    }
}
