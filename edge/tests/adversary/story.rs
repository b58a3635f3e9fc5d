//! What happened, in the words of a person who has to find out why it went wrong.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

#[derive(Default)]
struct Line {
    began: u64,
    ended: Option<u64>,
    place: &'static str,
    words: String,
    outcome: String,
    notes: Vec<String>,
}

/// Every request, as they began. Copies are the same one.
#[derive(Clone, Default)]
pub struct Story(Rc<Inner>);

#[derive(Default)]
struct Inner {
    lines: RefCell<Vec<Line>>,
    begins: Cell<u64>,
    is_over: Cell<bool>,
}

impl Story {
    pub fn begins(&self, now: u64, place: &'static str, words: &str) -> Option<usize> {
        if self.0.is_over.get() {
            return None;
        }
        let mut lines = self.0.lines.borrow_mut();
        let (words, outcome) = (words.to_owned(), "never answered".to_owned());
        lines.push(Line { began: now, place, words, outcome, ..Line::default() });
        lines.len().checked_sub(1)
    }

    pub fn ends(&self, line: Option<usize>, now: u64, outcome: String, notes: Vec<String>) {
        let mut lines = self.0.lines.borrow_mut();
        if let Some(line) = line.and_then(|line| lines.get_mut(line)) {
            (line.ended, line.outcome, line.notes) = (Some(now), outcome, notes);
        }
    }

    /// What comes after it is nobody's story, until it goes on; says how many requests it had.
    pub fn pause(&self) -> usize {
        self.0.is_over.set(true);
        self.0.lines.borrow().len()
    }

    pub fn go_on(&self) {
        self.0.is_over.set(false);
    }

    /// Forgets what was before the story.
    pub fn begin_here(&self, now: u64) {
        self.0.begins.set(now);
        self.0.lines.borrow_mut().clear();
    }

    /// `names` are put in the place of ids.
    pub fn tell(&self, names: &[(String, String)]) -> String {
        let mut told = String::new();
        for line in self.0.lines.borrow().iter() {
            let took = line.ended.map(|ended| format!(", after {}", seconds(ended - line.began)));
            let took = took.unwrap_or_default();
            writeln!(
                told,
                "{:>9}  {:<10} {} → {}{took}",
                seconds(line.began - self.0.begins.get()),
                line.place,
                line.words,
                line.outcome
            )
            .unwrap();
            for note in &line.notes {
                writeln!(told, "{:>24}{note}", "· ").unwrap();
            }
        }
        names.iter().fold(told, |told, (id, name)| told.replace(id, name))
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_says_when_where_what_and_what_came_of_it() {
        let story = Story::default();
        let line = story.begins(12_430, "Frankfurt", "Joe's browser signs him up with JANE");
        story.begins(13_000, "Sydney", "Joe's browser, again");
        let refused = "fact/demo/joined/0123: KV PUT failed: 503".to_owned();
        story.ends(line, 14_630, "503".to_owned(), vec![refused]);
        let told = story.tell(&[("0123".to_owned(), "joe".to_owned())]);
        let expected = "   12.4 s  Frankfurt  Joe's browser signs him up with JANE → 503, after 2.2 s\n                      · fact/demo/joined/joe: KV PUT failed: 503\n   13.0 s  Sydney     Joe's browser, again → never answered\n";
        assert_eq!(told, expected);
    }
}
