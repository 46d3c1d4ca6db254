//! The pictures of machines' screens: fetched two at a time, made small off the thread that draws, kept for 64 machines.

use std::collections::{HashMap, VecDeque};

use client::{Client, Error, Prompt};
use iced::{Task, widget::image::Handle};

use crate::model::{Key, Model, Pictures};

mod picture;

pub use picture::decode;

/// How many pictures are kept.
pub const MOST: usize = 64;
/// How many are fetched at once.
pub const AT_ONCE: usize = 2;
/// The service makes a picture smaller, never larger; no screen is wider than this.
const WHOLE: u32 = 8192;

/// What a screen showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// To be drawn.
    pub handle: Handle,
    /// Its width and height.
    pub size: (u32, u32),
    /// Width and height of the machine's screen, if they are known.
    pub screen: Option<(u32, u32)>,
}

/// How a fetch ended.
#[derive(Clone, Debug)]
pub struct Fetched {
    key: Key,
    result: Result<Picture, Error>,
}

/// Pictures by machine.
#[derive(Debug)]
pub struct Thumbnails {
    width: u32,
    learns_size: bool,
    entries: HashMap<Key, Entry>,
    waiting: VecDeque<Key>,
    running: Vec<Key>,
    clock: u64,
}

#[derive(Debug, Default)]
struct Entry {
    picture: Option<Picture>,
    error: Option<Error>,
    used: u64,
}

impl Thumbnails {
    /// Pictures of this width; with `learns_size` the first of a machine is fetched whole, to know the size of its screen.
    #[must_use]
    pub fn new(width: u32, learns_size: bool) -> Self {
        Self { width, learns_size, entries: HashMap::new(), waiting: VecDeque::new(), running: Vec::new(), clock: 0 }
    }

    /// The last picture of a machine.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Picture> {
        self.entries.get(key)?.picture.as_ref()
    }

    /// The last picture of a machine, as it is drawn.
    #[must_use]
    pub fn handle(&self, key: &Key) -> Option<&Handle> {
        self.get(key).map(|picture| &picture.handle)
    }

    /// Why there is no new picture of a machine.
    #[must_use]
    pub fn error(&self, key: &Key) -> Option<&Error> {
        self.entries.get(key)?.error.as_ref()
    }

    /// Whether nothing is known yet, neither a picture nor why there is none.
    #[must_use]
    pub fn is_pending(&self, key: &Key) -> bool {
        !self.entries.contains_key(key)
    }

    /// Fetches pictures of those of these machines that run and have none yet.
    pub fn want_first(&mut self, model: &Model, keys: &[Key]) -> Task<Fetched> {
        let runs = |key: &&Key| model.machine(key).is_some_and(client::Machine::is_active);
        let first: Vec<Key> = keys.iter().filter(runs).filter(|key| self.is_pending(key)).cloned().collect();
        let is_on_its_way = |key: &Key| self.waiting.contains(key) || self.running.contains(key);
        if first.iter().all(is_on_its_way) { Task::none() } else { self.want(model, &first) }
    }

    /// Fetches new pictures of these machines, as far as they run and none is on its way. What waited before and is not
    /// wanted any more is left out.
    pub fn want(&mut self, model: &Model, keys: &[Key]) -> Task<Fetched> {
        if model.pictures() != Pictures::On {
            self.waiting.clear();
            return Task::none();
        }
        let runs = |key: &Key| model.machine(key).is_some_and(client::Machine::is_active);
        self.waiting = keys.iter().filter(|key| runs(key) && !self.running.contains(key)).take(MOST).cloned().collect();
        self.next(model)
    }

    /// Fetches a picture that a person asked for: it may take a password. The others come by themselves and never do.
    pub fn ask(&mut self, model: &Model, key: &Key) -> Task<Fetched> {
        let client = model.host(&key.host).and_then(|host| host.client.clone());
        let Some(client) = client.filter(|_| !self.running.contains(key)) else { return Task::none() };
        self.running.push(key.clone());
        Task::perform(fetch(client, key.clone(), self.width, self.learns_size, Prompt::Allowed), |fetched| fetched)
    }

    /// Takes a picture in, and fetches the next that waits.
    pub fn fetched(&mut self, model: &Model, fetched: Fetched) -> Task<Fetched> {
        self.running.retain(|key| *key != fetched.key);
        self.store(fetched);
        self.next(model)
    }

    /// Forgets pictures of machines that do not run any more.
    pub fn forget_stopped(&mut self, model: &Model) {
        self.entries.retain(|key, _| model.machine(key).is_some_and(client::Machine::is_active));
    }

    /// Takes in a picture that was had another way.
    #[cfg(test)]
    pub(crate) fn insert(&mut self, key: Key, result: Result<Picture, Error>) {
        self.store(Fetched { key, result });
    }

    fn store(&mut self, Fetched { key, result }: Fetched) {
        self.clock += 1;
        let entry = self.entries.entry(key).or_default();
        entry.used = self.clock;
        match result {
            Ok(mut picture) => {
                let before = entry.picture.as_ref().filter(|before| before.size == picture.size);
                picture.screen = picture.screen.or_else(|| before?.screen);
                (entry.picture, entry.error) = (Some(picture), None);
            }
            Err(error) => (entry.picture, entry.error) = (None, Some(error)),
        }
        if self.entries.len() > MOST
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone())
        {
            self.entries.remove(&oldest);
        }
    }

    fn next(&mut self, model: &Model) -> Task<Fetched> {
        let mut tasks = Vec::new();
        while self.running.len() < AT_ONCE {
            let Some(key) = self.waiting.pop_front() else { break };
            let Some(client) = model.host(&key.host).and_then(|host| host.client.clone()) else { continue };
            let knows_size = self.get(&key).is_some_and(|picture| picture.screen.is_some());
            let is_whole = self.learns_size && !knows_size;
            self.running.push(key.clone());
            tasks.push(Task::perform(fetch(client, key, self.width, is_whole, Prompt::Never), |fetched| fetched));
        }
        Task::batch(tasks)
    }
}

async fn fetch(client: Client, key: Key, width: u32, is_whole: bool, prompt: Prompt) -> Fetched {
    let result = async {
        let png = client.screenshot(key.machine, if is_whole { WHOLE } else { width }, prompt).await?;
        let decoded = tokio::task::spawn_blocking(move || decode(&png, width, is_whole)).await;
        decoded.map_err(|error| Error::Other(error.to_string()))?
    };
    Fetched { result: result.await, key }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use client::{Event, Host, Machine, Service, State, Uuid, demo};

    use super::*;

    fn model(count: u128) -> (Model, Vec<Key>) {
        let mut model = Model::default();
        let address = client::host::Address::Demo;
        model.set_hosts(vec![Host { id: "here".into(), name: String::new(), address, auto_connect: true }]);
        let machine = |id| Machine { id: Uuid::from_u128(id), state: State::Running, ..Machine::default() };
        model.apply("here", Event::Machines(Arc::new((1..=count).map(machine).collect())));
        let keys = (1..=count).map(|id| Key { host: "here".into(), machine: Uuid::from_u128(id) }).collect();
        (model, keys)
    }

    fn connected(count: u128) -> (Model, Vec<Key>) {
        let (mut model, keys) = model(count);
        model.apply("here", Event::Connected(Client::from(demo::Demo::new(demo::Preset::Frozen)), Service::default()));
        (model, keys)
    }

    fn picture(width: u32) -> Picture {
        Picture { handle: Handle::from_rgba(1, 1, vec![0; 4]), size: (width, 1), screen: None }
    }

    #[test]
    fn machines_that_have_no_picture_yet_get_one_at_once_and_only_one() {
        let (model, keys) = connected(3);
        let mut thumbnails = Thumbnails::new(10, false);
        thumbnails.insert(keys[0].clone(), Ok(picture(10)));
        assert_eq!(thumbnails.want_first(&model, &keys).units(), 2);
        assert_eq!(thumbnails.running, keys[1..]);
        assert_eq!(thumbnails.want_first(&model, &keys).units(), 0, "both are on their way");
        for key in &keys[1..] {
            let _ = thumbnails.fetched(&model, Fetched { key: key.clone(), result: Ok(picture(10)) });
        }
        assert_eq!(thumbnails.want_first(&model, &keys).units(), 0);
        assert!(thumbnails.running.is_empty() && thumbnails.waiting.is_empty());
    }

    #[test]
    fn no_more_than_two_are_fetched_at_once() {
        let (model, keys) = connected(5);
        let mut thumbnails = Thumbnails::new(10, false);
        let task = thumbnails.want(&model, &keys);
        assert_eq!((task.units(), thumbnails.waiting.len()), (2, 3));
        let task = thumbnails.want(&model, &keys);
        assert_eq!((task.units(), thumbnails.waiting.len()), (0, 3));
        let task = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Ok(picture(10)) });
        assert_eq!((task.units(), thumbnails.waiting.len()), (1, 2));
        assert!(thumbnails.get(&keys[0]).is_some());
    }

    #[test]
    fn no_more_than_64_are_kept_and_the_oldest_goes() {
        let (model, keys) = model(70);
        let mut thumbnails = Thumbnails::new(10, false);
        for key in &keys {
            let _ = thumbnails.fetched(&model, Fetched { key: key.clone(), result: Ok(picture(10)) });
        }
        assert_eq!(thumbnails.entries.len(), MOST);
        assert!(thumbnails.get(&keys[0]).is_none() && thumbnails.get(&keys[69]).is_some());
    }

    #[test]
    fn a_failure_replaces_the_picture_by_its_reason() {
        let (model, keys) = model(1);
        let mut thumbnails = Thumbnails::new(10, false);
        let _ = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Ok(picture(10)) });
        let _ = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Err(Error::Gone("x".into())) });
        assert!(thumbnails.get(&keys[0]).is_none() && thumbnails.error(&keys[0]).is_some());
    }

    #[test]
    fn the_size_of_the_screen_stays_known_until_the_picture_has_another_shape() {
        let (model, keys) = model(1);
        let mut thumbnails = Thumbnails::new(10, true);
        let whole = Picture { screen: Some((1920, 1080)), ..picture(10) };
        let _ = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Ok(whole) });
        let _ = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Ok(picture(10)) });
        assert_eq!(thumbnails.get(&keys[0]).and_then(|picture| picture.screen), Some((1920, 1080)));
        let _ = thumbnails.fetched(&model, Fetched { key: keys[0].clone(), result: Ok(picture(9)) });
        assert_eq!(thumbnails.get(&keys[0]).and_then(|picture| picture.screen), None);
    }
}
