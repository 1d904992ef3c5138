use super::{Gazetteer, Level, short};

#[test]
fn names_without_their_last_words() {
    for (name, expected) in [
        ("杭州市", "杭州"),
        ("浙江省", "浙江"),
        ("广西壮族自治区", "广西"),
        ("内蒙古自治区", "内蒙古"),
        ("新疆维吾尔自治区", "新疆"),
        ("香港特别行政区", "香港"),
        ("延边朝鲜族自治州", "延边"),
        ("黔东南苗族侗族自治州", "黔东南"),
        ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
        ("西双版纳傣族自治州", "西双版纳"),
        ("大兴安岭地区", "大兴安岭"),
        ("锡林郭勒盟", "锡林郭勒"),
    ] {
        assert_eq!(short(name), expected);
    }
}

#[test]
fn texts_begin_with_divisions() {
    let gazetteer = Gazetteer::standard();
    let named = |text, level| gazetteer.named(text, level).first().map(|division| (division.code, division.current));
    assert_eq!(named("青岛市市南区", Level::City), Some((370_200, true)));
    assert_eq!(named("市南区香港中路", Level::County), Some((370_202, true)));
    assert_eq!(named("崇文区", Level::County), Some((110_103, false)));
    assert_eq!(named("青岛啤酒", Level::City), None);
    assert_eq!(gazetteer.shortened("青岛啤酒", Level::City)[0].code, 370_200);
    assert_eq!(named("", Level::Province), None);
    assert_eq!(gazetteer.named("鼓楼区", Level::County).iter().filter(|d| d.current).count(), 4);
    assert_eq!(gazetteer.division(330_000).unwrap().name, "浙江省");
}
