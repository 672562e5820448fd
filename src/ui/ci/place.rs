//! Where a job's runner takes summaries and outputs from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::system::System;

/// The most that GitHub shows of a step's summary: 1 MiB, by its documentation of job summaries.
const LARGEST: u64 = 1 << 20;

/// What is kept free for the sentence that says where it was cut.
const SENTENCE: u64 = 200;

/// The places that the runner named.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The file that the page of the step is made of.
    summary: Option<PathBuf>,
    /// The file that outputs are read from.
    outputs: Option<PathBuf>,
    /// The folder that is emptied after the job.
    temporary: Option<PathBuf>,
}

impl Places {
    /// Reads the runner's variables.
    pub fn of(system: System, variable: fn(&str) -> Option<String>) -> Self {
        let path = |name: &str| variable(name).map(PathBuf::from);
        match system {
            System::GitHub => Self {
                summary: path("GITHUB_STEP_SUMMARY"),
                outputs: path("GITHUB_OUTPUT"),
                temporary: None,
            },
            System::Pipelines => Self { temporary: path("AGENT_TEMPDIRECTORY"), ..Self::default() },
            System::GitLab => Self::default(),
        }
    }

    /// Keeps a part of the summary; returns the file that is to be uploaded, where one is.
    pub(super) fn keep(&self, part: &str) -> io::Result<Option<PathBuf>> {
        if let Some(file) = &self.summary {
            append(file, &cut(part, room(file)))?;
        }
        let Some(folder) = &self.temporary else { return Ok(None) };
        let mut file =
            tempfile::Builder::new().prefix("akstool-").suffix(".md").tempfile_in(folder)?;
        file.write_all(cut(part, LARGEST).as_bytes())?;
        Ok(Some(file.into_temp_path().keep().map_err(|error| error.error)?))
    }

    /// Keeps lines of outputs.
    pub(super) fn output(&self, lines: &str) -> io::Result<()> {
        self.outputs.as_deref().map_or(Ok(()), |file| append(file, lines))
    }
}

/// Returns how much more a file may hold.
fn room(file: &Path) -> u64 {
    LARGEST.saturating_sub(fs::metadata(file).map_or(0, |meta| meta.len()))
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(file)?.write_all(text.as_bytes())
}

/// Returns the whole lines of a text that there is room for, and a sentence where some are left out.
fn cut(text: &str, room: u64) -> String {
    if text.len() as u64 <= room {
        return text.to_owned();
    }
    let mut room = usize::try_from(room.saturating_sub(SENTENCE)).unwrap_or(usize::MAX);
    let fits = |line: &&str| {
        let is_in = line.len() <= room;
        room = room.saturating_sub(line.len());
        is_in
    };
    let mut kept: String = text.split_inclusive('\n').take_while(fits).collect();
    if !kept.is_empty() {
        kept.push_str("\nThe rest is left out: a summary holds no more than 1 MiB.\n");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_cut_between_lines_and_says_so() {
        let line = "| a | b |\n";
        let text = line.repeat(100);
        assert_eq!(cut(&text, 1000), text);
        let short = cut(&text, 999);
        assert!(short.len() < 999 && short.contains("left out"), "{short}");
        assert!(short.starts_with(line) && short.matches(line).count() < 100);
        assert_eq!(cut(&text, 100), "");
    }

    #[test]
    fn a_file_never_grows_beyond_what_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("summary.md");
        let places = Places { summary: Some(file.clone()), ..Places::default() };
        let part = "| a row of some length |\n".repeat(20_000);
        for _ in 0..4 {
            places.keep(&part).unwrap();
        }
        let size = fs::metadata(&file).unwrap().len();
        assert!(size <= LARGEST && size > LARGEST / 2, "{size}");
    }
}
