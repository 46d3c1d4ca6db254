//! Long work that goes on, of all hosts.

use std::time::Duration;

use client::{Job, host::Id, settings::Settings, t, unit};
use iced::{
    Element, Length, Task,
    widget::{Column, column, container, row, rule},
};

use super::{Content, frame, part, words};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind, meter},
    icon,
    model::{HostModel, Model, now},
    theme::{self, space},
    widget::{cut, focus, text},
};

/// See [the module](self).
#[derive(Debug, Default)]
pub struct Jobs {
    cancelling: Vec<(Id, String)>,
    problem: Option<(String, String)>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A job shall end.
    Cancel(Id, String),
    /// Close it.
    Close,
}

impl Content for Jobs {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Close)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Cancel(host, job) => {
                self.problem = None;
                self.cancelling.push((host.clone(), job.clone()));
                // The button that was pressed is not there any more.
                Action::Batch(vec![Action::Call(Call::Cancel(host, job)), Action::Task(focus::take("dialog-accept"))])
            }
            Message::Close => Action::Close,
        }
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        let Call::Cancel(host, job) = &done.call else { return None };
        self.cancelling.retain(|(other, id)| (other, id) != (host, job));
        let is_over = !model.host(host).is_some_and(|host| host.jobs.contains_key(job));
        let error = done.results.iter().find_map(|(_, result)| result.as_ref().err()).filter(|error| !error.is_dismissed() && !is_over);
        self.problem = error.map(|error| words::error(error, ""));
        Some(Action::None)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let has_hosts = model.hosts().len() > 1;
        let mut list = Column::new();
        let mut count = 0;
        for host in model.hosts() {
            for job in host.jobs.values() {
                if count > 0 {
                    list = list.push(rule::horizontal(1).style(theme::container::line));
                }
                count += 1;
                list = list.push(self.job(model, host, job, has_hosts));
            }
        }
        let mut body = column![].spacing(space::M).push(part::refused(self.problem.clone()));
        body = if count == 0 {
            body.push(part::empty(icon::list_checks(), t!("jobs-empty")))
        } else {
            body.push(part::paragraph(t!("jobs-advice"))).push(list)
        };
        let close = Button::new(Kind::Secondary, t!("dialog-close")).on_press(Message::Close).id("dialog-accept");
        let foot = part::foot(None, vec![close.into()]);
        frame(icon::list_checks(), |t| t.migrating_soft, |t| t.migrating, t!("jobs-title"), body, foot, 560.0)
    }
}

impl Jobs {
    fn job<'a>(&'a self, model: &'a Model, host: &'a HostModel, job: &'a Job, has_hosts: bool) -> Element<'a, Message> {
        let mut title = row![cut(words::job(host, job)).font(crate::font::MEDIUM)].spacing(space::S);
        if has_hosts {
            title = title.push(text(words::host(model, &host.host.id)).size(12).style(theme::subtle));
        }
        let this = (host.host.id.clone(), job.id.clone());
        let facts = text(facts(job, now())).size(12).style(theme::subtle);
        let words = column![title, meter(job.progress.unwrap_or_default(), Length::Fill, |t| t.c1), facts].spacing(6).width(Length::Fill);
        let cancel: Option<Element<'a, Message>> = if self.cancelling.contains(&this) {
            Some(part::caption(t!("jobs-cancelling")).into())
        } else if job.is_cancelable {
            Some(Button::new(Kind::Secondary, t!("cancel")).compact().on_press(Message::Cancel(this.0, this.1)).into())
        } else {
            None
        };
        container(row![words].push(cancel).spacing(space::L).align_y(iced::Center)).padding([space::M, 0.0]).into()
    }
}

/// `64 % · 94.2 MB/s · about 1 min left`; for how long it has been going on if nothing else is known.
fn facts(job: &Job, now: u64) -> String {
    let mut facts = Vec::new();
    if let Some(progress) = job.progress {
        facts.push(unit::percent(progress.into()));
    }
    if job.rate > 0 {
        #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
        facts.push(unit::rate_unit(job.rate as f64));
    }
    if job.expected_end > now {
        facts.push(unit::left(Duration::from_micros(job.expected_end - now)));
    } else if facts.is_empty() && job.started > 0 {
        facts.push(t!("jobs-since", time = unit::duration(Duration::from_micros(now.saturating_sub(job.started)))));
    }
    facts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::test;

    #[test]
    fn a_job_says_how_far_how_fast_and_how_long() {
        test::speak();
        let job = Job { progress: Some(0.64), rate: 94_200_000, expected_end: 100_000_000, ..Job::default() };
        assert_eq!(facts(&job, 50_000_000).replace('\u{a0}', " "), "64 % · 94.2 MB/s · about 1 min left");
        let job = Job { started: 1_000_000, ..Job::default() };
        assert_eq!(facts(&job, 13_000_000).replace('\u{a0}', " "), "for 12 s");
    }

    #[test]
    fn a_job_that_is_being_cancelled_is_cancelled_once() {
        let model = test::model_with_jobs();
        let mut jobs = Jobs::default();
        let (host, id) = (model.hosts()[0].host.id.clone(), "7".to_owned());
        let action = jobs.update(&model, &Settings::default(), Message::Cancel(host.clone(), id.clone()));
        let Action::Batch(actions) = action else { panic!("no call") };
        assert!(matches!(actions.as_slice(), [Action::Call(Call::Cancel(..)), Action::Task(_)]));
        assert!(test::shows(&model, &jobs, "Being cancelled"));
        let other = test::click(&model, &jobs, "Cancel").unwrap();
        assert!(matches!(other.as_slice(), [Message::Cancel(_, id)] if id == "8"));
    }

    #[test]
    fn pictures_of_the_jobs() {
        let model = test::model_with_jobs();
        test::pictures_of("jobs", &model, &Jobs::default());
        test::pictures("jobs-empty", &Jobs::default());
    }
}
