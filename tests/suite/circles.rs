//! No circle among files: where a file uses another, the other uses it neither itself nor by way
//! of others, so that each can be read, and changed, with only those below it in mind.
//!
//! A name counts for the file that defines it, through however many `pub use`s it passes; a file
//! that only passes names on uses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

use crate::house::sources;

type Path = Vec<String>;

/// Who uses whom, and by which names.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What a file says of other files.
#[derive(Default)]
struct File {
    module: Path,
    children: BTreeSet<String>,
    uses: Vec<Use>,
    /// Paths of more than one name in the code.
    paths: BTreeSet<Path>,
    /// Every name in the code, outside of `use`.
    names: BTreeSet<String>,
}

struct Use {
    path: Path,
    name: String,
    is_public: bool,
}

/// Cuts code into names and signs; comments, texts and unit tests are left out.
fn tokens(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut rest = code.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '"' => skip_text(&mut rest),
            '\'' => skip_character(&mut rest),
            c if c.is_alphanumeric() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                match name.as_str() {
                    "r" | "br" if rest.peek().is_some_and(|c| "#\"".contains(*c)) => {
                        skip_raw(&mut rest);
                    }
                    _ => found.push(name),
                }
            }
            ':' if rest.next_if_eq(&':').is_some() => found.push("::".to_owned()),
            c if c.is_whitespace() => {}
            c => found.push(c.to_string()),
        }
    }
    found
}

fn skip_text(rest: &mut Peekable<Chars<'_>>) {
    while let Some(c) = rest.next() {
        match c {
            '\\' => _ = rest.next(),
            '"' => return,
            _ => {}
        }
    }
}

fn skip_raw(rest: &mut Peekable<Chars<'_>>) {
    let mut end = String::from("\"");
    while rest.next_if_eq(&'#').is_some() {
        end.push('#');
    }
    let mut text = String::new();
    rest.next();
    while !text.ends_with(&end) {
        let Some(c) = rest.next() else { return };
        text.push(c);
    }
}

/// Skips `'a'` and `'\n'`, and nothing of a lifetime.
fn skip_character(rest: &mut Peekable<Chars<'_>>) {
    let mut ahead = rest.clone();
    let is_escaped = ahead.next() == Some('\\');
    if is_escaped {
        rest.nth(1);
        while rest.next().is_some_and(|c| c != '\'') {}
    } else if ahead.next() == Some('\'') {
        rest.nth(1);
    }
}

impl File {
    fn read(name: &str, code: &str) -> Self {
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let module = module.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
        let mut file = Self { module, ..Self::default() };
        let tokens = tokens(code);
        let token = |at: usize| tokens.get(at).map_or("", String::as_str);
        let mut at = 0;
        while at < tokens.len() {
            let is_name = token(at).starts_with(|c: char| c.is_alphabetic() || c == '_');
            if token(at) == "use" {
                let is_public = at > 0 && (token(at - 1) == "pub" || token(at - 1) == ")");
                let mut found = Vec::new();
                at = unfold(&tokens, at + 1, &[], &mut found);
                file.uses.extend(found.into_iter().map(|(path, name)| Use {
                    path,
                    name,
                    is_public,
                }));
                continue;
            }
            if token(at) == "mod" && token(at + 2) == ";" {
                file.children.insert(token(at + 1).to_owned());
                at += 3;
                continue;
            }
            let mut path = Vec::new();
            if is_name {
                path.push(token(at).to_owned());
                while token(at + 1) == "::" && token(at + 2).starts_with(char::is_alphabetic) {
                    path.push(token(at + 2).to_owned());
                    at += 2;
                }
                // The name of a function or a method is none that was taken from elsewhere.
                let before = (at + 1).checked_sub(2 * path.len()).map_or("", token);
                if !["fn", "."].contains(&before) {
                    file.names.insert(path[0].clone());
                }
            }
            // `pub(in crate::plan)` says who may look, and uses nothing.
            let is_sight = token((at + 1).saturating_sub(2 * path.len())) == "in";
            if path.len() > 1 && !is_sight {
                file.paths.insert(path);
            }
            at += 1;
        }
        file
    }
}

/// Reads a tree of a `use` from `at` on; returns what stands behind it.
fn unfold(
    tokens: &[String],
    mut at: usize,
    above: &[String],
    found: &mut Vec<(Path, String)>,
) -> usize {
    let mut path = above.to_vec();
    let token = |at: usize| tokens.get(at).map_or(";", String::as_str);
    loop {
        match token(at) {
            "{" => {
                while token(at) != "}" && token(at) != ";" {
                    at = unfold(tokens, at + 1, &path, found);
                }
                return at + 1;
            }
            "," | "}" | ";" | "as" => break,
            "::" | "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if token(at) == "as" {
        token(at + 1).clone_into(&mut name);
        at += 2;
    }
    if path.len() > above.len() || token(at - 1) == "self" {
        found.push((path, name));
    }
    at
}

struct House {
    files: BTreeMap<String, File>,
    /// Which file a module is.
    modules: BTreeMap<Path, String>,
}

impl House {
    fn read<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<String, File> = sources
            .into_iter()
            .map(|(name, code)| (name.to_owned(), File::read(name, code)))
            .collect();
        let modules =
            files.iter().map(|(name, file)| (file.module.clone(), name.clone())).collect();
        Self { files, modules }
    }

    /// Returns a path of a file from the crate's root; `None` for another crate's.
    fn rooted(&self, file: &File, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&file.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let above = file.module.len().checked_sub(ups)?;
                Some([&file.module[..above], &path[ups..]].concat())
            }
            name if file.children.contains(name) => Some([&file.module, path].concat()),
            name => {
                let named =
                    file.uses.iter().find(|used| used.name == name && used.path[0] != *name)?;
                let whole = self.rooted(file, &named.path)?;
                self.modules.contains_key(&whole).then(|| [&whole, rest].concat())
            }
        }
    }

    /// Returns the file that defines what a path from the root names.
    fn definer(&self, path: &[String], passed: &mut BTreeSet<Path>) -> Option<&str> {
        let depth =
            (0..=path.len()).rev().find(|depth| self.modules.contains_key(&path[..*depth]))?;
        let name = self.modules[&path[..depth]].as_str();
        let file = &self.files[name];
        let Some(word) = path.get(depth).filter(|_| passed.insert(path[..=depth].to_vec())) else {
            return Some(name);
        };
        let passing = file.uses.iter().find(|used| used.name == *word);
        let further = passing.and_then(|used| self.rooted(file, &used.path));
        match further {
            Some(further) => self.definer(&[&further, &path[depth + 1..]].concat(), passed),
            None => Some(name),
        }
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (name, file) in &self.files {
            let used =
                file.uses.iter().filter(|used| !used.is_public || file.names.contains(&used.name));
            let paths = used.map(|used| &used.path).chain(&file.paths);
            let own = arrows.entry(name.clone()).or_default();
            for path in paths.filter_map(|path| self.rooted(file, path)) {
                // What is taken from a module counts where it is taken.
                let is_module = self.modules.contains_key(&path);
                let definer = self.definer(&path, &mut BTreeSet::new());
                if let Some(other) = definer.filter(|other| *other != name && !is_module) {
                    own.entry(other.to_owned()).or_default().insert(path.join("::"));
                }
            }
        }
        arrows
    }

    /// Returns every circle as the arrows in it.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            arrows.keys().map(|name| (name, reached(&arrows, name))).collect();
        let mut told = BTreeSet::new();
        let mut found = Vec::new();
        for (name, below) in &reach {
            let circle: BTreeSet<&String> =
                below.iter().copied().filter(|other| reach[other].contains(name)).collect();
            if !circle.contains(name) || !told.insert(circle.clone()) {
                continue;
            }
            let mut lines = vec![format!("a circle of {} files:", circle.len())];
            for file in &circle {
                for (other, names) in
                    arrows[*file].iter().filter(|(other, _)| circle.contains(other))
                {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    lines.push(format!("  {file} uses {} of {other}", names.join(", ")));
                }
            }
            found.push(lines.join("\n"));
        }
        found
    }
}

fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a String> {
    let mut seen = BTreeSet::new();
    let mut left: Vec<&String> = arrows[from].keys().collect();
    while let Some(name) = left.pop() {
        if seen.insert(name) {
            left.extend(arrows[name].keys());
        }
    }
    seen
}

#[test]
fn no_circle_of_files() {
    let all = sources();
    let read = all.iter().filter(|(name, _)| !name.contains("tests") && name != "main.rs");
    let house = House::read(read.map(|(name, code)| (name.as_str(), code.as_str())));
    assert!(house.arrows().values().map(BTreeMap::len).sum::<usize>() > 1_000, "too few arrows");
    let circles = house.circles();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

fn circles(files: &[(&str, &str)]) -> usize {
    House::read(files.iter().copied()).circles().len()
}

#[test]
fn a_circle_is_seen_however_it_is_written() {
    let one = ("a/one.rs", "use super::two::Two;\npub struct One(Two);");
    for back in [
        "use crate::a::one::One;",
        "use super::{\n    one::{self, One as Other},\n};",
        "fn f(one: &super::super::a::one::One) {}",
        "use super::one;\nfn f(one: &one::One) {}",
        "use crate::a as b;\nfn f(one: &b::One) {}",
        "use super::Passed;",
    ] {
        let two = ("a/two.rs", back);
        let above =
            ("a/mod.rs", "mod one;\nmod two;\npub use one::One;\npub use self::One as Passed;");
        assert_eq!(circles(&[one, two, above]), 1, "{back}");
    }
}

#[test]
fn a_module_and_its_child_are_a_circle_when_both_use_the_other() {
    let child = ("a/child.rs", "use super::Word;\npub fn f(_: Word) {}");
    let above = ("a.rs", "mod child;\npub struct Word;\nfn g() { child::f(Word) }");
    assert_eq!(circles(&[child, above]), 1);
    let public = ("a.rs", "mod child;\npub use child::f;\npub struct Word;\nfn g() { f(Word) }");
    assert_eq!(circles(&[child, public]), 1);
}

#[test]
fn three_files_in_a_row_are_no_circle_and_in_a_ring_one() {
    let (a, b) = (("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"));
    assert_eq!(circles(&[a, b, ("c.rs", "use std::fmt;")]), 0);
    assert_eq!(circles(&[a, b, ("c.rs", "fn f() { crate::a::g() }")]), 1);
}

#[test]
fn what_only_passes_names_on_or_talks_of_them_uses_nothing() {
    let above = ("a/mod.rs", "mod one;\nmod two;\npub use one::One;\npub use two::Two;");
    let one = ("a/one.rs", "//! See [`super::two::Two`].\nconst T: &str = \"crate::a::two::Two\";");
    let two = (
        "a/two.rs",
        "use super::One;\npub(in crate::a) struct Two<'a>(&'a One, [char; 2]);\nfn f() { g('\"', '\\'') }",
    );
    assert_eq!(circles(&[above, one, two]), 0);
}
