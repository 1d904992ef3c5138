//! Every key of the configuration file.

/// A way to run the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Serve,
    Scheduler,
    Executor,
}

/// One key: where it stands, who reads it, what holds when it is missing, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub roles: &'static [Role],
    pub fallback: Fallback,
    pub doc: &'static str,
    pub doc_zh: &'static str,
}

/// What holds when a key is missing; values are written as in the file.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// Nothing does; the value is an example.
    Required(&'static str),
    /// This value does.
    Default(&'static str),
    /// The documentation says what does; the value is an example.
    Optional(&'static str),
}

impl Key {
    /// `section.name`, as messages and overrides write it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

use Fallback::{Default, Optional, Required};
use Role::{Executor, Scheduler, Serve};

const ALL: &[Role] = &[Serve, Scheduler, Executor];
const COORDINATORS: &[Role] = &[Serve, Scheduler];
const CLUSTER: &[Role] = &[Scheduler, Executor];

const fn key(
    section: &'static str,
    name: &'static str,
    roles: &'static [Role],
    fallback: Fallback,
    doc: &'static str,
    doc_zh: &'static str,
) -> Key {
    Key { section, name, roles, fallback, doc, doc_zh }
}

/// In the order of the reference; keys of a section stand together. Relative paths start at the folder of the file.
pub const KEYS: &[Key] = &[
    key(
        "storage",
        "root",
        ALL,
        Required("\"data\""),
        "Where the tables live: a directory, a file:// URL, or s3://bucket/prefix. All nodes of a cluster must see the same one.",
        "表数据所在位置：目录、file:// 地址或 s3://桶/前缀。集群各节点必须看到同一份数据。",
    ),
    key(
        "storage",
        "allowed_paths",
        ALL,
        Default("[]"),
        "Further directories that statements may read or write (COPY, external tables), and prefixes of the bucket of storage.root, apart from it, where COPY may write: \"s3://bucket/exports\". Empty: none.",
        "语句（COPY、外部表）可以读写的其他目录；也可以是 storage.root 所在存储桶中、与其互不包含的前缀（如 \"s3://桶/exports\"），仅供 COPY 写入。为空表示都不允许。",
    ),
    key(
        "storage",
        "keep_dropped",
        COORDINATORS,
        Default("\"1h\""),
        "How long the files of a dropped table are kept, for queries that still read it and for UNDROP TABLE; \"0s\" removes them at once.",
        "表被删除后其文件保留多久，供仍在读取的查询和 UNDROP TABLE 使用；\"0s\" 表示立即删除。",
    ),
    key(
        "storage",
        "compact_after_files",
        COORDINATORS,
        Default("50"),
        "Small files in a table (in one of its partitions) after which they are put together in the background. 0: never. A table may decide for itself: ALTER TABLE … SET TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'false').",
        "一个表（或其一个分区）的小文件达到多少个后，在后台自动合并。0 表示从不。单个表可另行设定：ALTER TABLE … SET TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'false')。",
    ),
    key(
        "s3",
        "endpoint",
        ALL,
        Optional("\"https://s3.example:9000\""),
        "Address of the S3 store, if it is not Amazon's. Credentials are taken from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).",
        "S3 存储的地址（非亚马逊时填写）。凭据取自环境变量（AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY）。",
    ),
    key("s3", "region", ALL, Default("\"us-east-1\""), "Region of the bucket.", "存储桶所在区域。"),
    key(
        "state",
        "path",
        COORDINATORS,
        Default("\"huitong.db\""),
        "The SQLite file with users, tokens, names and jobs. Keep it on a local disk, and include it in backups.",
        "保存用户、令牌、名称与作业的 SQLite 文件。请放在本地磁盘并纳入备份。",
    ),
    key(
        "state",
        "url",
        COORDINATORS,
        Optional("\"postgres://huitong@db.example/huitong?sslmode=verify-full\""),
        "A PostgreSQL database in place of that file. The password is taken from PGPASSWORD. Beyond loopback it needs sslmode=require or stricter; sslrootcert=/path/ca.pem names a private authority.",
        "以 PostgreSQL 数据库代替上述文件。密码取自环境变量 PGPASSWORD。连接非本机时 sslmode 至少为 require；私有签发机构用 sslrootcert=/path/ca.pem 指定。",
    ),
    key(
        "listen",
        "flight",
        COORDINATORS,
        Default("\"127.0.0.1:50050\""),
        "Address for clients (Flight SQL). Beyond loopback it needs [tls].",
        "面向客户端的监听地址（Flight SQL）。监听非本机地址时必须配置 [tls]。",
    ),
    key(
        "listen",
        "postgres",
        COORDINATORS,
        Optional("\"127.0.0.1:5432\""),
        "Address for clients of PostgreSQL (psql, pgJDBC, psycopg). Beyond loopback it needs [tls], and then takes no unencrypted connection. If missing, there is none.",
        "面向 PostgreSQL 客户端（psql、pgJDBC、psycopg）的监听地址。监听非本机地址时必须配置 [tls]，此时不接受未加密的连接。未填时不开启。",
    ),
    key(
        "listen",
        "http",
        COORDINATORS,
        Optional("\"127.0.0.1:8080\""),
        "Address for programs that speak HTTP (POST /api/v1/query), with /healthz and /readyz. Beyond loopback it needs [tls], and then is HTTPS. If missing, there is none.",
        "面向 HTTP 程序（POST /api/v1/query）的监听地址，并提供 /healthz 与 /readyz。监听非本机地址时必须配置 [tls]，此时为 HTTPS。未填时不开启。",
    ),
    key(
        "listen",
        "internal",
        &[Scheduler],
        Default("\"127.0.0.1:50060\""),
        "Address for executors. Beyond loopback it needs [internal_tls]; never open it to users.",
        "面向执行节点的监听地址。监听非本机地址时必须配置 [internal_tls]；切勿对用户开放。",
    ),
    key(
        "tls",
        "cert",
        COORDINATORS,
        Optional("\"certs/server.pem\""),
        "Certificate chain of the public listeners, PEM. `huitong certs init` makes one.",
        "对外监听所用证书链（PEM）。可用 `huitong certs init` 生成。",
    ),
    key(
        "tls",
        "key",
        COORDINATORS,
        Optional("\"certs/server.key\""),
        "Private key of that certificate, PEM; readable by this program only.",
        "上述证书的私钥（PEM），应只允许本程序读取。",
    ),
    key(
        "tls",
        "client_ca",
        COORDINATORS,
        Optional("\"certs/clients.pem\""),
        "When given, clients must show a certificate of this authority, besides signing in.",
        "如配置，客户端除登录外还须出示该机构签发的证书。",
    ),
    key(
        "internal_tls",
        "ca",
        CLUSTER,
        Optional("\"certs/ca.pem\""),
        "The authority that both sides of the internal connections must have their certificate from.",
        "集群内部连接双方证书的签发机构。",
    ),
    key(
        "internal_tls",
        "cert",
        CLUSTER,
        Optional("\"certs/scheduler.pem\""),
        "Certificate of this node, PEM.",
        "本节点的证书（PEM）。",
    ),
    key(
        "internal_tls",
        "key",
        CLUSTER,
        Optional("\"certs/scheduler.key\""),
        "Private key of this node, PEM; readable by this program only.",
        "本节点的私钥（PEM），应只允许本程序读取。",
    ),
    key(
        "executor",
        "scheduler",
        &[Executor],
        Required("\"https://scheduler.example:50060\""),
        "The scheduler's internal address. http:// is accepted for loopback only.",
        "调度节点的内部地址。http:// 仅限本机。",
    ),
    key(
        "executor",
        "listen",
        &[Executor],
        Default("\"127.0.0.1:50061\""),
        "Address where other nodes fetch intermediate results. Beyond loopback it needs [internal_tls].",
        "其他节点读取中间结果的监听地址。监听非本机地址时必须配置 [internal_tls]。",
    ),
    key(
        "executor",
        "advertise_host",
        &[Executor],
        Optional("\"executor1.example\""),
        "Host name or address under which other nodes reach this one. Default: the host of `listen`.",
        "其他节点访问本节点所用的主机名或地址。默认取 `listen` 的主机。",
    ),
    key(
        "executor",
        "work_dir",
        &[Executor],
        Required("\"work\""),
        "Directory for intermediate results (shuffles and spills); its content may be lost at any restart.",
        "中间结果（洗牌与溢写）目录；重启后其内容可能丢失。",
    ),
    key(
        "executor",
        "memory",
        &[Executor],
        Default("\"70%\""),
        "Memory for queries: a share of the machine's, or a size such as \"4GiB\".",
        "查询可用内存：占机器内存的百分比，或如 \"4GiB\" 的大小。",
    ),
    key(
        "executor",
        "slots",
        &[Executor],
        Optional("4"),
        "Tasks that run at once. Default: the number of cores.",
        "同时运行的任务数。默认等于处理器核数。",
    ),
    key(
        "executor",
        "grace",
        &[Executor],
        Default("\"30s\""),
        "How long running tasks may finish after a request to stop.",
        "收到停止请求后，允许运行中任务收尾的时间。",
    ),
    key(
        "engine",
        "local_bytes_max",
        COORDINATORS,
        Optional("\"256MiB\""),
        "Queries estimated to read no more than this run in the coordinator, without the cluster. If missing: 256MiB, or a quarter of the coordinator's memory where the executors are in the same process.",
        "预计读取量不超过此值的查询直接在协调节点执行，不进入集群。未填时为 256MiB；执行节点与协调节点同进程时为协调节点可用内存的四分之一。",
    ),
    key(
        "engine",
        "target_partitions",
        COORDINATORS,
        Optional("8"),
        "Into how many parallel parts a query is split. Default: the number of cores.",
        "一个查询拆分成多少个并行部分。默认等于处理器核数。",
    ),
    key(
        "engine",
        "memory",
        COORDINATORS,
        Default("\"70%\""),
        "Memory for queries in the coordinator: a share of the machine's, or a size such as \"4GiB\".",
        "协调节点上查询可用内存：占机器内存的百分比，或如 \"4GiB\" 的大小。",
    ),
    key(
        "engine",
        "work_dir",
        COORDINATORS,
        Optional("\"/var/lib/huitong/work\""),
        "Where the coordinator's queries spill; no other process may use it. If missing: beside the file of state.path; required with state.url.",
        "协调节点查询溢写数据的目录，不得与其他进程共用。未填时为 state.path 文件所在目录；使用 state.url 时必填。",
    ),
    key(
        "admission",
        "running_max",
        COORDINATORS,
        Optional("16"),
        "Statements that run at a time; the others wait. Default: eight for each core.",
        "同时运行的语句数，其余排队。默认为每个处理器核八条。",
    ),
    key(
        "admission",
        "user_running_max",
        COORDINATORS,
        Optional("8"),
        "Of these, how many of one user. Default: no limit; users who wait take turns.",
        "其中单个用户最多几条。默认不限；排队的用户轮流执行。",
    ),
    key(
        "admission",
        "queued_max",
        COORDINATORS,
        Default("1000"),
        "Statements of a group that wait at most; half of them may be of one user. Further ones are refused (HT0407).",
        "每组最多排队的语句数，单个用户至多占一半，超出的被拒绝（HT0407）。",
    ),
    key(
        "admission",
        "wait_max",
        COORDINATORS,
        Default("\"10m\""),
        "How long a statement waits before it is refused (HT0407).",
        "语句最长排队时间，超过则被拒绝（HT0407）。",
    ),
    key(
        "admission",
        "statement_timeout",
        COORDINATORS,
        Optional("\"2h\""),
        "How long a statement may run, its waiting included, unless its session sets huitong.statement_timeout (HT0405). Default: no limit.",
        "语句（含排队）最长运行时间，会话可用 huitong.statement_timeout 另行设置（HT0405）。默认不限。",
    ),
    key(
        "admission",
        "abandoned_after",
        COORDINATORS,
        Default("\"30m\""),
        "How long the next rows of a result may wait to be taken, and those of a load to come, before the statement ends (HT0405). \"0s\": for ever.",
        "结果的下一批数据无人读取、或导入的下一批数据未到达，超过此时间语句即被终止（HT0405）。\"0s\" 表示不限。",
    ),
    key(
        "admission",
        "doors",
        COORDINATORS,
        Default("[]"),
        "How many statements run at a time of those that came by one way, each as \"flight=20\": flight (clients of Flight SQL), postgres (clients of PostgreSQL), http (HTTP), job (jobs), direct (the process itself).",
        "按来源限制同时运行的语句数，每项形如 \"flight=20\"：flight（Flight SQL 客户端）、postgres（PostgreSQL 客户端）、http（HTTP）、job（作业）、direct（进程自身）。",
    ),
    key(
        "admission",
        "groups",
        COORDINATORS,
        Default("[]"),
        "Groups of statements, each as \"name weight=2 running=4 user_running=2 memory=30%\"; a session chooses one with SET huitong.group. There are always `interactive` (weight 4), where clients begin, and `batch` (weight 1), for jobs; named here, they change.",
        "语句分组，每项形如 \"name weight=2 running=4 user_running=2 memory=30%\"；会话用 SET huitong.group 选择。始终存在 interactive（权重 4，客户端默认）和 batch（权重 1，作业使用），在此列出可修改。",
    ),
    key(
        "clients",
        "user_sessions_max",
        COORDINATORS,
        Default("1000"),
        "Sessions that one user may have open at a time; further ones are refused (HT0415).",
        "单个用户同时打开的会话数上限，超出的被拒绝（HT0415）。",
    ),
    key(
        "clients",
        "idle_after",
        COORDINATORS,
        Default("\"12h\""),
        "How long a session may do nothing before it is ended. \"0s\": for ever.",
        "会话空闲多久后被结束。\"0s\" 表示不限。",
    ),
    key(
        "clients",
        "result_bytes_max",
        COORDINATORS,
        Optional("\"20GiB\""),
        "How large the answer of one statement may be (HT0414). Default: no limit.",
        "单条语句的结果大小上限（HT0414）。默认不限。",
    ),
    key(
        "clients",
        "keep_alive",
        COORDINATORS,
        Default("\"10s\""),
        "After how long a silence an answer over Flight SQL says that its query is alive, by a batch without rows: gateways on the way end calls that are silent. At least \"10ms\"; \"0s\": never.",
        "Flight SQL 的结果静默多久后发送一个空批次表明查询仍在运行，避免途中的网关断开静默的连接。至少 \"10ms\"；\"0s\" 表示不发送。",
    ),
    key(
        "history",
        "keep",
        COORDINATORS,
        Default("\"180d\""),
        "How long the table huitong.queries keeps what was run by whom; whole days. \"0s\": for ever.",
        "表 huitong.queries 保留语句历史的时间，按整日计。\"0s\" 表示永久。",
    ),
    key(
        "log",
        "level",
        ALL,
        Default("\"info\""),
        "off, error, warn, info, debug or trace; for one part: \"info,huitong_engine=debug\".",
        "off、error、warn、info、debug 或 trace；可单独设置某部分：\"info,huitong_engine=debug\"。",
    ),
];
