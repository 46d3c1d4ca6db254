//! Deletes several machines: tells of each what goes and what stays, and asks for their number where disks go. What cannot be planned
//! stays.

use std::collections::BTreeSet;

use client::{DeleteOptions, Error, PlanItem, host::Id, settings::Settings, t};
use iced::{
    Element, Length, Task, keyboard,
    widget::{Column, column, container, row, rule},
};

use super::{
    Content,
    delete::plan::Plan,
    fetch::{Fetch, Patience, each_until_dismissed, fetch},
    frame::{self, frame_with},
    part,
    read::{Way, read, way},
    words,
};
use crate::{
    action::{Action, Call, Goes},
    component::{Button, Kind},
    icon,
    model::{Key, Model},
    theme::{self, space},
    widget::{cut, focus, text},
};

type Planned = Vec<(Key, Result<Vec<PlanItem>, Error>)>;

/// See [the module](self).
#[derive(Debug)]
pub struct DeleteSeveral {
    machines: Vec<One>,
    typed: String,
}

/// One of the machines.
#[derive(Debug)]
struct One {
    key: Key,
    name: String,
    label: String,
    plan: Fetch<Plan>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A host planned for its machines.
    Planned(Planned),
    /// Time has passed.
    Waited(Patience),
    /// Ask again for the plans that there are not.
    Retry,
    /// Another part of the list.
    Scroll(Way),
    /// Their number was typed.
    Typed(String),
    /// Delete them.
    Accept,
    /// Keep them.
    Dismiss,
}

impl DeleteSeveral {
    /// Asks about these machines.
    #[must_use]
    pub fn new(model: &Model, keys: Vec<Key>) -> Self {
        let one = |key: Key| {
            let name = model.machine(&key).map(|machine| machine.name.clone()).unwrap_or_default();
            One { label: super::label(model, &key), name, plan: Fetch::default(), key }
        };
        Self { machines: keys.into_iter().map(one).collect(), typed: String::new() }
    }

    /// One machine of a host after the other: looking shall not keep the host busy.
    fn fetch(&self, model: &Model, host: &Id) -> Task<Message> {
        let is_asked = |one: &&One| one.key.host == *host && matches!(one.plan, Fetch::Waiting(_));
        let keys: Vec<Key> = self.machines.iter().filter(is_asked).map(|one| one.key.clone()).collect();
        let all = keys.clone();
        let work = move |client: client::Client| async move {
            let ask = |key: Key| {
                let client = client.clone();
                async move { client.plan_delete(key.machine).await }
            };
            Ok(each_until_dismissed(keys, ask).await)
        };
        let ready = move |result: Result<Planned, Error>| {
            let failed = |error: Error| all.iter().map(|key| (key.clone(), Err(error.clone()))).collect();
            Message::Planned(result.unwrap_or_else(failed))
        };
        fetch(model, host, work, ready, Message::Waited)
    }

    fn fetch_all(&self, model: &Model) -> Task<Message> {
        let waiting = self.machines.iter().filter(|one| matches!(one.plan, Fetch::Waiting(_)));
        let hosts: BTreeSet<&Id> = waiting.map(|one| &one.key.host).collect();
        Task::batch(hosts.into_iter().map(|host| self.fetch(model, host)))
    }

    fn lacks_plans(&self) -> bool {
        self.machines.iter().any(|one| matches!(one.plan, Fetch::Failed(_)))
    }

    fn take(&mut self, model: &Model, planned: Planned) {
        for (key, plan) in planned {
            if let Some(one) = self.machines.iter_mut().find(|one| one.key == key) {
                one.plan.take(plan.map(|items| Plan::new(model, &key, items)));
            }
        }
    }

    /// Those that go, with their plans; `None` until every machine has its answer.
    fn going(&self) -> Option<Vec<(&One, &Plan)>> {
        let is_waiting = self.machines.iter().any(|one| matches!(one.plan, Fetch::Waiting(_)));
        (!is_waiting).then(|| self.machines.iter().filter_map(|one| Some((one, one.plan.ready()?))).collect())
    }

    /// What has to be typed, where disks go.
    fn number(&self) -> Option<String> {
        let going = self.going()?;
        going.iter().any(|(_, plan)| plan.takes_disks()).then(|| going.len().to_string())
    }

    fn is_allowed(&self) -> bool {
        self.going().is_some_and(|going| !going.is_empty()) && self.number().is_none_or(|number| self.typed.trim() == number)
    }

    fn delete(&self, model: &Model) -> Action {
        let Some(going) = self.going().filter(|_| self.is_allowed()) else { return Action::None };
        let goes = |(one, plan): (&One, &Plan)| {
            let force_off = model.machine(&one.key).is_some_and(client::Machine::is_active);
            let options = DeleteOptions { force_off, permanent: false, disks: plan.disks_that_go() };
            (one.key.clone(), Goes { name: one.name.clone(), options })
        };
        let (keys, goes) = going.into_iter().map(goes).unzip();
        Action::Batch(vec![Action::Close, Action::Call(Call::DeleteAll(keys, goes))])
    }

    fn card<'a>(&'a self, model: &Model, one: &'a One) -> Element<'a, Message> {
        let is_on = model.machine(&one.key).is_some_and(client::Machine::is_active);
        let mut body = column![cut(one.label.as_str()).font(crate::font::SEMIBOLD)].spacing(2).width(Length::Fill);
        if is_on {
            body = body.push(line(t!("delete-several-running"), theme::warning));
        }
        body = match &one.plan {
            Fetch::Waiting(Patience::Fresh) => body,
            Fetch::Waiting(_) => body.push(line(t!("delete-several-waiting"), theme::subtle)),
            Fetch::Failed(error) => {
                let (title, advice) = words::error(error, &one.label);
                body.push(line(t!("delete-several-failed"), theme::danger)).push(line(format!("{title}. {advice}"), theme::muted))
            }
            Fetch::Ready(plan) => plan.lines().into_iter().fold(body, |body, words| body.push(line(words, theme::muted))),
        };
        container(body).padding([space::S, space::M]).into()
    }
}

fn line<'a>(words: String, style: fn(&iced::Theme) -> iced::widget::text::Style) -> Element<'a, Message> {
    text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(style).wrapping(text::Wrapping::WordOrGlyph).into()
}

impl Content for DeleteSeveral {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.fetch_all(model), focus::take("dialog-cancel")])
    }

    fn key(&self, key: &keyboard::Key, _modifiers: keyboard::Modifiers) -> Option<Message> {
        way(key).map(Message::Scroll)
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(planned) => {
                self.take(model, planned);
                if self.number().is_some() {
                    return Action::Task(focus::take("delete-number"));
                }
            }
            Message::Waited(patience) => {
                self.machines.iter_mut().for_each(|one| one.plan.waited(patience));
            }
            Message::Retry => {
                self.machines.iter_mut().filter(|one| matches!(one.plan, Fetch::Failed(_))).for_each(|one| one.plan = Fetch::default());
                let wrap = |message| crate::app::Message::Dialog(super::Message::DeleteSeveral(message));
                return Action::Task(self.fetch_all(model).map(wrap));
            }
            Message::Scroll(way) => return Action::Task(read(frame::BODY, way)),
            Message::Typed(text) => self.typed = text,
            Message::Accept => return self.delete(model),
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let mut list = Column::new().width(Length::Fill);
        for (place, one) in self.machines.iter().enumerate() {
            if place > 0 {
                list = list.push(rule::horizontal(1).style(theme::container::line));
            }
            list = list.push(self.card(model, one));
        }
        let list = container(list).width(Length::Fill).style(theme::container::card);
        let hint = row![icon::history().colour(16.0, |t| t.subtle), line(t!("delete-several-trash"), theme::subtle)].spacing(space::S);
        let body = column![part::paragraph(t!("delete-several-advice")), list, hint].spacing(space::M);
        let keep = Button::new(Kind::Secondary, t!("delete-several-keep")).on_press(Message::Dismiss).id("dialog-cancel");
        let count = self.going().map_or(self.machines.len(), |going| going.len());
        let delete = part::accept(Kind::Danger, t!("delete-several-accept", count = count), self.is_allowed().then_some(Message::Accept));
        let field = self.number().map(|number| {
            let label = part::caption(t!("delete-several-type", number = number));
            let field = part::field("delete-number", "", &self.typed, false, Message::Typed, Message::Accept);
            column![label, part::typed(field, None, &self.typed)].spacing(space::XS).into()
        });
        let retry = self.lacks_plans().then(|| Button::new(Kind::Link, t!("dialog-retry")).on_press(Message::Retry).into());
        let foot = part::foot(retry, vec![keep.into(), delete.into()]);
        let title = t!("delete-several-title", count = self.machines.len());
        frame_with(icon::trash_2(), |t| t.crashed_soft, |t| t.crashed, title, body, field, foot, 520.0)
    }
}

#[cfg(test)]
mod tests {
    use client::ErrorKind;

    use super::*;
    use crate::dialog::test::{self, key};

    fn item(kind: &str, path: &str, action: &str) -> PlanItem {
        let (kind, path, action) = (kind.to_owned(), path.to_owned(), action.to_owned());
        PlanItem { kind, path, action, allocation: 1 << 30, capacity: 2 << 30, reason: String::new(), machines: Vec::new() }
    }

    fn disk(name: &str) -> PlanItem {
        item("disk", &format!("/images/{name}.qcow2"), "trash")
    }

    fn dialog() -> DeleteSeveral {
        DeleteSeveral::new(&test::model(), ["win-server-2025", "postgres-lab", "freebsd-zfs"].map(key).to_vec())
    }

    fn say(dialog: &mut DeleteSeveral, message: Message) -> Action {
        dialog.update(&test::model(), &Settings::default(), message)
    }

    /// The last of the three cannot be planned.
    fn planned() -> DeleteSeveral {
        let mut dialog = dialog();
        let plans = vec![
            (key("win-server-2025"), Ok(vec![disk("win-server-2025"), item("disk", "/iso/drivers.iso", "keep")])),
            (key("postgres-lab"), Ok(vec![disk("postgres-lab")])),
            (key("freebsd-zfs"), Err(test::error(ErrorKind::Busy, &[]))),
        ];
        let _ = say(&mut dialog, Message::Planned(plans));
        dialog
    }

    #[test]
    fn nothing_goes_before_every_machine_has_its_plan_and_their_number_is_typed() {
        let mut dialog = dialog();
        let _ = say(&mut dialog, Message::Planned(vec![(key("postgres-lab"), Ok(vec![disk("postgres-lab")]))]));
        let _ = say(&mut dialog, Message::Typed("3".to_owned()));
        assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
        let mut dialog = planned();
        for wrong in ["", "3"] {
            let _ = say(&mut dialog, Message::Typed(wrong.to_owned()));
            assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "{wrong}");
        }
        let _ = say(&mut dialog, Message::Typed(" 2 ".to_owned()));
        let Action::Batch(actions) = say(&mut dialog, Message::Accept) else { panic!("not deleted") };
        let Some(Action::Call(Call::DeleteAll(keys, goes))) = actions.into_iter().nth(1) else { panic!("not deleted") };
        assert_eq!(keys, ["win-server-2025", "postgres-lab"].map(key), "what cannot be planned stays");
        assert_eq!(goes.iter().map(|goes| goes.options.force_off).collect::<Vec<_>>(), [false, true]);
        assert_eq!(goes[0].options.disks, ["/images/win-server-2025.qcow2"]);
        assert!(goes.iter().all(|goes| !goes.options.permanent), "they can come back");
    }

    #[test]
    fn of_each_machine_it_is_told_what_goes_and_what_stays() {
        let (model, dialog) = (test::model(), planned());
        for words in [
            "Delete 3 machines?",
            "It is on and forced off first.",
            "It stays: there is no plan for it.",
            "Type the number of machines to confirm: 2",
        ] {
            assert!(test::shows(&model, &dialog, words), "{words}");
        }
        assert!(test::click(&model, &dialog, "Delete 2 machines").is_none(), "the number is not typed yet");
    }

    #[test]
    fn plans_that_there_are_not_are_asked_for_again_and_the_others_stay() {
        let mut dialog = planned();
        assert!(test::shows(&test::model(), &dialog, "Try again"));
        assert!(matches!(say(&mut dialog, Message::Retry), Action::Task(_)));
        assert!(dialog.going().is_none(), "one is waited for");
        let _ = say(&mut dialog, Message::Planned(vec![(key("freebsd-zfs"), Ok(vec![disk("freebsd-zfs")]))]));
        assert_eq!(dialog.number().as_deref(), Some("3"));
        assert!(!test::shows(&test::model(), &dialog, "Try again"));
    }

    #[tokio::test]
    async fn a_prompt_that_is_closed_is_not_followed_by_one_for_each_of_the_others() {
        let asked = std::cell::Cell::new(0);
        let answers = each_until_dismissed(vec![1, 2, 3], |which: i32| {
            asked.set(asked.get() + 1);
            std::future::ready(if which == 1 { Ok(()) } else { Err(test::dismissed()) })
        });
        let answers = answers.await;
        assert_eq!((asked.get(), answers.len()), (2, 3));
        assert!(answers[0].1.is_ok() && answers[1..].iter().all(|(_, answer)| answer.as_ref().unwrap_err().is_dismissed()));
    }

    #[test]
    fn machines_without_disks_ask_for_no_number() {
        let mut dialog = DeleteSeveral::new(&test::model(), ["win-server-2025", "postgres-lab"].map(key).to_vec());
        let plan = |name: &str| (key(name), Ok(vec![item("definition", "", "trash")]));
        let _ = say(&mut dialog, Message::Planned(vec![plan("win-server-2025"), plan("postgres-lab")]));
        assert!(matches!(say(&mut dialog, Message::Accept), Action::Batch(_)));
    }
}
