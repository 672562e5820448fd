//! Several kubeconfigs as kubectl takes them: the first that says something wins, what exists is
//! changed where it stands, what is new goes to the first file there is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::access::{Access, Entry, Mark};
use super::read::Error;
use super::text::{Section, Text};

/// One file of the list; `None` where there is none yet.
pub type File = Option<Text>;

/// What a merge comes to.
#[derive(Debug)]
pub struct Merged {
    /// The files that change, by their place in the list.
    pub changed: Vec<(usize, Text)>,
    /// The file that the current context was set in.
    pub home: usize,
}

/// An entry that another cluster has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The list it stands in.
    pub section: Section,
    /// Its name.
    pub name: String,
    /// The server it is for.
    pub server: String,
    /// The file, by its place in the list.
    pub file: usize,
}

/// Why nothing was merged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Names are taken.
    #[error("a name is taken")]
    Taken(Vec<Conflict>),
    /// A file cannot be changed.
    #[error("a file cannot be changed: {1}")]
    File(usize, #[source] Error),
}

/// Lays the way to a cluster into a list of files, and makes it the current one.
pub fn merge(files: &[File], access: &Access, overwrite: bool) -> Result<Merged, Refusal> {
    let conflicts = conflicts(files, access);
    if !conflicts.is_empty() && !overwrite {
        return Err(Refusal::Taken(conflicts));
    }
    let home = home(files);
    let mut next: Vec<File> = files.to_vec();
    let mut context = access.context.clone();
    remember(&next, home, &mut context);
    let entries = [
        (Section::Clusters, &access.cluster),
        (Section::Contexts, &context),
        (Section::Users, &access.user),
    ];
    for (section, entry) in entries {
        let at = place(&next, section, &entry.name).unwrap_or(home);
        let taken = conflicts.iter().any(|one| one.section == section);
        let wrong = |error| Refusal::File(at, error);
        let text = file(&next, at).map_err(wrong)?;
        let body = with_others(&text, section, entry);
        let laid = if taken {
            text.with_only(section, &entry.name, &entry.body)
        } else {
            text.with(section, &entry.name, &body)
        };
        next[at] = Some(laid.map_err(wrong)?);
    }
    let wrong = |error| Refusal::File(home, error);
    let text = file(&next, home).map_err(wrong)?;
    if text.current().as_deref() != Some(access.context()) {
        next[home] = Some(text.with_current(access.context()).map_err(wrong)?);
    }
    Ok(Merged { changed: changed(files, next), home })
}

/// Returns the marks of all that was put in.
pub fn marks(files: &[File]) -> Vec<Mark> {
    let of = |section| {
        let bodies = names(files, section).into_iter();
        bodies.filter_map(move |name| Mark::of(&body(files, section, &name)?))
    };
    Section::ALL.into_iter().flat_map(of).collect()
}

/// Takes out what was put in and is meant: of each entry the mark says so, and it still leads to the
/// server that was put in. Whoever was current before is so again.
pub fn unmerge(
    files: &[File],
    is_meant: impl Fn(&Mark) -> bool,
) -> Result<Vec<(usize, Text)>, Refusal> {
    let mut next: Vec<File> = files.to_vec();
    let meant =
        |section, name: &str| Mark::of(&body(files, section, name)?).filter(|mark| is_meant(mark));
    let leads = |cluster: &str, mark: &Mark| {
        let standing = body(files, Section::Clusters, cluster);
        standing.is_none_or(|body| text(&body, "server") == mark.server)
    };
    for name in names(files, Section::Contexts) {
        let Some(mark) = meant(Section::Contexts, &name) else { continue };
        let context = body(files, Section::Contexts, &name).unwrap_or_default();
        if leads(&text(&context, "cluster"), &mark) {
            take(&mut next, Section::Contexts, &name)?;
            give_back(&mut next, &name, mark.previous.as_deref())?;
        }
    }
    for name in names(files, Section::Clusters) {
        let mark = meant(Section::Clusters, &name).filter(|mark| leads(&name, mark));
        if mark.is_some() && !is_used(&next, "cluster", &name) {
            take(&mut next, Section::Clusters, &name)?;
        }
    }
    for name in names(files, Section::Users) {
        if meant(Section::Users, &name).is_some() && !is_used(&next, "user", &name) {
            take(&mut next, Section::Users, &name)?;
        }
    }
    Ok(changed(files, next))
}

/// What stands in the way: entries of the same names that lead to another server and were not put
/// there for this very cluster.
fn conflicts(files: &[File], access: &Access) -> Vec<Conflict> {
    let own = Mark::of(&Value::Object(access.cluster.body.clone())).map(|mark| mark.cluster);
    let is_ours = |body: &Value, led: &str| {
        let same = |id: &str| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(id));
        Mark::of(body).is_some_and(|mark| same(&mark.cluster) && mark.server == led)
    };
    let server = |name: &str| body(files, Section::Clusters, name).map(|one| text(&one, "server"));
    let differs = |found: &Option<String>| {
        found.as_deref().is_some_and(|found| !found.is_empty() && found != access.server())
    };
    let mut found = Vec::new();
    let mut note = |section, name: &str, led: Option<String>| {
        let Some(body) = body(files, section, name) else { return };
        let server = led.clone().unwrap_or_default();
        if differs(&led) && !is_ours(&body, &server) {
            let file = place(files, section, name).unwrap_or_default();
            found.push(Conflict { section, name: name.to_owned(), server, file });
        }
    };
    note(Section::Clusters, access.cluster(), server(access.cluster()));
    let context = body(files, Section::Contexts, access.context());
    let led = context.and_then(|context| server(&text(&context, "cluster")));
    note(Section::Contexts, access.context(), led);
    let contexts = names(files, Section::Contexts);
    let of_user = contexts.iter().filter_map(|name| body(files, Section::Contexts, name));
    let led = of_user.filter(|one| text(one, "user") == access.user());
    let led: Vec<Option<String>> = led.map(|one| server(&text(&one, "cluster"))).collect();
    note(Section::Users, access.user(), led.into_iter().find(|led| differs(led)).flatten());
    found
}

/// The file that gets what is new: the first there is, else the last of the list.
fn home(files: &[File]) -> usize {
    let first = files.iter().position(Option::is_some);
    first.unwrap_or(files.len().saturating_sub(1))
}

/// Keeps in a context's mark which one was current before it.
fn remember(files: &[File], home: usize, context: &mut Entry) {
    let current = files.get(home).and_then(Option::as_ref).and_then(Text::current);
    let Some(mut mark) = Mark::of(&Value::Object(context.body.clone())) else { return };
    let standing = |name: &str| Mark::of(&body(files, Section::Contexts, name)?);
    // Another context of the same cluster goes with it, and is nothing to come back to.
    mark.previous = match current.as_deref().and_then(standing) {
        Some(before) if before.cluster.eq_ignore_ascii_case(&mark.cluster) => before.previous,
        _ => current,
    };
    mark.put(&mut context.body);
}

/// An entry's body with the extensions that others put beside ours.
fn with_others(text: &Text, section: Section, entry: &Entry) -> Map<String, Value> {
    let mut body = entry.body.clone();
    let standing = text.find(section, &entry.name).unwrap_or_default();
    if let (Some(mark), Some(others)) =
        (Mark::of(&Value::Object(body.clone())), standing.get("extensions"))
    {
        body.insert("extensions".to_owned(), others.clone());
        mark.put(&mut body);
    }
    body
}

/// Sets the context that was current before, where the one that goes is.
fn give_back(files: &mut [File], name: &str, previous: Option<&str>) -> Result<(), Refusal> {
    let previous = previous.filter(|name| body(files, Section::Contexts, name).is_some());
    for (at, file) in files.iter_mut().enumerate() {
        let Some(text) = file else { continue };
        if text.current().as_deref() == Some(name) {
            let given = text.with_current(previous.unwrap_or_default());
            *file = Some(given.map_err(|error| Refusal::File(at, error))?);
        }
    }
    Ok(())
}

fn take(files: &mut [File], section: Section, name: &str) -> Result<(), Refusal> {
    let Some(at) = place(files, section, name) else { return Ok(()) };
    let Some(text) = &files[at] else { return Ok(()) };
    let left = text.without(section, name).map_err(|error| Refusal::File(at, error))?;
    files[at] = Some(left);
    Ok(())
}

fn is_used(files: &[File], key: &str, name: &str) -> bool {
    let contexts = names(files, Section::Contexts);
    let mut bodies = contexts.iter().filter_map(|one| body(files, Section::Contexts, one));
    bodies.any(|one| text(&one, key) == name)
}

fn changed(before: &[File], after: Vec<File>) -> Vec<(usize, Text)> {
    let pairs = before.iter().zip(after).enumerate();
    pairs
        .filter_map(|(at, (before, after))| Some((at, before, after?)))
        .filter(|(_, before, after)| {
            before.as_ref().is_none_or(|before| before.to_string() != after.to_string())
        })
        .map(|(at, _, after)| (at, after))
        .collect()
}

fn file(files: &[File], at: usize) -> Result<Text, Error> {
    match files.get(at).and_then(Option::as_ref) {
        Some(text) => Ok(text.clone()),
        None => Text::read(""),
    }
}

fn place(files: &[File], section: Section, name: &str) -> Option<usize> {
    files.iter().position(|file| {
        file.as_ref().is_some_and(|text| text.names(section).iter().any(|one| one == name))
    })
}

fn body(files: &[File], section: Section, name: &str) -> Option<Value> {
    files[place(files, section, name)?].as_ref()?.find(section, name)
}

fn names(files: &[File], section: Section) -> Vec<String> {
    let all = files.iter().flatten().flat_map(|text| text.names(section));
    let mut seen = BTreeSet::new();
    all.filter(|name| seen.insert(name.clone())).collect()
}

fn text(body: &Value, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
