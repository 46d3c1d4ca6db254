//! What dialogs that change something have in common: the plan of what was asked last, and the call whose answer is awaited.

use client::{Client, Error, t};
use iced::{Element, Task};

use super::{
    fetch::{Fetch, Patience, fetch},
    moving, part,
};
use crate::{
    action::{Action, Call, Done},
    component::Kind,
    model::Model,
};

/// A plan, asked for anew whenever the question is another one.
#[derive(Debug)]
pub(super) struct Question<T> {
    plan: Fetch<T>,
    /// The question whose answer is awaited.
    serial: u64,
}

impl<T> Default for Question<T> {
    fn default() -> Self {
        Self { plan: Fetch::default(), serial: 0 }
    }
}

impl<T: Send + 'static> Question<T> {
    /// Nothing is asked any more; an answer that still comes is of no question.
    pub fn forget(&mut self) {
        self.plan = Fetch::default();
        self.serial += 1;
    }

    /// Asks a host; `planned` tells the answer with the number of the question.
    pub fn ask<F, Fut, Message>(
        &mut self,
        model: &Model,
        host: &str,
        work: F,
        planned: impl Fn(u64, Result<T, Error>) -> Message + Send + 'static,
        waited: impl Fn(Patience) -> Message + Clone + Send + 'static,
    ) -> Task<Message>
    where
        F: FnOnce(Client) -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send + 'static,
        Message: Send + 'static,
    {
        self.forget();
        let serial = self.serial;
        fetch(model, host, work, move |result| planned(serial, result), waited)
    }

    /// Takes an answer in, unless it is that of an older question.
    pub fn answered(&mut self, serial: u64, result: Result<T, Error>) {
        if serial == self.serial {
            self.plan.take(result);
        }
    }

    /// Time has passed.
    pub fn waited(&mut self, patience: Patience) {
        self.plan.waited(patience);
    }

    /// The answer, once it is there.
    pub const fn ready(&self) -> Option<&T> {
        self.plan.ready()
    }

    /// Why there is no answer.
    pub const fn error(&self) -> Option<&Error> {
        self.plan.error()
    }

    /// See [`Fetch::view`].
    pub fn view<'a, Message: Clone + 'a>(
        &'a self,
        height: f32,
        retry: Message,
        show: impl FnOnce(&'a T) -> Element<'a, Message>,
    ) -> Element<'a, Message> {
        self.plan.view(height, retry, show)
    }

    /// The number of the question, for tests that answer it.
    #[cfg(test)]
    pub const fn serial(&self) -> u64 {
        self.serial
    }
}

/// Whether it is being done, and what went wrong when it was.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    is_working: bool,
    shows_message: bool,
    error: Option<Error>,
}

impl Attempt {
    /// Makes the call; until it ends nothing else can be asked for.
    pub fn begin(&mut self, call: Call) -> Action {
        (self.is_working, self.error) = (true, None);
        Action::Call(call)
    }

    /// The call is under way.
    pub const fn is_working(&self) -> bool {
        self.is_working
    }

    /// What a control says while nothing is under way.
    pub fn press<Message>(&self, message: Message) -> Option<Message> {
        (!self.is_working).then_some(message)
    }

    /// Shows or hides the raw message.
    pub fn fold(&mut self) {
        self.shows_message = !self.shows_message;
    }

    /// Something else is asked for than what failed.
    pub fn forget(&mut self) {
        self.error = None;
    }

    /// Something ended. `None` if it was not `call`, or that is not under way; else whether it did what was asked for.
    pub fn done(&mut self, done: &Done, call: Option<&Call>) -> Option<bool> {
        (self.is_working && Some(&done.call) == call).then(|| self.ended(done))
    }

    /// The call ended. Returns whether it did what was asked for; why not is kept, unless who closed the prompt knows it.
    pub fn ended(&mut self, done: &Done) -> bool {
        self.is_working = false;
        let failed = done.results.iter().find_map(|(_, result)| result.as_ref().err());
        self.error = failed.filter(|error| !error.is_dismissed()).cloned();
        failed.is_none()
    }

    /// What went wrong.
    #[cfg(test)]
    pub const fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// What went wrong, with the raw message one click away.
    pub fn failure<'a, Message: Clone + 'a>(
        &self,
        words: impl FnOnce(&Error) -> (String, String),
        on_fold: Message,
    ) -> Option<Element<'a, Message>> {
        self.error.as_ref().map(|error| moving::failure(error, words(error), self.shows_message, on_fold))
    }

    /// The foot: the way out, and the button that does it, or says that it is being done. `accept` is none while it is not allowed;
    /// `patience` says how long it may take.
    pub fn foot<'a, Message: Clone + 'a>(
        &self,
        kind: Kind,
        (label, working): (String, String),
        accept: Option<Message>,
        patience: Option<String>,
        dismiss: Message,
    ) -> Element<'a, Message> {
        let accept = accept.filter(|_| !self.is_working);
        let said = if self.is_working { patience } else { accept.is_some().then(|| t!("bind-password")) };
        let button = part::accept(kind, if self.is_working { working } else { label }, accept);
        part::foot(said.map(|words| part::caption(words).into()), vec![part::cancel(dismiss).into(), button.into()])
    }
}

#[cfg(test)]
mod tests {
    use client::ErrorKind;

    use super::*;
    use crate::dialog::test;

    #[test]
    fn only_the_answer_to_the_last_question_is_taken() {
        let mut question: Question<u8> = Question::default();
        let first = question.serial();
        question.forget();
        question.answered(first, Ok(1));
        assert_eq!(question.ready(), None);
        question.answered(question.serial(), Ok(2));
        assert_eq!(question.ready(), Some(&2));
        question.forget();
        assert_eq!(question.ready(), None, "another question has no answer yet");
    }

    #[test]
    fn what_failed_is_kept_and_a_closed_prompt_is_no_failure() {
        let mut attempt = Attempt::default();
        let call = Call::Cancel("system".into(), "7".to_owned());
        assert!(matches!(attempt.begin(call.clone()), Action::Call(_)) && attempt.press(()).is_none());
        let ended = |result| Done { call: call.clone(), results: vec![(None, result)] };
        assert!(!attempt.ended(&ended(Err(test::error(ErrorKind::Busy, &[])))) && attempt.error().is_some());
        assert!(!attempt.ended(&ended(Err(test::dismissed()))) && attempt.error().is_none());
        assert!(attempt.ended(&ended(Ok(String::new()))) && attempt.press(()).is_some());
    }

    #[test]
    fn only_the_end_of_the_call_that_is_under_way_is_taken() {
        let mut attempt = Attempt::default();
        let (call, other) = (Call::Cancel("system".into(), "7".to_owned()), Call::Cancel("system".into(), "8".to_owned()));
        let ended = Done { call: call.clone(), results: vec![(None, Ok(String::new()))] };
        assert_eq!(attempt.done(&ended, Some(&call)), None, "nothing is under way");
        let _ = attempt.begin(call.clone());
        assert_eq!((attempt.done(&ended, Some(&other)), attempt.done(&ended, None)), (None, None));
        assert!(attempt.is_working());
        assert_eq!(attempt.done(&ended, Some(&call)), Some(true));
    }

    #[test]
    fn the_answer_to_an_older_question_is_not_taken() {
        let mut question: Question<u8> = Question::default();
        let first = question.serial();
        question.forget();
        question.answered(first, Ok(2));
        assert_eq!(question.ready(), None);
        question.answered(question.serial(), Ok(1));
        assert_eq!(question.ready(), Some(&1));
    }
}
