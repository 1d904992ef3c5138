//! Every key of every file of a model.

use super::shape::Need::{OneOfThese, Optional, Required};
use super::shape::Shape::{Bounds, Either, Flag, Form, Keys, List, Mask, Named, Text, Word};
use super::shape::{Key, Need, Shape};
use super::vocabulary::{Comparator, Cycle, Dimension, Grade, Severity, Sharing, Tag};

const fn key(name: &'static str, need: Need, shape: Shape, doc: &'static str, doc_zh: &'static str) -> Key {
    Key { name, need, shape, doc, doc_zh }
}

/// `elements.yaml`.
pub const ELEMENTS: Shape = Named(&Keys(ELEMENT));

/// `codes.yaml`.
pub const CODE_TABLES: Shape = Named(&Keys(CODE_TABLE));

/// `org.yaml`.
pub const ORGANISATION: Shape = Keys(&[
    key("departments", Optional, Named(&Keys(DEPARTMENT)), "departments by their key", "部门，以标识为键"),
    key("roles", Optional, Named(&Keys(ROLE)), "roles by their key", "角色，以标识为键"),
]);

/// `<library>/<name>.yaml`.
pub const DATASET: Shape = Keys(&[
    key("dataset", Required, Form(TABLE_NAME), "library.table, as the file is named", "库名.表名，与文件路径一致"),
    ZH,
    EN,
    key("summary", Optional, BILINGUAL, "what it holds, in a sentence or two", "摘要"),
    key(
        "owner",
        Required,
        Text,
        "the department that answers for it, a key of org.yaml",
        "数据提供方，org.yaml 中的部门标识",
    ),
    key("share", Required, SHARE, "how it is shared between departments", "共享类型"),
    key("open", Optional, OPEN, "whether it is open to the public; no by default", "是否向社会开放，默认 no"),
    key("cycle", Required, Word(Cycle::WORDS), "how often it is renewed", "更新周期"),
    key("basis", Required, Text, "the legal basis on which it is collected", "采集的法律依据"),
    key(
        "grade",
        Optional,
        Word(Grade::WORDS),
        "the least grade of the dataset; that of its fields may be higher",
        "数据集的最低分级；字段分级更高时以字段为准",
    ),
    key(
        "key",
        Optional,
        COLUMNS,
        "the columns that name a row; leave it out where nothing does",
        "主键列；没有主键则省略",
    ),
    key("fields", Required, List(&Keys(FIELD), 1), "the columns, in their order", "信息项，按列的顺序"),
    key(
        "checks",
        Optional,
        List(&Keys(CHECK), 0),
        "what must hold beyond what types, elements and key say",
        "质量规则",
    ),
    key("retention", Optional, Text, "how long it is kept", "保存期限"),
    key("contact", Optional, Text, "whom to ask", "联系方式"),
]);

const FIELD: &[Key] = &[
    key("name", Required, Form(NAME), "the name of the column", "列名"),
    key(
        "element",
        Optional,
        Text,
        "the data element that it is; all else follows from it",
        "所属数据元；其余属性由数据元决定",
    ),
    key("type", Optional, Form(TYPE), "its type; needed without an element", "数据类型；没有数据元时必填"),
    key("zh", Optional, Text, "Chinese name; that of the element by default", "中文名，默认取数据元的"),
    key("en", Optional, Text, "English name; that of the element by default", "英文名，默认取数据元的"),
    DESCRIPTION,
    key("required", Optional, Flag, "whether it always has a value; no by default", "是否必填，默认 no"),
    key(
        "owner",
        Optional,
        Text,
        "the department that answers for this field, if another",
        "该信息项的责任部门（与数据集不同时填写）",
    ),
    key("share", Optional, SHARE, "how this field is shared, if otherwise", "该信息项的共享类型（与数据集不同时填写）"),
    key("reason", Optional, Text, "why it is not shared, with `share: none`", "不予共享的理由，与 share: none 同用"),
    key(
        "open",
        Optional,
        OPEN,
        "whether this field is open to the public, if otherwise",
        "该信息项是否开放（与数据集不同时填写）",
    ),
    key(
        "cycle",
        Optional,
        Word(Cycle::WORDS),
        "how often this field is renewed, if otherwise",
        "该信息项的更新周期（与数据集不同时填写）",
    ),
    key(
        "grade",
        Optional,
        Word(Grade::WORDS),
        "a higher grade than the element's; a lower one needs `release`",
        "高于数据元的分级；降低分级须写明 release",
    ),
    key(
        "release",
        Optional,
        Text,
        "why a lower grade or a weaker mask than the element's is right here",
        "为何此处可降低分级或放宽脱敏",
    ),
    key("tags", Optional, List(&Word(Tag::WORDS), 1), "tags besides the element's", "除数据元标签以外的标签"),
    MASK_KEY,
    CODE,
    FORMAT_KEY,
    RANGE,
];

const ELEMENT: &[Key] = &[
    ZH,
    EN,
    DESCRIPTION,
    key("type", Required, Form(TYPE), "its type", "数据类型"),
    FORMAT_KEY,
    CODE,
    RANGE,
    key("grade", Optional, Word(Grade::WORDS), "its grade; 1 by default", "分级，默认 1"),
    key("tags", Optional, List(&Word(Tag::WORDS), 1), "what rules attach to", "标签"),
    MASK_KEY,
    key(
        "match",
        Optional,
        Word(Comparator::WORDS),
        "how two values are compared when records are linked",
        "记录关联时的比较方式",
    ),
    key("standard", Optional, Text, "the standard that it is taken from", "所依据的标准"),
    OVERRIDES,
    key(
        "release",
        Optional,
        Text,
        "why a lower grade, a weaker mask or fewer tags than those of the national element are right here",
        "为何此处的分级、脱敏或标签可以弱于国家数据元",
    ),
];

const CODE_TABLE: &[Key] = &[
    ZH,
    EN,
    key("standard", Required, Text, "the standard that it is of", "所依据的标准"),
    key("source", Required, Text, "where its rows were taken from, with version and date", "代码来源，含版本与日期"),
    key("licence", Required, Text, "the terms of that source", "来源的许可"),
    key("complete", Required, Flag, "whether all codes are there", "是否完整"),
    key("missing", Optional, Text, "what is not there; needed with `complete: no`", "缺少的内容；complete: no 时必填"),
    OVERRIDES,
];

const DEPARTMENT: &[Key] = &[
    ZH,
    EN,
    key("code", Optional, Form(CREDIT_CODE), "its unified social credit code", "统一社会信用代码"),
    key("parent", Optional, Text, "the department above it", "上级部门"),
    key(
        "approvers",
        Optional,
        List(&Text, 1),
        "who answers requests: a role, or `user:` and a name",
        "审批人：角色，或 user: 加用户名",
    ),
];

const ROLE: &[Key] = &[ZH, EN, DESCRIPTION];

const CHECK: &[Key] = &[
    key("unique", OneOfThese, COLUMNS, "no two rows have the same values", "取值不重复"),
    key("required", OneOfThese, COLUMNS, "these columns have a value", "必须有值"),
    key("in", OneOfThese, Keys(IN), "the value is in a code table or a list", "取值在代码表或列表中"),
    key("format", OneOfThese, Keys(FORMAT), "the value passes a validator", "取值符合格式"),
    key("range", OneOfThese, Keys(IN_RANGE), "the value lies between two bounds", "取值在范围内"),
    key("refers", OneOfThese, Keys(REFERS), "the values stand in another dataset", "取值存在于另一数据集"),
    key("fresh", OneOfThese, Keys(FRESH), "the newest value is not older than that", "最新值不早于指定时间"),
    key("sql", OneOfThese, Text, "an SQL condition over a row, or over all rows", "SQL 条件（按行，或对全部行聚合）"),
    key("name", Optional, Form(NAME), "its name in reports", "规则名"),
    key(
        "severity",
        Optional,
        Word(Severity::WORDS),
        "what happens to rows that fail; quarantine by default",
        "不合格行的处理，默认 quarantine",
    ),
    key(
        "tolerance",
        Optional,
        Form(TOLERANCE),
        "how much may fail: `0.1 %` or `5 rows`; nothing by default",
        "允许的不合格量：0.1 % 或 5 rows，默认为零",
    ),
    key(
        "dimension",
        Optional,
        Word(Dimension::WORDS),
        "the property of quality that it measures",
        "所属质量特性（GB/T 36344）",
    ),
];

const IN: &[Key] = &[
    COLUMN,
    key("code", OneOfThese, Text, "a code table", "代码表"),
    key("values", OneOfThese, List(&Text, 1), "the values", "取值列表"),
];

const FORMAT: &[Key] = &[COLUMN, key("format", Required, Form(FORMAT_FORM), FORMAT_DOC, FORMAT_ZH)];

const IN_RANGE: &[Key] = &[
    COLUMN,
    key("min", Optional, Text, "the least value", "最小值"),
    key("max", Optional, Text, "the greatest value", "最大值"),
];

const REFERS: &[Key] = &[
    key("columns", Required, COLUMNS, "columns of this dataset", "本数据集的列"),
    key("to", Required, Form(TABLE_NAME), "the other dataset", "另一数据集"),
    key("key", Optional, COLUMNS, "its columns; its key by default", "另一数据集的列，默认取其主键"),
];

const FRESH: &[Key] =
    &[COLUMN, key("within", Required, Form(PERIOD), "a span such as `2 days` or `P2D`", "时间跨度，如 2 days 或 P2D")];

const ZH: Key = key("zh", Required, Text, "the Chinese name", "中文名");
const EN: Key = key("en", Required, Text, "the English name", "英文名");
const DESCRIPTION: Key = key("description", Optional, Text, "what it means", "说明");
const COLUMN: Key = key("column", Required, Form(NAME), "a column of this dataset", "本数据集的列");
const COLUMNS: Shape = List(&Form(NAME), 1);
const CODE: Key = key("code", Optional, Text, "the code table that its values are of", "取值所用的代码表");
const RANGE: Key =
    key("range", Optional, Bounds, "its bounds: [least, most], null for none", "取值范围：[最小, 最大]，不限用 null");
const FORMAT_KEY: Key = key("format", Optional, Form(FORMAT_FORM), FORMAT_DOC, FORMAT_ZH);
const FORMAT_DOC: &str = "the validator of its values: a name, or 'regex: …' in quotes";
const FORMAT_ZH: &str = "取值格式：校验器名称，或加引号的 'regex: …'";
const MASK_KEY: Key = key(
    "mask",
    Optional,
    Mask(MASK),
    "what readers without the right see: keep(3,4), month, year, region(4), age(10), hash, aggregate(5, column), constant(***), null",
    "无权者看到的内容：keep(3,4) 保留首尾、month、year、region(4) 区划前几位、age(10) 年龄段、hash、aggregate(5, 列)、constant(***)、null",
);
const OVERRIDES: Key = key(
    "overrides",
    Optional,
    Flag,
    "whether it replaces the national entry of this name",
    "是否替换同名的国家标准条目",
);

const BILINGUAL: Shape = Either(&Text, &Keys(&[ZH, EN]));

const SHARE: Shape = Either(
    &Word(Sharing::WORDS),
    &Keys(&[
        key("type", Required, Word(Sharing::WORDS), "unconditional, conditional or none", "无条件、有条件或不予共享"),
        key("when", Optional, Text, "the condition; needed with `conditional`", "共享条件；有条件共享时必填"),
        key(
            "reason",
            Optional,
            Text,
            "the ground for not sharing; needed with `none`",
            "不予共享的理由；不予共享时必填",
        ),
    ]),
);

const OPEN: Shape = Either(&Flag, &Keys(&[key("when", Required, Text, "the condition", "开放条件")]));

const NAME: &str = r"^[^\s.\x22'`/\\()]+$";
const TABLE_NAME: &str = r"^[^\s.\x22'`/\\()]+\.[^\s.\x22'`/\\()]+$";
const TYPE: &str =
    r"^(string( *\( *[0-9]+ *\))?|int|bigint|decimal *\( *[0-9]+ *, *[0-9]+ *\)|double|boolean|date|timestamp|binary)$";
const MASK: &str = r"^(keep *\( *[0-9]+ *, *[0-9]+ *\)|month|year|region *\( *[0-9]+ *\)|age *\( *[0-9]+ *\)|hash|aggregate *\( *[0-9]+ *,.+\)|constant *\(.*\)|null)$";
const FORMAT_FORM: &str = r"^(gb11643|gb32100|regex:.+)$";
const TOLERANCE: &str = r"^([0-9]+(\.[0-9]{1,4})? *%|[0-9]+( *rows?)?)$";
const PERIOD: &str = r"^(P.+|[0-9]+ *(minutes?|hours?|days?|weeks?))$";
const CREDIT_CODE: &str = r"^[0-9A-HJ-NP-RTUWXY]{18}$";
