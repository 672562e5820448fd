//! Where text goes: data to standard output, talk to standard error; colour only where it is wanted.
//!
//! A reader that went away (`| head`) ends nothing and panics nothing; any other trouble with
//! standard output is kept and told at the end, so that a full disk is not mistaken for success.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};

use super::style::{BAD, CHANGE, FAINT, HINT, paint};
use super::words::{clean, wrap};
use crate::arm::redact::Known;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Data, problems and failures only.
    Quiet,
    /// What most people want to know.
    Normal,
    /// Everything.
    Loud,
    /// Everything, and each request.
    Traffic,
}

/// What the terminal is like and what is wanted of it.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether somebody can answer a question.
    pub asks: bool,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Whether standard error is a terminal, so that it can be drawn on again and again.
    pub live: bool,
    /// Whether results are printed as JSON.
    pub json: bool,
    /// How much is said.
    pub volume: Volume,
    /// Colour as `--color` wants it.
    pub colour: ColorChoice,
}

impl Facts {
    /// Reads what the three streams are.
    pub fn of_process(json: bool, volume: Volume, colour: ColorChoice) -> Self {
        Self {
            asks: io::stdin().is_terminal() && io::stderr().is_terminal(),
            terminal: io::stdout().is_terminal(),
            live: io::stderr().is_terminal(),
            json,
            volume,
            colour,
        }
    }
}

/// The streams; clones write to the same ones.
#[derive(Clone, Debug)]
pub struct Screen {
    facts: Facts,
    trouble: Arc<Mutex<Option<io::Error>>>,
    secrets: Known,
}

impl Screen {
    /// Takes the streams over.
    pub fn new(facts: Facts) -> Self {
        Self { facts, trouble: Arc::default(), secrets: Known::default() }
    }

    /// Returns what the terminal is like.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Returns what is never shown; whoever learns a secret adds it.
    pub fn secrets(&self) -> &Known {
        &self.secrets
    }

    /// Tells whether this much is to be said.
    pub fn says(&self, volume: Volume) -> bool {
        self.facts.volume >= volume
    }

    /// Returns the columns of standard output; `None` where lines may be as long as they are.
    pub fn columns(&self) -> Option<usize> {
        self.facts.terminal.then(|| size_of(&console::Term::stdout()).1)
    }

    /// Returns whether standard error is coloured.
    pub fn colours_talk(&self) -> bool {
        match self.facts.colour {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            ColorChoice::Never => false,
            ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        }
    }

    /// Prints data: what was asked for.
    pub fn data(&self, text: &str) {
        let stream = AutoStream::new(io::stdout().lock(), self.facts.colour);
        if let Err(error) = print(stream, &self.secrets.hide(text)) {
            self.note(error);
        }
    }

    /// Prints data as JSON over several lines.
    pub fn object(&self, value: &impl serde::Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.data(&format!("{}\n", super::json::harmless(&text))),
            Err(error) => self.note(error.into()),
        }
    }

    /// Says something to the person, unless it shall be quiet.
    pub fn talk(&self, text: &str) {
        if self.says(Volume::Normal) {
            self.insist(text);
        }
    }

    /// Says something to the person in any case.
    pub fn insist(&self, text: &str) {
        let stream = AutoStream::new(io::stderr().lock(), self.facts.colour);
        drop(print(stream, &self.secrets.hide(text)));
    }

    /// Says that something failed, and what to do next.
    pub fn error(&self, message: &str, hints: &[String]) {
        let columns = self.facts.live.then(|| size_of(&console::Term::stderr()).1);
        let message = format!("{} {}", paint(BAD.bold(), "error:"), clean(message));
        let mut text = format!("{}\n", wrap(&message, columns, 7));
        for hint in hints {
            let hint = format!("{} {}", paint(HINT, "hint:"), clean(hint));
            let _ = writeln!(text, "{}", wrap(&hint, columns, 6));
        }
        self.insist(&text);
    }

    /// Says that something went wrong which the run outlives.
    pub fn warn(&self, message: &str) {
        self.insist(&format!("{} {}\n", paint(CHANGE.bold(), "warning:"), clean(message)));
    }

    /// Says something that is no failure and worth a line.
    pub fn note_line(&self, text: &str) {
        self.talk(&format!("{}\n", paint(FAINT, &clean(text))));
    }

    /// Returns why standard output could not be written, if it could not and somebody reads it.
    pub fn trouble(&self) -> Option<io::Error> {
        self.lock().take()
    }

    fn note(&self, error: io::Error) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.lock().get_or_insert(error);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn print(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Returns rows and columns of a terminal, or what a terminal has when it does not say.
pub(super) fn size_of(terminal: &console::Term) -> (usize, usize) {
    let (rows, columns) = terminal.size_checked().unwrap_or((24, 80));
    (usize::from(rows.max(8)), usize::from(columns.max(40)))
}
