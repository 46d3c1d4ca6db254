//! Something that is being fetched: nothing for 200 ms, then grey bars, after 10 s what is awaited; or why it failed.

use std::time::Duration;

use client::{Client, Error, t};
use iced::{
    Element, Length, Task,
    widget::{column, container, space as gap},
};

use super::{part, words};
use crate::{
    component::{Button, Kind},
    model::Model,
    theme::{self, space},
    widget::text,
};

/// Something that is being fetched.
#[derive(Clone, Debug)]
pub enum Fetch<T> {
    /// Not there yet.
    Waiting(Patience),
    /// Not to be had.
    Failed(Error),
    /// Here it is.
    Ready(T),
}

/// For how long it has been waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// Not worth showing.
    #[default]
    Fresh,
    /// More than 200 ms.
    Slow,
    /// More than 10 s.
    Long,
}

impl<T> Default for Fetch<T> {
    fn default() -> Self {
        Self::Waiting(Patience::Fresh)
    }
}

impl<T> Fetch<T> {
    /// What there is.
    pub const fn ready(&self) -> Option<&T> {
        if let Self::Ready(value) = self { Some(value) } else { None }
    }

    /// Why there is none.
    pub const fn error(&self) -> Option<&Error> {
        if let Self::Failed(error) = self { Some(error) } else { None }
    }

    /// Time has passed.
    pub fn waited(&mut self, patience: Patience) {
        if let Self::Waiting(current) = self {
            *current = patience;
        }
    }

    /// Takes the answer in.
    pub fn take(&mut self, result: Result<T, Error>) {
        *self = match result {
            Ok(value) => Self::Ready(value),
            Err(error) => Self::Failed(error),
        };
    }

    /// Shows it once it is there; else how it stands, and a button to try again.
    pub fn view<'a, Message: Clone + 'a>(
        &'a self,
        height: f32,
        retry: Message,
        show: impl FnOnce(&'a T) -> Element<'a, Message>,
    ) -> Element<'a, Message> {
        match self {
            Self::Waiting(patience) => container(bars(*patience)).height(height).into(),
            Self::Failed(error) => {
                let (title, advice) = words::error(error, "");
                let again = Button::new(Kind::Secondary, t!("dialog-retry")).compact().on_press(retry).id("dialog-retry");
                column![part::danger(title, advice), again].spacing(space::S).into()
            }
            Self::Ready(value) => show(value),
        }
    }
}

fn bars<'a, Message: 'a>(patience: Patience) -> Element<'a, Message> {
    if patience == Patience::Fresh {
        return gap().into();
    }
    let bar = |part: u16| {
        let bar = container(gap()).height(10).width(Length::FillPortion(part)).style(theme::container::rounded(|t| t.track, 5.0));
        iced::widget::row![bar, gap().width(Length::FillPortion(100 - part))].into()
    };
    let mut content = column([84, 62, 73].map(bar)).spacing(space::M).padding([space::S, 0.0]);
    if patience == Patience::Long {
        content = content.push(text(t!("dialog-waiting")).size(12).style(theme::subtle));
    }
    content.into()
}

/// Fetches from a host, and tells how long it takes.
pub fn fetch<T, F, Fut, Message>(
    model: &Model,
    host: &str,
    work: F,
    ready: impl Fn(Result<T, Error>) -> Message + Send + 'static,
    waited: impl Fn(Patience) -> Message + Clone + Send + 'static,
) -> Task<Message>
where
    T: Send + 'static,
    F: FnOnce(Client) -> Fut,
    Fut: Future<Output = Result<T, Error>> + Send + 'static,
    Message: Send + 'static,
{
    let Some(client) = model.host(host).and_then(|host| host.client.clone()) else {
        return Task::done(ready(Err(Error::Gone(String::new()))));
    };
    let after = |duration, patience| {
        let waited = waited.clone();
        // Inside, because only there a timer can be made.
        Task::perform(async move { tokio::time::sleep(duration).await }, move |()| waited(patience))
    };
    let answer = Task::perform(work(client), ready);
    let waiting = Task::batch([after(Duration::from_millis(200), Patience::Slow), after(Duration::from_secs(10), Patience::Long)]);
    Task::batch([answer, waiting])
}

/// Asks for one after the other. Who closes a prompt is not asked again for each of the others: they have the same answer.
pub async fn each_until_dismissed<W, T, F>(wishes: Vec<W>, ask: impl Fn(W) -> F) -> Vec<(W, Result<T, Error>)>
where
    W: Clone,
    F: Future<Output = Result<T, Error>>,
{
    let (mut answers, mut dismissed) = (Vec::with_capacity(wishes.len()), None);
    for wish in wishes {
        let answer = match &dismissed {
            Some(error) => Err(Error::clone(error)),
            None => ask(wish.clone()).await,
        };
        dismissed = answer.as_ref().err().filter(|error| error.is_dismissed()).cloned();
        answers.push((wish, answer));
    }
    answers
}
