//! A place where the binary runs without touching anything else, and what it left behind.

pub(crate) mod forms;
#[cfg(unix)]
pub(crate) mod served;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The simulated subscription.
pub(crate) const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

/// An empty environment with a home, a working directory and a simulated subscription of its own.
pub(crate) struct Sandbox {
    dir: TempDir,
    speed: &'static str,
    variables: BTreeMap<String, String>,
}

impl Sandbox {
    /// Makes one in which nothing waits.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let variables = BTreeMap::from([("AKSTOOL_CLOUD".to_owned(), "sim".to_owned())]);
        Self { dir, speed: "max", variables }
    }

    /// Makes one in which simulated time passes so many times as fast as life.
    pub(crate) fn at_speed(speed: &'static str) -> Self {
        Self { speed, ..Self::new() }
    }

    /// Sets a variable of the environment; an empty value unsets it.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Returns a path in the working directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a file in the sandbox");
    }

    /// Returns the state file of the simulated subscription.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("sim.json")
    }

    /// Returns the command, ready to be changed further.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akstool"));
        command.env_clear().current_dir(self.dir.path()).stdin(Stdio::null());
        command.env("HOME", self.dir.path()).env("AKSTOOL_SIM_STATE", self.state());
        command.envs(self.variables.iter().filter(|(_, value)| !value.is_empty()));
        command.args(["--sim-speed", self.speed]).args(args);
        command
    }

    /// Runs the binary to its end.
    #[must_use = "say what the run should have come to"]
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(args, self.command(args).output().expect("the binary runs"))
    }

    /// Runs the binary to its end with a text on its standard input.
    #[must_use = "say what the run should have come to"]
    pub(crate) fn piped(&self, args: &[&str], text: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        // Who refuses its command line reads nothing.
        drop(child.stdin.take().expect("a pipe").write_all(text.as_bytes()));
        Ran::of(args, child.wait_with_output().expect("the binary runs"))
    }

    /// Starts the binary with its standard output and error to read from.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    /// Returns every resource that the simulated subscription holds.
    pub(crate) fn store(&self) -> Vec<Value> {
        let shown = self.run(&["sim", "show", "-o", "json"]).ok().json();
        shown["resources"].as_array().expect("a list of resources").clone()
    }

    /// Returns the ids of every resource that the simulated subscription holds, sorted.
    pub(crate) fn ids(&self) -> Vec<String> {
        let id = |resource: &Value| resource["id"].as_str().expect("an id").to_ascii_lowercase();
        let mut ids: Vec<String> = self.store().iter().map(id).collect();
        ids.sort();
        ids
    }

    /// Places a resource made by another hand.
    pub(crate) fn put(&self, id: &str, version: &str, body: &Value) {
        self.write("body.json", body.to_string());
        let id = format!("{SUBSCRIPTION}{id}");
        self.run(&["sim", "put", &id, "--api-version", version, "--body", "body.json"]).ok();
    }
}

/// What a run left behind.
pub(crate) struct Ran {
    args: String,
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Reads what a process left behind.
    pub(crate) fn of(args: &[&str], output: Output) -> Self {
        Self {
            args: args.join(" "),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    /// Demands an exit code.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "akstool {}\n-- stdout\n{}\n-- stderr\n{}",
            self.args, self.stdout, self.stderr
        );
        self
    }

    /// Demands success.
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// Reads standard output as one JSON value, which is what its schema says.
    pub(crate) fn json(&self) -> Value {
        let value = self.read();
        forms::hold(&value);
        value
    }

    /// Reads standard output as one JSON value.
    fn read(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("akstool {}: {error}\n{}", self.args, self.stdout))
    }

    /// Reads standard output as one JSON object a line, each what its schema says.
    pub(crate) fn events(&self) -> Vec<Value> {
        let line = |line: &str| {
            let value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error} in the line {line}"));
            forms::hold_event(&value);
            value
        };
        self.stdout.lines().map(line).collect()
    }

    /// Returns the last event, which must be the outcome.
    pub(crate) fn outcome(&self) -> Value {
        let last = self.events().pop().expect("at least one event");
        assert_eq!(last["event"], "outcome", "{last}");
        last
    }
}

/// Returns every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Returns the folder of the package.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
