//! `akstool kubeconfig`, `up --kubeconfig` and what `down` takes back: files of all kinds, none lost.

use crate::support::{Ran, Sandbox};

/// What another tool left: a comment, a key nobody knows, a current context.
const OTHER: &str = "# mine, see the wiki\napiVersion: v1\nclusters:\n- name: work # the old one\n  cluster:\n    server: https://work.example\n    x-colour: blue\ncontexts:\n- name: work\n  context: {cluster: work, user: me}\ncurrent-context: work\nkind: Config\npreferences: {}\nusers:\n- name: me\n  user:\n    token: planted\n";

fn with_cluster() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes", "-q"]).ok();
    sandbox
}

fn merged(sandbox: &Sandbox, file: &str) -> Ran {
    sandbox.run(&["kubeconfig", "demo", "--file", file])
}

fn text(sandbox: &Sandbox, file: &str) -> String {
    std::fs::read_to_string(sandbox.path(file)).expect("a file")
}

#[test]
fn credentials_come_and_go_and_the_file_is_what_it_was() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path(".kube")).expect("a folder");
    sandbox.write(".kube/config", OTHER);
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--kubeconfig", "--wait-ready"]).ok();
    assert!(ran.stderr.contains("the API server answers, 2 nodes ready"), "{}", ran.stderr);
    let now = text(&sandbox, ".kube/config");
    assert!(
        now.contains("current-context: demo\n") && now.contains("- name: work # the old one\n")
    );
    assert!(now.contains("server: https://demo-") && now.contains("azmk8s.io:443\n"), "{now}");
    let again = sandbox.run(&["kubeconfig", "demo"]).ok();
    assert!(again.stdout.starts_with("Nothing to do: "), "{}", again.stdout);
    let again = sandbox.run(&["kubeconfig", "kubenet"]).ok();
    assert!(again.stdout.starts_with("Nothing to do: "), "{}", again.stdout);
    assert_eq!(text(&sandbox, ".kube/config"), now);
    let ran = sandbox.run(&["kubeconfig", "demo", "--admin", "-o", "json"]).ok().json();
    assert_eq!(ran["schema"], "akstool.kubeconfig/v1");
    assert_eq!(ran["context"], "demo-admin");
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(ran.stderr.contains("its credentials are taken out of "), "{}", ran.stderr);
    assert_eq!(text(&sandbox, ".kube/config"), OTHER);
}

#[test]
fn the_first_next_step_is_the_way_to_the_cluster() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let next = ran.stderr.lines().find(|line| line.contains("next: ")).expect("a next step");
    assert!(next.contains("akstool sim serve"), "{next}");
}

#[test]
fn a_file_that_cannot_take_them_is_left_as_it_is() {
    let sandbox = with_cluster();
    sandbox.write("damaged", "clusters: [planted");
    sandbox.write("foreign", "kind: Pod\nspec: planted\n");
    sandbox.write("bytes", b"\xff\xfe\x00planted");
    sandbox.write("locked", OTHER);
    sandbox.write("locked.lock", "");
    for (file, word) in [
        ("damaged", "is no YAML"),
        ("foreign", "its `kind` is not `Config`"),
        ("bytes", "no text in UTF-8"),
        ("locked", "another program keeps it locked"),
        (".", "no regular file"),
    ] {
        let before = std::fs::read(sandbox.path(file)).ok();
        let ran = merged(&sandbox, file).exits(2);
        assert!(ran.stderr.contains(word) && ran.stderr.contains("hint: "), "{}", ran.stderr);
        assert!(!ran.stderr.contains("planted"), "{}", ran.stderr);
        assert_eq!(std::fs::read(sandbox.path(file)).ok(), before, "{file}");
    }
    assert!(sandbox.path("locked.lock").exists(), "another's lock is not ours to take");
    // Nothing is made for a file that cannot take it.
    let fresh = Sandbox::new();
    fresh.write("damaged", "clusters: [planted");
    fresh.run(&["up", "kubenet", "--yes", "--kubeconfig=damaged"]).exits(2);
    assert!(fresh.store().is_empty());
}

#[test]
fn an_empty_or_missing_file_is_begun() {
    let sandbox = with_cluster();
    sandbox.write("empty", "");
    sandbox.write("blank", "# mine\n\n");
    for file in ["empty", "blank", "missing", "new/folder/config"] {
        merged(&sandbox, file).ok();
        let now = text(&sandbox, file);
        assert!(now.contains("current-context: demo\n"), "{now}");
    }
    assert!(text(&sandbox, "blank").starts_with("# mine\n"));
}

#[test]
fn of_several_files_each_is_changed_where_the_entry_stands() {
    let sandbox = with_cluster();
    let list = format!(
        "{}:{}:{}",
        sandbox.path("none").display(),
        sandbox.path("first").display(),
        sandbox.path("second").display()
    );
    let sandbox = sandbox.with("KUBECONFIG", &list);
    sandbox.write("first", OTHER);
    sandbox.write("second", "");
    sandbox.run(&["kubeconfig", "demo"]).ok();
    assert!(!sandbox.path("none").exists() && text(&sandbox, "second").is_empty());
    let whole = text(&sandbox, "first");
    // Moved by hand into the second, the entries are found there.
    sandbox.write("second", whole.replace("token: simulated-token", "token: old"));
    sandbox.write("first", OTHER);
    sandbox.run(&["kubeconfig", "demo"]).ok();
    assert!(text(&sandbox, "second").contains("token: simulated-token"));
    assert_eq!(
        text(&sandbox, "first"),
        OTHER.replace("current-context: work", "current-context: demo")
    );
}

#[test]
fn a_name_of_another_server_is_kept_unless_told_otherwise() {
    let sandbox = with_cluster();
    let other = OTHER.replace("name: work", "name: demo").replace("cluster: work", "cluster: demo");
    sandbox.write("taken", &other);
    let ran = merged(&sandbox, "taken").exits(4);
    assert!(ran.stderr.contains("https://work.example"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--overwrite`"), "{}", ran.stderr);
    assert_eq!(text(&sandbox, "taken"), other);
    sandbox.run(&["kubeconfig", "demo", "--file", "taken", "--context", "mine"]).ok();
    assert!(text(&sandbox, "taken").contains("https://work.example"));
    sandbox.run(&["kubeconfig", "demo", "--file", "taken", "--overwrite"]).ok();
    let now = text(&sandbox, "taken");
    assert!(!now.contains("https://work.example") && !now.contains("x-colour"), "{now}");
}

#[test]
fn printed_they_are_a_kubeconfig_and_nothing_is_merged() {
    let sandbox = with_cluster();
    let plain = sandbox.run(&["kubeconfig", "demo", "--print"]).ok().stdout;
    assert_eq!(sandbox.run(&["kubeconfig", "demo", "--file", "-"]).ok().stdout, plain);
    assert!(plain.contains("    token: simulated-token\n"), "{plain}");
    let json = sandbox.run(&["kubeconfig", "demo", "--print", "-o", "json"]).ok().json();
    assert_eq!(json["current-context"], "demo");
    assert!(!sandbox.path(".kube").exists());
}

#[test]
fn no_secret_is_told_or_traced() {
    let sandbox = with_cluster();
    let args = ["kubeconfig", "demo", "--file", "k", "-vv", "--trace", "t", "-o", "json"];
    let ran = sandbox.run(&args).ok();
    let secret = "simulated-token";
    assert!(text(&sandbox, "k").contains(secret));
    for said in [ran.stdout, ran.stderr, text(&sandbox, "t")] {
        assert!(!said.contains(secret) && !said.contains("client-key-data"), "{said}");
    }
}

#[test]
fn what_has_no_cluster_or_no_entra_id_says_so() {
    let sandbox = with_cluster();
    let ran = sandbox.run(&["kubeconfig", "nowhere"]).exits(1);
    assert!(ran.stderr.contains("`nowhere` has no cluster"), "{}", ran.stderr);
    let ran = sandbox.run(&["kubeconfig", "demo", "--exec"]).exits(2);
    assert!(ran.stderr.contains("no login by Entra ID"), "{}", ran.stderr);
}

#[test]
fn a_cluster_without_a_network_plugin_is_not_waited_for_in_vain() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "byo-cni", "--yes", "--wait-ready"]).ok();
    assert!(ran.stderr.contains("once a network plugin is installed"), "{}", ran.stderr);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::support::served::{SECRET, Served};

    fn mode(sandbox: &Sandbox, file: &str) -> u32 {
        let facts = std::fs::metadata(sandbox.path(file)).expect("a file");
        facts.permissions().mode() & 0o777
    }

    #[test]
    fn a_read_only_file_is_kept_and_a_link_is_followed() {
        let sandbox = with_cluster();
        sandbox.write("kept", OTHER);
        let only = std::fs::Permissions::from_mode(0o444);
        std::fs::set_permissions(sandbox.path("kept"), only).expect("permissions");
        let ran = merged(&sandbox, "kept").exits(2);
        assert!(ran.stderr.contains("it is read-only"), "{}", ran.stderr);
        assert_eq!(text(&sandbox, "kept"), OTHER);
        sandbox.write("real", OTHER);
        symlink("real", sandbox.path("link")).expect("a link");
        symlink("nowhere-yet", sandbox.path("dangling")).expect("a link");
        symlink("round", sandbox.path("round")).expect("a link");
        for (link, file) in [("link", "real"), ("dangling", "nowhere-yet")] {
            merged(&sandbox, link).ok();
            assert!(sandbox.path(link).is_symlink());
            assert!(text(&sandbox, file).contains("current-context: demo"));
            assert_eq!(mode(&sandbox, file), 0o600);
        }
        merged(&sandbox, "round").exits(2);
        let stray = std::fs::read_dir(sandbox.path(".")).expect("a folder");
        let stray = stray.filter_map(Result::ok).map(|one| one.file_name());
        let stray = stray.map(|name| name.to_string_lossy().into_owned());
        let is_lock =
            |name: &String| std::path::Path::new(name).extension().is_some_and(|end| end == "lock");
        let stray = stray.filter(|name| is_lock(name) && !name.starts_with("sim."));
        assert_eq!(stray.count(), 0);
    }

    #[test]
    fn a_served_cluster_is_waited_for_over_the_network() {
        let served = Served::start(&[]);
        let args = ["up", "kubenet", "--yes", "--kubeconfig=k", "--wait-ready", "--trace", "t"];
        let ran = served.run(&args, &SECRET).ok();
        assert!(ran.stderr.contains("the API server answers, 2 nodes ready"), "{}", ran.stderr);
        let next = ran.stderr.lines().find(|line| line.contains("next: ")).expect("a next step");
        assert!(next.ends_with("kubectl get nodes --kubeconfig k"), "{next}");
        let config = text(&served.sandbox, "k");
        let place = format!("server: {}/apiservers/demo-", served.told("endpoint"));
        assert!(config.contains(&place), "{config}");
        let token = config.lines().find_map(|line| line.trim().strip_prefix("token: "));
        let token = token.expect("a token");
        assert!(!ran.stderr.contains(token) && !text(&served.sandbox, "t").contains(token));
        served.end("-TERM");
    }
}
