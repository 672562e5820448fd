//! Where text goes: data to standard output, talk to standard error; colour only where it is wanted.
//!
//! A reader that went away (`| head`) ends nothing and panics nothing; any other trouble with
//! standard output is kept and told at the end, so that a full disk is not mistaken for success.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};

use super::ci::system::{Level, Spot, System, inert, inert_json};
use super::style::{BAD, CHANGE, FAINT, HINT, paint};
use super::words::{clean, plain, wrap};
use crate::advice::Advice;
use crate::arm::redact::Secrets;

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
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether somebody can answer a question.
    pub asks: bool,
    /// Whether standard output is a terminal.
    pub output: bool,
    /// Whether standard error is a terminal.
    pub talk: bool,
    /// Whether standard error can be drawn on again and again.
    pub live: bool,
    /// The CI system that this is a job of.
    pub ci: Option<System>,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
    /// Whether results are printed as JSON.
    pub json: bool,
    /// How much is said.
    pub volume: Volume,
    /// Colour as `--color` wants it.
    pub colour: ColorChoice,
}

impl Terminal {
    /// Reads what the three streams are; the variables of the environment say what a terminal can do.
    pub fn of_process(
        json: bool,
        volume: Volume,
        colour: ColorChoice,
        variable: fn(&str) -> Option<String>,
    ) -> Self {
        let talk = io::stderr().is_terminal();
        let ci = System::of(variable);
        let is_job = ci.is_some() || variable("CI").is_some_and(|ci| ci != "false");
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            asks: io::stdin().is_terminal() && talk,
            output: io::stdout().is_terminal(),
            talk,
            // A job's console keeps every picture of a live view as lines.
            live: talk && !is_dumb && !is_job,
            ci,
            ascii: is_ascii(variable),
            json,
            volume,
            colour,
        }
    }
}

/// Tells whether the locale cannot show more than ASCII: one that was chosen and is not of UTF-8.
/// Where none was chosen nothing is known, and nearly everything shows UTF-8 today.
fn is_ascii(variable: fn(&str) -> Option<String>) -> bool {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
    chosen.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !cfg!(windows) && !["utf-8", "utf8"].iter().any(|name| locale.contains(name))
    })
}

/// The streams; clones write to the same ones.
#[derive(Clone, Debug)]
pub struct Screen {
    terminal: Terminal,
    trouble: Arc<Mutex<Option<io::Error>>>,
    secrets: Secrets,
}

impl Screen {
    /// Takes the streams over.
    pub fn new(terminal: Terminal) -> Self {
        Self { terminal, trouble: Arc::default(), secrets: Secrets::default() }
    }

    /// Returns what the terminal is like.
    pub fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// Returns what is never shown; whoever learns a secret adds it.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Tells whether this much is to be said.
    pub fn says(&self, volume: Volume) -> bool {
        self.terminal.volume >= volume
    }

    /// Returns the columns of standard output; `None` where lines may be as long as they are.
    pub fn columns(&self) -> Option<usize> {
        self.terminal.output.then(|| size_of(&console::Term::stdout()).1)
    }

    /// Returns the columns of standard error, in the same way.
    pub fn talk_columns(&self) -> Option<usize> {
        self.terminal.talk.then(|| size_of(&console::Term::stderr()).1)
    }

    /// Returns whether standard error is coloured.
    pub fn colours_talk(&self) -> bool {
        match self.terminal.colour {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            ColorChoice::Never => false,
            ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        }
    }

    /// Prints what a person asked to see.
    pub fn data(&self, text: &str) {
        let text = self.secrets.hide(&self.shown(text));
        self.exact(&self.calm(&text, AutoStream::choice(&io::stdout())));
    }

    /// Prints what was asked for as it is, for a file or another program.
    pub fn exact(&self, text: &str) {
        let stream = AutoStream::new(io::stdout().lock(), self.terminal.colour);
        let text = self.secrets.hide(text);
        let is_told = self.terminal.json && self.terminal.ci.is_some();
        let text = if is_told { inert_json(&text) } else { text };
        if let Err(error) = print(stream, &text) {
            self.note(error);
        }
    }

    /// Prints data as JSON over several lines.
    pub fn object(&self, value: &impl serde::Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => {
                let text = crate::visible::harmless(&text);
                let is_told = self.terminal.ci.is_some();
                let text = if is_told { inert_json(&text) } else { text };
                self.exact(&format!("{text}\n"));
            }
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
        let stream = AutoStream::new(io::stderr().lock(), self.terminal.colour);
        let text = self.secrets.hide(&self.shown(text));
        drop(print(stream, &self.calm(&text, AutoStream::choice(&io::stderr()))));
    }

    /// Returns a text in which the runner of a job finds no command; one without colours where they
    /// are not wanted, as it is looked at as it will be printed.
    fn calm<'a>(&self, text: &'a str, choice: ColorChoice) -> Cow<'a, str> {
        if self.terminal.ci.is_none() {
            return Cow::Borrowed(text);
        }
        let is_plain = match self.terminal.colour {
            ColorChoice::Auto => choice == ColorChoice::Never,
            ColorChoice::Never => true,
            ColorChoice::Always | ColorChoice::AlwaysAnsi => false,
        };
        let text = if is_plain {
            Cow::Owned(anstream::adapter::strip_str(text).to_string())
        } else {
            Cow::Borrowed(text)
        };
        Cow::Owned(inert(&text).into_owned())
    }

    /// Tells the runner of a job something, in its own words; they must be made by [`System`].
    pub(super) fn command(&self, line: &str) {
        drop(print(io::stderr().lock(), &self.secrets.hide(line)));
    }

    /// Annotates the run of a job; tells whether its system has such annotations.
    pub(super) fn annotate(
        &self,
        level: Level,
        title: &str,
        spot: Option<Spot<'_>>,
        text: &str,
    ) -> bool {
        let system = self.terminal.ci;
        let line = system.and_then(|system| system.annotation(level, title, spot, text));
        if let Some(line) = &line {
            self.command(line);
        }
        line.is_some()
    }

    /// Returns a text as the terminal can show it.
    pub(super) fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.terminal.ascii { plain(text) } else { Cow::Borrowed(text) }
    }

    /// Says that something failed, and what to do next.
    pub fn error(&self, message: &str, hints: &[Advice]) {
        let columns = self.talk_columns();
        let mut text = String::new();
        if !self.annotate(Level::Error, "", None, message) {
            let message = format!("{} {}", paint(BAD.bold(), "error:"), clean(message));
            let _ = writeln!(text, "{}", wrap(&message, columns, 7));
        }
        for hint in hints {
            let hint = format!("{} {}", paint(HINT, "hint:"), clean(&hint.to_string()));
            let _ = writeln!(text, "{}", wrap(&hint, columns, 6));
        }
        self.insist(&text);
    }

    /// Says that something went wrong which the run outlives.
    pub fn warn(&self, message: &str) {
        if self.annotate(Level::Warning, "", None, message) {
            return;
        }
        let text = format!("{} {}", paint(CHANGE.bold(), "warning:"), clean(message));
        self.insist(&format!("{}\n", wrap(&text, self.talk_columns(), 9)));
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
