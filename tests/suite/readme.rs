//! What the README and `--help` show is what happens: each command of theirs runs, each printed block
//! is printed, each fragment of a profile is taken.
#![cfg(unix)]

use std::process::Command;

use serde_json::json;

use crate::support::{SUBSCRIPTION, Sandbox, package};

/// A profile whose parts the README's commands and the examples of the help speak of.
const MINE: &str = "\
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope, tags: { team: platform } }
network:
  plugin: kubenet
  podCidr: 10.244.0.0/16
  serviceCidr: 10.200.0.0/16
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 } }
cluster: { version: \"1.34\" }
pools:
  - { name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }
  - { name: user, vmSize: Standard_D2s_v5, count: 1 }
";

/// A cluster that another hand made.
const THEIRS: &str = "Microsoft.ContainerService/managedClusters/prod";

fn readme() -> String {
    std::fs::read_to_string(package().join("README.md")).expect("the README")
}

/// Returns the blocks of a text that are fenced for a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let begun = text.split(fence.as_str()).skip(1);
    begun.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// Runs a line as a shell would, with other tools' commands as ones that only say a word, and returns
/// what a terminal would show, with the exit code.
fn typed(sandbox: &Sandbox, line: &str) -> (String, i32) {
    let program = sandbox.command(&[]).get_program().to_string_lossy().into_owned();
    let cluster = format!("{SUBSCRIPTION}/resourceGroups/theirs/providers/{THEIRS}");
    let script = format!(
        "akstool() {{ '{program}' --sim-speed max \"$@\"; }}\nkubectl() {{ :; }}\njq() {{ cat; }}\n\
         az() {{ echo {cluster}; }}\nman() {{ cat; }}\n{{ {line}\n}} 2>&1"
    );
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", &script]).env_clear().current_dir(sandbox.path(""));
    let known = sandbox.command(&[]);
    shell.envs(known.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = shell.env("PATH", "/usr/bin:/bin").output().expect("a shell");
    (String::from_utf8_lossy(&ran.stdout).into_owned(), ran.status.code().unwrap_or(-1))
}

/// Returns a command as it is typed by somebody who answers yes.
fn agreed(line: &str) -> String {
    const ASKING: [&str; 6] = ["up", "down", "upgrade", "migrate", "stop", "start"];
    let verb = line.strip_prefix("akstool ").and_then(|rest| rest.split(' ').next());
    let asks = verb.is_some_and(|verb| ASKING.contains(&verb)) || line.contains(" --own");
    if asks && !line.contains("--yes") {
        return line.replacen("akstool ", "akstool --yes ", 1);
    }
    line.to_owned()
}

/// Returns what is said without what differs from run to run: times and how often Azure was asked.
fn words(text: &str) -> Vec<String> {
    let masked = text.split_whitespace().map(|word| {
        let is_watch = word.starts_with('+') && word.contains(':');
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        if is_watch || is_number { "0".to_owned() } else { word.to_owned() }
    });
    masked.collect()
}

/// Tells whether a printed block is what was said: `…` stands for anything, and so does what lies
/// between two lines of a log, which is more or less at another speed.
fn shows(block: &str, said: &str) -> Result<(), String> {
    let said = words(said);
    let log = |line: &&str| line.starts_with('+');
    let mut rest = said.as_slice();
    for chunk in block.split('…') {
        let (logged, told): (Vec<&str>, Vec<&str>) = chunk.lines().partition(log);
        let chunks = logged.into_iter().map(str::to_owned).chain([told.join("\n")]);
        for chunk in chunks {
            let wanted = words(&chunk);
            if wanted.is_empty() {
                continue;
            }
            let at = rest.windows(wanted.len()).position(|found| found == wanted);
            let at = at.ok_or_else(|| format!("nothing says:\n{chunk}"))?;
            rest = &rest[at + wanted.len()..];
        }
    }
    Ok(())
}

/// Returns a sandbox with the files that a reader has, and an environment that stands.
fn prepared(before: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("mine.yaml", MINE);
    for (name, file) in [("a", "a.yaml"), ("b", "b.yaml"), ("c", "environments/c.yaml")] {
        std::fs::create_dir_all(sandbox.path("environments")).expect("a folder");
        sandbox.write(file, MINE.replace("name: demo", &format!("name: {name}")));
    }
    std::fs::create_dir_all(sandbox.path("profiles")).expect("a folder");
    sandbox.write("profiles/d.yaml", MINE);
    sandbox.write("broken.yaml", broken());
    if !before.is_empty() {
        sandbox.run(&["up", before, "--yes", "-q"]).ok();
    }
    sandbox
}

/// Returns the profile of the README.
fn profile() -> String {
    let text = readme();
    let all = blocks(&text, "yaml");
    all.into_iter().find(|block| block.starts_with("apiVersion:")).expect("a profile").to_owned()
}

/// Returns the same with the mistakes that the README shows.
fn broken() -> String {
    let text = profile().replace(": kubenet", ": kubnet").replace("10.10.0.0/16", "10.10.0.1/16");
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_command_of_the_readme_runs_and_says_what_is_printed_there() {
    let text = readme();
    let mut wrong = Vec::new();
    for (at, block) in blocks(&text, "console").into_iter().enumerate() {
        // `sim serve` and kubectl stand in a suite of their own, and this is one of `cargo test`.
        if block.contains("--arm-endpoint") || block.contains("cargo test") {
            continue;
        }
        let before = if block.contains("mine.yaml") { "mine.yaml" } else { "kubenet" };
        let sandbox = prepared(if at == 0 { "" } else { before });
        for entry in format!("\n{block}").split("\n$ ").skip(1) {
            let (line, printed) = entry.split_once('\n').unwrap_or((entry, ""));
            let line = line.split("   ").next().unwrap_or_default();
            let line = agreed(&line.replace("cargo run --release --", "akstool"));
            let (said, code) = typed(&sandbox, &line);
            let is_meant = if printed.contains("refused: ") {
                code == 4
            } else if printed.contains("error: ") {
                code == 2
            } else {
                code == 0
            };
            if !is_meant {
                wrong.push(format!("$ {line}\nexits with {code}\n{said}"));
            }
            if let Err(why) = shows(printed, &said) {
                wrong.push(format!("$ {line}\n{why}\n-- it says\n{said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_part_of_a_profile_in_the_readme_is_taken() {
    let (text, whole) = (readme(), profile());
    let (base, pools) = whole.split_once("cluster:\n").expect("a cluster");
    let pools = pools.split_once("pools:").expect("pools").1;
    for block in blocks(&text, "yaml") {
        let sandbox = Sandbox::new();
        let whole = block.starts_with("apiVersion:");
        let text = if whole { block.to_owned() } else { format!("{base}pools:{pools}{block}") };
        sandbox.write("mine.yaml", &text);
        sandbox.run(&["check", "mine.yaml"]).ok();
        sandbox.run(&["up", "mine.yaml", "--yes"]).ok();
        let again = sandbox.run(&["plan", "mine.yaml", "--exit-code"]).ok().stdout;
        assert!(again.contains("nothing to do"), "{text}\n{again}");
    }
    let script = blocks(&text, "json").into_iter().next().expect("a fault script").to_owned();
    let sandbox = Sandbox::new();
    sandbox.write("faults.json", script);
    sandbox.run(&["up", "kubenet", "--yes", "--sim-faults", "faults.json"]).ok();
}

#[test]
fn every_built_in_profile_stands_in_the_readme() {
    let text = readme();
    let listed = Sandbox::new().run(&["profiles", "-o", "json"]).ok().json();
    for profile in listed["profiles"].as_array().expect("profiles") {
        let name = profile["name"].as_str().expect("a name");
        assert!(text.contains(&format!("`{name}`")), "{name}");
    }
}

/// Returns every command with the examples of its help.
fn examples(sandbox: &Sandbox) -> Vec<(String, Vec<String>)> {
    let help = sandbox.run(&["--help"]).ok().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned);
    let inner = ["show", "put", "reset"].map(|name| format!("sim {name}"));
    let of = |name: String| {
        let words: Vec<&str> = name.split(' ').chain(["--help"]).collect();
        let help = sandbox.run(&words).ok().stdout;
        let (_, told) =
            help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name}: no example"));
        for line in told.lines() {
            assert!(line.chars().count() <= 80, "{name}: a narrow terminal breaks `{line}`");
        }
        let told = told.replace("\\\n      ", "");
        let lines = told.lines().filter_map(|line| line.strip_prefix("  "));
        let lines = lines.map(|line| line.split("   ").next().unwrap_or_default().to_owned());
        (name.clone(), lines.collect())
    };
    names.chain(inner).map(of).collect()
}

#[test]
fn each_example_of_the_help_runs() {
    let mut wrong = Vec::new();
    for (command, lines) in examples(&Sandbox::new()) {
        let sandbox = prepared(if command == "up" { "" } else { "mine.yaml" });
        let theirs = json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" },
            "properties": { "dnsPrefix": "old", "agentPoolProfiles": [
                { "name": "first", "mode": "System", "vmSize": "Standard_D4s_v5", "count": 2 }] } });
        let group = json!({ "location": "westeurope" });
        sandbox.put("/resourceGroups/theirs", "2021-04-01", &group);
        sandbox.put(&format!("/resourceGroups/theirs/providers/{THEIRS}"), "2025-10-01", &theirs);
        let folder = sandbox.path(".local/share/bash-completion/completions");
        std::fs::create_dir_all(folder).expect("a folder");
        for line in lines.iter().filter(|line| !line.contains("sim serve")) {
            let (said, code) = typed(&sandbox, &agreed(line));
            if !(code == 0 || code == 3 && line.contains("--exit-code")) {
                wrong.push(format!("$ {line}\nexits with {code}\n{said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
