//! A real S3 store (SeaweedFS) on loopback, a process of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const KEY: &str = "city-key";
pub const SECRET: &str = "s3cret-that-must-not-be-told";
/// What a program needs in its environment to use the store.
pub const CREDENTIALS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
const BUCKET: &str = "city";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A store with one bucket, `city`; killed when dropped.
pub struct Store {
    child: Child,
    port: u16,
    /// Where its own files are seen, without signatures.
    filer: u16,
    /// What the program leaves behind outside of its folder.
    sockets: Vec<PathBuf>,
    _folder: tempfile::TempDir,
}

impl Store {
    /// Starts the program that `HUITONG_WEED` names; none without it.
    pub fn start() -> Option<Self> {
        let identities = serde_json::json!({"identities": [{
            "name": "city",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }]});
        Self::with(Some(identities))
    }

    /// The same for everybody: it looks at no signature, so that what stands before it may change requests.
    pub fn start_open() -> Option<Self> {
        Self::with(None)
    }

    fn with(identities: Option<serde_json::Value>) -> Option<Self> {
        let Some(weed) = std::env::var_os("HUITONG_WEED").map(PathBuf::from) else {
            println!("skipped: HUITONG_WEED does not name SeaweedFS's program; tests/run installs it");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let keys = identities.map(|identities| {
            let config = folder.path().join("s3.json");
            std::fs::write(&config, identities.to_string()).expect("written");
            format!("-s3.config={}", config.display())
        });
        let ports = free_ports::<8>();
        let flag = |name: &str, port: u16| format!("-{name}={port}");
        let [master, volume, filer, s3, master_grpc, volume_grpc, filer_grpc, s3_grpc] = ports;
        let child = Command::new(&weed)
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-volume.max=20"])
            .args(["-master.volumeSizeLimitMB=64", "-master.volumePreallocate=false"])
            .arg(format!("-dir={}", folder.path().display()))
            .args(keys)
            .args([flag("master.port", master), flag("master.port.grpc", master_grpc)])
            .args([flag("volume.port", volume), flag("volume.port.grpc", volume_grpc)])
            .args([flag("filer.port", filer), flag("filer.port.grpc", filer_grpc)])
            .args([flag("s3.port", s3), flag("s3.port.grpc", s3_grpc)])
            .current_dir(folder.path())
            // Its logs go there.
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the store starts");
        let services = [("filer", filer), ("s3", s3)];
        let internal = [("master", master_grpc), ("volume", volume_grpc), ("filer", filer_grpc), ("s3", s3_grpc)];
        let sockets = services.map(|(name, port)| format!("/tmp/seaweedfs-{name}-{port}.sock")).into_iter();
        let sockets = sockets.chain(internal.map(|(name, port)| format!("/tmp/seaweedfs-{name}-grpc-{port}.sock")));
        let store = Self { child, port: s3, filer, sockets: sockets.map(PathBuf::from).collect(), _folder: folder };
        store.make_bucket(
            &weed,
            &format!("127.0.0.1:{master}.{master_grpc}"),
            &format!("127.0.0.1:{filer}.{filer_grpc}"),
        );
        Some(store)
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Keys of the objects below a folder of the bucket, which need not be there.
    pub fn files(&self, folder: &str) -> Vec<String> {
        // Go's bit for directories.
        const DIRECTORY: u64 = 1 << 31;
        let Some(listing) = self.look(&format!("{folder}/")) else { return Vec::new() };
        let listing: serde_json::Value = serde_json::from_slice(&listing).expect("a listing");
        let entries = listing["Entries"].as_array().into_iter().flatten().map(|entry| {
            let name =
                entry["FullPath"].as_str().and_then(|path| path.rsplit('/').next()).expect("an entry has a path");
            (format!("{folder}/{name}"), entry["Mode"].as_u64().expect("an entry has a mode"))
        });
        let below = |(path, mode): (String, u64)| if mode & DIRECTORY == 0 { vec![path] } else { self.files(&path) };
        entries.flat_map(below).collect()
    }

    /// An object of the bucket as it is now.
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.look(key)
    }

    /// How many uploads have begun and neither ended nor been given up.
    pub fn uploads(&self) -> usize {
        let Some(listing) = self.look(".uploads/") else { return 0 };
        let listing: serde_json::Value = serde_json::from_slice(&listing).expect("a listing");
        listing["Entries"].as_array().map_or(0, Vec::len)
    }

    fn look(&self, path: &str) -> Option<Vec<u8>> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let path: String = path.bytes().map(encode).collect();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.filer)).expect("the store answers");
        let request = format!("GET /buckets/{BUCKET}/{path} HTTP/1.0\r\nAccept: application/json\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("asked");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        match head.split_whitespace().nth(1) {
            Some("200") => Some(answer.split_off(end + 4)),
            Some("404") => None,
            _ => panic!("{head}"),
        }
    }

    fn make_bucket(&self, weed: &Path, master: &str, filer: &str) {
        let begun = Instant::now();
        loop {
            let mut shell = Command::new(weed)
                .args(["shell", &format!("-master={master}"), &format!("-filer={filer}")])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("the store's shell starts");
            let commands = format!("s3.bucket.create -name {BUCKET}\ns3.bucket.list\n");
            let mut input = shell.stdin.take().expect("a pipe");
            input.write_all(commands.as_bytes()).expect("written");
            drop(input);
            let told = shell.wait_with_output().expect("the shell ends");
            if String::from_utf8_lossy(&told.stdout).contains(BUCKET) {
                return;
            }
            assert!(begun.elapsed() < START_TIMEOUT, "the store has no bucket after {START_TIMEOUT:?}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        for socket in &self.sockets {
            std::fs::remove_file(socket).ok();
        }
    }
}

/// The section of a configuration that names a store, or what stands before it.
pub fn section(address: SocketAddr) -> String {
    format!("[s3]\nendpoint = \"http://{address}\"")
}

/// Ports that were free a moment ago.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: Vec<_> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let ports: Vec<_> = listeners.iter().map(|l| l.local_addr().expect("an address").port()).collect();
    ports.try_into().expect("as many ports as asked for")
}
