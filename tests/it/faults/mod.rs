//! A store that fails as told: a proxy on loopback between huitong and a real one.
//!
//! Requests and answers pass unchanged, `Host` and path too, because signatures cover them. Each request gets an upstream
//! connection of its own, so that no idle connection ends at a bad moment: all faults are those that a rule asks for.

mod cut;
mod forward;
mod rule;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use rule::Rules;
pub use rule::{Armed, Fault, Rule, When};

/// Runs on a thread of its own and ends when dropped, with all its connections.
pub struct Proxy {
    address: SocketAddr,
    rules: Arc<Rules>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    pub fn start(upstream: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let rules = Arc::new(Rules::default());
        let (stop, stopped) = oneshot::channel();
        let accepting = accept(listener, upstream, rules.clone());
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accepting => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, rules, stop: Some(stop), thread: Some(thread) }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a rule behind those that there are; what is returned counts what it did.
    pub fn rule(&self, rule: Rule) -> Arc<Armed> {
        self.rules.add(rule)
    }

    /// Ends all rules. A request under way keeps the faults that it has met.
    pub fn clear(&self) {
        self.rules.clear();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn accept(listener: TcpListener, upstream: SocketAddr, rules: Arc<Rules>) {
    // Clients give up connections at any time; that is not the listener's end.
    loop {
        if let Ok((client, _)) = listener.accept().await
            && !rules.refuse()
        {
            tokio::spawn(serve(client, upstream, rules.clone()));
        }
    }
}

async fn serve(client: TcpStream, upstream: SocketAddr, rules: Arc<Rules>) {
    client.set_nodelay(true).ok();
    let answer = service_fn(move |request| forward::answer(rules.clone(), upstream, request));
    // An error of the service is how a connection is closed without an answer.
    http1::Builder::new().serve_connection(TokioIo::new(client), answer).await.ok();
}

#[cfg(test)]
mod tests;
