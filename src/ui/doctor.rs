//! What doctor found, as text: grouped, the worst first, readable without colour.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::network::Look;
use crate::address::number::counted;
use crate::doctor::{Area, Finding, Report, Severity, Summary};
use crate::visible::is_unsafe;

/// Columns below and above which nothing is wrapped; chosen, as for the address plan.
const WIDTHS: (usize, usize) = (60, 200);

/// Columns in front of a finding: the word and a space on each side.
const INDENT: usize = 10;

/// Draws a report. Ends with a line break.
pub fn draw(report: &Report, look: Look) -> String {
    let mut page = Page::new(look);
    page.head(report);
    for area in Area::ALL {
        let of_area = report.findings.iter().filter(|found| found.area == area);
        let of_area: Vec<&Finding> = of_area.collect();
        if !of_area.is_empty() {
            page.heading(area.title());
            for found in of_area {
                page.finding(found);
            }
        }
    }
    page.out.push('\n');
    page.wrapped(0, &sentence(&report.summary));
    page.out
}

/// Draws findings without their areas, as `up` shows them before its first write.
pub fn draw_findings(findings: &[Finding], look: Look) -> String {
    let mut page = Page::new(look);
    for found in findings {
        page.finding(found);
    }
    page.out
}

/// Returns the answer in one sentence.
fn sentence(summary: &Summary) -> String {
    let count = |number: usize, noun: &str| counted(number as u128, noun);
    let rest = format!(
        "{}, {}, {} well",
        count(summary.errors, "error"),
        count(summary.warnings, "warning"),
        summary.ok
    );
    let unseen = count(summary.unread, "look");
    match (summary.errors, summary.warnings, summary.unread) {
        (0, 0, 0) => format!("Nothing stands in the way ({rest})."),
        (0, 0, _) => format!("Nothing found in the way, but {unseen} failed ({rest})."),
        (0, _, 0) => format!("`up` would go through; mind the warnings ({rest})."),
        (0, ..) => {
            format!(
                "Nothing found that stops `up`, but {unseen} failed; mind the warnings ({rest})."
            )
        }
        (_, _, 0) => format!("`up` would fail ({rest})."),
        _ => format!("`up` would fail, and {unseen} failed too ({rest})."),
    }
}

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn new(look: Look) -> Self {
        let width = look.width.clamp(WIDTHS.0, WIDTHS.1);
        Self { out: String::new(), width, colour: look.colour }
    }

    fn head(&mut self, report: &Report) {
        let what = report.environment.as_deref().map_or_else(
            || format!("subscription {}", visible(&report.subscription)),
            |name| format!("environment {}", visible(name)),
        );
        let place = report.location.as_deref().map(|name| format!(" in {}", visible(name)));
        let line = format!("Looked at {what}{}.", place.unwrap_or_default());
        self.wrapped(0, &line);
    }

    fn heading(&mut self, title: &str) {
        let title = self.painted(Style::new().bold(), title);
        let _ = writeln!(self.out, "\n{title}");
    }

    fn finding(&mut self, found: &Finding) {
        let word = format!("{:<7}", found.severity.word());
        let word = self.painted(style(found.severity), &word);
        let _ = write!(self.out, "  {word} ");
        self.filled(INDENT, &visible(&found.fact));
        if let Some(so) = &found.consequence {
            self.wrapped(INDENT, &visible(so));
        }
        if let Some(command) = &found.command {
            // Never wrapped, so that it can be pasted.
            let _ = writeln!(self.out, "{:INDENT$}$ {}", "", visible(command));
        }
    }

    /// Writes a text with every line indented.
    fn wrapped(&mut self, indent: usize, text: &str) {
        let _ = write!(self.out, "{:indent$}", "");
        self.filled(indent, text);
    }

    /// Writes a text whose first line is indented already.
    fn filled(&mut self, indent: usize, text: &str) {
        let mut column = indent;
        for (at, word) in text.split(' ').enumerate() {
            let long = word.chars().count();
            if at > 0 && column + 1 + long > self.width {
                let _ = write!(self.out, "\n{:indent$}", "");
                column = indent;
            } else if at > 0 {
                self.out.push(' ');
                column += 1;
            }
            self.out.push_str(word);
            column += long;
        }
        self.out.push('\n');
    }

    fn painted(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Info => AnsiColor::Cyan.on_default(),
        Severity::Ok => AnsiColor::Green.on_default(),
    }
}

/// Makes what must not reach a terminal visible: much of this text came from Azure.
fn visible(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::SCHEMA;

    fn report(findings: Vec<Finding>) -> Report {
        Report {
            schema: SCHEMA,
            environment: Some("demo".into()),
            subscription: "s".into(),
            location: Some("westeurope".into()),
            who: None,
            login: None,
            unregistered: Vec::new(),
            summary: Summary::of(&findings),
            findings,
        }
    }

    fn finding(severity: Severity, area: Area, fact: &str) -> Finding {
        Finding {
            severity,
            area,
            about: "x".into(),
            id: None,
            fact: fact.into(),
            consequence: (severity == Severity::Error).then(|| {
                "Something long comes of it, so long that it does not fit on a line.".into()
            }),
            code: None,
            is_unread: false,
            command: (severity == Severity::Error).then(|| {
                "az do something --with-a-long-option that-is-never-wrapped-whatever-it-takes"
                    .into()
            }),
        }
    }

    #[test]
    fn findings_are_grouped_and_read_without_colour() {
        let report = report(vec![
            finding(Severity::Error, Area::Quota, "Too few cores."),
            finding(Severity::Ok, Area::Quota, "Enough addresses."),
            finding(Severity::Info, Area::Locks, "Could not look at the locks: no."),
        ]);
        let text = draw(&report, Look { width: 60, colour: false });
        insta::assert_snapshot!(text, @"
        Looked at environment demo in westeurope.

        Quota
          error   Too few cores.
                  Something long comes of it, so long that it does
                  not fit on a line.
                  $ az do something --with-a-long-option that-is-never-wrapped-whatever-it-takes
          ok      Enough addresses.

        Locks
          info    Could not look at the locks: no.

        `up` would fail (1 error, 0 warnings, 1 well).
        ");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let evil = finding(Severity::Error, Area::Names, "a\u{1b}[2Jb\u{202e}c\nd");
        let text = draw_findings(&[evil], Look { width: 80, colour: false });
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        assert!(text.starts_with("  error   a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\n"), "{text:?}");
    }

    #[test]
    fn the_last_sentence_counts_what_was_not_seen() {
        let of = |severities: &[Severity]| {
            let found = severities.iter().map(|severity| Finding {
                is_unread: *severity == Severity::Info,
                ..finding(*severity, Area::Names, "x")
            });
            draw(&report(found.collect()), Look { width: 120, colour: false })
        };
        let said = of(&[Severity::Info, Severity::Info, Severity::Ok]);
        let end = "Nothing found in the way, but 2 looks failed (0 errors, 0 warnings, 1 well).\n";
        assert!(said.ends_with(end), "{said}");
        assert!(of(&[Severity::Info, Severity::Warning]).contains("1 look failed; mind"));
        assert!(of(&[Severity::Info, Severity::Error]).contains("fail, and 1 look failed too"));
    }

    #[test]
    fn the_last_sentence_says_whether_up_would_go_through() {
        let of = |severities: &[Severity]| {
            let found = severities.iter().map(|s| finding(*s, Area::Names, "x")).collect();
            draw(&report(found), Look { width: 80, colour: true })
        };
        assert!(of(&[Severity::Ok]).contains("Nothing stands in the way"));
        assert!(of(&[Severity::Warning]).contains("would go through"));
        assert!(of(&[Severity::Error, Severity::Warning]).contains("`up` would fail"));
    }
}
