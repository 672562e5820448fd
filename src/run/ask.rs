//! Makes sure that the user wants it, before anything is changed.

use super::context::Context;
use super::error::Error;
use crate::ui;

/// What is asked before anything is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question(pub(crate) &'static str);

/// Makes sure that the user wants it: by `--yes`, or by an answer on the terminal.
pub(crate) async fn consent(context: &Context, question: Question) -> Result<(), Error> {
    if context.options.yes {
        return Ok(());
    }
    if !context.screen.terminal().asks {
        return Err(Error::NobodyToAsk);
    }
    let (sender, answer) = tokio::sync::oneshot::channel();
    let screen = context.screen.clone();
    std::thread::spawn(move || sender.send(ui::ask(&screen, question.0)));
    tokio::select! {
        biased;
        () = context.interrupt.wait() => {
            context.screen.insist("\n");
            Err(Error::Interrupted)
        }
        answer = answer => if answer == Ok(true) { Ok(()) } else { Err(Error::Declined) },
    }
}
