//! What industrial projects make, and the words they use for it.

/// A product line: what similar projects have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Product {
    pub industry: &'static str,
    pub name: &'static str,
    pub synonym: &'static str,
    pub english: &'static str,
    pub unit: &'static str,
    pub process: &'static str,
    pub equipment: &'static str,
    pub material: &'static str,
    pub market: &'static str,
}

/// Words in the order of the fields.
const fn product(words: [&'static str; 9]) -> Product {
    let [industry, name, synonym, english, unit, process, equipment, material, market] = words;
    Product { industry, name, synonym, english, unit, process, equipment, material, market }
}

#[rustfmt::skip]
pub(super) const PRODUCTS: [Product; 30] = [
    product(["C38", "磷酸铁锂正极材料", "锂电池正极材料", "lithium iron phosphate cathode material", "吨", "高温固相烧结工艺", "辊道窑和气流粉碎机", "碳酸锂和磷酸铁", "动力电池"]),
    product(["C38", "锂电池隔膜", "电池隔离膜", "battery separator film", "万平方米", "湿法双向拉伸工艺", "同步拉伸机和涂覆机", "超高分子量聚乙烯", "储能电池"]),
    product(["C38", "光伏组件", "太阳能电池组件", "photovoltaic modules", "兆瓦", "半片多主栅封装工艺", "自动串焊机和层压机", "电池片和光伏玻璃", "分布式电站"]),
    product(["C38", "永磁同步电机", "永磁电动机", "permanent magnet synchronous motors", "万台", "自动绕线与真空浸漆工艺", "数控绕线机和动平衡机", "硅钢片和钕铁硼磁钢", "电动汽车驱动"]),
    product(["C38", "智能配电柜", "智能配电设备", "smart distribution cabinets", "台", "数控冲折与柔性装配工艺", "激光切割机和数控折弯机", "冷轧钢板和断路器", "工业园区配电"]),
    product(["C36", "汽车铝合金轮毂", "铝合金车轮", "aluminium alloy wheels", "万件", "低压铸造与旋压工艺", "低压铸造机和热处理炉", "铝合金锭", "乘用车整车配套"]),
    product(["C36", "汽车线束", "车用电线束", "automotive wiring harnesses", "万套", "自动压接与在线检测工艺", "全自动压接机和检测台", "铜芯电线和连接器", "新能源汽车"]),
    product(["C36", "制动盘", "刹车盘", "brake discs", "万件", "树脂砂铸造与数控车削工艺", "造型线和数控车床", "灰铸铁", "商用车售后市场"]),
    product(["C36", "车载空调压缩机", "汽车空调压缩机", "car air-conditioning compressors", "万台", "精密铸造与装配工艺", "加工中心和氦检设备", "铝合金壳体", "电动客车"]),
    product(["C27", "头孢类冻干粉针", "头孢注射剂", "cephalosporin powder for injection", "万支", "无菌分装与冷冻干燥工艺", "冻干机和隔离器", "头孢原料药", "医院用药"]),
    product(["C27", "中药配方颗粒", "中药颗粒剂", "traditional medicine granules", "吨", "水提浓缩与喷雾干燥工艺", "提取罐和喷雾干燥塔", "中药饮片", "中医医疗机构"]),
    product(["C27", "一次性使用注射器", "无菌注射器", "disposable syringes", "万支", "注塑成型与环氧乙烷灭菌工艺", "注塑机和灭菌柜", "医用聚丙烯", "疫苗接种"]),
    product(["C26", "水性聚氨酯树脂", "水性聚氨酯", "waterborne polyurethane resin", "吨", "预聚体分散工艺", "反应釜和高速分散机", "异氰酸酯和聚醚多元醇", "合成革涂层"]),
    product(["C26", "电子级双氧水", "电子级过氧化氢", "electronic grade hydrogen peroxide", "吨", "精馏与离子交换纯化工艺", "纯化塔和超净灌装线", "工业双氧水", "集成电路清洗"]),
    product(["C26", "可降解塑料粒子", "生物降解塑料", "biodegradable plastic pellets", "吨", "双螺杆共混改性工艺", "双螺杆挤出机和切粒机", "聚乳酸和己二酸共聚物", "快递包装"]),
    product(["C26", "水性工业涂料", "水性漆", "waterborne industrial coatings", "吨", "研磨分散与调漆工艺", "砂磨机和调漆釜", "丙烯酸乳液和颜料", "工程机械涂装"]),
    product(["C39", "显示驱动芯片封装", "显示驱动芯片封测", "display driver chip packaging", "万颗", "凸块与薄膜覆晶封装工艺", "电镀机和倒装键合机", "晶圆和薄膜基板", "平板显示"]),
    product(["C39", "高密度印制电路板", "高密度线路板", "high density printed circuit boards", "万平方米", "激光钻孔与垂直电镀工艺", "激光钻孔机和曝光机", "覆铜板和铜箔", "通信设备"]),
    product(["C39", "光纤陶瓷插芯", "陶瓷插芯", "ceramic fibre ferrules", "万只", "注射成型与同心磨削工艺", "注射机和磨床", "氧化锆粉体", "光通信器件"]),
    product(["C39", "微型麦克风", "硅微麦克风", "micro microphones", "万只", "芯片贴装与金线键合工艺", "贴片机和键合机", "传感器芯片", "智能穿戴设备"]),
    product(["C35", "工业机器人减速器", "机器人精密减速机", "robot speed reducers", "台", "精密磨齿与热处理工艺", "数控磨齿机和三坐标测量机", "合金结构钢", "工业机器人"]),
    product(["C35", "数控加工中心", "数控机床", "machining centres", "台", "导轨精磨与整机装配工艺", "龙门铣床和激光干涉仪", "铸铁床身和滚珠丝杠", "模具加工"]),
    product(["C35", "污水处理成套设备", "一体化污水处理设备", "sewage treatment units", "套", "钢结构焊接与防腐工艺", "自动焊机和喷砂房", "不锈钢板和膜组件", "乡镇污水治理"]),
    product(["C33", "铝合金建筑型材", "铝型材", "aluminium building profiles", "吨", "热挤压与粉末喷涂工艺", "挤压机和立式喷涂线", "铝棒", "建筑门窗"]),
    product(["C33", "高强度紧固件", "高强螺栓", "high strength fasteners", "吨", "冷镦成形与调质工艺", "多工位冷镦机和网带炉", "合金盘条", "风电设备"]),
    product(["C33", "不锈钢管", "不锈钢钢管", "stainless steel tubes", "吨", "连续焊接与光亮退火工艺", "制管机组和光亮炉", "不锈钢带", "食品机械"]),
    product(["C13", "速冻调理食品", "速冻预制菜", "frozen prepared food", "吨", "滚揉腌制与液氮速冻工艺", "滚揉机和速冻隧道", "禽肉和蔬菜", "餐饮连锁"]),
    product(["C13", "浓缩果汁", "果蔬浓缩汁", "concentrated fruit juice", "吨", "膜浓缩与无菌灌装工艺", "榨汁机和蒸发器", "苹果和柑橘", "饮料企业"]),
    product(["C30", "低辐射镀膜玻璃", "节能镀膜玻璃", "low emissivity coated glass", "万平方米", "真空磁控溅射工艺", "镀膜线和钢化炉", "浮法玻璃原片", "绿色建筑幕墙"]),
    product(["C30", "装配式混凝土构件", "预制混凝土构件", "precast concrete components", "万立方米", "自动布料与蒸汽养护工艺", "布料机和养护窑", "水泥和砂石骨料", "装配式住宅"]),
];

pub(super) const PARKS: [&str; 10] = [
    "联和经济技术开发区",
    "联和高新技术产业园",
    "云溪化工园区",
    "青浦装备制造园",
    "文昌电子信息产业园",
    "江岭新材料产业园",
    "永宁生物医药园",
    "安湾临港工业园",
    "南溪食品产业园",
    "金湖循环经济园",
];

/// Sentences that say nothing about the project; three in ten abstracts carry several.
pub(super) const BOILERPLATE: [&str; 8] = [
    "项目符合国家产业政策和园区总体规划,不属于限制类和淘汰类项目",
    "项目严格执行环境保护三同时制度,各项污染物达标排放",
    "项目建成后将有效带动当地就业,促进区域经济高质量发展",
    "建设单位承诺所提交材料真实、合法、有效,并承担相应责任",
    "项目采用先进适用的技术和装备,单位产品能耗达到国内先进水平",
    "项目用地符合土地利用总体规划,已取得园区管委会同意",
    "项目消防、安全、职业卫生设施与主体工程同时设计、同时施工、同时投产",
    "项目实施后具有良好的经济效益和社会效益",
];
