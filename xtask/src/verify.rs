//! Adds up the facts of an export again, and says whether what is told of them is so. It asks no server: whoever holds the file
//! can check it.

#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there is null")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::fold::{Facts, Terms, moment};
use domain::{Fact, Timestamp};
use serde_json::Value;

/// What of an entry follows from facts.
const OF_ENTRY: [&str; 4] = ["points", "referralsCount", "visits", "purchases"];

/// Prints what was checked; an error says what differs.
pub fn run(file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let export: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    for line in verify(&export)? {
        println!("{line}");
    }
    Ok(())
}

fn verify(export: &Value) -> Result<Vec<String>> {
    let facts = facts(export)?;
    let mut said = vec![format!("{} facts, SHA-256 {}", facts.count(), facts.digest())];
    let mut wrong = Vec::new();
    match export.get("final").filter(|kept| !kept.is_null()) {
        None => {
            said.push("final standings: none are in it; the contest had not ended an hour before".to_owned());
        }
        Some(kept) => {
            let differences = of_end(&facts, kept)?;
            if differences.is_empty() {
                let at = kept["at"].as_str().unwrap_or_default();
                said.push(format!(
                    "final standings of {at}: they follow from the facts, hash and every place"
                ));
            }
            wrong.extend(differences);
        }
    }
    match export.get("entries").and_then(Value::as_array) {
        None => said.push("entries: none are in it".to_owned()),
        Some(entries) => {
            let differences = of_now(&facts, export, entries)?;
            if differences.is_empty() {
                said.push(format!(
                    "{} entries: their points and counts follow from the facts",
                    entries.len()
                ));
            }
            wrong.extend(differences);
        }
    }
    if wrong.is_empty() {
        return Ok(said);
    }
    bail!("{}\n  {}", said.join("\n"), wrong.join("\n  "))
}

fn facts(export: &Value) -> Result<Facts> {
    let facts = export.get("facts").and_then(Value::as_array);
    let facts = facts.context("it has no `facts`: save what GET …/export?format=json gives")?;
    let read = |(n, fact): (usize, &Value)| {
        let read = fact.get("id").and_then(Value::as_str).and_then(|id| Fact::read(id, fact.get("payload")?));
        read.with_context(|| format!("fact {n} is none: {fact}"))
    };
    (1..).zip(facts).map(read).collect()
}

/// What differs from what was kept of the end.
fn of_end(facts: &Facts, kept: &Value) -> Result<Vec<String>> {
    let at = kept["at"].as_str().and_then(Timestamp::parse).context("final.at is no time")?;
    let by = Terms::read(&kept["by"]).context("final.by is none")?;
    let told = moment(&facts.until(at), by, at);
    let mut wrong = Vec::new();
    for part in ["facts", "hash"] {
        if told[part] != kept[part] {
            wrong.push(format!("final.{part}: it says {}, the facts say {}", kept[part], told[part]));
        }
    }
    let places = |standings: &Value| standings["standings"].as_array().cloned().unwrap_or_default();
    let (said, added_up) = (places(kept), places(&told));
    if said.len() != added_up.len() {
        wrong.push(format!("final.standings: it has {} places, the facts {}", said.len(), added_up.len()));
    }
    for (said, added_up) in said.iter().zip(&added_up).filter(|(said, added_up)| said != added_up) {
        wrong.push(format!("final.standings: it says {said}, the facts say {added_up}"));
    }
    Ok(wrong)
}

/// What differs from the entries as they were when the export was made.
fn of_now(facts: &Facts, export: &Value, entries: &[Value]) -> Result<Vec<String>> {
    let settings = &export["contest"]["settings"];
    let by = serde_json::json!({
        "attribution": settings["attribution"], "windowDays": settings["windowDays"],
        "requireConfirmation": settings["requireConfirmation"],
    });
    let by =
        Terms::read(&by).context("contest.settings has no attribution, windowDays or requireConfirmation")?;
    let told = moment(facts, by, Timestamp::default());
    let mut added_up: BTreeMap<&str, &Value> = told["standings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|place| Some((place["id"].as_str()?, place)))
        .collect();
    let mut wrong = Vec::new();
    for entry in entries {
        let id = entry["id"].as_str().unwrap_or_default();
        let Some(place) = added_up.remove(id) else {
            wrong.push(format!("entry {id}: no fact says that it joined"));
            continue;
        };
        for part in OF_ENTRY.into_iter().filter(|part| entry[part] != place[part]) {
            wrong.push(format!("entry {id}: it says {part} {}, the facts say {}", entry[part], place[part]));
        }
    }
    wrong.extend(added_up.into_keys().map(|id| format!("entry {id}: it joined, and is not in the list")));
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::fact::Joined;
    use domain::{Code, EntryId};
    use serde_json::json;

    /// One who joined, and the contest over.
    fn export() -> Value {
        let fact = Fact::Joined(Joined {
            entry: EntryId::parse("4528decec338e032675ca51a24054b91").unwrap(),
            code: Code::parse("REF-XYZ789").unwrap(),
            at: Timestamp::from_millis(1_000),
            by: None,
            points: domain::points::Points::default(),
            cap: None,
            doubts: domain::trust::Doubts::default(),
        });
        let facts: Facts = [fact.clone()].into_iter().collect();
        let by = json!({"attribution": "first", "windowDays": 60, "requireConfirmation": false});
        let at = Timestamp::from_millis(2_000);
        let kept = moment(&facts.until(at), Terms::read(&by).unwrap(), at);
        let entry = json!({"id": "4528decec338e032675ca51a24054b91", "points": 0, "referralsCount": 0, "visits": 0, "purchases": 0});
        let payload: Value = serde_json::from_str(&fact.payload()).unwrap();
        json!({
            "contest": {"settings": by}, "final": kept, "entries": [entry],
            "facts": [{"id": fact.id(), "payload": payload}],
        })
    }

    #[test]
    fn what_follows_from_the_facts_is_found_to() {
        assert_eq!(verify(&export()).unwrap().len(), 3);
    }

    #[test]
    fn whatever_was_changed_is_named() {
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 6] = [
            ("final.standings", |export| export["final"]["standings"][0]["points"] = json!(5)),
            ("final.hash", |export| export["final"]["hash"] = json!("0")),
            ("final.facts", |export| export["facts"] = json!([])),
            ("it says points 7", |export| export["entries"][0]["points"] = json!(7)),
            ("is not in the list", |export| export["entries"] = json!([])),
            ("fact 1 is none", |export| export["facts"][0]["payload"] = json!(1)),
        ];
        for (named, change) in changes {
            let mut export = export();
            change(&mut export);
            let error = format!("{:#}", verify(&export).unwrap_err());
            assert!(error.contains(named), "{named}: {error}");
        }
    }

    #[test]
    fn what_is_no_export_is_said_to_be_none() {
        let error = verify(&json!({"entries": []})).unwrap_err();
        assert!(error.to_string().contains("format=json"), "{error}");
    }
}
