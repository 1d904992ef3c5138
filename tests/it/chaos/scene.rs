//! What clients and villain share: the time, where the coordinator is, and what was seen to be wrong.

use std::fmt::Display;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How long a coordinator may be away.
const AWAY_MAX: Duration = Duration::from_secs(90);

pub struct Scene {
    begun: Instant,
    until: Instant,
    coordinator: Mutex<Coordinator>,
    wrong: Mutex<Vec<String>>,
}

#[derive(Clone)]
pub struct Coordinator {
    pub address: String,
    /// How often it was started.
    pub life: u32,
}

impl Scene {
    pub fn new(address: String, length: Duration) -> Self {
        let begun = Instant::now();
        let coordinator = Mutex::new(Coordinator { address, life: 1 });
        Self { begun, until: begun + length, coordinator, wrong: Mutex::default() }
    }

    /// One line for one event.
    pub fn tell(&self, who: &str, what: impl Display) {
        println!("{:7.1} {who:8} {what}", self.begun.elapsed().as_secs_f64());
    }

    /// Something that must not be; all end soon.
    pub fn wrong(&self, who: &str, what: impl Display) {
        self.tell(who, format!("WRONG: {what}"));
        self.wrong.lock().expect("the scene").push(format!("{who}: {what}"));
    }

    pub fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().expect("the scene").clone()
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until || !self.wrong.lock().expect("the scene").is_empty()
    }

    pub fn coordinator(&self) -> Coordinator {
        self.coordinator.lock().expect("the scene").clone()
    }

    /// The coordinator has been started again.
    pub fn moved(&self, address: String) {
        let mut coordinator = self.coordinator.lock().expect("the scene");
        *coordinator = Coordinator { address, life: coordinator.life + 1 };
    }

    /// Waits until the coordinator of that life is gone and another one is there; what the old one was doing has ended then.
    /// Answers whether that has come to pass.
    pub fn wait_for_another(&self, life: u32) -> bool {
        let begun = Instant::now();
        while self.coordinator().life == life {
            if begun.elapsed() > AWAY_MAX {
                return false;
            }
            thread::sleep(Duration::from_millis(100));
        }
        true
    }
}
