//! The house rules as tests: layers, file length, words, what lies at the top level.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{files, package};

/// The longest a file may be, in lines.
const LONGEST: usize = 500;

/// Who may import whom: a module, and the beginnings of the paths it may name. `run` may name all
/// but `cli`, and `cli` all.
const LAYERS: &[(&str, &[&str])] = &[
    ("visible", &["visible"]),
    ("json", &["json"]),
    ("arm", &["arm", "json", "visible"]),
    ("profile", &["profile", "address", "visible", "arm::redact"]),
    ("address", &["address"]),
    ("graph", &["graph"]),
    ("shell", &["shell"]),
    ("advice", &["advice", "shell"]),
    ("version", &["version"]),
    ("wildcard", &["wildcard"]),
    ("kubeconfig", &["kubeconfig"]),
    ("diff", &["diff", "version"]),
    ("kind", &["kind", "arm::id", "arm::body", "profile", "address", "diff::rule", "wildcard"]),
    ("sim", &["sim", "arm::id", "json"]),
    ("address_plan", &["address_plan", "profile", "address"]),
    ("compose", &["compose", "profile", "kind", "graph", "address", "arm::id", "arm::body"]),
    ("adopt", &["adopt", "profile", "kind", "arm::id", "arm::redact"]),
    ("observe", &["observe", "arm", "kind", "graph", "plan"]),
    (
        "plan",
        &[
            "plan",
            "address",
            "graph",
            "kind",
            "diff",
            "advice",
            "shell",
            "version",
            "arm::id",
            "arm::body",
            "arm::redact",
        ],
    ),
    (
        "explain",
        &[
            "explain",
            "adopt",
            "profile",
            "address",
            "address_plan",
            "kind",
            "plan",
            "advice",
            "version",
        ],
    ),
    (
        "doctor",
        &[
            "doctor",
            "arm",
            "profile",
            "address",
            "graph",
            "kind",
            "compose",
            "address_plan",
            "shell",
            "visible",
            "version",
            "wildcard",
        ],
    ),
    ("event", &["event", "plan", "advice", "arm::id", "arm::error"]),
    ("apply", &["apply", "plan", "event", "graph", "diff", "arm"]),
    (
        "ui",
        &[
            "ui",
            "event",
            "plan",
            "profile::problem",
            "address",
            "arm::error",
            "arm::id",
            "arm::redact",
            "address_plan",
            "doctor",
            "kind::noun",
            "advice",
            "shell",
            "visible",
        ],
    ),
    (
        "run",
        &[
            "run",
            "ui",
            "apply",
            "event",
            "compose",
            "observe",
            "adopt",
            "address_plan",
            "plan",
            "explain",
            "doctor",
            "kind",
            "sim",
            "arm",
            "profile",
            "address",
            "graph",
            "diff",
            "kubeconfig",
            "advice",
            "shell",
            "visible",
            "version",
        ],
    ),
];

pub(crate) fn sources() -> Vec<(String, String)> {
    let root = package().join("src");
    let read = |path: &Path| {
        let name = path.strip_prefix(&root).expect("below src").display().to_string();
        (name, std::fs::read_to_string(path).expect("a source file"))
    };
    let rust = |path: &&std::path::PathBuf| path.extension().is_some_and(|end| end == "rs");
    files(&root).iter().filter(rust).map(|path| read(path.as_path())).collect()
}

/// Returns the part of a file that is not its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn layers() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().unwrap_or_default().to_owned();
        if ["cli", "lib", "main"].contains(&module.as_str()) || name.contains("tests") {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(of, _)| *of == module) else {
            wrong.push(format!("{name}: `{module}` stands in no layer"));
            continue;
        };
        for path in imports(&name, without_tests(&text)) {
            let fits = |prefix: &&str| path == **prefix || path.starts_with(&format!("{prefix}::"));
            if !allowed.iter().any(fits) {
                wrong.push(format!("{name} imports {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns every path of a file that begins with `crate::` or `super::`, as one from the crate's
/// root, braces unfolded.
fn imports(file: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n");
    let begins = |at: usize| {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == ':';
        at == 0 || !code[..at].ends_with(inside)
    };
    for (at, word) in code.match_indices("crate::").filter(|(at, _)| begins(*at)) {
        unfold(&code[at + word.len()..], "", &mut found);
    }
    for (at, _) in code.match_indices("super::").filter(|(at, _)| begins(*at)) {
        let (mut rest, mut above) = (&code[at..], modules(file));
        while let Some(more) = rest.strip_prefix("super::") {
            rest = more;
            above.pop();
        }
        unfold(rest, &above.join("::"), &mut found);
    }
    found
}

/// Returns the path of the module that a file holds.
fn modules(file: &str) -> Vec<&str> {
    let path = file.trim_end_matches(".rs");
    path.trim_end_matches("/mod").split('/').collect()
}

/// Reads one use tree and returns what is left of the text behind it.
fn unfold<'a>(text: &'a str, prefix: &str, found: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = unfold(rest, prefix, found).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if more.trim_start().starts_with('}') => {
                    return &more.trim_start()[1..];
                }
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == '*');
    let end = text.find(word).unwrap_or(text.len());
    let path = if prefix.is_empty() {
        text[..end].to_owned()
    } else {
        format!("{prefix}::{}", &text[..end])
    };
    match text[end..].strip_prefix("::") {
        Some(rest)
            if rest
                .starts_with(|c: char| c.is_alphabetic() || c == '{' || c == '*' || c == '_') =>
        {
            unfold(rest, &path, found)
        }
        _ => {
            found.insert(path);
            let rest = text[end..].trim_start();
            rest.strip_prefix("as ")
                .map_or(rest, |rest| rest.trim_start_matches(|c: char| !word(c)))
        }
    }
}

#[test]
fn imports_are_read_with_their_braces() {
    let text = "use crate::arm::{self, id::ResourceId, body::{ApiVersion, Later as L}};\nuse crate::graph;";
    let found: Vec<String> = imports("plan.rs", text).into_iter().collect();
    assert_eq!(
        found,
        ["arm::body::ApiVersion", "arm::body::Later", "arm::id::ResourceId", "arm::self", "graph"]
    );
}

#[test]
fn a_path_from_above_is_one_from_the_root() {
    let text = "use super::super::{event, plan::Step};\nuse super::b;\nlet a = super::super::x();";
    let found: Vec<String> = imports("apply/run.rs", text).into_iter().collect();
    assert_eq!(found, ["apply::b", "event", "plan::Step", "x"]);
    let found: Vec<String> = imports("apply/mod.rs", "use super::event;").into_iter().collect();
    assert_eq!(found, ["event"]);
}

#[test]
fn no_file_is_longer_than_one_can_read() {
    let tests = files(&package().join("tests"));
    let rust = tests.iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let mut all = sources();
    all.extend(rust.map(|path| {
        (path.display().to_string(), std::fs::read_to_string(path).expect("a test file"))
    }));
    let long: BTreeMap<String, usize> = all
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = package().join("tests/suite");
    let main = std::fs::read_to_string(folder.join("main.rs")).expect("the suite");
    for path in files(&folder) {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        let top = path.parent() == Some(folder.as_path());
        let rust = path.extension().is_some_and(|end| end == "rs");
        if top && rust && name != "main" {
            assert!(main.contains(&format!("mod {name};")), "{name}.rs is in no `mod` line");
        }
    }
}

#[test]
fn nothing_else_lies_at_the_top_level() {
    const FIRM: &[&str] = &[
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "profiles",
        "src",
        "tests",
    ];
    const UNTRACKED: &[&str] = &["target", "proptest-regressions"];
    for entry in std::fs::read_dir(package()).expect("the package") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = FIRM.contains(&name.as_str()) || UNTRACKED.contains(&name.as_str());
        assert!(known || name.starts_with('.'), "{name} does not belong at the top level");
    }
}

#[test]
fn words_and_habits_we_do_without() {
    const BANNED: &[&str] = &[
        "TODO",
        "FIXME",
        "XXX",
        "anyhow",
        "#[allow(",
        "#![allow(",
        "dbg!(",
        "utilize",
        "leverage",
        "blazing",
        "seamless",
    ];
    const MODULES: &[&str] = &["util", "utils", "helpers", "common", "imp", "manager", "misc"];
    for (name, text) in sources() {
        for word in BANNED {
            assert!(!text.contains(word), "{name} says `{word}`");
        }
        let stem = Path::new(&name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        assert!(!MODULES.contains(&stem), "{name} says nothing by its name");
    }
}

#[test]
fn tests_are_named_as_claims() {
    for (name, text) in sources() {
        assert!(!text.contains("fn test_"), "{name} has a test with a `test_` prefix");
    }
}
