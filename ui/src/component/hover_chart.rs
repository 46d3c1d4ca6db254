//! The chart that is shown while the pointer rests on a row's curve: the last minute, with values and times.

use std::time::Duration;

use client::{t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{column, container, responsive, row, tooltip},
};

use super::{chart::clock_seconds, sparkline};
use crate::{
    font,
    model::{HostModel, figures},
    theme::{self, Tokens, size, space},
    widget::{direction::turned, text, upright},
};

const WIDTH: f32 = 264.0;
const HEIGHT: f32 = 124.0;

/// Shows the processor time of a machine while the pointer rests on `content`. It lies over the list, which stays as it is; what
/// it shows is made only when it is shown.
pub fn cpu_on_hover<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    host: &'a HostModel,
    machine: client::Uuid,
) -> Element<'a, Message> {
    let shown = responsive(move |_| turned(cpu(host, machine)));
    let shown = container(shown).width(WIDTH).height(HEIGHT).padding([space::S, space::M]);
    tooltip(content, shown, tooltip::Position::Bottom).gap(2).delay(Duration::from_millis(400)).style(theme::container::menu).into()
}

fn cpu<'a, Message: 'a>(host: &HostModel, machine: client::Uuid) -> Element<'a, Message> {
    let values: Vec<f32> = host.figures.get(&machine).map(|all| all.iter().map(|point| point.cpu).collect()).unwrap_or_default();
    let now = values.last().copied().unwrap_or_default();
    let high = values.iter().copied().fold(0.0, f32::max);
    #[expect(clippy::cast_precision_loss, reason = "some dozens of points")]
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    let percent = |value: f32| unit::percent(f64::from(value));
    let head = row![
        small(t!("machine-cpu")).font(font::SEMIBOLD).width(Length::Fill),
        text(percent(now)).size(13).font(font::SEMIBOLD).style(if now > 0.9 { theme::warning } else { theme::normal }),
    ]
    .align_y(Alignment::Center);
    // A quarter is the least that is drawn as the whole height: a quiet machine shall look quiet.
    let top = (high * 1.1).clamp(0.25, 1.0);
    let scale = column![small(percent(top)), container(small(percent(0.0))).align_bottom(Length::Fill)].height(Length::Fill);
    let colour: fn(&Tokens) -> iced::Color = if now > 0.9 { |t| t.paused } else { |t| t.c1 };
    let curve = container(sparkline(values, top, figures::LENGTH, Length::Fill, Length::Fill, colour));
    let curve = curve.style(theme::container::rounded(|t| t.sunken, size::RADIUS_S)).width(Length::Fill).height(Length::Fill);
    let (first, last) = host.sampled(machine);
    let clock = |time: Option<u64>| small(time.map(clock_seconds).unwrap_or_default());
    let times = row![clock(first), container(clock(last)).align_right(Length::Fill)];
    let told = small(t!("hover-mean-and-high", mean = percent(mean), high = percent(high)));
    let picture = upright(column![row![curve, scale].spacing(space::XS).height(Length::Fill), times].spacing(2));
    column![head, picture, told].spacing(2).into()
}

fn small<'a>(words: String) -> text::Text<'a> {
    text(words).size(11).line_height(text::LineHeight::Absolute(14.into())).style(theme::subtle).wrapping(text::Wrapping::None)
}

#[cfg(test)]
mod tests {
    use client::{Event, Point, Sample, Sampled};
    use iced::Size;

    use super::*;
    use crate::dialog::test;

    #[test]
    fn it_tells_the_value_now_the_mean_the_highest_and_the_times() {
        let mut model = test::model();
        let key = test::key("win11-gaming");
        let start = unit::local(2025, 11, 20, 14, 2) + 7_000_000;
        for (place, cpu) in [0.2, 0.6, 0.4].into_iter().enumerate() {
            let point = Point { cpu, ..Point::default() };
            let samples = vec![Sample { machine: key.machine, point }];
            let time = start + place as u64 * 2_000_000;
            model.apply(&key.host, Event::Sampled(Sampled { time, samples, ..Sampled::default() }.into()));
        }
        let host = model.host(&key.host).unwrap();
        for words in ["14:02:07", "14:02:11", "66\u{a0}%", "0\u{a0}%", "40\u{a0}%"] {
            let mut window = test::window(cpu::<()>(host, key.machine), Size::new(WIDTH, HEIGHT));
            assert!(window.find(words).is_ok(), "{words}");
        }
        let mut window = test::window(cpu::<()>(host, key.machine), Size::new(WIDTH, HEIGHT));
        assert!(window.find("Mean 40\u{a0}%, highest 60\u{a0}%").is_ok());
        test::draw("hover-chart", Size::new(WIDTH, HEIGHT), || cpu::<()>(host, key.machine));
    }

    #[test]
    fn a_machine_without_figures_has_no_times() {
        let model = test::model();
        let host = model.host("system").unwrap();
        assert_eq!(host.sampled(client::Uuid::nil()), (None, None));
    }
}
