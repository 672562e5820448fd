//! The whole `--help` as one snapshot: a change of it is reviewed like prose.

use std::fmt::Write as _;

use crate::support::Sandbox;

#[test]
fn the_help_is_the_reference() {
    let sandbox = Sandbox::new();
    let mut whole = String::new();
    let mut left = vec![Vec::<String>::new()];
    while let Some(command) = left.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let help = sandbox.run(&[&words[..], &["--help"]].concat()).ok().stdout;
        let title = ["akstool", &words.join(" ")].join(" ");
        let own = if command.is_empty() { help.clone() } else { briefly(&help) };
        let _ = writeln!(whole, "## {}\n\n{own}", title.trim());
        left.extend(commands(&help).into_iter().rev().map(|name| {
            let mut inner = command.clone();
            inner.push(name);
            inner
        }));
    }
    insta::assert_snapshot!(whole);
}

#[test]
fn a_sentence_of_help_ends_without_a_stop() {
    let help = Sandbox::new().run(&["--help"]).ok().stdout;
    for line in help.lines().skip_while(|line| *line != "Commands:").skip(1) {
        if line.is_empty() {
            break;
        }
        assert!(!line.ends_with('.'), "{line}");
    }
}

#[test]
fn completions_and_manual_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(sandbox.run(&["completions", shell]).ok().stdout.contains("akstool"), "{shell}");
    }
    assert!(sandbox.run(&["man"]).ok().stdout.starts_with(".ie"), "a manual page");
    sandbox.run(&["man", "--dir", "share/man"]).ok();
    assert!(sandbox.path("share/man/akstool-up.1").exists(), "the folder is made");
    sandbox.write("file", "");
    sandbox.run(&["man", "--dir", "file/below"]).exits(2);
}

/// Returns the names under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = listed.take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Names the options that mean the same everywhere in one line: they stand in the first help.
fn briefly(help: &str) -> String {
    let (own, everywhere) =
        help.split_once("Options that mean the same everywhere:").unwrap_or((help, ""));
    let (everywhere, examples) = everywhere.split_once("\nExamples:").unwrap_or((everywhere, ""));
    let words = everywhere.lines().filter(|line| line.trim_start().starts_with('-'));
    let names =
        words.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return own.to_owned();
    }
    let examples =
        if examples.is_empty() { String::new() } else { format!("\nExamples:{examples}") };
    format!("{own}Options that mean the same everywhere: {}\n{examples}", names.join(" "))
}
