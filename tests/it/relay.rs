//! A wire between two nodes that can be cut: bytes pass, stand still, or the connections break.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a thread sleeps before it looks again whether something has changed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What happens to bytes.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Wire {
    Passes,
    /// They stay where they are, as when packets are dropped. New connections are made, and nothing comes.
    Stands,
    /// Connections are reset, and new ones as well.
    Breaks,
    Ended,
}

/// Listens until it is dropped.
pub struct Relay {
    address: SocketAddr,
    state: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// Passes what comes to `address` on to `upstream`.
    pub fn start(address: (IpAddr, u16), upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        listener.set_nonblocking(true).expect("set");
        let address = listener.local_addr().expect("an address");
        let relay = Self { address, state: Arc::new(AtomicU8::new(Wire::Passes as u8)), open: Arc::default() };
        let (state, open) = (relay.state.clone(), relay.open.clone());
        thread::spawn(move || {
            while state.load(Ordering::SeqCst) != Wire::Ended as u8 {
                match listener.accept() {
                    Ok((client, _)) => connect(client, upstream, &state, &open),
                    Err(_) => thread::sleep(LOOK_EVERY),
                }
            }
        });
        relay
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, wire: Wire) {
        self.state.store(wire as u8, Ordering::SeqCst);
        if wire == Wire::Breaks || wire == Wire::Ended {
            for stream in self.open.lock().expect("the list").drain(..) {
                stream.shutdown(Shutdown::Both).ok();
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.set(Wire::Ended);
    }
}

fn connect(client: TcpStream, upstream: SocketAddr, state: &Arc<AtomicU8>, open: &Mutex<Vec<TcpStream>>) {
    if state.load(Ordering::SeqCst) == Wire::Breaks as u8 {
        return;
    }
    let Ok(server) = TcpStream::connect(upstream) else { return };
    client.set_nonblocking(false).expect("set");
    let copy = |stream: &TcpStream| stream.try_clone().expect("a stream");
    open.lock().expect("the list").extend([copy(&client), copy(&server)]);
    for (from, to) in [(copy(&client), copy(&server)), (server, client)] {
        let state = state.clone();
        thread::spawn(move || pass(from, to, &state));
    }
}

/// Passes bytes on in one direction until an end is closed.
fn pass(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut bytes = [0; 1 << 16];
    while let Ok(read) = from.read(&mut bytes)
        && read > 0
    {
        while state.load(Ordering::SeqCst) == Wire::Stands as u8 {
            thread::sleep(LOOK_EVERY);
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    for end in [from, to] {
        end.shutdown(Shutdown::Both).ok();
    }
}
