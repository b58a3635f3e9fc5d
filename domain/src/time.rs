//! Moments, as milliseconds since 1970 in UTC. Nobody asks for `now` here: it is an argument.

use alloc::string::{String, ToString};

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};

/// A moment, to the millisecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Timestamp(i64);

/// How far a browser's clock may be ahead, and how long an event may have waited in its queue,
/// for its own time to be believed.
const AHEAD: i64 = 5 * 60 * 1_000;
const BEHIND: i64 = 30 * DAY;

/// A day in UTC has no leap seconds.
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// Milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads `2026-12-31T23:59:59Z` or any RFC 3339 time; a date alone is its first moment in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
        time.or_else(|| day(text)).map(Self)
    }

    /// The same of an end: a date alone is its last moment in UTC.
    pub fn parse_end(text: &str) -> Option<Self> {
        let whole_day = if day(text.trim()).is_some() { DAY.saturating_sub(1) } else { 0 };
        Self::parse(text).map(|at| Self(at.0.saturating_add(whole_day)))
    }

    /// `2026-12-31T23:59:59.000Z`
    pub fn to_rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The day in UTC, as `2026-12-31`.
    pub fn day(self) -> String {
        self.utc().date_naive().to_string()
    }

    /// The day in UTC, counted from 1970.
    pub fn day_number(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The first moment of a day.
    pub fn from_day_number(day: i64) -> Self {
        Self(day.saturating_mul(DAY))
    }

    /// Is it in the `days` before `later`, or at that very moment?
    pub fn is_within(self, days: u16, later: Self) -> bool {
        let age = later.0.saturating_sub(self.0);
        age >= 0 && age <= i64::from(days).saturating_mul(DAY)
    }

    /// The moment of an event whose id is a UUID of version 7, which begins with the time it was made.
    ///
    /// A retry then says the same time as the first attempt did. A time that cannot be is `now`.
    pub fn of_event(event_id: Option<&str>, now: Self) -> Self {
        let made = event_id.and_then(uuid7_millis).map(Self);
        made.filter(|at| at.0 <= now.0.saturating_add(AHEAD) && at.0 >= now.0.saturating_sub(BEHIND))
            .unwrap_or(now)
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

/// The first moment of a date in UTC. (What chrono reads dates by reads every other form as well, in ten kilobytes.)
fn day(text: &str) -> Option<i64> {
    let (year, rest) = text.split_once('-').filter(|(year, _)| year.len() == 4)?;
    let (month, day) = rest.split_once('-')?;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    Some(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

/// RFC 9562, 5.7: 48 bits of milliseconds, then the version.
fn uuid7_millis(id: &str) -> Option<i64> {
    let bytes = id.as_bytes();
    let dashes = [8, 13, 18, 23].iter().all(|&at| bytes.get(at) == Some(&b'-'));
    if bytes.len() != 36 || !dashes || bytes.get(14) != Some(&b'7') {
        return None;
    }
    let (high, low) = (id.get(..8)?, id.get(9..13)?);
    let digits =
        |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit()).then(|| i64::from_str_radix(text, 16).ok());
    Some((digits(high)?? << 16) | digits(low)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_and_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1970-01-01T02:00:00.500+02:00", Some(500)),
            (" 1970-01-02 ", Some(86_400_000)),
            ("1970-1-2", Some(86_400_000)),
            ("2024-02-29", Some(1_709_164_800_000)),
            ("2026-02-29", None),
            ("1970-13-01", None),
            ("1970-01", None),
            ("01970-01-02", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::millis), expected, "{text}");
        }
        assert_eq!(Timestamp::parse_end("1970-01-02"), Some(Timestamp(2 * DAY - 1)));
        assert_eq!(Timestamp::parse_end("1970-01-01T00:00:01Z"), Some(Timestamp(1_000)));
        assert_eq!(Timestamp(1_000).to_rfc3339(), "1970-01-01T00:00:01.000Z");
        assert_eq!(Timestamp(86_400_000).day(), "1970-01-02");
    }

    #[test]
    fn an_event_happened_when_its_id_was_made_if_that_can_be() {
        let made = Timestamp(0x0193_e0c2_8f1a);
        let id = "0193e0c2-8f1a-7c3d-9b1e-2f6a7c8d9e0f";
        let day = 86_400_000;
        for (id, now, expected) in [
            (id, made.0, made.0),
            (id, made.0 + 3 * day, made.0),
            (id, made.0 - 60_000, made.0),
            (id, made.0 - day, made.0 - day),
            (id, made.0 + 31 * day, made.0 + 31 * day),
            ("0193e0c2-8f1a-4c3d-9b1e-2f6a7c8d9e0f", 5, 5),
            ("0193e0c2-+f1a-7c3d-9b1e-2f6a7c8d9e0f", 5, 5),
            ("order-1001", 5, 5),
        ] {
            assert_eq!(Timestamp::of_event(Some(id), Timestamp(now)), Timestamp(expected), "{id} {now}");
        }
        assert_eq!(Timestamp::of_event(None, Timestamp(7)), Timestamp(7));
    }

    #[test]
    fn a_window_ends_with_its_last_millisecond() {
        let day = 86_400_000;
        for (then, expected) in [(day, true), (2 * day, true), (2 * day + 1, false), (day - 1, false)] {
            assert_eq!(Timestamp(day).is_within(1, Timestamp(then)), expected, "{then}");
        }
    }
}
