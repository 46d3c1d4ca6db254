//! A look at a file that a person named. Its folder may not answer: it is waited for beside the dialog, which goes on meanwhile.

use std::time::Duration;

use iced::{Task, task::Handle};

/// How long nothing is typed before it is looked at a path.
pub(super) const PAUSE: Duration = Duration::from_millis(200);
/// After which a dialog says what it waits for.
const SLOW: Duration = Duration::from_secs(1);

/// What became of the last look; `E` says what is wrong with the file.
#[derive(Debug)]
pub(super) struct Look<E> {
    serial: u64,
    state: State<E>,
    /// Gives up what is not wanted any more, also when the dialog is closed.
    work: Option<Handle>,
}

#[derive(Debug)]
enum State<E> {
    Waiting { is_slow: bool },
    Known(Result<(), E>),
}

/// What is told of a look, with its number.
#[derive(Clone, Debug)]
pub enum News<E> {
    /// It takes its time.
    Slow(u64),
    /// It is over.
    Over(u64, Result<(), E>),
}

impl<E> Default for Look<E> {
    fn default() -> Self {
        Self { serial: 0, state: State::Known(Ok(())), work: None }
    }
}

impl<E: Send + 'static> Look<E> {
    /// This is known without a look.
    pub fn know(&mut self, result: Result<(), E>) {
        (self.state, self.work) = (State::Known(result), None);
        self.serial += 1;
    }

    /// Looks after a pause, instead of any look before.
    pub fn begin<Message: Send + 'static>(
        &mut self,
        pause: Duration,
        work: impl Future<Output = Result<(), E>> + Send + 'static,
        tell: impl Fn(News<E>) -> Message + Clone + Send + 'static,
    ) -> Task<Message> {
        self.serial += 1;
        let (serial, told) = (self.serial, tell.clone());
        // Inside, because only there a timer can be made.
        let looking = async move {
            tokio::time::sleep(pause).await;
            work.await
        };
        let over = Task::perform(looking, move |result| tell(News::Over(serial, result)));
        let slow = Task::perform(async move { tokio::time::sleep(pause + SLOW).await }, move |()| told(News::Slow(serial)));
        let (task, handle) = Task::batch([over, slow]).abortable();
        (self.state, self.work) = (State::Waiting { is_slow: false }, Some(handle.abort_on_drop()));
        task
    }

    /// Takes in what is told of the last look.
    pub fn take(&mut self, news: News<E>) {
        match news {
            News::Slow(serial) if serial == self.serial && self.is_waiting() => self.state = State::Waiting { is_slow: true },
            News::Over(serial, result) if serial == self.serial => (self.state, self.work) = (State::Known(result), None),
            News::Slow(_) | News::Over(..) => {}
        }
    }

    /// It is under way.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// It takes so long that it is said.
    pub const fn is_slow(&self) -> bool {
        matches!(self.state, State::Waiting { is_slow: true })
    }

    /// The file will do.
    pub const fn is_good(&self) -> bool {
        matches!(self.state, State::Known(Ok(())))
    }

    /// What is wrong with it.
    pub const fn error(&self) -> Option<&E> {
        if let State::Known(Err(error)) = &self.state { Some(error) } else { None }
    }

    /// The number of the look, for tests that answer it.
    #[cfg(test)]
    pub const fn serial(&self) -> u64 {
        self.serial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_last_look_counts() {
        let mut look: Look<u8> = Look::default();
        assert!(look.is_good(), "there is nothing to look at yet");
        let _ = look.begin(PAUSE, async { Ok(()) }, |news| news);
        let first = look.serial();
        let _ = look.begin(PAUSE, async { Ok(()) }, |news| news);
        look.take(News::Slow(first));
        look.take(News::Over(first, Ok(())));
        assert!(look.is_waiting() && !look.is_slow() && !look.is_good());
        look.take(News::Slow(look.serial()));
        assert!(look.is_slow());
        look.take(News::Over(look.serial(), Err(7)));
        look.take(News::Slow(look.serial()));
        assert_eq!((look.is_waiting(), look.error()), (false, Some(&7)));
        look.know(Ok(()));
        assert!(look.is_good());
    }
}
