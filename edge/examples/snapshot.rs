//! What a contest of so many facts asks of KV and of memory, counted: `cargo run --example snapshot 1000 1000000`. A line of JSON for
//! each, with what local KV does not show: operations, and the most memory that making and keeping a snapshot takes.

#![allow(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

use std::time::Instant;

use domain::attribution::{Attribution, Rule};
use domain::fold::Terms;
use domain::{Code, Fact, Timestamp};
use edge::ledger::{Asked, KvLedger, Ledger, MemoryKv, Question, Task, Then};
use peak_alloc::PeakAlloc;
use pollster::block_on;
use serde_json::{Value, json};

#[path = "../tests/support/facts.rs"]
mod facts;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const TERMS: Terms =
    Terms { rule: Rule { attribution: Attribution::First, window_days: 60 }, require_confirmation: false };

/// Facts a minute, where a million come in a month.
const A_MINUTE: usize = 23;
const MINUTES: usize = 20;

fn main() {
    for count in std::env::args().skip(1) {
        println!("{}", measure(count.parse().unwrap()));
    }
}

fn ops(Asked { reads, lists, writes }: Asked) -> Value {
    json!([reads, lists, writes])
}

fn measure(count: usize) -> Value {
    let kv = MemoryKv::default();
    let all: Vec<Fact> = facts::facts(count + A_MINUTE * MINUTES).collect();
    let (before, later) = all.split_at(count);
    let write = |facts: &[Fact]| {
        let ledger = KvLedger::new(&kv);
        for fact in facts {
            block_on(ledger.write("demo", fact)).unwrap();
        }
    };
    write(before);
    kv.snapshots_from.set(Some(2_000));
    let at = |minute: usize| Timestamp::from_millis(facts::NOW + i64::try_from(minute).unwrap() * 60_000);
    // Gives the last thing to do later, milliseconds, megabytes and operations.
    let task = |mut task: Task, minute: usize| {
        kv.asked();
        let (began, mut most) = (Instant::now(), 0);
        let then = loop {
            MEMORY.reset_peak_usage();
            let memory = MEMORY.current_usage();
            let then = block_on(KvLedger::new(&kv).look_after("demo", TERMS, task, at(minute))).unwrap();
            most = most.max(MEMORY.peak_usage() - memory);
            match then {
                Then::GoOn(part) => task = Task::Prove(Some(part)),
                then => break then,
            }
        };
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        (then, took, most.div_ceil(1_000_000), kv.asked())
    };
    // The first two, the second of which finds nothing, are what is done at night.
    task(Task::Look(at(0)), 0);
    let (_, ms, mb, asked) = task(Task::Prove(None), 30);
    let night = json!({"ms": ms, "mb": mb, "ops": ops(asked)});
    let code = Code::parse("C-3").unwrap();
    let questions = [
        ("leaderboard", Some(Question::Leaders(25))),
        ("stats", Some(Question::Code(&code))),
        ("entries", Some(Question::Joined(count / 100, 25))),
        ("analytics", None),
    ];
    let mut reads = json!({});
    for (name, question) in questions {
        kv.asked();
        let began = Instant::now();
        let ledger = KvLedger::new(&kv);
        match question {
            Some(question) => drop(block_on(ledger.places("demo", TERMS, question)).unwrap()),
            None => drop(block_on(ledger.summary("demo", TERMS)).unwrap()),
        }
        reads[name] = json!({"ops": ops(kv.asked()), "ms": began.elapsed().as_secs_f64() * 1_000.0});
    }
    // As it goes on: a batch each minute, and later a look whether it is there.
    let (mut sum, mut longest, mut most) = (Asked::default(), 0, 0);
    for (minute, facts) in (60..).zip(later.chunks(A_MINUTE)) {
        kv.asked();
        write(facts);
        let mut add = |asked: Asked| {
            sum.reads += asked.reads;
            sum.lists += asked.lists;
            sum.writes += asked.writes;
        };
        add(kv.asked());
        let (then, ms, mb, asked) = task(Task::Batch(facts.to_vec()), minute);
        add(asked);
        if let Then::Check(batch, _) = then {
            add(task(Task::Check(batch), minute).3);
        }
        (longest, most) = (longest.max(ms), most.max(mb));
    }
    json!({
        "facts": count, "reads": reads, "night": night,
        "batch": {"ms": longest, "mb": most}, "later": {"facts": later.len(), "ops": ops(sum)},
    })
}
