//! Chinese surnames: those of 百家姓 (the Hundred Family Surnames, a text of the Song dynasty), with its compound ones, and some that are
//! frequent today or known from history and not in it. In simplified characters, as [`crate::text::variants`] writes them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::text::variants::common_form;

/// In the order of the text.
const SINGLE: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎\
    鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄\
    米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫\
    经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷\
    车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴鬱胥能苍双\
    闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步\
    都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公\
    晋楚闫法汝鄢涂钦岳帅缑亢况郈有琴商牟佘佴伯赏墨哈谯笪年爱阳佟";
/// Frequent today, and not in the text.
const MODERN: &str = "肖付代覃芦区冼谌候豆占练粟苟栗原仝邝盘楼海朴揭植官邸晋储隋迟来";
const COMPOUND: &str = "万俟 司马 上官 欧阳 夏侯 诸葛 闻人 东方 赫连 皇甫 尉迟 公羊 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 \
    公孙 仲孙 轩辕 令狐 钟离 宇文 长孙 慕容 鲜于 闾丘 司徒 司空 亓官 司寇 子车 颛孙 端木 巫马 公西 漆雕 乐正 壤驷 公良 拓跋 \
    夹谷 宰父 谷梁 段干 百里 东郭 南门 呼延 羊舌 微生 梁丘 左丘 东门 西门 南宫 第五";
/// Not in the text, but in histories and registers.
const COMPOUND_MORE: &str = "独孤 完颜 纳兰 贺兰 哥舒 南郭 北宫 欧侯";

/// Surnames that are not read as their characters mostly are.
const READINGS: [(&str, &str); 30] = [
    ("单", "shan"),
    ("曾", "zeng"),
    ("解", "xie"),
    ("仇", "qiu"),
    ("朴", "piao"),
    ("区", "ou"),
    ("查", "zha"),
    ("盖", "ge"),
    ("覃", "qin"),
    ("乐", "yue"),
    ("缪", "miao"),
    ("翟", "zhai"),
    ("员", "yun"),
    ("黑", "he"),
    ("种", "chong"),
    ("繁", "po"),
    ("召", "shao"),
    ("乜", "nie"),
    ("句", "gou"),
    ("洗", "xian"),
    ("薄", "bo"),
    ("秘", "bi"),
    ("祭", "zhai"),
    ("折", "she"),
    ("尉迟", "yu chi"),
    ("万俟", "mo qi"),
    ("长孙", "zhang sun"),
    ("单于", "chan yu"),
    ("澹台", "tan tai"),
    ("乐正", "yue zheng"),
];

static SINGLES: LazyLock<HashSet<char>> =
    LazyLock::new(|| SINGLE.chars().chain(MODERN.chars()).map(common_form).collect());
static COMPOUNDS: LazyLock<HashSet<(char, char)>> = LazyLock::new(|| {
    let names = COMPOUND.split_whitespace().chain(COMPOUND_MORE.split_whitespace());
    names.filter_map(folded_pair).collect()
});
static READ: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    READINGS.iter().map(|(name, reading)| (name.chars().map(common_form).collect(), *reading)).collect()
});

fn folded_pair(name: &str) -> Option<(char, char)> {
    let mut characters = name.chars().map(common_form);
    Some((characters.next()?, characters.next()?))
}

/// Whether a character, in its common form, is a surname.
pub fn is_single(c: char) -> bool {
    SINGLES.contains(&c)
}

/// Whether two characters, in their common form, are a surname.
pub fn is_compound(first: char, second: char) -> bool {
    COMPOUNDS.contains(&(first, second))
}

/// How a surname, in the common form of its characters, is read, where this is not how they mostly are.
pub fn reading(surname: &str) -> Option<&'static str> {
    READ.get(surname).copied()
}
