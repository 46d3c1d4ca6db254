//! The tour: some cards that say where things are. It comes by itself once, stands in a corner and keeps nobody from anything.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, Space, column, container, opaque, row},
};

use crate::{
    app::key_of,
    command::Command,
    component::{Button, Kind, caps},
    font,
    theme::{self, size, space},
    widget::{Role, Said, focus::pane, spoken, text},
};

/// The pane that `F6` walks to.
pub const PANE: &str = "tour";
/// The button that goes on.
pub const NEXT: &str = "tour-next";

const WIDTH: f32 = 336.0;

/// A card: the key of its text, and the commands that it is about.
#[derive(Clone, Copy, Debug)]
struct Step {
    name: &'static str,
    commands: &'static [Command],
}

const STEPS: &[Step] = &[
    Step { name: "find", commands: &[Command::Palette] },
    Step { name: "places", commands: &[Command::ToggleSidebar, Command::Find] },
    Step { name: "details", commands: &[Command::ToggleDetails] },
    Step { name: "keys", commands: &[Command::Keys, Command::Guide] },
    Step { name: "undo", commands: &[Command::Undo] },
];

/// Whether the tour shall come, and where it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tour {
    is_due: bool,
    at: Option<usize>,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The next card; after the last none.
    Next,
    /// No more of it.
    Skip,
}

impl Tour {
    /// One that comes as soon as it can, if it is due.
    #[must_use]
    pub const fn new(is_due: bool) -> Self {
        Self { is_due, at: None }
    }

    /// Whether it waits for its moment.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        self.is_due
    }

    /// Whether there is a card.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        self.at.is_some()
    }

    /// Somebody wants something else: it does not come by itself in this run.
    pub const fn give_way(&mut self) {
        self.is_due = false;
    }

    /// Shows the first card.
    pub const fn begin(&mut self) {
        *self = Self { is_due: false, at: Some(0) };
    }

    /// Takes a message in.
    pub fn update(&mut self, message: Message) {
        self.at = match message {
            Message::Next => self.at.map(|at| at + 1).filter(|at| *at < STEPS.len()),
            Message::Skip => None,
        };
    }

    /// Its card, in a corner of the window. What is beside the card is as it is without.
    pub fn layer<'a>(&self, settings: &Settings) -> Element<'a, Message> {
        let Some((at, step)) = self.at.and_then(|at| Some((at, STEPS.get(at)?))) else { return Space::new().into() };
        let place = Padding { left: 0.0, bottom: size::STATUS + space::M, right: space::L, top: 0.0 };
        let card = pane(PANE, opaque(card(at, *step, settings)));
        container(card).align_bottom(Length::Fill).align_right(Length::Fill).padding(place).into()
    }
}

fn card<'a>(at: usize, step: Step, settings: &Settings) -> Element<'a, Message> {
    let (title, words) = (t!(&format!("tour-{}", step.name)), t!(&format!("tour-{}-text", step.name)));
    let said = format!("{title}. {words}");
    let place = t!("tour-step", number = at + 1, count = STEPS.len());
    let small = |words: String| text(words).size(11).line_height(text::LineHeight::Absolute(14.into())).style(theme::subtle);
    let head = column![
        small(place),
        text(title).size(15).line_height(text::LineHeight::Absolute(20.into())).font(font::SEMIBOLD),
        text(words).size(13).line_height(text::LineHeight::Absolute(18.into())).style(theme::muted),
    ];
    let keys = step.commands.iter().filter_map(|command| key(*command, settings));
    let keys = Column::with_children(keys).spacing(space::XS);
    let is_last = at + 1 == STEPS.len();
    let next = Button::new(Kind::Secondary, if is_last { t!("tour-done") } else { t!("tour-next") });
    let mut foot = row![].align_y(Alignment::Center);
    if !is_last {
        foot = foot.push(Button::new(Kind::Flat, t!("tour-skip")).compact().trailing(caps("Esc")).on_press(Message::Skip));
    }
    let foot = foot.push(Space::new().width(Length::Fill)).push(next.compact().id(NEXT).on_press(Message::Next));
    let card = column![head.spacing(space::XS), keys, foot].spacing(space::M);
    let card = container(card).width(WIDTH).padding(space::L).style(theme::container::menu);
    spoken(card, move || Said::named(Role::Notice, said.as_str()).key(step.name)).into()
}

/// The key of a command with its name, as both are set now; nothing if it has no key.
fn key<'a>(command: Command, settings: &Settings) -> Option<Element<'a, Message>> {
    let key = key_of(settings, command);
    let name = text(t!(&format!("command-{}", command.id()))).size(12).wrapping(text::Wrapping::None);
    (!key.is_empty()).then(|| row![caps(&key), name].spacing(space::S).align_y(Alignment::Center).into())
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::dialog::test;

    const SIZE: Size = Size::new(900.0, 600.0);

    fn shows(tour: &Tour, settings: &Settings, words: &str) -> bool {
        test::window(tour.layer(settings), SIZE).find(words).is_ok()
    }

    #[test]
    fn each_card_says_what_is_where_and_the_last_one_ends_it() {
        test::speak();
        let (mut tour, settings) = (Tour::default(), Settings::default());
        tour.begin();
        for (number, step) in STEPS.iter().enumerate() {
            assert!(shows(&tour, &settings, &format!("Tour, {} of {}", number + 1, STEPS.len())));
            for key in [format!("tour-{}", step.name), format!("tour-{}-text", step.name)] {
                assert_ne!(t!(&key), key);
                assert!(shows(&tour, &settings, &t!(&key)), "{key}");
            }
            let is_last = number + 1 == STEPS.len();
            assert_eq!(shows(&tour, &settings, "Done"), is_last);
            assert_eq!(shows(&tour, &settings, "Skip the tour"), !is_last);
            tour.update(Message::Next);
        }
        assert!(!tour.is_shown());
    }

    #[test]
    fn keys_are_those_that_are_set_and_a_command_without_a_key_is_left_out() {
        test::speak();
        let (mut tour, mut settings) = (Tour::default(), Settings::default());
        tour.begin();
        settings.shortcuts.insert("palette".to_owned(), "Ctrl+Space".to_owned());
        assert!(shows(&tour, &settings, "Space") && shows(&tour, &settings, "Search everything"));
        settings.shortcuts.insert("palette".to_owned(), String::new());
        assert!(!shows(&tour, &settings, "Search everything"));
    }

    #[test]
    fn a_press_beside_the_card_is_for_what_is_below() {
        test::speak();
        let mut tour = Tour::default();
        tour.begin();
        let settings = Settings::default();
        let below = || iced::widget::mouse_area(iced::widget::space().width(900).height(600)).on_press(None);
        let press = |x, y| {
            let content: Element<'_, Option<Message>> = iced::widget::stack![below(), tour.layer(&settings).map(Some)].into();
            let mut window = test::window(content, SIZE);
            window.point_at(iced::Point::new(x, y));
            let _ = window.simulate(iced_test::simulator::click());
            window.into_messages().collect::<Vec<_>>()
        };
        assert_eq!(press(200.0, 300.0), [None]);
        assert_eq!(press(850.0, 540.0).iter().filter(|message| message.is_none()).count(), 0, "on the card");
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (english, german) = (include_str!("../locale/en/tour.ftl"), include_str!("../locale/de/tour.ftl"));
        assert_eq!(client::locale::faults(english), [""; 0]);
        assert_eq!(client::locale::faults(german), [""; 0]);
        assert_eq!(client::locale::differences(english, german), [""; 0]);
    }
}
