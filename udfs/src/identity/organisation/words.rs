//! Word lists of names of organisations. The forms are those of the Company Law, the Partnership Enterprise Law and the registers of other
//! kinds of organisations; the words of businesses are frequent ones, mostly of GB/T 4754, and no complete list.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Legal forms and last words, each before those that it ends in.
pub const FORMS: [&str; 66] = [
    "合伙企业(特殊普通合伙)",
    "合伙企业(普通合伙)",
    "合伙企业(有限合伙)",
    "(特殊普通合伙)",
    "(普通合伙)",
    "(有限合伙)",
    "(个人独资)",
    "(个体工商户)",
    "农民专业合作社联合社",
    "农民专业合作社",
    "专业合作社",
    "股份合作公司",
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "总公司",
    "集团公司",
    "公司",
    "个人独资企业",
    "合伙企业",
    "合作联社",
    "合作社",
    "联合社",
    "集团",
    "律师事务所",
    "会计师事务所",
    "事务所",
    "工作室",
    "经营部",
    "门市部",
    "经销部",
    "服务部",
    "营业部",
    "经营店",
    "专卖店",
    "便利店",
    "商店",
    "商行",
    "商场",
    "超市",
    "酒店",
    "饭店",
    "餐厅",
    "药店",
    "药房",
    "诊所",
    "店",
    "厂",
    "农场",
    "养殖场",
    "研究院",
    "研究所",
    "设计院",
    "医院",
    "大学",
    "学院",
    "学校",
    "中学",
    "小学",
    "幼儿园",
    "基金会",
    "促进会",
    "协会",
    "学会",
    "商会",
    "中心",
];
/// Before a form.
pub const GROUPS: [&str; 2] = ["(集团)", "集团"];
/// Last words of branches.
pub const BRANCHES: [&str; 18] = [
    "分公司",
    "子公司",
    "分厂",
    "分行",
    "支行",
    "分店",
    "分部",
    "分所",
    "分院",
    "分校",
    "办事处",
    "营业部",
    "营业厅",
    "营业所",
    "代表处",
    "项目部",
    "门店",
    "支公司",
];
pub const INDUSTRY_CHARS_MAX: usize = 5;

const INDUSTRIES: &str = "科技 技术 信息 网络 软件 电子 通信 通讯 数据 智能 智能科技 互联网 物联网 计算机 系统 集成 数码 传媒 文化 广告 艺术 \
    影视 出版 印刷 包装 设计 教育 培训 咨询 管理 服务 商务 投资 资产 资本 基金 金融 担保 租赁 保险 保险代理 典当 拍卖 财务 税务 会计 \
    贸易 商贸 进出口 国际贸易 销售 批发 零售 百货 物资 供应链 物流 运输 货运 快递 仓储 航空 航运 船务 汽车 汽车维修 汽车零部件 车辆 \
    机械 机械设备 设备 装备 智能装备 自动化 自动化设备 机电 电气 电器 电力 电缆 仪器 仪表 模具 五金 金属 金属制品 钢铁 铝业 铜业 \
    精密 精密制造 制造 工业 实业 发展 开发 建设 建筑 建筑工程 工程 装饰 装饰工程 装修 园林 绿化 市政 路桥 水利 监理 测绘 勘察 \
    房地产 房地产开发 地产 置业 物业 物业服务 物业管理 建材 新型建材 水泥 玻璃 陶瓷 化工 精细化工 化学 新材料 材料 塑料 橡胶 涂料 \
    能源 新能源 光伏 风电 电池 电池材料 储能 石油 石化 天然气 燃气 煤炭 矿业 环保 环境 水务 节能 医药 制药 生物 生物科技 生物制药 \
    生物技术 医疗 医疗器械 器械 健康 养老 药业 食品 饮料 粮油 农产品 加工 农产品加工 农业 生态 生态农业 种植 养殖 畜牧 水产 渔业 林业 \
    餐饮 餐饮管理 小吃 酒业 茶业 旅游 旅行 酒店管理 体育 娱乐 美容 服装 服饰 纺织 家具 家居 玩具 珠宝 日用品 化妆品 半导体 光电 \
    微电子 集成电路 芯片 通用 检测 认证 技术服务 技术开发 信息技术 网络科技 电子商务 企业管理 人力资源 劳务 家政 清洁 保安 维修 \
    养护 企业 商业 产业 控股 股权投资 投资管理 文化传媒 文化艺术 广告传媒 教育科技 教育咨询 商务咨询 维修服务 汽车科技";

static INDUSTRY: LazyLock<HashSet<&str>> = LazyLock::new(|| INDUSTRIES.split_whitespace().collect());

/// Whether a word tells a business.
pub fn is_industry(word: &str) -> bool {
    INDUSTRY.contains(word)
}
