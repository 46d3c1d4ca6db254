//! The machine on whose curve the pointer rests, or the host on whose bar. Its larger chart shows the last minute at once, and ten as soon as its host has told
//! them.

use client::{Error, Series};
use iced::Task;

use super::{Message as Of, Screen};
use crate::{
    action::Action,
    app,
    model::{History, Key, Model, figures::HOST},
};

/// Where the pointer rests, and what is known of that machine.
#[derive(Debug, Default)]
pub(super) struct Hover(Option<(Key, History)>);

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The pointer rests on this machine's curve, or on none.
    Rests(Option<Key>),
    /// What its host kept of a machine.
    Kept(Key, Box<Result<Series, Error>>),
}

impl Hover {
    /// What is known of the machine, if the pointer rests on it.
    pub(super) fn of(&self, key: &Key) -> Option<&History> {
        self.0.as_ref().filter(|(on, _)| on == key).map(|(_, history)| history)
    }

    /// Takes in the newest figures.
    pub(super) fn follow(&mut self, model: &Model) {
        let Some((key, history)) = &mut self.0 else { return };
        if let Some(host) = model.host(&key.host) {
            history.extend(host.minute(key.machine));
        }
    }
}

impl Screen {
    pub(super) fn hovers(&mut self, message: Message, model: &Model) -> Action {
        match message {
            Message::Rests(key) => {
                let task = key.as_ref().map_or_else(Task::none, |key| ask(key, model));
                self.hover = Hover(key.map(|key| (key, History::default())));
                self.hover.follow(model);
                if task.units() > 0 { Action::Task(task) } else { Action::None }
            }
            Message::Kept(key, series) => {
                // Without an answer the chart stays as it is: nobody asked for more than to see it.
                if let (Some((on, history)), Ok(series)) = (&mut self.hover.0, *series)
                    && *on == key
                {
                    history.take_older(series);
                }
                Action::None
            }
        }
    }
}

fn ask(key: &Key, model: &Model) -> Task<app::Message> {
    let Some(client) = model.host(&key.host).and_then(|host| host.client.clone()) else { return Task::none() };
    let (machine, key) = (key.machine, key.clone());
    let asked = async move { if machine == HOST { client.host_history().await } else { client.history(machine).await } };
    Task::perform(asked, move |series| app::Message::Main(Of::Hover(Message::Kept(key.clone(), Box::new(series)))))
}

#[cfg(test)]
mod tests {
    use client::{ErrorKind, Event, Point, Sample, Sampled, settings::Settings};

    use super::*;
    use crate::{dialog::test, model::history::SECOND, window::Layout};

    const START: u64 = 5_000 * SECOND;

    struct Seen {
        model: Model,
        screen: Screen,
        layout: Layout,
        settings: Settings,
    }

    impl Seen {
        fn new() -> Self {
            let (settings, layout) = (Settings::default(), Layout::default());
            let mut seen = Self { model: test::model(), screen: Screen::new(&settings, &layout), layout, settings };
            seen.sample(START);
            seen
        }

        fn sample(&mut self, time: u64) {
            let samples = ["win11-gaming", "kali-lab"].map(|name| Sample { machine: test::key(name).machine, point: Point::default() });
            self.model.apply("system", Event::Sampled(Sampled { time, samples: samples.to_vec(), ..Sampled::default() }.into()));
            let _ = self.screen.model_changed(&self.model, &self.settings, &self.layout);
        }

        fn rests(&mut self, key: Option<Key>) -> Action {
            self.screen.hovers(Message::Rests(key), &self.model)
        }

        fn kept(&mut self, key: &Key, series: Result<Series, Error>) {
            let message = Of::Hover(Message::Kept(key.clone(), Box::new(series)));
            let _ = self.screen.update(&self.model, &self.settings, &mut self.layout, message);
        }

        fn span(&self, key: &Key) -> Option<(u64, u64)> {
            self.screen.hover.of(key).and_then(History::span)
        }
    }

    fn earlier() -> Series {
        let points = (1..=60).rev().map(|n| (START - n * 10 * SECOND, Point::default()));
        Series { interval: 10.0, points: points.collect() }
    }

    #[tokio::test]
    async fn the_minute_is_there_at_once_and_ten_minutes_with_the_answer() {
        let (mut seen, key) = (Seen::new(), test::key("win11-gaming"));
        assert!(matches!(seen.rests(Some(key.clone())), Action::Task(task) if task.units() == 1), "one question");
        assert_eq!(seen.span(&key), Some((START, START)));
        seen.kept(&key, Ok(earlier()));
        assert_eq!(seen.span(&key), Some((START - 600 * SECOND, START)));
    }

    #[tokio::test]
    async fn new_figures_come_to_the_chart_while_the_pointer_rests_and_ask_for_nothing() {
        let (mut seen, key) = (Seen::new(), test::key("win11-gaming"));
        let _ = seen.rests(Some(key.clone()));
        seen.kept(&key, Ok(earlier()));
        (1..=90).for_each(|n| seen.sample(START + n * 2 * SECOND));
        assert_eq!(seen.span(&key), Some((START - 600 * SECOND, START + 180 * SECOND)));
        let (points, gap) = seen.screen.hover.of(&key).unwrap().thin((0, START * 2));
        assert!(points.windows(2).all(|pair| pair[1].0 - pair[0].0 <= gap), "nothing is missing between the two");
    }

    #[tokio::test]
    async fn the_answer_for_a_machine_that_the_pointer_has_left_is_dropped() {
        let (mut seen, key, other) = (Seen::new(), test::key("win11-gaming"), test::key("kali-lab"));
        let _ = seen.rests(Some(key.clone()));
        assert!(matches!(seen.rests(None), Action::None));
        seen.kept(&key, Ok(earlier()));
        assert_eq!(seen.span(&key), None);
        let _ = seen.rests(Some(other.clone()));
        seen.kept(&key, Ok(earlier()));
        assert_eq!(seen.span(&other), Some((START, START)));
    }

    #[tokio::test]
    async fn without_an_answer_the_minute_stays() {
        let (mut seen, key) = (Seen::new(), test::key("win11-gaming"));
        let _ = seen.rests(Some(key.clone()));
        seen.kept(&key, Err(test::error(ErrorKind::Failed, &[])));
        assert_eq!(seen.span(&key), Some((START, START)));
        seen.model.apply("system", Event::Lost(client::Problem::Ended(String::new()), 5));
        assert!(matches!(seen.rests(Some(key)), Action::None), "nobody is there to be asked");
    }
}
