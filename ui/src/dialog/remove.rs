//! Lets go what was made of a card, a part or a network of its virtual functions, or a machine's card in that: what that means, and every refusal before.

#[cfg(test)]
mod tests;

use client::{
    Error, Machine,
    device::{FunctionNetwork, Gift, Giving, Mediated, PoolCard, Verdict},
    host::Id,
    settings::Settings,
    t,
};
use iced::{
    Element, Length, Task,
    widget::{Column, column, row},
};

use super::{
    Content,
    attempt::{Attempt, Question},
    fetch::Patience,
    frame, moving, part, words,
};
use crate::{
    action::{Action, Call, DeviceChange, Done, OtherChange},
    component::{
        Kind,
        device::{other_warning, refusal_named},
        thing::part_label,
    },
    font, icon,
    model::{Key, Model},
    theme::space,
    widget::{cut, focus},
};

/// See [the module](self).
#[derive(Debug)]
pub struct Remove {
    host: Id,
    what: What,
    plan: Question<Verdict>,
    attempt: Attempt,
}

/// What is let go.
#[derive(Clone, Debug)]
pub enum What {
    /// A part, and what it is called.
    Part(Mediated, String),
    /// A network of the card at this address.
    Network(String, FunctionNetwork),
    /// A machine's card in a network.
    Card(Key, PoolCard),
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The plan was made, for the question with this number.
    Planned(u64, Result<Verdict, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Remove {
    /// Asks about this part; `None` if it is not there any more.
    #[must_use]
    pub fn part(model: &Model, host: Id, uuid: &str) -> Option<Self> {
        let others = &model.host(&host)?.others;
        let found = others.mediated.iter().flatten().find(|part| part.uuid == uuid)?;
        let what = What::Part(found.clone(), part_label(found, others));
        Some(Self { host, what, plan: Question::default(), attempt: Attempt::default() })
    }

    /// Asks about this network of the card at this address.
    #[must_use]
    pub fn network(host: Id, card: String, network: FunctionNetwork) -> Self {
        Self { host, what: What::Network(card, network), plan: Question::default(), attempt: Attempt::default() }
    }

    /// Asks about this card of a machine.
    #[must_use]
    pub fn card(key: Key, card: PoolCard) -> Self {
        Self { host: key.host.clone(), what: What::Card(key, card), plan: Question::default(), attempt: Attempt::default() }
    }

    fn name(&self) -> &str {
        match &self.what {
            What::Part(_, label) => label,
            What::Network(_, network) => &network.name,
            What::Card(_, card) => &card.name,
        }
    }

    fn call(&self) -> Call {
        let change = match &self.what {
            What::Part(part, _) => DeviceChange::DeletePart(part.uuid.clone()),
            What::Network(card, network) => {
                DeviceChange::DeleteNetwork { card: card.clone(), uuid: network.uuid.clone(), name: network.name.clone() }
            }
            What::Card(key, card) => {
                let giving = Giving { gift: Gift::Network(card.clone()), is_live: false, is_configured: true };
                return Call::Other(key.clone(), OtherChange::TakeBack(giving));
            }
        };
        Call::Device(self.host.clone(), change)
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let what = self.what.clone();
        let work = move |client: client::Client| async move {
            match what {
                What::Part(part, _) => client.plan_delete_part(part.uuid).await,
                What::Network(card, network) => client.plan_delete_network(card, network.uuid).await,
                // Nothing speaks against a definition without it.
                What::Card(..) => Ok(Verdict::default()),
            }
        };
        self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        Action::Task(self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Remove(message))))
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    fn steps(&self, model: &Model) -> Vec<(String, String)> {
        match &self.what {
            What::Part(part, _) => {
                let go = part.is_active.then(|| (t!("remove-step-go"), t!("remove-step-go-detail")));
                let forget = part.is_kept.then(|| (t!("remove-step-forget"), t!("remove-step-forget-detail")));
                go.into_iter().chain(forget).collect()
            }
            What::Network(..) => {
                vec![(t!("remove-step-stop"), t!("remove-step-stop-detail")), (t!("remove-step-forget"), t!("remove-step-forget-network"))]
            }
            What::Card(key, _) => {
                let stays = model.machine(key).is_some_and(Machine::is_active);
                let detail = if stays { t!("take-back-stays") } else { t!("detach-step-configure-detail") };
                vec![(t!("detach-step-configure"), detail)]
            }
        }
    }

    fn show_plan<'a>(&self, model: &Model, plan: &'a Verdict) -> Element<'a, Message> {
        if !plan.reasons.is_empty() {
            return moving::refusals_in_words(plan.reasons.iter().map(|one| refusal_named(one, self.name())).collect());
        }
        let mut body = column![part::paragraph(t!("bind-plan")), moving::steps(self.steps(model))].spacing(space::S).width(Length::Fill);
        for known in &plan.warnings {
            let words = match known.reason.as_str() {
                "machine-configured" => t!("remove-warning-machine", machine = known.name.as_str()),
                _ => other_warning(known),
            };
            body = body.push(part::warning(words));
        }
        let undo = if matches!(self.what, What::Card(..)) { t!("plug-again") } else { t!("remove-undo") };
        body.push(moving::undone_by(undo)).into()
    }
}

impl Content for Remove {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            _ if self.attempt.is_working() => {}
            Message::Retry => return self.again(model),
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        if !self.attempt.done(done, Some(&self.call()))? {
            return Some(self.again(model));
        }
        Some(match &self.what {
            // What can be undone tells itself.
            What::Part(..) | What::Network(..) => Action::Close,
            What::Card(key, card) => {
                let card = t!("plug-card", network = card.name.as_str());
                let told = t!("act-detach", devices = card, machine = super::label(model, key));
                Action::Batch(vec![Action::Close, Action::Toast(told)])
            }
        })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let (shape, id, title) = match &self.what {
            What::Part(part, label) => (icon::gpu(), part.uuid.as_str(), t!("remove-part", name = label.as_str())),
            What::Network(_, network) => (icon::network(), network.uuid.as_str(), t!("remove-network", name = network.name.as_str())),
            What::Card(key, card) => {
                let title = t!("plug-take-title", network = card.name.as_str(), machine = super::label(model, key));
                (icon::network(), card.mac.as_str(), title)
            }
        };
        let line = row![
            shape.colour(16.0, |t| t.muted),
            cut(self.name()).font(font::MEDIUM),
            cut(id).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle).width(Length::Shrink)
        ];
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, ""), Message::Fold));
        body = body.push(part::well(line.spacing(space::S).align_y(iced::Center)));
        body = body.push(self.plan.view(120.0, Message::Retry, |plan| self.show_plan(model, plan)));
        let label = match self.what {
            What::Card(..) => (t!("detach-accept", count = 1), t!("detach-working")),
            What::Part(..) | What::Network(..) => (t!("remove-accept"), t!("remove-working")),
        };
        let accept = self.is_allowed().then_some(Message::Accept);
        let foot = self.attempt.foot(Kind::Danger, label, accept, Some(t!("divide-patience")), Message::Dismiss);
        frame(icon::trash_2(), |t| t.crashed_soft, |t| t.crashed, title, part::apart(body), foot, 560.0)
    }
}
