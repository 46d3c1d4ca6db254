//! Which news a person is told, and when: as the settings say, not while it is quiet, and of each machine one a minute.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use client::settings::{Notify, When};

use crate::{
    news::{News, What},
    note::About,
};

/// Between two notifications about the same.
pub const PAUSE: Duration = Duration::from_secs(60);
/// A host that is back within this time was only restarted.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How long quiet lasts.
pub const QUIET: Duration = Duration::from_secs(3600);
/// Work that took less is not worth telling.
const LONG: u64 = 10_000_000;

/// What is to be told now.
#[derive(Clone, Debug, PartialEq)]
pub enum Tell {
    /// This, and that so many more have happened.
    News(News, usize),
    /// What was told of this no longer holds.
    Withdraw(About),
}

#[derive(Debug)]
struct Told {
    at: Instant,
    weight: u8,
    /// The worst that was kept back since, and how many there were.
    waiting: Option<(News, usize)>,
}

/// What was told when.
#[derive(Debug, Default)]
pub struct Policy {
    told: HashMap<About, Told>,
    /// Hosts that are lost, since when, and whether that was told.
    lost: HashMap<About, (Instant, Option<News>)>,
    quiet_until: Option<Instant>,
}

impl Policy {
    /// Whether it is quiet.
    #[must_use]
    pub fn is_quiet(&self, now: Instant) -> bool {
        self.quiet_until.is_some_and(|until| now < until)
    }

    /// Quiet for an hour, or no longer.
    pub fn toggle_quiet(&mut self, now: Instant) {
        self.quiet_until = if self.is_quiet(now) { None } else { Some(now + QUIET) };
    }

    /// Takes news. `is_shown`: the application shows a window; `now_us`: the time, µs since the epoch.
    pub fn take(&mut self, news: News, notify: &Notify, is_shown: bool, now: Instant, now_us: u64) -> Vec<Tell> {
        let is_wanted = match news.what.when(notify) {
            When::Off => false,
            When::Hidden => !is_shown,
            When::Always => true,
        };
        let about = about(&news);
        match &news.what {
            What::HostBack => return self.back(&about),
            What::HostLost(_) | What::LibvirtLost(_) => {
                // Told later, if it is still lost then.
                self.lost.insert(about, (now + PATIENCE, (is_wanted && !self.is_quiet(now)).then_some(news)));
                return Vec::new();
            }
            what if !is_worth(what, now_us) => return Vec::new(),
            _ => {}
        }
        if !is_wanted || self.is_quiet(now) {
            return Vec::new();
        }
        self.limit(about, news, now).into_iter().collect()
    }

    /// One of each machine a minute; but what is worse than the last does not wait.
    fn limit(&mut self, about: About, news: News, now: Instant) -> Option<Tell> {
        let weight = news.what.weight();
        if let Some(told) = self.told.get_mut(&about).filter(|told| now < told.at + PAUSE && weight <= told.weight) {
            told.waiting = Some(match told.waiting.take() {
                Some((kept, count)) if kept.what.weight() > weight => (kept, count + 1),
                Some((_, count)) => (news, count + 1),
                None => (news, 1),
            });
            return None;
        }
        let kept_back = self.told.insert(about, Told { at: now, weight, waiting: None });
        Some(Tell::News(news, kept_back.and_then(|told| told.waiting).map_or(0, |(_, count)| count)))
    }

    fn back(&mut self, about: &About) -> Vec<Tell> {
        match self.lost.remove(about) {
            Some((_, None)) => vec![Tell::Withdraw(about.clone())],
            _ => Vec::new(),
        }
    }

    /// When to look again: `None` while nothing waits.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        let waiting = self.told.values().filter(|told| told.waiting.is_some()).map(|told| told.at + PAUSE);
        let lost = self.lost.values().filter(|(_, news)| news.is_some()).map(|(at, _)| *at);
        waiting.chain(lost).chain(self.quiet_until).min()
    }

    /// What has waited long enough.
    pub fn due(&mut self, now: Instant) -> Vec<Tell> {
        if self.quiet_until.is_some_and(|until| until <= now) {
            self.quiet_until = None;
        }
        let is_quiet = self.is_quiet(now);
        let mut tell = Vec::new();
        for told in self.told.values_mut().filter(|told| told.at + PAUSE <= now) {
            if let Some((news, count)) = told.waiting.take().filter(|_| !is_quiet) {
                told.at = now;
                told.weight = news.what.weight();
                tell.push(Tell::News(news, count - 1));
            }
        }
        self.told.retain(|_, told| now < told.at + PAUSE);
        for (at, news) in self.lost.values_mut() {
            if *at <= now {
                tell.extend(news.take().filter(|_| !is_quiet).map(|news| Tell::News(news, 0)));
            }
        }
        tell
    }
}

/// What a notification of it would be about.
#[must_use]
pub fn about(news: &News) -> About {
    match &news.machine {
        Some((machine, _)) => About::Machine(news.host.clone(), *machine),
        None => About::Host(news.host.clone()),
    }
}

fn is_worth(what: &What, now: u64) -> bool {
    match what {
        What::JobFinished(job) => {
            let is_awaited = matches!(job.operation.as_str(), "machine-save" | "machine-core-dump");
            is_awaited || (job.started > 0 && now.saturating_sub(job.started) >= LONG)
        }
        // Who cancelled it knows.
        What::JobFailed(_, error) => error.kind() != Some(client::ErrorKind::Cancelled) && !error.is_dismissed(),
        _ => true,
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
