//! The session, or a person in a terminal, wants the application to end.

use iced::futures::{Stream, stream};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::Message;

/// Tells once that SIGTERM or SIGINT came. What is remembered is written then, as at any other end.
pub fn asked() -> impl Stream<Item = Message> {
    stream::once(async {
        let (Ok(mut end), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
            // The signals do then what they do to any process.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = end.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(at_once(end, interrupt));
        Message::Ended
    })
}

/// Who asks again shall not wait for a disk that hangs.
#[expect(clippy::disallowed_methods, reason = "nothing is under way that could be undone, and the thread that ends it may hang")]
async fn at_once(mut end: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = end.recv() => {}
        _ = interrupt.recv() => {}
    }
    std::process::exit(1)
}

#[cfg(test)]
mod tests {
    use iced::futures::StreamExt;

    use super::*;

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a test asks for a signal to itself")]
    async fn a_signal_to_end_is_told_and_does_not_kill() {
        let mut told = Box::pin(asked());
        // Looked at once, so that the signal finds somebody who waits for it.
        assert!(tokio::time::timeout(std::time::Duration::from_millis(10), told.next()).await.is_err());
        let kill = std::process::Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap();
        assert!(kill.success() && matches!(told.next().await, Some(Message::Ended)));
    }
}
