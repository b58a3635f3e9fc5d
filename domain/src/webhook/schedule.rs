//! When a delivery that failed is tried again: soon, ever later, and for a day in all.

/// Seconds from a failed attempt to the next. Their sum is below a day, also with the time that the attempts take.
const DELAYS: [u32; 10] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 36_000];

/// How often a delivery is tried, the first time included.
pub const ATTEMPTS: u32 = 11;

/// The seconds until the attempt after this one, from 1; `None` where it was the last.
///
/// `jitter` takes up to a fifth off, so that what failed together does not come back together.
pub fn delay_after(attempt: u32, jitter: u8) -> Option<u32> {
    let delay = *DELAYS.get(usize::try_from(attempt.checked_sub(1)?).ok()?)?;
    let off = u64::from(delay).saturating_mul(jitter.into()) / (5 * 256);
    Some(delay.saturating_sub(u32::try_from(off).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_a_day_ever_later() {
        let delays = |jitter| (1..).map_while(|attempt| delay_after(attempt, jitter)).collect::<Vec<_>>();
        let (longest, shortest) = (delays(0), delays(255));
        assert_eq!(longest.len() + 1, ATTEMPTS as usize);
        assert!(longest.is_sorted() && shortest.is_sorted());
        assert_eq!((longest[0], shortest[0]), (5, 5));
        let hours = |delays: &[u32]| delays.iter().sum::<u32>() / 3_600;
        assert_eq!((hours(&longest), hours(&shortest)), (23, 18));
        // The slowest answer takes 15 s.
        assert!(longest.iter().sum::<u32>() + ATTEMPTS * 15 < 86_400);
        assert_eq!(
            (delay_after(0, 0), delay_after(ATTEMPTS, 0), delay_after(u32::MAX, 0)),
            (None, None, None)
        );
    }
}
