//! The laws: what another hand wrote never changes, twice is once, and taking out gives back.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ID: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/demo";

/// What Azure gives, with a certificate and a token.
fn given(name: &str, server: &str) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: QQ==\n    server: \
         {server}\n  name: {name}\ncontexts:\n- context:\n    cluster: {name}\n    user: \
         clusterUser_g_{name}\n  name: {name}\ncurrent-context: {name}\nkind: Config\npreferences: \
         {{}}\nusers:\n- name: clusterUser_g_{name}\n  user:\n    client-certificate-data: Qg==\n    \
         client-key-data: Qw==\n    token: planted\n"
    )
}

fn access(name: &str, server: &str) -> Access {
    Access::read(&given(name, server)).unwrap().marked(ID, "demo")
}

fn demo() -> Access {
    access("demo", "https://demo.hcp.westeurope.azmk8s.io:443")
}

#[expect(clippy::unnecessary_wraps, reason = "a list holds files that are not there yet, too")]
fn file(text: &str) -> File {
    Some(Text::read(text).unwrap())
}

fn merged(files: &[File], access: &Access) -> Vec<File> {
    let mut next = files.to_vec();
    for (at, text) in merge(files, access, false).unwrap().changed {
        next[at] = Some(text);
    }
    next
}

fn unmerged(files: &[File]) -> Vec<File> {
    let mut next = files.to_vec();
    for (at, text) in unmerge(files, |mark| mark.environment == "demo").unwrap() {
        next[at] = Some(text);
    }
    next
}

fn shown(file: &File) -> String {
    file.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Every entry but the cluster's own.
fn foreign(files: &[File]) -> Vec<Value> {
    let mut all = Vec::new();
    for text in files.iter().flatten() {
        for section in Section::ALL {
            for name in text.names(section).iter().filter(|name| !name.contains("demo")) {
                all.push(json!([section.key(), name, text.find(section, name)]));
            }
        }
    }
    all
}

/// A kubeconfig as people and tools leave them: kubectl's own style, indented lists, comments, keys
/// that nobody knows, braces, empty lists, other line endings.
fn texts() -> impl Strategy<Value = String> {
    let entry = (0..4_u8, any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(entry, 0..4), 0..4_u8, any::<bool>(), any::<bool>()).prop_map(
        |(entries, style, indented, crlf)| {
            let text = match style {
                0 => as_json(&entries),
                _ => as_block(&entries, indented, style == 1),
            };
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

type Written = (u8, bool, bool, bool);

fn as_json(entries: &[Written]) -> String {
    let named = |inner: &str, body: Value| -> Vec<Value> {
        let one = |(at, _): (usize, &Written)| json!({ "name": format!("c{at}"), inner: body });
        entries.iter().enumerate().map(one).collect()
    };
    let all = json!({
        "apiVersion": "v1", "kind": "Config", "preferences": {},
        "current-context": if entries.is_empty() { "" } else { "c0" },
        "clusters": named("cluster", json!({ "server": "https://other" })),
        "contexts": named("context", json!({ "cluster": "c0", "user": "c0" })),
        "users": named("user", json!({ "token": "planted" })),
    });
    serde_json::to_string_pretty(&all).unwrap() + "\n"
}

fn as_block(entries: &[Written], indented: bool, heading: bool) -> String {
    let margin = if indented { "  " } else { "" };
    let list = |inner: &str, lines: &dyn Fn(usize) -> String| {
        if entries.is_empty() {
            return " []\n".to_owned();
        }
        let mut out = "\n".to_owned();
        for (at, (kind, comment, unknown, quoted)) in entries.iter().enumerate() {
            if *comment {
                let _ = writeln!(out, "{margin}# about {inner} {at}");
            }
            let name = if *quoted { format!("\"c{at}\"") } else { format!("c{at}") };
            let body = lines(at);
            let item = match kind {
                0 => format!("{margin}- {{name: {name}, {inner}: {{{body}}}}}\n"),
                1 => format!(
                    "{margin}- name: {name} # first\n{margin}  {inner}:\n{margin}    {body} # it\n"
                ),
                _ => format!("{margin}- {inner}:\n{margin}    {body}\n{margin}  name: {name}\n"),
            };
            out.push_str(&item);
            if *unknown && *kind != 0 {
                let _ = writeln!(out, "{margin}  x-note: kept");
            }
        }
        out
    };
    let head =
        if heading { "# mine\n---\napiVersion: v1 # of kubectl\n" } else { "apiVersion: v1\n" };
    let current = if entries.is_empty() { "\"\"" } else { "c0" };
    format!(
        "{head}clusters:{}contexts:{}current-context: {current}\nkind: Config\npreferences: {{}}\n\
         users:{}# the end\n",
        list("cluster", &|_| "server: https://other".to_owned()),
        list("context", &|at| format!("cluster: c{at}")),
        list("user", &|_| "token: planted".to_owned()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_another_hand_wrote_stays_and_twice_is_once(text in texts(), second in texts()) {
        let before = [file(&text), file(&second)];
        let once = merged(&before, &demo());
        prop_assert_eq!(foreign(&before), foreign(&once));
        prop_assert_eq!(once[0].as_ref().unwrap().current(), Some("demo".to_owned()));
        prop_assert!(merge(&once, &demo(), false).unwrap().changed.is_empty());
        prop_assert_eq!(shown(&before[1]), shown(&once[1]), "what is new goes to the first file");
        let (old, new) = (shown(&before[0]), shown(&once[0]));
        let mut lines = new.lines();
        for line in old.lines().filter(|line| line.contains('#')) {
            prop_assert!(lines.any(|other| other == line), "{} is lost in {}", line, new);
        }
    }

    #[test]
    fn taking_out_what_was_put_in_gives_the_file_back(text in texts()) {
        let before = [file(&text)];
        let after = unmerged(&merged(&before, &demo()));
        prop_assert_eq!(shown(&after[0]), text);
    }

    #[test]
    fn a_renewed_credential_takes_the_place_of_the_old_one(text in texts()) {
        let once = merged(&[file(&text)], &demo());
        let renewed = given("demo", "https://demo.hcp.westeurope.azmk8s.io:443");
        let renewed = renewed.replace("    client-certificate-data: Qg==\n    client-key-data: Qw==\n", "");
        let renewed = Access::read(&renewed).unwrap().marked(ID, "demo");
        let next = merged(&once, &renewed);
        let user = next[0].as_ref().unwrap().find(Section::Users, "clusterUser_g_demo").unwrap();
        prop_assert!(user.get("client-key-data").is_none() && user["token"] == "planted");
        prop_assert_eq!(foreign(&once), foreign(&next));
    }
}

#[test]
fn a_new_file_is_what_kubectl_writes() {
    for begin in ["", "\n", "# mine\n", "---\n", "\u{feff}"] {
        let files = merged(&[file(begin)], &access("demo", "https://one"));
        let text = shown(&files[0]);
        assert!(text.starts_with(begin), "{text}");
        assert!(
            text.contains("clusters:\n- cluster:\n    certificate-authority-data: QQ==\n"),
            "{text}"
        );
        assert!(text.contains("current-context: demo\n"), "{text}");
    }
    let text = access("demo", "https://one").to_text().unwrap();
    assert_eq!(Access::read(&text).unwrap(), access("demo", "https://one"));
}

#[test]
fn what_exists_is_changed_where_it_stands() {
    let first = "kind: Config\ncontexts:\n- name: a\n  context: {cluster: a, user: a}\n";
    let once = merged(&[None, file(first)], &demo());
    assert!(once[0].is_none(), "what is new goes to the first file that exists");
    let (plain, user) = (shown(&once[1]), "clusterUser_g_demo");
    let moved = [file(first), file(&plain.replace("token: planted", "token: old\n    x: y"))];
    let next = merged(&moved, &demo());
    assert!(next[0].as_ref().unwrap().names(Section::Users).is_empty());
    let standing = next[1].as_ref().unwrap().find(Section::Users, user).unwrap();
    assert_eq!((&standing["token"], &standing["x"]), (&json!("planted"), &json!("y")));
    assert_eq!(next[0].as_ref().unwrap().current().as_deref(), Some("demo"));
    assert_eq!(merge(&[None, None], &demo(), false).unwrap().home, 1);
}

#[test]
fn a_name_that_another_cluster_has_is_not_taken_from_it() {
    let other =
        given("demo", "https://elsewhere").replace("QQ==\n", "QQ==\n    proxy-url: http://p\n");
    let files = [file(&other)];
    let Err(Refusal::Taken(found)) = merge(&files, &demo(), false) else { panic!("merged") };
    let sections: Vec<Section> = found.iter().map(|one| one.section).collect();
    assert_eq!(sections, [Section::Clusters, Section::Contexts, Section::Users]);
    assert!(found.iter().all(|one| one.server == "https://elsewhere"));
    let changed = merge(&files, &demo(), true).unwrap().changed;
    let cluster = changed[0].1.find(Section::Clusters, "demo").unwrap();
    assert!(cluster.get("proxy-url").is_none(), "{cluster}");
    // By another name both fit.
    let renamed = access("demo", "https://demo.hcp.westeurope.azmk8s.io:443").renamed("second");
    let Err(Refusal::Taken(found)) = merge(&files, &renamed, false) else { panic!("merged") };
    assert_eq!(found[0].section, Section::Users);
}

#[test]
fn a_cluster_made_again_takes_its_own_place() {
    let files = merged(&[file("")], &access("demo", "https://old"));
    let again = merged(&files, &access("demo", "https://new"));
    let cluster = again[0].as_ref().unwrap().find(Section::Clusters, "demo").unwrap();
    assert_eq!(cluster["server"], "https://new");
}

#[test]
fn what_was_led_elsewhere_or_is_used_is_not_taken_out() {
    let once = shown(&merged(&[file("")], &demo())[0]);
    let server = "\n    server: https://demo.hcp.westeurope.azmk8s.io:443\n";
    let led = [file(&once.replace(server, "\n    server: https://mine\n"))];
    assert!(unmerge(&led, |_| true).unwrap().is_empty());
    let used =
        "contexts:\n- context:\n    cluster: demo\n    user: clusterUser_g_demo\n  name: mine\n";
    let used = unmerged(&[file(&once.replace("contexts:\n", used))]);
    let text = used[0].as_ref().unwrap();
    assert_eq!(text.names(Section::Contexts), ["mine"]);
    assert_eq!(text.names(Section::Users), ["clusterUser_g_demo"]);
    assert_eq!(text.current(), None);
}

#[test]
fn what_is_no_kubeconfig_is_refused_and_never_quoted() {
    for (text, word) in [
        ("a: 1\nb: planted: c", "line 2 is no YAML"),
        ("planted", "no mapping"),
        ("- planted", "no mapping"),
        ("kind: planted", "`kind` is not `Config`"),
        ("apiVersion: planted/v2", "`apiVersion`"),
        ("clusters: planted", "`clusters` is no list"),
        ("users:\n- planted", "line 2: an item of `users`"),
        ("users:\n- user: {token: planted}", "line 2: an item of `users`"),
        ("users:\n- name: a\n  user: planted", "line 2: an item of `users`"),
        ("a: 1\na: planted", "twice"),
        ("a: 1\n---\nb: planted", "second document"),
        ("a: \0planted", "line 1 is no YAML"),
    ] {
        let error = Text::read(text).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(error.to_string().contains(word), "{text}: {said}");
        assert!(!said.contains("planted"), "{said}");
    }
    let told = format!("{:?} {:?}", demo(), file(&given("demo", "https://x")));
    assert!(!told.contains("planted") && !told.contains("Qw=="), "{told}");
}

#[test]
fn text_that_could_be_taken_for_something_else_is_quoted() {
    for name in
        ["1234", "true", "a: b", "#x", "0x1f", "2026-01-01", "é", "a b", "", "-", "y", "1e3"]
    {
        let files = merged(&[file("")], &access("demo", "https://x").renamed(name));
        assert_eq!(files[0].as_ref().unwrap().names(Section::Contexts), [name]);
    }
}
