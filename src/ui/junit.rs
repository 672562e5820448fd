//! A run as test results in `JUnit`'s XML: a suite an environment, a case a step, for whatever shows test results.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Xml};

use super::listen::Listener;
use super::screen::Screen;
use super::words::{kind, title};
use crate::arm::id::ResourceId;
use crate::event::{Event, Failure, Happening, Outcome};
use crate::plan::{Action, Plan};
use crate::visible::on_one_line;

/// Keeps what happens, and writes the file when the run is over.
pub struct Junit {
    file: PathBuf,
    screen: Screen,
    suites: Mutex<Vec<Suite>>,
}

/// One environment.
#[derive(Debug, Default)]
struct Suite {
    environment: String,
    cases: Vec<Case>,
    /// The place of each step's case.
    places: BTreeMap<ResourceId, usize>,
    seconds: f64,
}

/// One step.
#[derive(Debug)]
struct Case {
    name: String,
    class: String,
    seconds: f64,
    end: End,
}

/// How a step ended.
#[derive(Debug)]
enum End {
    Passed,
    Skipped(String),
    Failed { code: String, message: String, details: String },
}

impl Junit {
    /// Makes one that will write this file.
    pub fn new(file: &Path, screen: Screen) -> Self {
        Self { file: file.to_owned(), screen, suites: Mutex::default() }
    }

    fn suites(&self) -> MutexGuard<'_, Vec<Suite>> {
        self.suites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the file; one that cannot be written is told, and the run is none the worse for it.
    fn write(&self, suites: &[Suite]) {
        let text = xml(suites).and_then(|text| {
            let text = self.screen.secrets().hide(&text);
            replace(&self.file, &text)
        });
        if let Err(error) = text {
            self.screen.warn(&format!("`{}` cannot be written: {error}", self.file.display()));
        }
    }
}

impl Listener for Junit {
    fn planned(&self, plans: &[Plan]) {
        *self.suites() = plans.iter().map(Suite::of).collect();
    }

    fn begin(&self, plan: &Plan) {
        // A later round may have steps that the first did not know of.
        let mut suites = self.suites();
        if let Some(suite) = suites.iter_mut().find(|suite| suite.environment == plan.environment) {
            suite.take(plan);
        }
    }

    fn hear(&self, environment: &str, event: &Event) {
        let Happening::StepSucceeded { id, seconds, .. } = &event.what else { return };
        let mut suites = self.suites();
        let suite = suites.iter_mut().find(|suite| suite.environment == environment);
        if let Some(case) = suite.and_then(|suite| suite.case(id)) {
            case.seconds += seconds;
        }
    }

    fn notice(&self, _: &str) {}

    fn end(&self) {}

    fn over(&self, each: &[(&str, &Outcome)], _: &Outcome) {
        let mut suites = self.suites();
        for (environment, outcome) in each {
            if let Some(suite) = suites.iter_mut().find(|it| it.environment == *environment) {
                suite.end(outcome);
            }
        }
        self.write(&suites);
    }

    fn stopped(&self, what: &str) {
        let case = Case {
            name: "begin".to_owned(),
            class: "akstool".to_owned(),
            seconds: 0.0,
            end: End::Failed {
                code: "NotBegun".to_owned(),
                message: what.to_owned(),
                details: String::new(),
            },
        };
        let suite =
            Suite { environment: "akstool".to_owned(), cases: vec![case], ..Suite::default() };
        self.write(&[suite]);
    }
}

impl Suite {
    fn of(plan: &Plan) -> Self {
        let mut suite = Self { environment: plan.environment.clone(), ..Self::default() };
        suite.take(plan);
        suite
    }

    fn take(&mut self, plan: &Plan) {
        for (_, step) in plan.steps.iter() {
            if self.places.contains_key(&step.id) {
                continue;
            }
            self.places.insert(step.id.clone(), self.cases.len());
            let name = format!("{} {} {}", step.action.verb(), kind(&step.kind), title(step));
            self.cases.push(Case {
                name,
                class: format!("{}.{}", plan.environment, step.kind),
                seconds: 0.0,
                // What is kept is as it should be; of the rest it is told when it is over.
                end: if step.action == Action::Keep || !plan.refusals.is_empty() {
                    End::Passed
                } else {
                    End::Skipped("not tried".to_owned())
                },
            });
        }
    }

    fn case(&mut self, id: &ResourceId) -> Option<&mut Case> {
        self.places.get(id).and_then(|at| self.cases.get_mut(*at))
    }

    fn end(&mut self, outcome: &Outcome) {
        self.seconds = outcome.seconds;
        let done = [&outcome.created, &outcome.updated, &outcome.replaced, &outcome.deleted];
        let untold = |id: &&ResourceId| {
            !outcome.not_tried.contains(id) && !outcome.still_running.contains(id)
        };
        let waited: Vec<ResourceId> = self.places.keys().filter(untold).cloned().collect();
        for id in done.into_iter().flatten().chain(&waited) {
            self.case(id).into_iter().for_each(|case| case.end = End::Passed);
        }
        for id in &outcome.still_running {
            let said = || End::Skipped("Azure goes on with it".to_owned());
            self.case(id).into_iter().for_each(|case| case.end = said());
        }
        for failure in &outcome.failed {
            self.fail(failure);
        }
    }

    fn fail(&mut self, failure: &Failure) {
        let (code, message) = (failure.code.clone(), failure.message.clone());
        let facts = [
            Some(failure.id.as_str().to_owned()),
            failure.request_id.as_ref().map(|id| format!("request id {id}")),
            failure.hint.as_ref().map(|hint| format!("hint: {hint}")),
        ];
        let details: Vec<String> =
            facts.into_iter().flatten().map(|fact| on_one_line(&fact)).collect();
        let end = End::Failed { code, message, details: details.join("\n") };
        if let Some(case) = self.case(&failure.id) {
            case.end = end;
            return;
        }
        let kind = failure.id.resource_type();
        self.cases.push(Case {
            name: format!("{} {}", super::words::kind(&kind), failure.id.name()),
            class: format!("{}.{kind}", self.environment),
            seconds: 0.0,
            end,
        });
    }
}

/// Writes a file as a whole: whoever reads it while a run is killed finds the old one or the new.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))?;
    new.write_all(text.as_bytes())?;
    let file = new.persist(file).map_err(|error| error.error)?;
    shared(&file)
}

/// Lets other programs read what was made for them; temporary files are their owner's alone.
#[cfg(unix)]
fn shared(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn shared(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Returns a text without what XML 1.0 cannot hold.
fn legal(text: &str) -> String {
    let is_none = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}') || (c.is_control() && c != '\n');
    text.chars().filter(|c| !is_none(*c)).collect()
}

fn xml(suites: &[Suite]) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Xml::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let mut root = BytesStart::new("testsuites");
    counts(&mut root, "akstool", cases(), suites.iter().map(|suite| suite.seconds).sum());
    writer.write_event(Xml::Start(root))?;
    for suite in suites {
        let mut start = BytesStart::new("testsuite");
        counts(&mut start, &suite.environment, suite.cases.iter(), suite.seconds);
        writer.write_event(Xml::Start(start))?;
        suite.cases.iter().try_for_each(|case| write_case(&mut writer, case))?;
        writer.write_event(Xml::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Xml::End(BytesEnd::new("testsuites")))?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn counts<'a>(
    tag: &mut BytesStart<'_>,
    name: &str,
    cases: impl Iterator<Item = &'a Case> + Clone,
    seconds: f64,
) {
    let failed = cases.clone().filter(|case| matches!(case.end, End::Failed { .. })).count();
    let skipped = cases.clone().filter(|case| matches!(case.end, End::Skipped(_))).count();
    tag.push_attribute(("name", legal(&on_one_line(name)).as_str()));
    tag.push_attribute(("tests", cases.count().to_string().as_str()));
    tag.push_attribute(("failures", failed.to_string().as_str()));
    tag.push_attribute(("errors", "0"));
    tag.push_attribute(("skipped", skipped.to_string().as_str()));
    tag.push_attribute(("time", format!("{seconds:.3}").as_str()));
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case) -> io::Result<()> {
    let line = |text: &str| legal(&on_one_line(text));
    let mut tag = BytesStart::new("testcase");
    tag.push_attribute(("name", line(&case.name).as_str()));
    tag.push_attribute(("classname", line(&case.class).as_str()));
    tag.push_attribute(("time", format!("{:.3}", case.seconds).as_str()));
    match &case.end {
        End::Passed => writer.write_event(Xml::Empty(tag))?,
        End::Skipped(why) => {
            writer.write_event(Xml::Start(tag))?;
            let mut skipped = BytesStart::new("skipped");
            skipped.push_attribute(("message", line(why).as_str()));
            writer.write_event(Xml::Empty(skipped))?;
            writer.write_event(Xml::End(BytesEnd::new("testcase")))?;
        }
        End::Failed { code, message, details } => {
            writer.write_event(Xml::Start(tag))?;
            let mut failure = BytesStart::new("failure");
            failure.push_attribute(("type", line(code).as_str()));
            failure.push_attribute(("message", line(message).as_str()));
            writer.write_event(Xml::Start(failure))?;
            writer.write_event(Xml::Text(BytesText::new(&legal(details))))?;
            writer.write_event(Xml::End(BytesEnd::new("failure")))?;
            writer.write_event(Xml::End(BytesEnd::new("testcase")))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;

    use super::*;

    proptest! {
        #[test]
        fn whatever_azure_says_is_one_case_of_xml(said in any::<String>(), code in ".*") {
            let end = End::Failed { code, message: said.clone(), details: said.clone() };
            let case = Case { name: said.clone(), class: said, seconds: 1.0, end };
            let suite = Suite { environment: "a".into(), cases: vec![case], ..Suite::default() };
            let text = xml(&[suite]).unwrap();
            let mut reader = Reader::from_str(&text);
            let (mut cases, mut tags) = (0, 0);
            loop {
                match reader.read_event().unwrap() {
                    Xml::Eof => break,
                    Xml::Start(tag) | Xml::Empty(tag) => {
                        tags += 1;
                        cases += usize::from(tag.name().as_ref() == "testcase");
                        for attribute in tag.attributes() {
                            prop_assert!(attribute.is_ok());
                        }
                    }
                    _ => {}
                }
            }
            prop_assert_eq!((cases, tags), (1, 4), "{}", text);
        }
    }
}
