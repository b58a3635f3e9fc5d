//! A deployment in memory with receivers of webhooks, a queue between them, and a clock that goes on as they take their time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use edge::deliver::{Courier, Post, PostFault, Settled, SlowOnes};
use edge::outbox::Lane;
use serde_json::{Value, json};

use crate::reports::settings;
use crate::world::{LOG, NOW, World};

pub const HOOKS: &str = "/api/v1/contests/demo/webhooks";
pub const URL: &str = "https://shop.example/hook";

thread_local! {
    pub static CLOCK: Cell<i64> = const { Cell::new(NOW) };
}

pub fn pass(time: Duration) {
    CLOCK.set(CLOCK.get().saturating_add(i64::try_from(time.as_millis()).unwrap()));
}

/// What receivers were sent, and what they say to it: 204, unless told otherwise.
#[derive(Default)]
pub struct Receivers {
    pub sent: RefCell<Vec<Sent>>,
    pub answers: RefCell<VecDeque<Result<u16, PostFault>>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub patience: Duration,
}

impl Sent {
    pub fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(key, _)| key == name).unwrap().1
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }
}

impl Post for Receivers {
    async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
        patience: Duration,
    ) -> Result<u16, PostFault> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = serde_json::from_str(body).unwrap();
        self.sent.borrow_mut().push(Sent { url: url.to_owned(), headers, body, patience });
        let answer = self.answers.borrow_mut().pop_front().unwrap_or(Ok(204));
        let took =
            if matches!(answer, Err(PostFault::TooSlow)) { patience } else { Duration::from_millis(40) };
        pass(took);
        answer
    }
}

/// A world with a consumer.
pub struct Town {
    pub world: World,
    pub receivers: Receivers,
    pub slow: SlowOnes,
}

impl Town {
    pub fn new(endpoints: &[Value]) -> Self {
        let world = World::new(&settings(
            &json!({"bonusActions": [{"id": "follow", "action": "follow", "points": 3}]}),
        ));
        CLOCK.set(NOW);
        for endpoint in endpoints {
            let (status, answer) = world.private("POST", HOOKS, endpoint);
            assert_eq!(status, 201, "{answer}");
        }
        Self { world, receivers: Receivers::default(), slow: SlowOnes::default() }
    }

    pub fn one() -> Self {
        Self::new(&[json!({"url": URL})])
    }

    pub fn carry(&self, lane: Lane, text: &str) -> Settled {
        let app = self.world.app();
        let courier = Courier {
            app: &app,
            queue: &self.world.queue,
            post: &self.receivers,
            slow: &self.slow,
            clock: || CLOCK.get(),
            log: |line| LOG.with_borrow_mut(|log| log.push(line.to_owned())),
        };
        pollster::block_on(courier.carry(lane, text))
    }

    /// Takes the next message out of the queue and delivers it, when its time has come.
    pub fn step(&self) -> Option<Settled> {
        if self.world.queue.messages.borrow().is_empty() {
            return None;
        }
        let (lane, text, delay) = self.world.queue.messages.borrow_mut().remove(0);
        pass(Duration::from_secs(delay.into()));
        Some(self.carry(lane, &text))
    }

    /// Delivers what is queued, and gives what was sent.
    pub fn run(&self) -> Vec<Sent> {
        while let Some(settled) = self.step() {
            assert_eq!(settled, Settled::Done);
        }
        self.receivers.sent.take()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.run().iter().map(|sent| sent.kind().to_owned()).collect()
    }

    pub fn endpoint(&self, n: usize) -> String {
        self.world.private("GET", HOOKS, &Value::Null).1["data"][n]["id"].as_str().unwrap().to_owned()
    }

    pub fn deliveries(&self, n: usize, query: &str) -> Value {
        let path = format!("{HOOKS}/{}/deliveries{query}", self.endpoint(n));
        let (status, answer) = self.world.private("GET", &path, &Value::Null);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub fn replay(&self, n: usize, delivery: &str) -> u16 {
        let path = format!("{HOOKS}/{}/deliveries/{delivery}/replay", self.endpoint(n));
        self.world.private("POST", &path, &Value::Null).0
    }
}
