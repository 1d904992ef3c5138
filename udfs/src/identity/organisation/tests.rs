use super::{OrganisationName, parse};
use crate::text::testing::Random;

fn shown(name: &OrganisationName) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or("-".to_owned());
    [&name.region, &name.stem, &name.industry, &name.legal_form, &name.branch].map(part).join("|")
}

#[test]
fn names_in_their_parts() {
    for (name, expected) in [
        ("浙江杭州阿里网络科技有限公司", "浙江杭州|阿里|网络科技|有限公司|-"),
        ("浙江省杭州市余杭区阿里网络科技有限公司", "浙江杭州余杭|阿里|网络科技|有限公司|-"),
        ("上海浦江电子有限公司", "上海|浦江|电子|有限公司|-"),
        ("浦江（上海）电子有限公司", "上海|浦江|电子|有限公司|-"),
        ("浦江電子（上海）有限責任公司", "上海|浦江|电子|有限责任公司|-"),
        ("海尔集团公司", "-|海尔|-|集团公司|-"),
        ("青岛海尔（集团）股份有限公司", "青岛|海尔|-|集团股份有限公司|-"),
        ("中国工商银行股份有限公司上海徐汇支行", "中国|工商银行|-|股份有限公司|上海徐汇支行"),
        ("鑫盛商贸有限公司联和分公司", "-|鑫盛|商贸|有限公司|联和分公司"),
        ("上海天健投资合伙企业（有限合伙）", "上海|天健|投资|合伙企业(有限合伙)|-"),
        ("华瑞餐饮管理经营部", "-|华瑞|餐饮管理|经营部|-"),
        ("广西南宁农丰种植专业合作社", "广西南宁|农丰|种植|专业合作社|-"),
        ("北京大成律师事务所", "北京|大成|-|律师事务所|-"),
        ("立信会计师事务所（特殊普通合伙）", "-|立信|-|会计师事务所(特殊普通合伙)|-"),
        // One character is a stem if the rest is the business.
        ("华电子科技有限公司", "-|华电子|科技|有限公司|-"),
        ("天网络有限公司", "-|天|网络|有限公司|-"),
        // All of it are words of businesses, or a region.
        ("电子科技有限公司", "-|电子|科技|有限公司|-"),
        ("上海有限公司", "-|上海|-|有限公司|-"),
        ("有限公司", "-|有限公司|-|-|-"),
        ("华为", "-|华为|-|-|-"),
        ("ABC Software", "-|abc software|-|-|-"),
        ("鑫(科技", "-|鑫|科技|-|-"),
        ("()", "-|-|-|-|-"),
        ("", "-|-|-|-|-"),
    ] {
        assert_eq!(shown(&parse(name)), expected, "`{name}`");
    }
}

/// Names put together here from their parts: the parts come out again, wherever the region stands.
#[test]
fn planted_parts_are_found() {
    let regions = [("", ""), ("青岛市", "青岛"), ("浙江", "浙江"), ("湖北省武汉市", "湖北武汉"), ("深圳", "深圳")];
    let stems = ["鑫盛", "恒瑞达", "天一", "博诚", "卓远", "锦晟"];
    let industries = ["网络科技", "机械设备", "餐饮管理", "新能源", "生物制药", "商贸", "汽车零部件"];
    let forms = ["有限公司", "股份有限公司", "有限责任公司", "集团有限公司", "经营部", "合伙企业(有限合伙)"];
    let branches = ["", "上海分公司", "第二分公司"];
    let mut random = Random(21);
    for _ in 0..2000 {
        let ((written, region), stem) = (*random.pick(&regions), *random.pick(&stems));
        let (industry, form, branch) = (*random.pick(&industries), *random.pick(&forms), *random.pick(&branches));
        let branch = if form.ends_with("公司") { branch } else { "" };
        let name = match random.below(3) {
            _ if written.is_empty() => format!("{stem}{industry}{form}{branch}"),
            0 => format!("{written}{stem}{industry}{form}{branch}"),
            1 => format!("{stem}（{written}）{industry}{form}{branch}"),
            _ => format!("{stem}{industry}({written}){form}{branch}"),
        };
        let found = parse(&name);
        let empty = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        assert_eq!((found.region, found.stem, found.branch), (empty(region), empty(stem), empty(branch)), "{name}");
        assert_eq!((found.industry, found.legal_form), (empty(industry), empty(form)), "{name}");
    }
}

#[test]
fn long_and_odd_texts_have_answers() {
    for text in ["有限公司", "上海", "(", "科技", "😀", "𠮷", "(上海)", "a"] {
        let found = parse(&text.repeat((1 << 20) / text.len()));
        assert!(found.stem.is_some() || text == "(" || text == "(上海)", "`{text}`");
    }
}
