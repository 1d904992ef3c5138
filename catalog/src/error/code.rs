//! The registry of everything that can go wrong in front of a user.
//!
//! A number, once released, never changes its meaning and is never used again. Each has a page `docs/errors/HTnnnn.md`
//! in English and Chinese; a test keeps table and pages together.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::{Error, Kind};

/// A stable error code such as `HT0102`.
#[derive(Clone, Copy)]
pub struct Code {
    number: u16,
    kind: Kind,
    title: &'static str,
    title_zh: &'static str,
}

macro_rules! codes {
    ($($name:ident = $number:literal, $kind:ident, $title:literal, $title_zh:literal;)*) => {
        impl Code {
            $(pub const $name: Self = Self { number: $number, kind: Kind::$kind, title: $title, title_zh: $title_zh };)*

            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    INTERNAL = 1, Internal, "internal error", "内部错误";

    SYNTAX = 101, InvalidRequest, "SQL syntax error", "SQL 语法错误";
    UNKNOWN_TABLE = 102, NotFound, "unknown table", "表不存在";
    UNKNOWN_COLUMN = 103, InvalidRequest, "unknown column", "列不存在";
    UNKNOWN_FUNCTION = 104, InvalidRequest, "unknown function", "函数不存在";
    TYPE_MISMATCH = 105, InvalidRequest, "types do not fit or the query cannot be planned", "类型不匹配或无法生成计划";
    UNSUPPORTED_STATEMENT = 106, Unsupported, "unsupported statement", "不支持的语句";
    SETTING_NOT_ALLOWED = 107, PermissionDenied, "setting not allowed", "不允许修改该设置";
    SETTING_VALUE = 108, InvalidRequest, "invalid setting value", "设置值无效";
    UNKNOWN_SCHEMA = 109, NotFound, "unknown schema", "模式不存在";
    AMBIGUOUS_NAME = 110, InvalidRequest, "ambiguous name", "名称有歧义";
    TABLE_EXISTS = 111, AlreadyExists, "table already exists", "表已存在";
    SCHEMA_EXISTS = 112, AlreadyExists, "schema exists or is not empty", "模式已存在或不为空";
    PARAMETER_MISSING = 113, InvalidRequest, "parameter missing", "缺少参数";
    EXECUTION = 114, InvalidRequest, "a value made the query fail", "数据值导致查询失败";
    NAME_NOT_ALLOWED = 115, InvalidRequest, "schema or table name not allowed", "模式名或表名不合规";

    NOT_SIGNED_IN = 201, Unauthenticated, "not signed in", "未登录";
    WRONG_PASSWORD = 202, Unauthenticated, "wrong user or password", "用户名或密码错误";
    TOKEN_INVALID = 203, Unauthenticated, "token expired or unknown", "令牌已过期或无效";
    PERMISSION_DENIED = 204, PermissionDenied, "permission denied", "没有权限";
    USER_EXISTS = 205, AlreadyExists, "user already exists", "用户已存在";
    UNKNOWN_USER = 206, NotFound, "unknown user", "用户不存在";
    WEAK_PASSWORD = 207, InvalidRequest, "password too weak", "密码过弱或为空";
    LAST_ADMINISTRATOR = 208, Conflict, "the last administrator cannot be removed", "不能移除最后一个管理员";
    TOO_MANY_SIGN_INS = 209, ResourceExhausted, "too many failed sign-ins", "登录失败次数过多";
    USER_NAME_NOT_ALLOWED = 210, InvalidRequest, "user name not allowed", "用户名不合规";
    USER_OWNS_OBJECTS = 211, Conflict, "user owns schemas, tables, views or jobs", "用户拥有模式、表、视图或作业";
    ISSUER_UNAVAILABLE = 212, Unavailable, "issuer of tokens unavailable", "令牌签发者不可用";

    FILE_MISSING = 301, NotFound, "file missing", "文件缺失";
    CORRUPT_FILE = 302, CorruptData, "corrupt file", "文件损坏";
    UNSUPPORTED_TABLE_FEATURE = 303, Unsupported, "unsupported table feature", "不支持的表特性";
    LOCATION_NOT_ALLOWED = 304, PermissionDenied, "location not allowed", "不允许访问该位置";
    DIRECTORY_HELD = 305, Unavailable, "directory is held by another process", "目录正被另一进程占用";
    COMMIT_CONFLICT = 306, Conflict, "commit conflict", "提交冲突";
    STORE_UNAVAILABLE = 307, Unavailable, "store unavailable", "存储不可用";
    NO_DATA_DIRECTORY = 308, NotFound, "no data directory there", "该位置没有数据目录";
    UNKNOWN_VERSION = 309, NotFound, "unknown table version", "表版本不存在";
    CONSTRAINT_VIOLATED = 310, InvalidRequest, "constraint violated", "违反约束";
    DISK_FULL = 311, ResourceExhausted, "disk full", "磁盘已满";

    NOT_DISTRIBUTABLE = 401, Unsupported, "plan cannot be distributed", "计划无法分布执行";
    NO_EXECUTOR = 402, Unavailable, "no executor", "没有可用的执行节点";
    JOB_FAILED = 403, Unavailable, "job failed", "作业失败";
    CANCELLED = 404, Cancelled, "cancelled", "已取消";
    TIMEOUT = 405, Timeout, "timeout", "超时";
    MEMORY_LIMIT = 406, ResourceExhausted, "memory limit reached", "超出内存限制";
    QUEUE_FULL = 407, ResourceExhausted, "queue full", "队列已满";
    SERVER_UNREACHABLE = 408, Unavailable, "server cannot be reached", "无法连接服务器";
    JOB_EXISTS = 409, AlreadyExists, "job already exists", "作业已存在";
    UNKNOWN_JOB = 410, NotFound, "unknown job or run", "作业或运行不存在";
    BAD_JOB = 411, InvalidRequest, "job not allowed as it is", "作业定义不合规";
    JOB_STATE = 412, Conflict, "not in this state of the job or run", "作业或运行的状态不允许该操作";
    TAKEN_OVER = 413, Unavailable, "another coordinator has taken over", "已由另一协调节点接管";
    RESULT_TOO_LARGE = 414, ResourceExhausted, "result too large", "结果过大";
    TOO_MANY_SESSIONS = 415, ResourceExhausted, "too many sessions", "会话过多";
    TOO_MANY_PAIRS = 416, ResourceExhausted, "too many pairs to compare", "待比较的记录对过多";

    UNKNOWN_KEY = 501, InvalidRequest, "unknown configuration key", "未知的配置项";
    BAD_VALUE = 502, InvalidRequest, "bad configuration value", "配置值无效";
    MISSING_KEY = 503, InvalidRequest, "configuration key missing", "缺少配置项";
    TLS_REQUIRED = 504, InvalidRequest, "TLS required beyond loopback", "非本机监听必须启用 TLS";
    CONFIG_UNREADABLE = 505, InvalidRequest, "configuration file unreadable", "无法读取配置文件";
    CERTIFICATE = 506, InvalidRequest, "certificate problem", "证书问题";

    UNKNOWN_FORMAT = 601, InvalidRequest, "unknown file format", "未知的文件格式";
    SCHEMA_MISMATCH = 602, InvalidRequest, "schema mismatch", "结构不一致";
    BAD_RECORD = 603, InvalidRequest, "unreadable file or bad record", "文件无法读取或记录有误";
    RESULT_NOT_WRITTEN = 604, InvalidRequest, "result cannot be written", "结果无法写出";

    BAD_REQUEST = 701, InvalidRequest, "request not understood", "无法理解的请求";
    NOTHING_THERE = 702, NotFound, "no such address or query", "地址或查询不存在";

    MODEL_MISTAKE = 801, InvalidRequest, "mistakes in the model", "模型文件有误";
    MODEL_UNREADABLE = 802, InvalidRequest, "model cannot be read", "无法读取模型目录";
    SNAPSHOT_UNREADABLE = 803, CorruptData, "stored model cannot be used", "已保存的模型无法使用";
    MODEL_NOT_APPLICABLE = 804, Conflict, "model cannot be applied", "模型无法应用";
    RULE_FAILED = 805, Unavailable, "rule about who sees what failed", "访问规则无法执行";

    AUDIT_UNWRITABLE = 901, Unavailable, "audit cannot be written", "审计无法写入";
    AUDIT_BROKEN = 902, CorruptData, "audit is not as it was written", "审计记录与写入时不符";
    AUDIT_SEGMENT_TAKEN = 903, CorruptData, "another audit segment is in the way", "审计段位置已被占用";
}

impl Code {
    pub const fn number(self) -> u16 {
        self.number
    }

    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// One line, English.
    pub const fn title(self) -> &'static str {
        self.title
    }

    /// One line, Chinese.
    pub const fn title_zh(self) -> &'static str {
        self.title_zh
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Code {}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HT{:04}", self.number)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `HT0102`; a client uses it to find the code that a server sent.
impl FromStr for Code {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.iter().find(|code| code.to_string() == text);
        known.copied().ok_or_else(|| Error::new(Self::INTERNAL, format!("unknown error code `{text}`")))
    }
}
