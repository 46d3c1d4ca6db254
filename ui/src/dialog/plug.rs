//! Gives a machine a card in a network of virtual functions: which machine, which address, and the plan before that.

#[cfg(test)]
mod tests;

use client::{
    Error, Machine, Uuid,
    device::{FunctionNetwork, Gift, GivePlan, Giving, NetworkCard, PoolCard, Refusal},
    host::Id,
    locale,
    settings::Settings,
    t,
};
use iced::{
    Element, Length, Task,
    keyboard::{Key as Pressed, Modifiers},
    widget::{Column, column, container, row, scrollable},
};

use super::{
    Content,
    attach::{choose, entry},
    attempt::{Attempt, Question},
    fetch::Patience,
    frame, moving, part, words,
};
use crate::{
    action::{Action, Call, Done, OtherChange},
    component::{
        Kind,
        device::{other_warning, refusal_named},
        state_glyph,
    },
    icon,
    model::{Key, Model},
    theme::{self, space},
    widget::{
        cut, focus,
        scroll::{PANE, scroll},
    },
};

const FIND: &str = "plug-find";
const MAC: &str = "plug-mac";
/// Height of the list, so that the plan below is seen, too.
const LIST: f32 = 150.0;

/// See [the module](self).
#[derive(Debug)]
pub struct Plug {
    host: Id,
    network: FunctionNetwork,
    find: String,
    machine: Option<Uuid>,
    mac: String,
    /// The address that the card has if none is typed: by it the card is taken away again.
    chosen: String,
    plan: Question<GivePlan>,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed to find a machine.
    Find(String),
    /// A machine was chosen.
    Machine(Uuid),
    /// The one below or above in the list.
    Step(bool),
    /// Something was typed as the address.
    Mac(String),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<GivePlan, Error>),
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

impl Plug {
    /// Asks for the machine that gets a card in this network.
    #[must_use]
    pub fn new(host: Id, network: FunctionNetwork) -> Self {
        Self {
            host,
            network,
            find: String::new(),
            machine: None,
            mac: String::new(),
            chosen: PoolCard::new_mac(),
            plan: Question::default(),
            attempt: Attempt::default(),
        }
    }

    fn key(&self) -> Option<Key> {
        Some(Key { host: self.host.clone(), machine: self.machine? })
    }

    /// The address of the card; `None` for what no card can have.
    fn address(&self) -> Option<String> {
        let typed = self.mac.trim().to_lowercase();
        if typed.is_empty() { Some(self.chosen.clone()) } else { Some(typed).filter(|typed| NetworkCard::is_mac(typed)) }
    }

    fn giving(&self) -> Option<Giving> {
        let card = PoolCard { network: self.network.uuid.clone(), name: self.network.name.clone(), mac: self.address()? };
        Some(Giving { gift: Gift::Network(card), is_live: false, is_configured: true })
    }

    fn call(&self) -> Option<Call> {
        Some(Call::Other(self.key()?, OtherChange::Give(self.giving()?)))
    }

    /// Whether the machine has this very card: it would stay as it is.
    fn is_there(&self, model: &Model) -> bool {
        let machine = self.key().and_then(|key| model.machine(&key));
        let card = machine.map(|machine| machine.name.clone()).zip(self.address());
        card.is_some_and(|card| self.network.cards.contains(&card))
    }

    fn ask(&mut self, model: &Model) -> Action {
        self.plan.forget();
        let (Some(key), Some(giving)) = (self.key(), self.giving()) else { return Action::None };
        let work = move |client: client::Client| async move { client.plan_give(key.machine, giving).await };
        let ask = self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited);
        Action::Task(ask.map(|message| crate::app::Message::Dialog(super::Message::Plug(message))))
    }

    fn choose(&mut self, model: &Model, machine: Uuid) -> Action {
        self.machine = Some(machine);
        self.attempt.forget();
        self.ask(model)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        !self.attempt.is_working() && !self.is_there(model) && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    /// What is typed finds, arrows choose.
    fn list<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let machines = choose::machines(model, &self.host, &self.find);
        if machines.is_empty() && self.find.trim().is_empty() {
            return part::empty(icon::network(), t!("attach-no-machine"));
        }
        let hint = t!("attach-find-machine");
        let field = part::field(FIND, &hint, &self.find, false, Message::Find, Message::Accept);
        let field = part::typed(field, Some(hint), &self.find);
        let list: Element<'a, Message> = if machines.is_empty() {
            container(part::caption(t!("attach-nothing-found"))).padding([space::S, space::M]).into()
        } else {
            let entries = machines.into_iter().map(|machine| self.entry(machine));
            scroll(scrollable(Column::with_children(entries).padding(4)), PANE)
        };
        column![field, container(list).max_height(LIST).width(Length::Fill).style(theme::container::card)].spacing(space::XS).into()
    }

    fn entry<'a>(&self, machine: &'a Machine) -> Element<'a, Message> {
        let has = self.network.cards.iter().any(|(name, _)| *name == machine.name);
        let state = if has { t!("plug-has-one") } else { locale::condition(machine.condition()) };
        let state = cut(state).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink);
        let words = row![state_glyph(machine.condition(), 13.0), cut(machine.label()), state];
        entry(words, self.machine == Some(machine.id), self.attempt.press(Message::Machine(machine.id)))
    }

    fn mac_field(&self) -> Element<'_, Message> {
        let (label, is_wrong) = (t!("function-mac"), self.address().is_none());
        let input = part::field(MAC, &t!("plug-mac-hint"), &self.mac, is_wrong, Message::Mac, Message::Accept);
        let input = part::typed(input, Some(label.clone()), &self.mac);
        let below = is_wrong.then(|| part::below(Some(t!("attach-card-mac-wrong")), None));
        column![part::caption(label), input].push(below).spacing(space::XS).width(Length::Fill).into()
    }

    fn show_plan<'a>(&self, model: &Model, plan: &GivePlan) -> Element<'a, Message> {
        if self.is_there(model) {
            return part::paragraph(t!("attach-already")).into();
        }
        if !plan.reasons.is_empty() {
            return moving::refusals_in_words(plan.reasons.iter().map(|one| refusal_named(one, &self.network.name)).collect());
        }
        let steps = vec![(t!("attach-step-configure"), t!("plug-step-start"))];
        let mut body = column![part::paragraph(t!("bind-plan")), moving::steps(steps)].spacing(space::S).width(Length::Fill);
        for known in &plan.warnings {
            body = body.push(part::warning(warned(known)));
        }
        body.push(moving::undone_by(t!("plug-undo"))).into()
    }
}

fn warned(known: &Refusal) -> String {
    match known.reason.as_str() {
        "network-not-kept" => t!("warning-network-not-kept"),
        "no-free-function" => t!("warning-no-free-function"),
        "mac-taken" => t!("warning-mac-taken", machine = known.name.as_str()),
        _ => other_warning(known),
    }
}

impl Content for Plug {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take(FIND)
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::Find(text) => self.find = text,
            Message::Machine(machine) => return self.choose(model, machine),
            Message::Step(is_down) => {
                let shown: Vec<Uuid> = choose::machines(model, &self.host, &self.find).iter().map(|machine| machine.id).collect();
                if let Some(machine) = choose::next(&shown, self.machine.as_ref(), is_down) {
                    return self.choose(model, machine);
                }
            }
            Message::Mac(text) => {
                self.mac = text;
                self.attempt.forget();
                return self.ask(model);
            }
            Message::Retry => return self.ask(model),
            Message::Accept if self.is_allowed(model) => {
                return self.call().map_or(Action::None, |call| self.attempt.begin(call));
            }
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        Some(if self.attempt.done(done, self.call().as_ref())? { Action::Close } else { self.ask(model) })
    }

    fn key(&self, key: &Pressed, _modifiers: Modifiers) -> Option<Message> {
        part::arrow(key).map(Message::Step)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let machine = self.key().map(|key| super::label(model, &key)).unwrap_or_default();
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(move |error| words::error(error, &machine), Message::Fold));
        body = body.push(self.list(model));
        if self.machine.is_some() {
            let runs = self.key().and_then(|key| model.machine(&key)).is_some_and(Machine::is_active);
            body = body.push(self.mac_field());
            body = body.push(runs.then(|| part::caption(t!("give-when-start"))));
            body = body.push(self.plan.view(120.0, Message::Retry, |plan| self.show_plan(model, plan)));
        }
        let label = (t!("give-accept"), t!("attach-working"));
        let accept = self.is_allowed(model).then_some(Message::Accept);
        let foot = self.attempt.foot(Kind::Primary, label, accept, Some(t!("attach-patience")), Message::Dismiss);
        let title = t!("plug-title", network = self.network.name.as_str());
        frame(icon::network(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 600.0)
    }
}
