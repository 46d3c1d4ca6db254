//! The chart that is shown while the pointer rests on a row's curve or on a host's bar: the last ten minutes as far as they are known, with values
//! and times.

use std::time::Duration;

use client::{Point, t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{column, container, responsive, row, tooltip},
};

use super::{chart::clock_seconds, timeline};
use crate::{
    font,
    model::{
        History, HostModel,
        figures::HOST,
        history::{SECOND, mean_of},
    },
    theme::{self, Tokens, size, space},
    widget::{direction::turned, resting, text, upright},
};

const WIDTH: f32 = 264.0;
const HEIGHT: f32 = 124.0;
/// What is shown at most.
const SPAN: u64 = 600 * SECOND;
/// The pointer rests so long before the chart is shown.
const DELAY: Duration = Duration::from_millis(400);
/// More than the last minute is asked for a moment earlier, so that nothing is drawn twice.
const ASK: Duration = Duration::from_millis(350);

/// Shows the processor time of a machine while the pointer rests on `content`: what is known of it, else the last minute. It lies
/// over the list, which stays as it is; what it shows is made only when it is shown. `say` tells where the pointer rests.
pub fn cpu_on_hover<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    host: &'a HostModel,
    machine: client::Uuid,
    known: Option<&'a History>,
    say: impl Fn(Option<client::Uuid>) -> Message + 'a,
) -> Element<'a, Message> {
    let shown = responsive(move |_| turned(known.map_or_else(|| cpu(&host.history(machine)), cpu)));
    let shown = container(shown).width(WIDTH).height(HEIGHT).padding([space::S, space::M]);
    let content = resting(content, machine, ASK, say);
    tooltip(content, shown, tooltip::Position::Bottom).gap(2).delay(DELAY).style(theme::container::menu).into()
}

/// The same of a host: its processor time and its memory, above what it lies at.
pub fn host_on_hover<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    host: &'a HostModel,
    known: Option<&'a History>,
    say: impl Fn(Option<client::Uuid>) -> Message + 'a,
) -> Element<'a, Message> {
    let shown = responsive(move |_| {
        let own;
        let history = if let Some(known) = known {
            known
        } else {
            own = host.history(HOST);
            &own
        };
        turned(host_charts(history, host.facts.memory))
    });
    let shown = container(shown).width(WIDTH).height(2.0 * HEIGHT).padding([space::S, space::M]);
    let content = resting(content, HOST, ASK, say);
    tooltip(content, shown, tooltip::Position::Top).gap(2).delay(DELAY).style(theme::container::menu).into()
}

fn host_charts<'a, Message: 'a>(history: &History, memory: u64) -> Element<'a, Message> {
    #[expect(clippy::cast_precision_loss, reason = "a part")]
    let part = move |point: &Point| if memory == 0 { 0.0 } else { point.memory_used as f32 / memory as f32 };
    let memory = (memory > 0).then(|| chart(history, t!("machine-memory"), |t| t.c3, part));
    column![cpu(history)].push(memory).spacing(space::S).into()
}

fn cpu<'a, Message: 'a>(history: &History) -> Element<'a, Message> {
    chart(history, t!("machine-cpu"), |t| t.c1, |point| point.cpu)
}

fn chart<'a, Message: 'a>(
    history: &History,
    label: String,
    usual: fn(&Tokens) -> iced::Color,
    part: impl Fn(&Point) -> f32,
) -> Element<'a, Message> {
    let known = last_minutes(history, &part);
    let span = known.first().zip(known.last()).map(|(first, last)| (first.0, last.0));
    let now = known.last().map_or(0.0, |(_, value)| *value);
    let high = known.iter().map(|(_, value)| *value).fold(0.0, f32::max);
    let percent = |value: f32| unit::percent(f64::from(value));
    let head = row![
        small(label).font(font::SEMIBOLD).width(Length::Fill),
        text(percent(now)).size(13).font(font::SEMIBOLD).style(if now > 0.9 { theme::warning } else { theme::normal }),
    ]
    .align_y(Alignment::Center);
    // A quarter is the least that is drawn as the whole height: a quiet machine shall look quiet.
    let top = (high * 1.1).clamp(0.25, 1.0);
    let scale = column![small(percent(top)), container(small(percent(0.0))).align_bottom(Length::Fill)].height(Length::Fill);
    let colour: fn(&Tokens) -> iced::Color = if now > 0.9 { |t| t.paused } else { usual };
    let (points, gap) = history.thin(span.unwrap_or_default());
    let points: Vec<_> = points.into_iter().map(|(time, point)| (time, part(&point))).collect();
    let curve = container(timeline(&points, span.unwrap_or_default(), gap, top, colour));
    let curve = curve.style(theme::container::rounded(|t| t.sunken, size::RADIUS_S)).width(Length::Fill).height(Length::Fill);
    let clock = |time: Option<u64>| small(time.map(clock_seconds).unwrap_or_default());
    let times = row![clock(span.map(|(first, _)| first)), container(clock(span.map(|(_, last)| last))).align_right(Length::Fill)];
    let told = small(t!("hover-mean-and-high", mean = percent(mean_of(&known, gap)), high = percent(high)));
    let picture = upright(column![row![curve, scale].spacing(space::XS).height(Length::Fill), times].spacing(2));
    column![head, picture, told].spacing(2).into()
}

/// Times and values of the last ten minutes.
fn last_minutes(history: &History, part: impl Fn(&Point) -> f32) -> Vec<(u64, f32)> {
    let first = history.span().map_or(0, |(_, last)| last.saturating_sub(SPAN));
    history.since(first).iter().map(|(time, point)| (*time, part(point))).collect()
}

fn small<'a>(words: String) -> text::Text<'a> {
    text(words).size(11).line_height(text::LineHeight::Absolute(14.into())).style(theme::subtle).wrapping(text::Wrapping::None)
}

#[cfg(test)]
mod tests {
    use client::{Event, Point, Sample, Sampled, Series};
    use iced::Size;

    use super::*;
    use crate::{
        dialog::test,
        model::{Key, Model},
    };

    /// Three figures, two seconds apart, the first at 14:02:07.
    fn model(key: &Key) -> Model {
        let mut model = test::model();
        let start = start();
        for (place, cpu) in [0.2, 0.6, 0.4].into_iter().enumerate() {
            let point = Point { cpu, ..Point::default() };
            let samples = vec![Sample { machine: key.machine, point }];
            let time = start + place as u64 * 2 * SECOND;
            model.apply(&key.host, Event::Sampled(Sampled { time, samples, ..Sampled::default() }.into()));
        }
        model
    }

    fn start() -> u64 {
        unit::local(2025, 11, 20, 14, 2) + 7 * SECOND
    }

    fn shows(history: &History, all: &[&str]) {
        for words in all {
            let mut window = test::window(cpu::<()>(history), Size::new(WIDTH, HEIGHT));
            assert!(window.find(*words).is_ok(), "{words}");
        }
    }

    #[test]
    fn it_tells_the_value_now_the_mean_the_highest_and_the_times() {
        let key = test::key("win11-gaming");
        let model = model(&key);
        let history = model.host(&key.host).unwrap().history(key.machine);
        shows(&history, &["14:02:07", "14:02:11", "66\u{a0}%", "0\u{a0}%", "40\u{a0}%", "Mean 40\u{a0}%, highest 60\u{a0}%"]);
        test::draw("hover-chart", Size::new(WIDTH, HEIGHT), || cpu::<()>(&history));
    }

    #[test]
    fn ten_minutes_are_shown_where_more_is_known_and_the_times_are_those_of_what_is_shown() {
        let key = test::key("win11-gaming");
        let model = model(&key);
        let mut history = model.host(&key.host).unwrap().history(key.machine);
        let points = |count: u64| {
            let before = |n: u64| (start() - n * 10 * SECOND, Point { cpu: if n == 30 { 0.9 } else { 0.1 }, ..Point::default() });
            Series { interval: 10.0, points: (1..=count).rev().map(before).collect() }
        };
        let mut short = history.clone();
        short.take_older(points(30));
        shows(&short, &["13:57:07", "14:02:11", "99\u{a0}%", "40\u{a0}%"]);
        history.take_older(points(300));
        // Ten minutes before the last are 13:52:11; the first that is known from then on is shown.
        shows(&history, &["13:52:17", "14:02:11", "40\u{a0}%", "Mean 12\u{a0}%, highest 90\u{a0}%"]);
        test::draw("hover-chart-ten-minutes", Size::new(WIDTH, HEIGHT), || cpu::<()>(&history));
    }

    #[test]
    fn a_host_has_its_processor_time_and_its_memory() {
        let mut model = test::model();
        for (place, (host_cpu, gib)) in [(0.2, 16), (0.6, 48), (0.4, 32)].into_iter().enumerate() {
            let time = start() + place as u64 * 2 * SECOND;
            let sampled = Sampled { time, host_cpu, host_memory_used: gib << 30, ..Sampled::default() };
            model.apply("system", Event::Sampled(sampled.into()));
        }
        let history = model.host("system").unwrap().history(HOST);
        let size = Size::new(WIDTH, 2.0 * HEIGHT);
        let mut window = test::window(host_charts::<()>(&history, 64 << 30), size);
        for words in ["CPU", "Mean 40\u{a0}%, highest 60\u{a0}%", "Memory", "Mean 50\u{a0}%, highest 75\u{a0}%"] {
            assert!(window.find(words).is_ok(), "{words}");
        }
        drop(window);
        test::draw("hover-host", size, || host_charts::<()>(&history, 64 << 30));
        let mut window = test::window(host_charts::<()>(&history, 0), size);
        assert!(window.find("Memory").is_err(), "how much there is was not told");
    }

    #[test]
    fn a_machine_without_figures_has_no_times() {
        let model = test::model();
        let host = model.host("system").unwrap();
        assert_eq!(last_minutes(&host.history(HOST), |point| point.cpu), []);
        let _ = test::window(cpu::<()>(&History::default()), Size::new(WIDTH, HEIGHT));
    }
}
