//! Times and durations.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::SPACE;
use crate::t;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What the clock shows while it stands, 0 while it goes.
static STANDS_AT: AtomicU64 = AtomicU64::new(0);

/// Now, in µs since the epoch: the computer's clock, or the moment at which [`stop_clock`] stopped it.
#[must_use]
pub fn now() -> u64 {
    match STANDS_AT.load(Ordering::Relaxed) {
        0 => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
        }
        at => at,
    }
}

/// Lets the clock of [`now`] stand at a moment, µs since the epoch, or go again with `None`: what is shown of machines that do
/// not change must not change either.
pub fn stop_clock(at: Option<u64>) {
    STANDS_AT.store(at.unwrap_or_default(), Ordering::Relaxed);
}

/// How long: the two largest units, as `3 h 12 min`, `2 d 4 h`, `45 s`. Below a minute it is seconds.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (first, second) = match seconds {
        DAY.. => (("d", seconds / DAY), ("h", seconds % DAY / HOUR)),
        HOUR.. => (("h", seconds / HOUR), ("min", seconds % HOUR / MINUTE)),
        MINUTE.. => (("min", seconds / MINUTE), ("s", 0)),
        _ => (("s", seconds), ("", 0)),
    };
    // Days are written differently in other languages, the others are SI.
    let part = |(unit, count): (&str, u64)| if unit == "d" { t!("unit-days", count = count) } else { format!("{count}{SPACE}{unit}") };
    if second.1 == 0 { part(first) } else { format!("{}{SPACE}{}", part(first), part(second)) }
}

/// How long something will still take: `about 1 min left`. Rounded up, so that it does not claim to be done early.
#[must_use]
pub fn left(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let rounded = match seconds {
        HOUR.. => seconds.div_ceil(10 * MINUTE) * 10 * MINUTE,
        50.. => seconds.div_ceil(MINUTE) * MINUTE,
        10.. => seconds.div_ceil(10) * 10,
        _ => return t!("unit-left-soon"),
    };
    t!("unit-left", time = self::duration(Duration::from_secs(rounded)))
}

/// A time on this computer's clock: `10:21`.
#[must_use]
pub fn clock(time: u64) -> String {
    clock_in(time, &TimeZone::system())
}

/// The same in a certain time zone.
#[must_use]
pub fn clock_in(time: u64, zone: &TimeZone) -> String {
    zoned(time, zone).map_or_else(|| super::NONE.to_owned(), |time| format!("{:02}:{:02}", time.hour(), time.minute()))
}

/// A day: `20 Nov 2025`.
#[must_use]
pub fn date(time: u64) -> String {
    date_in(time, &TimeZone::system())
}

/// The same in a certain time zone.
#[must_use]
pub fn date_in(time: u64, zone: &TimeZone) -> String {
    zoned(time, zone).map_or_else(
        || super::NONE.to_owned(),
        |time| {
            let month = crate::locale::text(&format!("unit-month-{}", time.month()));
            // As texts: years are not grouped.
            t!("unit-date", day = time.day().to_string(), month = month, year = time.year().to_string())
        },
    )
}

/// A time as seen from another: `10:21` on the same day, `yesterday 10:21`, else `20 Nov 2025 10:21`.
#[must_use]
pub fn moment(time: u64, now: u64) -> String {
    moment_in(time, now, &TimeZone::system())
}

/// The same in a certain time zone.
#[must_use]
pub fn moment_in(time: u64, now: u64, zone: &TimeZone) -> String {
    let (Some(then), Some(today)) = (zoned(time, zone), zoned(now, zone)) else { return super::NONE.to_owned() };
    let clock = clock_in(time, zone);
    if then.date() == today.date() {
        clock
    } else if today.date().yesterday().is_ok_and(|yesterday| yesterday == then.date()) {
        t!("unit-yesterday", time = clock)
    } else {
        t!("unit-moment", date = date_in(time, zone), time = clock)
    }
}

/// µs since the epoch of a local date and time; 0 if there is no such time.
#[must_use]
pub fn local(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> u64 {
    let date = jiff::civil::DateTime::new(year, month, day, hour, minute, 0, 0);
    let zoned = date.and_then(|date| date.to_zoned(TimeZone::system()));
    zoned.map_or(0, |time| u64::try_from(time.timestamp().as_microsecond()).unwrap_or(0))
}

/// `None` for 0, which means "not known", and for what is beyond the calendar.
fn zoned(time: u64, zone: &TimeZone) -> Option<Zoned> {
    let microseconds = i64::try_from(time).ok().filter(|&time| time > 0)?;
    // A time that the calendar does not have is shown as not known.
    Timestamp::from_microsecond(microseconds).ok().map(|time| time.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;

    /// 2025-11-20 09:51:00 UTC.
    const MORNING: u64 = 1_763_632_260_000_000;
    const DAY_MICROSECONDS: u64 = 86_400_000_000;

    fn plain(text: &str) -> String {
        text.replace(SPACE, " ")
    }

    #[test]
    fn durations_have_at_most_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (45, "45 s"),
            (60, "1 min"),
            (125, "2 min"),
            (3 * HOUR + 12 * MINUTE + 5, "3 h 12 min"),
            (2 * HOUR, "2 h"),
            (2 * DAY + 4 * HOUR, "2 d 4 h"),
        ] {
            assert_eq!(plain(&duration(Duration::from_secs(seconds))), text);
        }
    }

    #[test]
    fn the_time_left_is_rounded_up() {
        for (seconds, text) in [
            (3, "a few seconds left"),
            (11, "about 20 s left"),
            (58, "about 1 min left"),
            (61, "about 2 min left"),
            (HOUR + 1, "about 1 h 10 min left"),
        ] {
            assert_eq!(plain(&left(Duration::from_secs(seconds))), text);
        }
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_person() {
        assert_eq!(clock_in(MORNING, &TimeZone::UTC), "09:51");
        assert_eq!(clock_in(MORNING, &TimeZone::fixed(tz::offset(1))), "10:51");
        assert_eq!(plain(&date_in(MORNING, &TimeZone::UTC)), "20 Nov 2025");
        assert_eq!(clock_in(0, &TimeZone::UTC), "–");
        assert_eq!(date_in(u64::MAX, &TimeZone::UTC), "–");
    }

    #[test]
    fn a_moment_says_the_day_only_if_it_was_another() {
        let moment = |then| plain(&moment_in(then, MORNING, &TimeZone::UTC));
        assert_eq!(moment(MORNING - 60_000_000), "09:50");
        assert_eq!(moment(MORNING - DAY_MICROSECONDS), "yesterday 09:51");
        assert_eq!(moment(MORNING - 2 * DAY_MICROSECONDS), "18 Nov 2025 09:51");
    }

    #[test]
    fn a_local_time_is_told_as_it_was_given() {
        assert_eq!(clock(local(2025, 11, 20, 10, 24)), "10:24");
        assert_eq!(local(2025, 13, 1, 0, 0), 0);
    }
}
