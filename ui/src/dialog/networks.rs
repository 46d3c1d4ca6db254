//! The networks that hand out the virtual functions of a card: what there is, and a new one with its plan.

#[cfg(test)]
mod tests;

use std::iter;

use client::{
    Error,
    device::{FunctionNetwork, PoolCard, Refusal, Verdict, short},
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
    frame, moving, part,
    plug::Plug,
    remove::Remove,
    words,
};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    component::{
        Button, Kind,
        device::{refusal_named, warning},
    },
    font, icon,
    model::{Key, Model},
    theme::space,
    widget::{cut, focus},
};

const NAME: &str = "network-name";

/// See [the module](self).
#[derive(Debug)]
pub struct Networks {
    host: Id,
    /// The address of the card.
    card: String,
    list: Question<Vec<FunctionNetwork>>,
    name: String,
    plan: Question<Verdict>,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The list was read.
    Listed(u64, Result<Vec<FunctionNetwork>, Error>),
    /// Something was typed as the name of a new one.
    Name(String),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<Verdict, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask again.
    Retry,
    /// Leads to the plan of deleting this one.
    Remove(FunctionNetwork),
    /// Leads to the plan of a card of a machine in this one.
    Give(FunctionNetwork),
    /// Leads to the plan of taking this card from its machine.
    TakeBack(Key, PoolCard),
    /// Show or hide the raw message.
    Fold,
    /// Make the new one.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Networks {
    /// Asks about the card at this address.
    #[must_use]
    pub fn new(host: Id, card: String) -> Self {
        let name = format!("functions-{}", short(&card).replace([':', '.'], "-"));
        Self { host, card, list: Question::default(), name, plan: Question::default(), attempt: Attempt::default() }
    }

    fn call(&self) -> Call {
        let change = DeviceChange::MakeNetwork { card: self.card.clone(), name: self.name.trim().to_owned() };
        Call::Device(self.host.clone(), change)
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let (card, name) = (self.card.clone(), self.name.trim().to_owned());
        let work = move |client: client::Client| async move { client.plan_make_network(card, name).await };
        self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited)
    }

    fn read(&mut self, model: &Model) -> Task<Message> {
        let card = self.card.clone();
        let work = move |client: client::Client| async move { client.function_networks(card).await };
        self.list.ask(model, &self.host, work, Message::Listed, Message::Waited)
    }

    /// A card has one network at most: a new one is asked for where there is none.
    fn has_none(&self) -> bool {
        self.list.ready().is_some_and(Vec::is_empty)
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.has_none() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    fn listed<'a>(&'a self, model: &'a Model, all: &'a [FunctionNetwork]) -> Element<'a, Message> {
        if all.is_empty() {
            return self.new_one();
        }
        let line = |network: &'a FunctionNetwork| {
            let state = if network.is_active { t!("network-active") } else { t!("network-off") };
            let start = network.autostart.then(|| t!("network-autostart"));
            let used = t!("network-connections", count = network.connections);
            let below = [Some(state), start, Some(used)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            let words = column![cut(network.name.as_str()).font(font::MEDIUM), part::caption(below)];
            let delete = Button::new(Kind::Link, t!("network-delete")).line();
            let delete = delete.on_press_maybe(self.attempt.press(Message::Remove(network.clone())));
            let give = Button::new(Kind::Link, t!("plug-give")).line();
            let give = give.on_press_maybe(self.attempt.press(Message::Give(network.clone())));
            let line = row![icon::network().colour(16.0, |t| t.muted), words.width(Length::Fill), give, delete];
            let line = line.spacing(space::S).align_y(iced::Center);
            let cards = network.cards.iter().map(|card| self.card(model, network, card));
            part::well(Column::with_children(iter::once(line.into()).chain(cards)).spacing(space::S)).into()
        };
        Column::with_children(all.iter().map(line)).spacing(space::S).push(part::caption(t!("network-how"))).into()
    }

    /// A card of a machine, by the name of the machine and its address.
    fn card<'a>(&self, model: &'a Model, network: &FunctionNetwork, (name, mac): &'a (String, String)) -> Element<'a, Message> {
        let host = model.host(&self.host);
        let machine = host.and_then(|host| Some(host).zip(host.machines.values().find(|machine| machine.name == *name)));
        let label = machine.map_or(name.as_str(), |(_, machine)| machine.label());
        let address = cut(mac.as_str()).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle).width(Length::Shrink);
        let back = machine.map(|(host, machine)| {
            let card = PoolCard { network: network.uuid.clone(), name: network.name.clone(), mac: mac.clone() };
            let press = self.attempt.press(Message::TakeBack(host.key(machine.id), card));
            Button::new(Kind::Link, t!("plug-take-back")).line().on_press_maybe(press)
        });
        let line = row![icon::ethernet_port().colour(16.0, |t| t.muted), cut(label), address].push(back);
        line.spacing(space::S).align_y(iced::Center).into()
    }

    fn new_one<'a>(&'a self) -> Element<'a, Message> {
        let field = part::field(NAME, "", &self.name, false, Message::Name, Message::Accept);
        let named = column![part::caption(t!("network-name")), field].spacing(space::XS);
        let plan = self.plan.view(90.0, Message::Retry, |plan| self.show_plan(plan));
        column![named, plan].spacing(space::M).into()
    }

    fn show_plan<'a>(&self, plan: &'a Verdict) -> Element<'a, Message> {
        if !plan.reasons.is_empty() {
            return moving::refusals_in_words(plan.reasons.iter().map(|one| refusal_named(one, short(&self.card))).collect());
        }
        let steps = vec![
            (t!("network-step-make"), t!("network-step-make-detail", card = short(&self.card))),
            (t!("network-step-start"), t!("network-step-start-detail")),
        ];
        let mut body = column![part::paragraph(t!("bind-plan")), moving::steps(steps)].spacing(space::S);
        let mut warnings: Vec<String> = plan.warnings.iter().map(warned).collect();
        // One for each function says the same.
        warnings.dedup();
        for known in warnings {
            body = body.push(part::warning(known));
        }
        body.push(moving::undone_by(t!("network-undo"))).into()
    }
}

fn warned(known: &Refusal) -> String {
    match known.reason.as_str() {
        "machine-running" => t!("network-warning-machine", machine = known.name.as_str()),
        _ => warning(known),
    }
}

impl Content for Networks {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.read(model), self.ask(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        let wrap = |message| crate::app::Message::Dialog(super::Message::Networks(message));
        match message {
            Message::Listed(serial, result) => {
                self.list.answered(serial, result);
                if self.has_none() {
                    return Action::Task(focus::take(NAME));
                }
            }
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => {
                self.list.waited(patience);
                self.plan.waited(patience);
            }
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            _ if self.attempt.is_working() => {}
            Message::Name(name) => {
                self.name = name;
                self.attempt.forget();
                return Action::Task(self.ask(model).map(wrap));
            }
            Message::Retry => return Action::Task(Task::batch([self.read(model), self.ask(model)]).map(wrap)),
            Message::Remove(network) => {
                return Action::Open(Box::new(Remove::network(self.host.clone(), self.card.clone(), network).into()));
            }
            Message::Give(network) => return Action::Open(Box::new(Plug::new(self.host.clone(), network).into())),
            Message::TakeBack(key, card) => return Action::Open(Box::new(Remove::card(key, card).into())),
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        if self.attempt.done(done, Some(&self.call()))? {
            return Some(Action::Close);
        }
        let ask = self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Networks(message)));
        Some(Action::Task(ask))
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, ""), Message::Fold));
        body = body.push(part::paragraph(t!("network-what")));
        body = body.push(self.list.view(120.0, Message::Retry, |all| self.listed(model, all)));
        let foot = if self.has_none() {
            let label = (t!("network-accept"), t!("network-working"));
            let accept = self.is_allowed().then_some(Message::Accept);
            self.attempt.foot(Kind::Primary, label, accept, None, Message::Dismiss)
        } else {
            let close = Button::new(Kind::Secondary, t!("dialog-close")).on_press(Message::Dismiss).id("dialog-cancel");
            part::foot(None, vec![close.into()])
        };
        let title = t!("network-title", card = short(&self.card));
        frame(icon::network(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 640.0)
    }
}
