//! The Worker in several places at once over one store, each with its own clock and its own memory; what is cut off, and what the
//! story says of it. The service, the routes and the ledger are those that are deployed.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::marker::PhantomData;
use std::rc::Rc;
use std::slice;
use std::sync::atomic::AtomicBool;

use domain::Timestamp;
use edge::disposable::Files;
use edge::http::{Call, Sent};
use edge::ledger::{KvLedger, Ledger};
use edge::outbox::{Lane, Outbox, Queue};
use edge::routes::{Trace, answer, both, named_when_asked};
use edge::service::{App, Recent, Secrets, chores, tail};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::call::body;
pub use crate::call::call;
use crate::executor::{Executor, for_polls};
use crate::model::entry_of;
use crate::shoppers::PEOPLE;
use crate::simulator::{Notes, ONE_WRITE, PlaceKv, Store, Weather};
use crate::story::Story;

pub const SECRET: &[u8] = b"secret";
pub const CONTEST: &str = "demo";
pub const NAMES: [&str; 4] = ["Frankfurt", "Sydney", "São Paulo", "Virginia"];

/// By how much a place's clock may be wrong, in milliseconds.
const CLOCKS: i64 = 5_000;

/// What is kept, how, over a place's KV.
pub trait Over: 'static {
    type Ledger: Ledger;
    fn over(kv: PlaceKv) -> Self::Ledger;
}

/// As it is deployed.
pub struct Deployed;

impl Over for Deployed {
    type Ledger = KvLedger<PlaceKv>;

    fn over(kv: PlaceKv) -> Self::Ledger {
        KvLedger::new(kv)
    }
}

/// What the owner is told of by webhook, on its way to whoever delivers it. A queue may take nothing, or what it took may be said to
/// be lost.
struct Hooks<'a>(&'a World);

impl Queue for Hooks<'_> {
    async fn send(&self, _: Lane, messages: Vec<String>, _: u32) -> Result<(), String> {
        let world = &self.0.0;
        let weather = world.store.weather();
        let (wait, lot) = {
            let mut rng = world.rng.borrow_mut();
            (rng.u64(1..50), rng.u32(..1_000))
        };
        world.executor.sleep(wait).await;
        if lot < weather.refused {
            return Err("the queue took nothing".to_owned());
        }
        let now = world.executor.now();
        world.told.borrow_mut().extend(messages.into_iter().map(|message| (now, message)));
        world.executor.sleep(wait).await;
        if lot < weather.refused + weather.lost { Err("answer lost".to_owned()) } else { Ok(()) }
    }
}

/// What was stored, on its way to whoever keeps the snapshot: late, twice, in batches, and now and then never.
struct Tail<O>(World, PhantomData<O>);

/// For how long a message may be on its way, in milliseconds.
const TAIL: u64 = 60_000;

impl<O: Over> Tail<O> {
    fn of(world: &World) -> Self {
        Self(world.clone(), PhantomData)
    }

    async fn bring(world: World, text: String, wait: u64) {
        world.executor().sleep(wait).await;
        loop {
            let place = world.0.rng.borrow_mut().usize(..world.places());
            let app = world.app::<O>(place, Notes::default());
            let queue = Self::of(&world);
            let taken = tail::take(&app, &queue, slice::from_ref(&text), |_| {});
            let (cut, is_unheard) = world.fate();
            if for_polls(taken, cut).await == Some(vec![true]) && !is_unheard {
                return;
            }
            world.executor().sleep(30_000).await;
        }
    }
}

impl<O: Over> Queue for Tail<O> {
    async fn send(&self, _: Lane, messages: Vec<String>, delay: u32) -> Result<(), String> {
        let world = &self.0;
        let fates = world.0.fates.get();
        for text in messages {
            let mut rng = world.0.rng.borrow_mut();
            let times = if rng.u32(..1_000) < fates.unheard { [0, 2][rng.usize(..2)] } else { 1 };
            for _ in 0..times {
                let wait = u64::from(delay) * 1_000 + rng.u64(..TAIL);
                world.executor().spawn(Self::bring(world.clone(), text.clone(), wait));
            }
        }
        Ok(())
    }
}

struct Place {
    /// How far its clock is ahead.
    ahead: i64,
    recent: Rc<Recent>,
}

/// What becomes of one request on its way. Of a thousand, so many.
#[derive(Clone, Copy, Debug)]
pub struct Fates {
    /// Are dropped at one of their awaits.
    pub cut: u32,
    /// Are served, and nobody hears of it.
    pub unheard: u32,
}

thread_local! {
    static RANDOM: RefCell<fastrand::Rng> = const { RefCell::new(fastrand::Rng::with_seed(0)) };
}

fn random() -> [u8; 24] {
    let mut bytes = [0; 24];
    RANDOM.with_borrow_mut(|rng| rng.fill(&mut bytes));
    bytes
}

/// All places. Copies are the same ones.
#[derive(Clone)]
pub struct World(Rc<Inner>);

struct Inner {
    executor: Executor,
    store: Store,
    places: Vec<Place>,
    /// What the clocks show when the story begins, were they right.
    begins: i64,
    key: RefCell<String>,
    fates: Cell<Fates>,
    rng: RefCell<fastrand::Rng>,
    story: Story,
    /// Where the owner is told of what happens, if anywhere.
    endpoint: RefCell<Option<String>>,
    /// What they were told, and when.
    told: RefCell<Vec<(u64, String)>>,
}

/// An answer, and by the story's clock when it was there.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl World {
    pub fn new(seed: u64, begins: i64, weather: Weather, fates: Fates) -> Self {
        RANDOM.with_borrow_mut(|rng| *rng = fastrand::Rng::with_seed(!seed));
        let mut rng = fastrand::Rng::with_seed(seed.wrapping_add(1));
        let executor = Executor::default();
        let places = 2 + rng.usize(..NAMES.len() - 1);
        let place = |_| Place { ahead: rng.i64(-CLOCKS..=CLOCKS), recent: Rc::default() };
        let places = (0..places).map(place).collect();
        let store = Store::new(executor.clone(), weather, seed);
        Self(Rc::new(Inner {
            executor,
            store,
            places,
            begins,
            key: RefCell::default(),
            fates: Cell::new(fates),
            rng: RefCell::new(rng),
            story: Story::default(),
            endpoint: RefCell::default(),
            told: RefCell::default(),
        }))
    }

    pub fn executor(&self) -> &Executor {
        &self.0.executor
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn story(&self) -> &Story {
        &self.0.story
    }

    pub fn places(&self) -> usize {
        self.0.places.len()
    }

    /// What a clock shows that is right, in milliseconds since 1970.
    pub fn clock(&self) -> i64 {
        self.0.begins + i64::try_from(self.0.executor.now()).unwrap()
    }

    /// From now on, nothing goes wrong.
    pub fn calm_down(&self) {
        self.0.store.set_weather(Weather { refused: 0, lost: 0, stale: 0 });
        self.set_fates(Fates { cut: 0, unheard: 0 });
    }

    pub fn set_fates(&self, fates: Fates) {
        self.0.fates.set(fates);
    }

    pub fn set_key(&self, key: &str) {
        key.clone_into(&mut self.0.key.borrow_mut());
    }

    /// Where the owner is told of what happens, if anywhere.
    pub fn endpoint(&self) -> Option<String> {
        self.0.endpoint.borrow().clone()
    }

    /// What they were told until now, and when.
    pub fn told(&self) -> Vec<(u64, String)> {
        self.0.told.borrow().clone()
    }

    pub fn key(&self) -> String {
        self.0.key.borrow().clone()
    }

    fn app<O: Over>(&self, place: usize, notes: Notes) -> App<O::Ledger> {
        static IS_SAID: AtomicBool = AtomicBool::new(true);
        let Place { ahead, recent } = &self.0.places[place];
        let read = |_: String| ready(Ok(String::new())).boxed_local();
        App {
            ledger: O::over(self.0.store.at(place, notes)),
            secrets: Rc::new(Secrets { ledger: SECRET.to_vec(), admin_token: Some("admin".to_owned()) }),
            now: Timestamp::from_millis(self.clock() + ahead),
            random,
            recent: Rc::clone(recent),
            is_bot: |_| false,
            files: Files { read: Rc::new(read), is_said: &IS_SAID, log: |_| {} },
            outbox: Outbox::new(true, false),
        }
    }

    /// Does what is done once an hour; says how many people were removed who had been erased.
    pub async fn do_chores<O: Over>(&self) -> u32 {
        let known = || {
            let name = |who: &&str| ["person", CONTEST, entry_of(who).as_str()].join("/");
            PEOPLE.iter().filter(|who| !self.0.store.newest(&name(who)).is_empty()).count()
        };
        let before = known();
        let failures = chores::run(&self.app::<O>(0, Notes::default()), &Tail::<O>::of(self)).await;
        assert!(failures.is_empty(), "{failures:?}");
        u32::try_from(before - known()).unwrap()
    }

    /// After how many polls it is cut off, if it is, and whether nobody hears what came of it.
    fn fate(&self) -> (Option<u32>, bool) {
        let (mut rng, fates) = (self.0.rng.borrow_mut(), self.0.fates.get());
        let cut = (rng.u32(..1_000) < fates.cut).then(|| rng.u32(1..=40));
        (cut, rng.u32(..1_000) < fates.unheard)
    }

    /// Sends a request to a place; `None` if nobody hears what came of it. What it is, in words, is for the story.
    pub async fn send<O: Over>(&self, place: usize, words: &str, call: Call) -> Option<Answer> {
        let notes = Notes::default();
        let (cut, is_unheard) = self.fate();
        let app = self.app::<O>(place, Rc::clone(&notes));
        let trace = Trace {
            request_id: named_when_asked(|| "r".to_owned()),
            started: app.now.millis(),
            clock: || 0,
            log: |_| {},
        };
        let line = self.0.story.begins(self.0.executor.now(), NAMES[place], words);
        let served = for_polls(answer(&app, &Hooks(self), &Sent::of(&call), &trace, both), cut).await;
        // Whoever is cut off tells nobody of what was stored.
        let messages = tail::messages(app.ledger.news(), app.now);
        if served.is_some() && !messages.is_empty() {
            Tail::<O>::of(self).send(Lane::Snapshots, messages, 0).await.unwrap();
        }
        let heard =
            served.filter(|_| !is_unheard).map(|reply| Answer { status: reply.status, body: body(&reply) });
        let what = match &heard {
            Some(answer) => said(answer),
            None if is_unheard => "served, and the answer is lost".to_owned(),
            None => "cut off".to_owned(),
        };
        self.0.story.ends(line, self.0.executor.now(), what, notes.take());
        heard
    }

    /// The same with the owner's key.
    pub async fn owner<O: Over>(
        &self,
        place: usize,
        words: &str,
        (method, path): (&str, &str),
        body: &Value,
    ) -> Option<Answer> {
        let call = Call { api_key: Some(self.key()), ..call(method, path, body) };
        self.send::<O>(place, words, call).await
    }

    /// The deployment as it is when the story begins: a contest with two advocates, whose owner may be told of what happens.
    pub async fn found<O: Over>(&self, settings: &Value, is_told: bool) {
        let ask = call("POST", "/api/v1/keys", &json!({"team": "acme", "kind": "private"}));
        let ask = Call { authorization: Some("Bearer admin".to_owned()), ..ask };
        let made = self.send::<O>(0, "a key", ask).await.unwrap();
        self.set_key(made.body["data"]["key"].as_str().unwrap());
        let contest = json!({"id": CONTEST, "title": "Demo", "status": "active", "settings": settings});
        let made = self.owner::<O>(0, "a contest", ("POST", "/api/v1/contests"), &contest).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.body);
        if is_told {
            let path = format!("/api/v1/contests/{CONTEST}/webhooks");
            let endpoint = json!({"url": "https://hooks.example/in"});
            let made = self.owner::<O>(0, "an endpoint", ("POST", &path), &endpoint).await.unwrap();
            *self.0.endpoint.borrow_mut() = made.body["data"]["id"].as_str().map(str::to_owned);
        }
        let participants = json!({"participants": [
            {"email": "jane@x.example", "referralCode": "JANE"}, {"email": "kim@x.example", "referralCode": "KIM"},
        ]});
        let path = format!("/api/v1/contests/{CONTEST}/import");
        // A ledger that is wrong on purpose may take one of the two at once.
        loop {
            let made = self.owner::<O>(0, "Jane and Kim", ("POST", &path), &participants).await.unwrap();
            if made.status == 200 {
                return;
            }
            self.0.executor.sleep(ONE_WRITE).await;
        }
    }
}

fn said(answer: &Answer) -> String {
    let data = &answer.body["data"];
    let mut said = answer.status.to_string();
    if let Some(error) = answer.body["error"].as_str() {
        said.extend([" (", error, ")"]);
    }
    for (name, words) in [("alreadyExists", "known already"), ("isReferred", "referred")] {
        if data[name] == true {
            said.extend([", ", words]);
        }
    }
    if let Some(why) = data["ignored"].as_str() {
        said.extend([", ignored: ", why]);
    }
    if data.get("entryId").is_some_and(Value::is_null) {
        said += ", a stranger's";
    }
    said
}
