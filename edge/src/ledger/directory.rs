//! What the participants of a large contest are called, in one value of KV: a search reads it, and not every person.
//!
//! Who takes part is said by the snapshot's rows, and the directory only says what they are called. Of whoever is not in it, the
//! record is read. So a line may be left out where it may be wrong: of somebody who joined a moment ago, or was renamed or erased.

use domain::fold::Terms;
use domain::{EntryId, Timestamp};
use serde_json::Value;

use super::kv::{Known, Kv, KvLedger};
use super::place::{Place, Sought, entry_of};
use super::snapshot::{LISTS, ROWS, SETTLED, Task, Then};
use super::{Person, Places, Unavailable, key};

/// The fourth key. How many records were not found; then a line for each participant, by their entry's id: that, and what they are called.
pub(super) const DIRECTORY: &str = "directory";

/// Seconds after which it is gone unless it was written again: a night's work, or that of every other night. Where nobody keeps it
/// any more, it keeps nobody's name.
const KEPT: u64 = 4 * 86_400;

/// What KV takes.
const MOST: usize = 25 << 20;

/// In the place of all lines that would be more than that.
const TOO_LARGE: &str = "-";

/// Records that are read one by one, rather than all: for a directory, and for a search.
const MOST_READ: usize = 300;
const MOST_SOUGHT: usize = 800;

/// A list, of so many, costs as much as so many reads.
const OF_LIST: usize = 1_000;
const READS: usize = 10;

/// The characters of an entry's id.
const ID: usize = 32;

struct Directory(String);

impl Directory {
    /// How many records were not found. It has no lines where there is no number.
    fn unseen(&self) -> Option<usize> {
        self.0.lines().next()?.parse().ok()
    }

    fn lines(&self) -> Vec<&str> {
        self.0.lines().skip(1).collect()
    }
}

fn line_of(entry: &EntryId, person: &Person) -> String {
    [entry.as_str(), &Value::Array(list![person.name, person.email].into()).to_string()].concat()
}

/// Each behind a line break.
fn text_of(lines: &[&str]) -> String {
    let bytes = lines.iter().fold(ID, |sum, line| sum.saturating_add(line.len()).saturating_add(1));
    let mut text = String::with_capacity(bytes);
    for line in lines {
        text.extend(["\n", line]);
    }
    text
}

/// What a line says of somebody.
fn read_line(line: &str) -> Option<Person> {
    let called: Value = serde_json::from_str(line.get(ID..)?).ok()?;
    let text = |place: usize| called.get(place)?.as_str().map(str::to_owned);
    Some(Person { name: text(0), email: text(1), phone: None })
}

fn find<'a>(lines: &[&'a str], entry: &str) -> Option<&'a str> {
    let place = lines.binary_search_by(|line| line.get(..ID).unwrap_or(line).cmp(entry)).ok()?;
    lines.get(place).copied()
}

/// The rows, first those of whoever joined before what KV may not show yet.
fn settled(rows: &str, now: Timestamp) -> (&str, &str) {
    let since = now.millis().saturating_sub(i64::from(SETTLED).saturating_mul(1_000));
    let is_new =
        |row: &&str| Place::of_row(row).is_some_and(|place| place.standing.joined_at.millis() > since);
    let new = rows
        .lines()
        .rev()
        .take_while(is_new)
        .fold(0_usize, |sum, row| sum.saturating_add(row.len()).saturating_add(1));
    rows.split_at_checked(rows.len().saturating_sub(new)).unwrap_or((rows, ""))
}

/// So many records cost as much as all persons of a contest with so many entries, a list each thousand.
fn as_much_as_all(entries: usize) -> usize {
    (entries / OF_LIST).saturating_add(1).saturating_mul(READS)
}

/// So many may be missing until the directory is written again: half of what a search would read, and never so few that nearly every
/// batch has it written.
fn few(entries: usize) -> usize {
    (as_much_as_all(entries) / 2).clamp(20, 250)
}

fn unread(row: &str) -> Option<(EntryId, Option<Value>)> {
    Some((EntryId::parse(entry_of(row)?)?, None))
}

impl<K: Kv> KvLedger<K> {
    async fn directory(&self, contest: &str) -> Result<Option<Directory>, Unavailable> {
        let stored = self.read(&key::snapshot(contest, DIRECTORY)).await?;
        Ok(stored.map(|stored| Directory(stored.value)))
    }

    /// Each of the lines begins with a line break.
    async fn keep_directory(
        &self,
        contest: &str,
        unseen: usize,
        mut lines: String,
    ) -> Result<(), Unavailable> {
        if lines.len() > MOST {
            TOO_LARGE.clone_into(&mut lines);
        } else {
            lines.insert_str(0, &unseen.to_string());
        }
        self.put_text(&key::snapshot(contest, DIRECTORY), &lines, None, Some(KEPT)).await
    }

    /// Whose name or address holds a text, by the rows and the directory. Nothing where there is none of either, or so many are not in
    /// it that a list of all persons costs less.
    pub(super) async fn search_directory(
        &self,
        contest: &str,
        terms: Terms,
        sought: Sought<'_>,
    ) -> Result<Option<Places>, Unavailable> {
        let Some(board) = self.read_board(contest).await?.filter(|board| self.is_by(contest, board, terms))
        else {
            return Ok(None);
        };
        let Some(directory) = self.directory(contest).await? else { return Ok(None) };
        let Some(rows) = self.read(&key::snapshot(contest, ROWS)).await? else { return Ok(None) };
        let most = as_much_as_all(board.places.entries).min(MOST_SOUGHT);
        let lines = directory.lines();
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for row in rows.value.lines() {
            let Some(entry) = unread(row) else { continue };
            let line = find(&lines, entry.0.as_str());
            if line.is_none() {
                unknown.push(entry);
                if unknown.len() > most {
                    return Ok(None);
                }
            }
            let person = line.map(|line| read_line(line).unwrap_or_default());
            if person.as_ref().is_none_or(|person| person.holds(sought.text, sought.kind)) {
                found.push((row, person.is_some()));
            }
        }
        let mut persons = self.read_persons(contest, unknown).await?.into_iter();
        found.retain(|(_, is_known)| {
            let mut is_found = || {
                let person = persons.next().and_then(|(_, person)| person);
                person.is_some_and(|person| person.holds(sought.text, sought.kind))
            };
            *is_known || is_found()
        });
        let page = found.iter().skip(sought.skip).take(sought.most);
        let places =
            page.filter_map(|(row, _)| Place::of_row(row)).map(|place| Place { rank: None, ..place });
        Ok(Some(Places { places: places.collect(), of: board.places.of, entries: found.len() }))
    }

    /// Removes who takes part no more, and adds who joined since, if they are more than a few.
    pub(super) async fn tend(&self, contest: &str, rows: &str, now: Timestamp) -> Result<(), Unavailable> {
        let Some(directory) = self.directory(contest).await? else {
            self.tell(contest, Task::List);
            return Ok(());
        };
        let Some(unseen) = directory.unseen() else { return Ok(()) };
        let lines = directory.lines();
        let (settled, new) = settled(rows, now);
        let (mut kept, mut unknown) = (Vec::with_capacity(lines.len()), Vec::new());
        for row in settled.lines() {
            match find(&lines, entry_of(row).unwrap_or_default()) {
                Some(line) => kept.push(line),
                None => unknown.extend(unread(row)),
            }
        }
        kept.extend(new.lines().filter_map(|row| find(&lines, entry_of(row)?)));
        let are_few = unknown.len().saturating_sub(unseen) <= few(lines.len());
        if are_few && kept.len() == lines.len() {
            return Ok(());
        }
        if unknown.len() > MOST_READ {
            self.tell(contest, Task::List);
            return Ok(());
        }
        let persons = self.read_persons(contest, unknown).await?;
        let unseen = persons.iter().filter(|(_, person)| person.is_none()).count();
        let called = |(entry, person): Known| Some(line_of(&entry, &person?));
        let new: Vec<String> = persons.into_iter().filter_map(called).collect();
        kept.extend(new.iter().map(String::as_str));
        kept.sort_unstable();
        self.keep_directory(contest, unseen, text_of(&kept)).await
    }

    /// Makes the directory anew from all persons.
    pub(super) async fn list(&self, contest: &str, now: Timestamp) -> Result<Then, Unavailable> {
        let Some(rows) = self.read(&key::snapshot(contest, ROWS)).await? else { return Ok(Then::Done) };
        let (settled, _) = settled(&rows.value, now);
        let mut entries: Vec<&str> = settled.lines().filter_map(entry_of).collect();
        entries.sort_unstable();
        let (mut lines, mut seen, mut cursor) = (String::new(), 0_usize, None);
        for _ in 0..LISTS {
            let (persons, next) = self.list_persons(contest, cursor).await?;
            for (entry, person) in persons {
                if let Some(person) = person.filter(|_| entries.binary_search(&entry.as_str()).is_ok()) {
                    lines.extend(["\n", &line_of(&entry, &person)]);
                    seen = seen.saturating_add(1);
                }
            }
            cursor = next;
            if cursor.is_none() || lines.len() > MOST {
                break;
            }
        }
        self.keep_directory(contest, entries.len().saturating_sub(seen), lines).await?;
        Ok(Then::Done)
    }

    /// Leaves out of the directory who is called otherwise or is erased. Somebody who had not seen that may bring it back: later, that
    /// is looked for.
    pub(super) async fn forget(&self, contest: &str, entries: Vec<EntryId>) -> Result<Then, Unavailable> {
        if let Some(directory) = self.directory(contest).await?
            && let Some(unseen) = directory.unseen()
        {
            let mut lines = directory.lines();
            let before = lines.len();
            lines.retain(|line| !entries.iter().any(|entry| line.starts_with(entry.as_str())));
            if lines.len() < before {
                self.keep_directory(contest, unseen, text_of(&lines)).await?;
            }
        }
        Ok(Then::Compare(entries, SETTLED))
    }

    /// Are they called as the directory says? Who is not is left out again.
    pub(super) async fn compare(
        &self,
        contest: &str,
        mut entries: Vec<EntryId>,
    ) -> Result<Then, Unavailable> {
        let Some(directory) = self.directory(contest).await? else { return Ok(Then::Done) };
        let lines = directory.lines();
        let later = entries.split_off(entries.len().min(MOST_READ));
        let asked = entries.into_iter().filter(|entry| find(&lines, entry.as_str()).is_some());
        let persons = self.read_persons(contest, asked.map(|entry| (entry, None)).collect()).await?;
        let is_called = |(entry, person): &Known| {
            let line = person.as_ref().map(|person| line_of(entry, person));
            find(&lines, entry.as_str()) == line.as_deref()
        };
        let mut wrong: Vec<EntryId> = Vec::new();
        for known in persons {
            if !is_called(&known) {
                wrong.push(known.0);
            }
        }
        if !wrong.is_empty() {
            self.forget(contest, wrong.clone()).await?;
        }
        wrong.extend(later);
        Ok(if wrong.is_empty() { Then::Done } else { Then::Compare(wrong, SETTLED) })
    }
}
