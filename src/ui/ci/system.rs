//! The CI systems that are known, and how each wants to be told something on a job's log.
//!
//! A runner takes a line for a command by its beginning (`::` of GitHub) or by what stands anywhere
//! in it (`##vso[` of Azure Pipelines, `##[` of both): see the documents of workflow commands and
//! logging commands. Whatever else is printed is made unfit for that.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::visible::on_one_line;

/// A CI system that shows more than lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions, and whatever runs the same workflows.
    GitHub,
    /// Azure Pipelines.
    Pipelines,
    /// GitLab.
    GitLab,
}

/// How much an annotation matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warning,
    /// Something worth knowing.
    Notice,
}

/// Where in the repository an annotation belongs.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The file.
    pub file: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The last column.
    pub end: usize,
}

impl System {
    /// Returns the system that this process runs a job of, as its variables say.
    pub fn of(variable: fn(&str) -> Option<String>) -> Option<Self> {
        let is_set = |name| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        [
            ("GITHUB_ACTIONS", Self::GitHub),
            ("TF_BUILD", Self::Pipelines),
            ("GITLAB_CI", Self::GitLab),
        ]
        .into_iter()
        .find_map(|(name, system)| is_set(name).then_some(system))
    }

    /// Returns the line that opens a group; `now` is in seconds since 1970.
    pub fn open(self, title: &str, now: i64) -> String {
        let title = told(title);
        match self {
            Self::GitHub => format!("::group::{}\n", github(&title)),
            Self::Pipelines => format!("##[group]{title}\n"),
            Self::GitLab => {
                format!("\u{1b}[0Ksection_start:{now}:{SECTION}\r\u{1b}[0K{title}\n")
            }
        }
    }

    /// Returns the line that closes the group.
    pub fn close(self, now: i64) -> String {
        match self {
            Self::GitHub => "::endgroup::\n".to_owned(),
            Self::Pipelines => "##[endgroup]\n".to_owned(),
            Self::GitLab => format!("\u{1b}[0Ksection_end:{now}:{SECTION}\r\u{1b}[0K\n"),
        }
    }

    /// Returns the line that annotates a run, if the system has annotations of this level.
    pub fn annotation(
        self,
        level: Level,
        title: &str,
        spot: Option<Spot<'_>>,
        text: &str,
    ) -> Option<String> {
        let (title, text) = (told(title), told(text));
        match self {
            Self::GitHub => Some(github_annotation(level, &title, spot, &text)),
            Self::Pipelines => pipelines_annotation(level, &title, spot, &text),
            Self::GitLab => None,
        }
    }

    /// Returns the line that shows a file of Markdown with the run, where one is needed.
    pub fn upload(self, file: &str) -> Option<String> {
        (self == Self::Pipelines)
            .then(|| format!("##vso[task.uploadsummary]{}\n", pipelines(&told(file))))
    }

    /// Returns the line that sets a variable for later steps and jobs, where a line does that.
    pub fn variable(self, name: &str, value: &str) -> Option<String> {
        let (name, value) = (property(&told(name)), pipelines(&told(value)));
        (self == Self::Pipelines)
            .then(|| format!("##vso[task.setvariable variable={name};isOutput=true]{value}\n"))
    }
}

/// The name of the section of GitLab's that holds what a run does; there is one at a time.
const SECTION: &str = "akstool";

fn github_annotation(level: Level, title: &str, spot: Option<Spot<'_>>, text: &str) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let name = |text: &str| github(text).replace(':', "%3A").replace(',', "%2C");
    let mut facts = Vec::new();
    if let Some(spot) = spot {
        facts.push(format!("file={}", name(&told(spot.file))));
        facts.push(format!("line={}", spot.line));
        facts.push(format!("col={}", spot.column));
        facts.push(format!("endColumn={}", spot.end));
    }
    if !title.is_empty() {
        facts.push(format!("title={}", name(title)));
    }
    let gap = if facts.is_empty() { "" } else { " " };
    format!("::{word}{gap}{}::{}\n", facts.join(","), github(text))
}

fn pipelines_annotation(
    level: Level,
    title: &str,
    spot: Option<Spot<'_>>,
    text: &str,
) -> Option<String> {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => return None,
    };
    let mut out = format!("##vso[task.logissue type={word}");
    if let Some(spot) = spot {
        let file = property(&told(spot.file));
        let _ =
            write!(out, ";sourcepath={file};linenumber={};columnnumber={}", spot.line, spot.column);
    }
    let title = if title.is_empty() { String::new() } else { format!("{title}: ") };
    let _ = writeln!(out, "]{}", pipelines(&format!("{title}{text}")));
    Some(out)
}

/// Returns a text as it may stand in a command: on one line, and without a command inside.
fn told(text: &str) -> String {
    inert(&on_one_line(text)).into_owned()
}

/// Escapes what a command of GitHub's says.
fn github(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what a command of Azure Pipelines' says.
fn pipelines(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command of Azure Pipelines'.
fn property(text: &str) -> String {
    pipelines(text).replace(';', "%3B").replace(']', "%5D")
}

/// What begins a command wherever in a line it stands, in small letters.
const ANYWHERE: [&str; 2] = ["##[", "##vso["];

/// Returns a text of any number of lines in which no runner finds a command; what would begin one
/// is parted by a blank.
///
/// It looks at lines as they are printed: colours must be gone where they are not wanted, since
/// what they part would come together without them.
pub fn inert(text: &str) -> Cow<'_, str> {
    let is_calm = |line: &str| !begins(line) && !ANYWHERE.iter().any(|word| holds(line, word));
    if text.split(BREAKS).all(is_calm) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive(BREAKS) {
        let (blank, line) = line.split_at(line.len() - line.trim_start().len());
        out.push_str(blank);
        let mut rest = line;
        if let Some(more) = line.strip_prefix("::") {
            out.push_str(": :");
            rest = more;
            // `:::` holds `::` once more, which stands behind something now.
        }
        while let Some(c) = rest.chars().next() {
            if ANYWHERE.iter().any(|word| starts(rest, word)) {
                out.push_str("# ");
            } else {
                out.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    Cow::Owned(out)
}

/// What a reader of lines may take for the end of one.
const BREAKS: [char; 2] = ['\n', '\r'];

fn begins(line: &str) -> bool {
    line.trim_start().starts_with("::")
}

fn starts(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn holds(line: &str, word: &str) -> bool {
    line.char_indices().any(|(at, c)| c == '#' && starts(&line[at..], word))
}

/// Returns JSON that means the same and in which no runner finds a command.
pub fn inert_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        if ANYWHERE.iter().any(|word| starts(rest, word)) {
            // Between quotes, as JSON has no `#` elsewhere.
            out.push_str("\\u0023");
        } else {
            out.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells whether a line is a command to a runner, read as the runners read it.
    fn is_command(line: &str) -> bool {
        let small = line.to_ascii_lowercase();
        line.trim_start().starts_with("::") || small.contains("##vso[") || small.contains("##[")
    }

    fn hostile() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "::",
            ":",
            "#",
            "##",
            "##[",
            "##vso[",
            "##VSO[",
            "[",
            "error",
            "\n",
            "\r",
            "\r\n",
            " ",
            "\t",
            "%0A",
            "%",
            "]",
            ";",
            ",",
            "add-mask",
            "\u{1b}[0K",
            "\u{2028}",
            "é",
        ]);
        prop::collection::vec(words, 0..12).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn no_line_of_an_inert_text_is_a_command(text in hostile()) {
            let inert = inert(&text).into_owned();
            let command = inert.split(['\n', '\r']).find(|line| is_command(line));
            prop_assert_eq!(command, None, "{:?}", inert);
            // Nothing is lost but the meaning to a runner.
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&inert), bare(&text));
        }

        #[test]
        fn inert_json_is_the_same_value_and_no_command(text in hostile()) {
            let value = serde_json::json!({ "a": text });
            let inert = inert_json(&value.to_string());
            prop_assert!(!is_command(&inert), "{}", inert);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&inert).unwrap(), value);
        }

        #[test]
        fn a_command_is_one_line_and_says_what_we_say(text in hostile(), title in hostile()) {
            let spot = Spot { file: &title, line: 3, column: 7, end: 9 };
            for system in [System::GitHub, System::Pipelines, System::GitLab] {
                let said = [
                    Some(system.open(&title, 7)),
                    system.annotation(Level::Error, &title, Some(spot), &text),
                    system.annotation(Level::Warning, &title, None, &text),
                    system.upload(&text),
                    system.variable("NAME", &text),
                ];
                for said in said.into_iter().flatten() {
                    let lines: Vec<&str> = said.lines().collect();
                    prop_assert_eq!(lines.len(), 1, "{:?}", said);
                    // Behind the command itself there is no other.
                    let own = said.trim_start_matches("::").trim_start_matches("##");
                    prop_assert!(!is_command(own), "{:?}", said);
                    prop_assert!(said.starts_with("::") || said.starts_with("##")
                        || said.starts_with('\u{1b}'), "{:?}", said);
                }
            }
        }
    }

    #[test]
    fn a_place_stands_in_the_annotation() {
        let spot = Some(Spot { file: "env/a,b.yaml", line: 3, column: 7, end: 12 });
        let github = System::GitHub.annotation(Level::Error, "p: q", spot, "100% wrong");
        assert_eq!(
            github.as_deref(),
            Some(
                "::error file=env/a%2Cb.yaml,line=3,col=7,endColumn=12,title=p%3A q::100%25 wrong\n"
            )
        );
        let pipelines = System::Pipelines.annotation(Level::Warning, "", spot, "no; ]");
        assert_eq!(
            pipelines.as_deref(),
            Some(
                "##vso[task.logissue type=warning;sourcepath=env/a,b.yaml;linenumber=3;columnnumber=7]no; ]\n"
            )
        );
        assert_eq!(System::GitLab.annotation(Level::Error, "", spot, "no"), None);
    }
}
