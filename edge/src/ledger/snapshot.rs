//! A large contest over KV is not folded from its facts at each read, but from time to time into a snapshot: three keys, of
//! which a read of the standings takes one or two, however many facts there are. What its participants are called is a fourth
//! ([`super::directory`]).
//!
//! What is new comes by a queue, a batch at a time. Each batch is a key of its own before it is added to the snapshot, and is kept
//! for hours; a snapshot says which batches are in it, and once KV cannot show it any more as it was before, it is looked whether the
//! batch still is. So nothing is lost where two add to one snapshot, though the last of them overwrites it. What never came by the
//! queue is found at night, when all facts are read.

use domain::fold::{Of, Snapshot, Terms};
use domain::{EntryId, Fact, Timestamp, id, json};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::directory::DIRECTORY;
use super::kv::{Kv, KvLedger};
use super::place::{Places, Question, Summary};
use super::{Gathered, Ledger, Unavailable, key};

/// Of so many who lead, the board itself says how they stand.
const LEADERS: usize = 100;

/// Milliseconds for which a snapshot is not written again, whatever comes.
const REST: i64 = 20_000;

/// Seconds after which KV shows a write everywhere, and also the write of whoever had not seen it.
pub(super) const SETTLED: u32 = 300;

/// Seconds until a batch is added that came while the snapshot rested.
const LATER: u32 = 30;

/// Seconds for which a batch is kept.
const KEPT: u64 = 6 * 3_600;
const KEPT_MILLIS: i64 = 6 * 3_600_000;

/// In milliseconds: whoever began to read all facts is done by then, or will not be.
const READING: i64 = 900_000;

/// Facts of a batch that are found missing, and how many at most are kept in batches: a night has to hold them all at once.
const MOST_OF_BATCH: usize = 1_000;
const MOST_REPAIRED: usize = 50_000;

/// Lists at a time: KV takes a thousand calls of one request.
pub(super) const LISTS: usize = 800;

/// The three keys. What the board says is in the rows, and follows from the facts.
const BOARD: &str = "board";
pub(super) const ROWS: &str = "rows";
const FACTS: &str = "facts";

/// Something that a contest's snapshot does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The contest's id.
    pub contest: String,
    /// What there is to do; where a snapshot is missing, or is by other terms, a look at no moment: now.
    pub task: Task,
}

/// What there is to do for a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Facts were stored.
    Batch(Vec<Fact>),
    /// Is the batch of that name in it?
    Check(String),
    /// Somebody asked then whether it has everything.
    Look(Timestamp),
    /// All facts are to be read, from there on.
    Prove(Option<Part>),
    /// All persons are to be read.
    List,
    /// These were renamed or erased.
    Forget(Vec<EntryId>),
    /// Are these called as the directory says?
    Compare(Vec<EntryId>),
}

/// What there is to do later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Done,
    /// Look, in so many seconds, whether the batch of that name is in the snapshot.
    Check(String, u32),
    /// Look, in so many seconds, for batches that are not in the snapshot.
    Look(u32),
    /// Go on reading all facts.
    GoOn(Part),
    /// Look, in so many seconds, what these are called.
    Compare(Vec<EntryId>, u32),
}

/// How far all facts were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Where it goes on; nothing at the end.
    pub cursor: Option<String>,
    /// How many were read.
    pub listed: usize,
    /// How many of them the snapshot did not have, or had otherwise.
    pub changed: usize,
}

/// What is known of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// When it was written.
    pub at: Timestamp,
    /// How many facts it has.
    pub facts: usize,
    /// When all facts were last read.
    pub read: Timestamp,
    /// When there was none before. Around then, lists and batches may lack what was stored.
    pub made: Timestamp,
    /// How many facts it had not or had otherwise, the last time.
    pub repaired: usize,
    /// How many it had that were not found: the next time, it begins anew.
    pub surplus: usize,
}

/// How those stand who lead, and what all comes to.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) proof: Proof,
    terms: Terms,
    pub(super) places: Places,
    summary: Summary,
}

impl Board {
    fn write(&self) -> Value {
        let Proof { at, facts, read, made, repaired, surplus } = &self.proof;
        let proof = Value::Array(list![at, facts, read, made, repaired, surplus].into());
        Value::Array(list![proof, self.terms.to_json(), self.places.write(), self.summary.to_json()].into())
    }

    fn read(board: &Value) -> Option<Self> {
        let [proof, terms, places, summary] = board.as_array()?.as_slice() else { return None };
        let number = |place: usize| proof.get(place)?.as_i64();
        let count = |place: usize| number(place)?.try_into().ok();
        let moment = |place: usize| number(place).map(Timestamp::from_millis);
        let proof = Proof {
            at: moment(0)?,
            facts: count(1)?,
            read: moment(2)?,
            made: moment(3)?,
            repaired: count(4)?,
            surplus: count(5)?,
        };
        let (terms, places) = (Terms::read(terms)?, Places::read(places)?);
        Some(Self { proof, terms, places, summary: Summary::of_json(summary)? })
    }
}

/// The facts that a snapshot has, and the batches that are in it.
#[derive(Debug, Default)]
struct Kept {
    /// Since when all facts are read for the first time.
    begun: Timestamp,
    batches: Vec<String>,
    snapshot: Snapshot,
}

impl Kept {
    fn add(&mut self, batch: String, facts: Vec<Fact>, now: Timestamp) {
        self.snapshot.extend(facts, Of::News);
        let oldest = moment_of(now.millis().saturating_sub(KEPT_MILLIS.saturating_mul(2)));
        self.batches.retain(|batch| *batch >= oldest);
        let place = self.batches.partition_point(|known| *known < batch);
        self.batches.insert(place, batch);
    }

    fn write(&self) -> String {
        let mut head = json!({"begun": self.begun, "batches": self.batches}).to_string();
        head.push('\n');
        self.snapshot.write(head)
    }

    fn read(mut text: String) -> Self {
        let end = text.find('\n').map_or(text.len(), |end| end.saturating_add(1));
        let head: Value = serde_json::from_str(text.get(..end).unwrap_or_default()).unwrap_or_default();
        text.drain(..end);
        let batches = head.get("batches").and_then(Value::as_array).into_iter().flatten();
        Self {
            begun: Timestamp::from_millis(head.get("begun").and_then(Value::as_i64).unwrap_or_default()),
            batches: batches.filter_map(|batch| batch.as_str().map(str::to_owned)).collect(),
            snapshot: Snapshot::read(text),
        }
    }
}

/// Sorts as the moments do.
fn moment_of(millis: i64) -> String {
    format!("{millis:015}")
}

/// When a batch is gone.
fn gone(batch: &str) -> Timestamp {
    let kept = batch.split('-').next().and_then(|millis| millis.parse().ok()).unwrap_or_default();
    Timestamp::from_millis(KEPT_MILLIS.saturating_add(kept))
}

/// The name of a batch and what it holds: a line for each fact.
fn batch_of(facts: &[Fact], now: Timestamp) -> (String, String) {
    let snapshot: String =
        facts.iter().map(|fact| [&fact.id(), " ", &fact.payload(), "\n"].concat()).collect();
    let hash = id::hex(&Sha256::digest(&snapshot));
    let (hash, _) = hash.split_at_checked(16).unwrap_or_default();
    ([&moment_of(now.millis()), "-", hash].concat(), snapshot)
}

fn read_batch(text: &str) -> Vec<Fact> {
    let fact = |line: &str| {
        let (id, payload) = line.split_once(' ')?;
        Fact::read(id, &serde_json::from_str(payload).ok()?)
    };
    text.lines().filter_map(fact).collect()
}

impl<K: Kv> KvLedger<K> {
    pub(super) fn tell(&self, contest: &str, task: Task) {
        self.news.borrow_mut().push(News { contest: contest.to_owned(), task });
    }

    /// The snapshot is missing, or is by other terms.
    fn ask_for_it(&self, contest: &str) {
        self.tell(contest, Task::Look(Timestamp::default()));
    }

    /// A fact was stored.
    pub(super) fn tell_of(&self, contest: &str, fact: &Fact) {
        if self.kv.snapshots_from().is_some() {
            self.tell(contest, Task::Batch(vec![fact.clone()]));
        }
    }

    /// What is known of a contest's snapshot, if it has one.
    pub(super) async fn read_board(&self, contest: &str) -> Result<Option<Board>, Unavailable> {
        if self.kv.snapshots_from().is_none() {
            return Ok(None);
        }
        let stored = self.read(&key::snapshot(contest, BOARD)).await?;
        Ok(stored.and_then(|stored| Board::read(&serde_json::from_str(&stored.value).ok()?)))
    }

    /// Is it by these terms? If it is not, it will be.
    pub(super) fn is_by(&self, contest: &str, board: &Board, terms: Terms) -> bool {
        if board.terms != terms {
            self.ask_for_it(contest);
        }
        board.terms == terms
    }

    /// What the board and the rows answer, if there are any by these terms.
    pub(super) async fn places_kept(
        &self,
        contest: &str,
        board: &Board,
        terms: Terms,
        question: Question<'_>,
    ) -> Result<Option<Places>, Unavailable> {
        if !self.is_by(contest, board, terms) {
            return Ok(None);
        }
        let Places { places, of, entries } = &board.places;
        let places = match question {
            Question::Leaders(most) if most <= places.len() || places.len() == *of => {
                places.iter().take(most).cloned().collect()
            }
            Question::Leaders(_) => return Ok(None),
            _ => {
                let Some(rows) = self.read(&key::snapshot(contest, ROWS)).await? else { return Ok(None) };
                Places::of_rows(&rows.value, question)
            }
        };
        Ok(Some(Places { places, of: *of, entries: *entries }))
    }

    pub(super) fn summary_kept(&self, contest: &str, board: &Board, terms: Terms) -> Option<Summary> {
        self.is_by(contest, board, terms).then(|| board.summary.clone())
    }

    /// All facts of a contest as they are stored or, if there are many, as the snapshot has them.
    pub(super) async fn gather(&self, contest: &str, has_board: bool) -> Result<Gathered, Unavailable> {
        if has_board && let Some(kept) = self.facts_kept(contest).await? {
            return Ok(Gathered { facts: kept.snapshot, is_late: true });
        }
        let (mut snapshot, mut part) = (Snapshot::default(), Part::default());
        let mut is_told = false;
        loop {
            part = self.read_facts(contest, part.cursor, 1, &mut snapshot, |_| ()).await?;
            if !is_told && self.kv.snapshots_from().is_some_and(|few| snapshot.count() > few) {
                self.ask_for_it(contest);
                is_told = true;
            }
            if part.cursor.is_none() {
                return Ok(Gathered { facts: snapshot, is_late: false });
            }
        }
    }

    async fn facts_kept(&self, contest: &str) -> Result<Option<Kept>, Unavailable> {
        if self.kv.snapshots_from().is_none() {
            return Ok(None);
        }
        Ok(self.read(&key::snapshot(contest, FACTS)).await?.map(|stored| Kept::read(stored.value)))
    }

    /// Adds what is stored to a snapshot, so many lists of it.
    async fn read_facts(
        &self,
        contest: &str,
        from: Option<String>,
        lists: usize,
        snapshot: &mut Snapshot,
        mut new: impl FnMut(&Fact),
    ) -> Result<Part, Unavailable> {
        let prefix = key::fact(contest, "");
        let mut part = Part { cursor: from, ..Part::default() };
        for _ in 0..lists {
            let page = self.page(&prefix, part.cursor.take()).await?;
            let facts = page
                .keys
                .into_iter()
                .filter_map(|(name, payload)| Fact::read(name.strip_prefix(&prefix)?, &payload?));
            let facts: Vec<Fact> = facts.collect();
            part.listed = part.listed.saturating_add(facts.len());
            snapshot.extend_with(facts, Of::Store, &mut new);
            part.cursor = page.cursor;
            if part.cursor.is_none() {
                break;
            }
        }
        Ok(part)
    }

    /// Keeps a batch of facts, and adds it to the snapshot, if the contest has one and it was not written just now.
    pub(super) async fn take_batch(
        &self,
        contest: &str,
        terms: Terms,
        facts: Vec<Fact>,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        let Some(board) = self.read_board(contest).await? else { return Ok(Then::Done) };
        let (batch, text) = batch_of(&facts, now);
        self.keep_batch(contest, &batch, &text).await?;
        if board.terms == terms && now.millis().saturating_sub(board.proof.at.millis()) < REST {
            return Ok(Then::Check(batch, LATER));
        }
        let Some(mut kept) = self.facts_kept(contest).await? else { return Ok(Then::Check(batch, LATER)) };
        kept.add(batch.clone(), facts, now);
        let rows = self.keep(contest, terms, kept, board.proof, now).await?;
        self.tend(contest, &rows, now).await?;
        Ok(Then::Check(batch, SETTLED))
    }

    /// Adds a batch, if it is not in the snapshot.
    pub(super) async fn check(
        &self,
        contest: &str,
        terms: Terms,
        batch: String,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        let Some(board) = self.read_board(contest).await? else { return Ok(Then::Done) };
        let Some(mut kept) = self.facts_kept(contest).await? else { return Ok(Then::Check(batch, LATER)) };
        if kept.batches.contains(&batch) {
            return Ok(Then::Done);
        }
        let Some(stored) = self.read(&key::batch(contest, &batch)).await? else {
            return Ok(if now < gone(&batch) { Then::Check(batch, LATER) } else { Then::Done });
        };
        kept.add(batch.clone(), read_batch(&stored.value), now);
        let rows = self.keep(contest, terms, kept, board.proof, now).await?;
        self.tend(contest, &rows, now).await?;
        Ok(Then::Check(batch, SETTLED))
    }

    async fn keep_batch(&self, contest: &str, batch: &str, text: &str) -> Result<(), Unavailable> {
        let name = key::batch(contest, batch);
        self.put_text(&name, text, None, Some(KEPT)).await
    }

    /// Adds the batches that are not in the snapshot, unless it was written since somebody `asked`; makes one where there are many
    /// facts and none.
    pub(super) async fn look(
        &self,
        contest: &str,
        terms: Terms,
        asked: Timestamp,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        let board = self.read_board(contest).await?;
        let is_by_others = board.as_ref().is_some_and(|board| board.terms != terms);
        if !is_by_others && board.as_ref().is_some_and(|board| board.proof.at > asked) {
            return Ok(Then::Done);
        }
        let (Some(board), Some(mut kept)) = (board, self.facts_kept(contest).await?) else {
            return self.prove(contest, terms, None, now).await;
        };
        let mut is_new = is_by_others;
        for name in self.names(&key::batches(contest)).await? {
            // KV may list it and not give it yet.
            if !kept.batches.contains(&name)
                && let Some(stored) = self.read(&key::batch(contest, &name)).await?
            {
                kept.add(name, read_batch(&stored.value), now);
                is_new = true;
            }
        }
        if !is_new {
            return Ok(Then::Done);
        }
        let rows = self.keep(contest, terms, kept, board.proof, now).await?;
        self.tend(contest, &rows, now).await?;
        Ok(Then::Look(SETTLED))
    }

    /// Reads all facts, from where it left off, and adds what the snapshot does not have or has otherwise. Of a contest with few
    /// facts no snapshot is made.
    pub(super) async fn prove(
        &self,
        contest: &str,
        terms: Terms,
        goes_on: Option<Part>,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        let (board, kept) = (self.read_board(contest).await?, self.facts_kept(contest).await?);
        let is_begun =
            kept.as_ref().is_some_and(|kept| now.millis().saturating_sub(kept.begun.millis()) < READING);
        if board.is_none() && goes_on.is_none() && is_begun {
            return Ok(Then::Done);
        }
        let proof = board.as_ref().map(|board| board.proof.clone()).unwrap_or_default();
        let begins_anew = goes_on.is_none() && proof.surplus > 0 && proof.facts < LISTS * 900;
        let mut kept = kept.filter(|_| !begins_anew).unwrap_or_default();
        let before = goes_on.unwrap_or_default();
        let (is_first, mut repaired, mut changed) = (board.is_none(), Vec::new(), before.changed);
        let new = |fact: &Fact| {
            changed = changed.saturating_add(1);
            if !is_first && !begins_anew && repaired.len() < MOST_REPAIRED {
                repaired.push(fact.clone());
            }
        };
        let part = self.read_facts(contest, before.cursor, LISTS, &mut kept.snapshot, new).await?;
        let listed = part.listed.saturating_add(before.listed);
        // As every batch: whoever overwrites this with what was before finds it.
        for facts in repaired.chunks(MOST_OF_BATCH) {
            let (batch, text) = batch_of(facts, now);
            self.keep_batch(contest, &batch, &text).await?;
            kept.add(batch, Vec::new(), now);
        }
        if part.cursor.is_some() {
            // What is not whole yet is no standings.
            if board.is_none() {
                kept.begun = now;
                self.put_text(&key::snapshot(contest, FACTS), &kept.write(), None, None).await?;
            } else {
                self.keep(contest, terms, kept, proof, now).await?;
            }
            return Ok(Then::GoOn(Part { listed, changed, ..part }));
        }
        if board.is_none() && self.kv.snapshots_from().is_none_or(|few| listed <= few) {
            return Ok(Then::Done);
        }
        let surplus = kept.snapshot.count().saturating_sub(listed);
        let (made, repaired) = if is_first { (now, 0) } else { (proof.made, changed) };
        let proof = Proof { read: now, made, repaired, surplus, ..proof };
        self.keep(contest, terms, kept, proof, now).await?;
        // That is a message of its own: all facts have taken most of what may be asked at once.
        self.tell(contest, Task::List);
        Ok(Then::Look(SETTLED))
    }

    /// Gives the rows. The board last: what it says is there by then.
    async fn keep(
        &self,
        contest: &str,
        terms: Terms,
        kept: Kept,
        proof: Proof,
        now: Timestamp,
    ) -> Result<String, Unavailable> {
        self.put_text(&key::snapshot(contest, FACTS), &kept.write(), None, None).await?;
        // One after the other: each takes room for itself.
        let totals = kept.snapshot.totals(terms.rule);
        let standings = kept.snapshot.standings(terms.rule);
        let (places, rows) = Places::rows(&standings, terms, LEADERS);
        let summary = Summary::of(&standings, totals);
        let proof = Proof { at: now, facts: kept.snapshot.count(), ..proof };
        let board = Board { proof, terms, places, summary }.write().to_string();
        drop((standings, kept));
        self.put_text(&key::snapshot(contest, ROWS), &rows, None, None).await?;
        self.put_text(&key::snapshot(contest, BOARD), &board, None, None).await?;
        Ok(rows)
    }

    /// Facts came from elsewhere: whoever reads next begins anew.
    pub(super) async fn drop_snapshot(&self, contest: &str) -> Result<(), Unavailable> {
        if self.read_board(contest).await?.is_some() {
            for part in [BOARD, FACTS, DIRECTORY] {
                self.delete(&key::snapshot(contest, part)).await?;
            }
        }
        Ok(())
    }
}
