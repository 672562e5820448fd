//! Problems of a profile, drawn as rustc draws them: the lines, the place, a sentence, a hint.
//!
//! Everything shown may come from a stranger's file, so control characters and marks that reorder
//! text are made visible before they reach the renderer.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::ci::system::{Level as Weight, Spot};
use super::screen::Screen;
use crate::profile::problem::{Problem, Problems, Severity, Source, Span};
use crate::visible::is_unsafe;

/// Problems drawn in full; chosen: more than a screen or two nobody reads.
const SHOWN: usize = 40;

/// Lines longer than this are named, not shown; chosen: four screens wide.
const WIDEST: usize = 400;

/// Lines between two places of one problem up to which both stand in one picture.
const FARTHEST: usize = 400;

/// Draws all problems, the last line counting what is not shown. Ends with a line break unless
/// empty.
pub fn draw(problems: &Problems, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for problem in problems.list.iter().take(SHOWN) {
        let picture = picture(problem, problems);
        let _ = writeln!(out, "{}\n", renderer.render(&picture));
    }
    let more = problems.list.len().saturating_sub(SHOWN) + problems.unlisted;
    if more > 0 {
        let _ = writeln!(out, "and {more} more\n");
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// Annotates the run of a CI system with each problem, at its place in the file.
pub fn annotate(screen: &Screen, problems: &Problems) {
    for problem in problems.list.iter().take(SHOWN) {
        let weight = match problem.severity {
            Severity::Error => Weight::Error,
            Severity::Advice => Weight::Warning,
        };
        let place = problem.at.zip(problem.at.and_then(|at| problems.sources.get(at.source)));
        let spot = place.map(|(at, source)| Spot {
            file: &source.name,
            line: at.line,
            column: at.column,
            end: at.column + at.length.saturating_sub(1),
        });
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        screen.annotate(weight, problems.origin(), spot, &format!("{}{hint}", problem.what));
    }
}

/// A place that is pointed at, and what is said about it.
struct Mark<'p> {
    span: Span,
    label: Option<&'p str>,
    primary: bool,
}

fn picture<'a>(problem: &'a Problem, problems: &'a Problems) -> Vec<Group<'a>> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Advice => Level::WARNING.with_name("advice"),
    };
    let mut group = Group::with_title(level.primary_title(visible(&problem.what)));
    let mut marks: Vec<Mark<'_>> = Vec::new();
    marks.extend(problem.at.map(|span| Mark { span, label: None, primary: true }));
    marks.extend(problem.also.iter().filter_map(|also| {
        also.at.map(|span| Mark { span, label: Some(&also.label), primary: false })
    }));
    let mut shown = 0;
    for cluster in clusters(marks) {
        if let Some(snippet) = snippet(&cluster, problems) {
            group = group.element(snippet);
            shown += 1;
        }
    }
    if shown == 0 {
        group = group.element(annotate_snippets::Origin::path(visible(problems.origin())));
    }
    for also in problem.also.iter().filter(|also| also.at.is_none()) {
        let note = visible(&format!("{}: {}", also.path, also.label));
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.message(visible(hint)));
    }
    vec![group]
}

/// Puts marks together that fit into one picture: of one text, not too far apart.
fn clusters(marks: Vec<Mark<'_>>) -> Vec<Vec<Mark<'_>>> {
    let mut clusters: Vec<Vec<Mark<'_>>> = Vec::new();
    for mark in marks {
        let near = |cluster: &&mut Vec<Mark<'_>>| {
            cluster.iter().all(|other| {
                other.span.source == mark.span.source
                    && other.span.line.abs_diff(mark.span.line) <= FARTHEST
            })
        };
        match clusters.iter_mut().find(near) {
            Some(cluster) => cluster.push(mark),
            None => clusters.push(vec![mark]),
        }
    }
    clusters
}

fn snippet<'a>(marks: &[Mark<'a>], problems: &'a Problems) -> Option<Snippet<'a, Annotation<'a>>> {
    let source: &Source = problems.sources.get(marks.first()?.span.source)?;
    let first = marks.iter().map(|mark| mark.span.line).min()?;
    let last = marks.iter().map(|mark| mark.span.line).max()?;
    let lines: Vec<String> = source
        .text
        .split('\n')
        .skip(first.saturating_sub(1))
        .take(last + 1 - first)
        .map(line)
        .collect();
    let excerpt = lines.join("\n");
    let annotations: Option<Vec<Annotation<'a>>> = marks
        .iter()
        .map(|mark| {
            let range = bytes(&lines, mark.span, first)?;
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            Some(match mark.label {
                Some(label) => kind.span(range).label(visible(label)),
                None => kind.span(range),
            })
        })
        .collect();
    let snippet = Snippet::source(excerpt).line_start(first).path(visible(&source.name));
    Some(snippet.annotations(annotations?))
}

/// Returns a line fit for showing: unsafe characters replaced one by one, nothing when too wide.
fn line(text: &str) -> String {
    let text = text.strip_suffix('\r').unwrap_or(text);
    let safe = |c: char| if is_unsafe(c) && c != '\t' { '\u{fffd}' } else { c };
    text.chars().take(WIDEST).map(safe).collect()
}

/// Returns the bytes of the excerpt that a span covers; `None` when they are not shown.
fn bytes(lines: &[String], span: Span, first: usize) -> Option<Range<usize>> {
    let index = span.line.checked_sub(first)?;
    let line = lines.get(index)?;
    let before: usize = lines[..index].iter().map(|line| line.len() + 1).sum();
    let offset = |column: usize| {
        let mut places = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        places.nth(column)
    };
    let start = offset(span.column.saturating_sub(1)).unwrap_or(line.len());
    let end = offset(span.column.saturating_sub(1) + span.length).unwrap_or(line.len());
    (span.column <= WIDEST).then_some(before + start..before + end.max(start))
}

/// Returns a text in which nothing can move the cursor or reorder what is shown.
fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::profile::{Overrides, load};

    fn drawn(text: &str) -> String {
        let found = load(text.as_bytes(), "demo.yaml", &Overrides::default());
        draw(&found.expect_err("a broken profile"), false)
    }

    #[test]
    fn a_problem_shows_line_place_and_hint() {
        let text = "apiVersion: akstool/v1\nkind: Cluster\nmetadata: { name: demo, locatoin: \
             westeurope }\nnetwork: { plugin: kubenet }\npools:\n  - { name: system, mode: \
             system, vmSize: Standard_D2s_v5 }\n";
        insta::assert_snapshot!(drawn(text), @r"
        error: unknown key `locatoin` in `metadata`
         --> demo.yaml:3:25
          |
        3 | metadata: { name: demo, locatoin: westeurope }
          |                         ^^^^^^^^
          |
          = help: did you mean `location`?
        ");
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        for text in [
            "a: \u{1b}[31mred",
            "\u{9b}31m: x",
            "\"\\e[2J\": x",
            "a\u{202e}b: 1",
            "x: \"\\r\\n\\e\"",
        ] {
            let out = drawn(text);
            assert!(!out.chars().any(|c| is_unsafe(c) && c != '\n'), "{out:?}");
        }
    }

    #[test]
    fn thousands_of_problems_are_counted_not_shown() {
        let text: String = (0..10_000).map(|n| n.to_string() + ": 1\n").collect();
        let out = drawn(&text);
        assert!(out.lines().count() < 400, "{} lines", out.lines().count());
        assert!(out.contains("and 9965 more\n"), "{out}");
    }

    #[test]
    fn very_long_lines_are_named_and_not_shown() {
        let text = format!("{}: 1\n", "k".repeat(200_000));
        assert!(drawn(&text).len() < 4_000);
    }

    /// Each broken profile has its message beside it. After a change of words: `AKSTOOL_UPDATE=1
    /// cargo test --lib problem`, then read the difference.
    #[test]
    fn every_broken_profile_gets_its_message() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles/invalid");
        let mut wrong = Vec::new();
        let mut count = 0;
        for entry in fs::read_dir(folder).expect("the folder of broken profiles") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            count += 1;
            let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
            let bytes = fs::read(&path).expect("a readable file");
            let Err(found) = load(&bytes, name, &Overrides::default()) else {
                wrong.push(format!("{name}: nothing found wrong"));
                continue;
            };
            let drawn = draw(&found, false);
            let message = path.with_extension("txt");
            if option_env!("AKSTOOL_UPDATE").is_some() {
                fs::write(&message, &drawn).expect("a writable folder");
            }
            let wanted = fs::read_to_string(&message).unwrap_or_default();
            if wanted != drawn {
                wrong.push(format!("{name}:\n{drawn}\nwanted:\n{wanted}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count > 150, "{count} broken profiles");
    }
}
