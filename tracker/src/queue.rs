//! When an event is sent, when again, and when it is done with. Nothing is remembered here: what is in the queue, and
//! how the endpoint was of late, lies in the browser's storage, for all tabs and pages.

use alloc::string::String;

use crate::json::{digits, number};

/// The first wait and the longest, in milliseconds, the half of it left to chance. An endpoint may ask for an hour at
/// most.
const FIRST: u32 = 2_000;
const LONGEST: u32 = 300_000;
const LONGEST_ASKED: u32 = 3_600;

/// While the endpoint fails, that long from one request to the next, whichever tab sends it.
const PAUSE: u32 = 1_000;

/// An event sent that short a while ago may still be answered, to a page that is gone by now: longer than a slow
/// endpoint takes, shorter than a shopper stays.
const MOMENT: u32 = 5_000;

/// What came back; status 0 if nothing did.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, 0 if there was none.
    pub retry_after: u32,
    /// The endpoint's `error`.
    pub error: &'a str,
}

/// What the endpoint had not heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The contest.
    Contest,
    /// The referral code.
    Code,
}

/// What an answer means for its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Final: it counted.
    Done,
    /// Final: it never will.
    Refused {
        /// Why, in the endpoint's words.
        reason: &'a str,
        /// What was not found.
        unknown: Option<Unknown>,
    },
    /// It stays in the queue.
    Again {
        /// In how many milliseconds this page tries again by itself.
        retry: u32,
    },
}

/// What is known of an endpoint whose last answer was a failure; all times in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// Nothing is sent before.
    pub until: u64,
    /// How often it has failed in a row.
    pub failures: u32,
    /// When it failed last.
    pub at: u64,
}

impl Outage {
    /// As it lies in storage.
    pub fn stored(self) -> String {
        [&digits(self.until), " ", &digits(self.failures.into()), " ", &digits(self.at)].concat()
    }

    /// Reads what [`Outage::stored`] wrote.
    pub fn parse(stored: &str) -> Self {
        let mut words = stored.split(' ').map(|word| number(word).unwrap_or_default());
        let mut word = || words.next().unwrap_or_default();
        Self { until: word(), failures: u32::try_from(word()).unwrap_or_default(), at: word() }
    }

    /// Milliseconds until an event may be sent that was `sent` before, 0 if it was not; 0 is now. Neither time is believed
    /// where the clock was set since.
    pub fn wait(self, now: u64, sent: u64) -> u32 {
        let since = left(sent.saturating_add(MOMENT.into()), now, MOMENT);
        since.max(left(self.until, now, LONGEST_ASKED.saturating_mul(1_000)))
    }

    /// An attempt is made while it lasts: the next one has to wait.
    #[must_use]
    pub fn attempt(self, now: u64) -> Self {
        Self { until: now.saturating_add(PAUSE.into()), ..self }
    }

    /// What an answer to an event means that was `sent` then, and what is known of the endpoint now. `chance` spreads the
    /// attempts of many browsers after an outage.
    pub fn answered<'a>(&mut self, now: u64, sent: u64, answer: &Answer<'a>, chance: u32) -> Verdict<'a> {
        let refused = match answer.status {
            200..=299 => None,
            400..=407 | 409..=428 | 430..=499 => {
                let unknown = match answer.error {
                    "Contest not found" => Some(Unknown::Contest),
                    "Referral code not found" => Some(Unknown::Code),
                    _ => None,
                };
                let reason = if answer.error.is_empty() { "the endpoint refused it" } else { answer.error };
                Some(Verdict::Refused { reason, unknown: unknown.filter(|_| answer.status == 404) })
            }
            _ => {
                // Events that were on their way together fail as one.
                let failures = self.failures.saturating_add(u32::from(sent >= self.at));
                let asked = answer.retry_after.min(LONGEST_ASKED).saturating_mul(1_000);
                *self = Self { until: now.saturating_add(asked.max(PAUSE).into()), failures, at: now };
                return Verdict::Again { retry: delay(failures, asked, chance) };
            }
        };
        // What an endpoint asked for holds, though it has just taken another event.
        let until = if self.wait(now, 0) > PAUSE { self.until } else { 0 };
        *self = Self { until, ..Self::default() };
        refused.unwrap_or(Verdict::Done)
    }
}

fn left(until: u64, now: u64, at_most: u32) -> u32 {
    u32::try_from(until.saturating_sub(now)).ok().filter(|left| *left <= at_most).unwrap_or_default()
}

/// Doubles with each failure; half of it is left to chance. Never earlier than the endpoint asked for.
fn delay(failures: u32, asked: u32, chance: u32) -> u32 {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    let half = doubled >> 1;
    let jitter = chance.checked_rem(half).unwrap_or_default();
    asked.max(half).saturating_add(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;
    const NOW: u64 = 20_000 * DAY;

    fn answer(status: u16) -> Answer<'static> {
        Answer { status, retry_after: 0, error: "" }
    }

    #[test]
    fn an_event_leaves_the_queue_on_a_final_answer_only() {
        for (status, is_final) in [
            (200, true),
            (201, true),
            (400, true),
            (403, true),
            (404, true),
            (413, true),
            (0, false),
            (302, false),
            (408, false),
            (429, false),
            (500, false),
            (503, false),
        ] {
            let mut outage = Outage::default();
            let verdict = outage.answered(NOW, NOW, &answer(status), 0);
            assert_eq!(!matches!(verdict, Verdict::Again { .. }), is_final, "{status}");
            assert_eq!(outage == Outage::default(), is_final, "{status}");
        }
    }

    #[test]
    fn a_final_answer_ends_the_outage() {
        let mut outage = Outage::default();
        for (n, (status, failures)) in
            [(0, 1), (503, 2), (200, 0), (0, 1), (400, 0), (429, 1)].into_iter().enumerate()
        {
            let now = NOW + 10_000 * n as u64;
            outage.answered(now, now - 100, &answer(status), 0);
            assert_eq!(outage.failures, failures);
        }
    }

    #[test]
    fn what_the_endpoint_asked_for_holds_though_it_takes_another_event() {
        let mut outage = Outage::default();
        outage.answered(NOW, NOW, &Answer { status: 429, retry_after: 30, error: "" }, 0);
        assert_eq!(outage.answered(NOW + 50, NOW, &answer(201), 0), Verdict::Done);
        assert_eq!(outage.wait(NOW, 0), 30_000);
    }

    #[test]
    fn what_fails_together_is_one_failure() {
        let mut outage = Outage::default();
        for n in 0..5 {
            outage.answered(NOW + 100 + n, NOW + n, &answer(503), 0);
        }
        assert_eq!(outage.failures, 1);
        outage.answered(NOW + 2_100, NOW + 2_000, &answer(503), 0);
        assert_eq!(outage.failures, 2);
    }

    #[test]
    fn waits_longer_each_time_and_as_long_as_it_is_told() {
        for (failures, retry_after, chance, pause, retry) in [
            (1, 0, 0, 1_000, 1_000),
            (1, 0, 999, 1_000, 1_999),
            (1, 0, u32::MAX, 1_000, 1_295),
            (4, 0, 0, 1_000, 8_000),
            (99, 0, 0, 1_000, 150_000),
            (1, 30, 0, 30_000, 30_000),
            (1, 30, 999, 30_000, 30_999),
            (1, 86_400, 0, 3_600_000, 3_600_000),
        ] {
            let mut outage = Outage { until: 0, failures: failures - 1, at: 0 };
            let verdict = outage.answered(NOW, NOW, &Answer { status: 503, retry_after, error: "" }, chance);
            assert_eq!(verdict, Verdict::Again { retry });
            assert_eq!(outage, Outage { until: NOW + pause, failures, at: NOW });
        }
    }

    #[test]
    fn what_was_sent_a_moment_ago_waits_and_so_does_all_while_the_endpoint_wants_nothing() {
        for (sent, until, expected) in [
            (0, 0, 0),
            (NOW, 0, 5_000),
            (NOW - 4_000, 0, 1_000),
            (NOW - 5_000, 0, 0),
            (0, NOW + 1_000, 1_000),
            (0, NOW - 1_000, 0),
            (NOW - 4_000, NOW + 60_000, 60_000),
            // The clock was set back since, or forth.
            (NOW + DAY, 0, 0),
            (0, NOW + DAY, 0),
            (NOW - DAY, NOW - DAY, 0),
        ] {
            let outage = Outage { until, ..Outage::default() };
            assert_eq!(outage.wait(NOW, sent), expected, "{sent} {until}");
        }
    }

    /// Pages of an older version have written it: another form must at least not be misread as a long wait.
    #[test]
    fn the_stored_form_stays_readable() {
        let outage = Outage { until: NOW, failures: 3, at: NOW - 1 };
        assert_eq!(outage.stored(), "1728000000000 3 1727999999999");
        assert_eq!(Outage::parse(&outage.stored()), outage);
        for text in ["", "x y z", "-1"] {
            assert_eq!(Outage::parse(text), Outage::default(), "{text:?}");
        }
    }

    #[test]
    fn knows_what_was_not_found() {
        for (status, error, expected) in [
            (404, "Contest not found", Some(Unknown::Contest)),
            (404, "Referral code not found", Some(Unknown::Code)),
            (404, "", None),
            (400, "Contest not found", None),
        ] {
            let verdict = Outage::default().answered(NOW, NOW, &Answer { status, retry_after: 0, error }, 0);
            assert!(
                matches!(verdict, Verdict::Refused { unknown, reason } if unknown == expected && !reason.is_empty())
            );
        }
    }
}
