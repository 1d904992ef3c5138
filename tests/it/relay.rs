//! A wire between two nodes that can be cut: bytes pass, stand still, or the connections break.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a thread sleeps before it looks again whether something has changed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What happens to bytes.
#[derive(Clone, Copy, PartialEq)]
pub enum Wire {
    Passes,
    /// They stay where they are, as when packets are dropped. New connections are made, and nothing comes.
    Stands,
    /// The same for what the upstream says only: it hears all and is not heard.
    Mutes,
    /// Connections are closed with what stood still in them, and new ones as well.
    Breaks,
    Ended,
}

/// Listens until it is dropped.
pub struct Relay {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    wire: Wire,
    /// Ends of the connections that are open.
    open: Vec<TcpStream>,
    /// How often connections were broken: those that were made before are gone.
    broken: u32,
}

impl Relay {
    /// Passes what comes to `address` on to `upstream`.
    pub fn start(address: (IpAddr, u16), upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        listener.set_nonblocking(true).expect("set");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { wire: Wire::Passes, open: Vec::new(), broken: 0 }));
        let relay = Self { address, state: state.clone() };
        thread::spawn(move || {
            while state.lock().expect("the state").wire != Wire::Ended {
                match listener.accept() {
                    Ok((client, _)) => connect(client, upstream, &state),
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
        let mut state = self.state.lock().expect("the state");
        state.wire = wire;
        if wire == Wire::Breaks || wire == Wire::Ended {
            state.broken += 1;
            for stream in state.open.drain(..) {
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

fn connect(client: TcpStream, upstream: SocketAddr, state: &Arc<Mutex<State>>) {
    let Ok(server) = TcpStream::connect(upstream) else { return };
    client.set_nonblocking(false).expect("set");
    let copy = |stream: &TcpStream| stream.try_clone().expect("a stream");
    let mut held = state.lock().expect("the state");
    if held.wire == Wire::Breaks || held.wire == Wire::Ended {
        return;
    }
    held.open.extend([copy(&client), copy(&server)]);
    let since = held.broken;
    drop(held);
    for (from, to, still) in
        [(copy(&client), copy(&server), &[Wire::Stands][..]), (server, client, &[Wire::Stands, Wire::Mutes])]
    {
        let state = state.clone();
        thread::spawn(move || pass(from, to, since, still, &state));
    }
}

/// Passes bytes on in one direction until an end is closed or the connection is broken.
fn pass(mut from: TcpStream, mut to: TcpStream, since: u32, still: &[Wire], state: &Mutex<State>) {
    let mut bytes = [0; 1 << 16];
    // Whether the connection is broken, and whether bytes stand still.
    let look = || {
        let state = state.lock().expect("the state");
        (state.broken != since, still.contains(&state.wire))
    };
    while let Ok(read) = from.read(&mut bytes)
        && read > 0
    {
        while look() == (false, true) {
            thread::sleep(LOOK_EVERY);
        }
        if look().0 || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    for end in [from, to] {
        end.shutdown(Shutdown::Both).ok();
    }
}
