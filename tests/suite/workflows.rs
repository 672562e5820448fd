//! The action, the workflows and the manifests of this repository: of the right shape, and run.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use crate::support::{Ran, Sandbox, package};

const ACTION: &str = ".github/actions/akstool/action.yml";

/// Every workflow that is run here or is an example for others.
const WORKFLOWS: [&str; 5] = [
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    ".github/examples/pull-request.yml",
    ".github/examples/reap.yml",
    ".github/examples/matrix.yml",
];

fn documents(file: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let text = std::fs::read_to_string(package().join(file)).expect("a file");
    let all = serde_yaml_ng::Deserializer::from_str(&text);
    all.map(|one| Value::deserialize(one).unwrap_or_else(|error| panic!("{file}: {error}")))
        .collect()
}

fn document(file: &str) -> Value {
    documents(file).pop().expect("a document")
}

fn members<'a>(value: &'a Value, what: &str) -> &'a Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{what} is no mapping: {value}"))
}

/// Demands that a mapping has no member but these.
fn only(value: &Value, known: &str, what: &str) {
    for name in members(value, what).keys() {
        assert!(known.split(' ').any(|word| word == name), "{what}: `{name}` is not known");
    }
}

/// Returns what expressions of a text refer to: `inputs.name`, `steps.x.outputs.y`.
fn references(text: &str) -> Vec<String> {
    let inside = text.split("${{").skip(1).filter_map(|rest| rest.split("}}").next());
    let is_part = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let words = inside.flat_map(|text| text.split(move |c| !is_part(c)));
    words.filter(|word| word.contains('.')).map(str::to_owned).collect()
}

fn steps_of(steps: &Value, what: &str, of_action: bool) {
    let mut ids: Vec<&str> = Vec::new();
    for step in steps.as_array().expect("a list of steps") {
        only(
            step,
            "id name if uses with run shell env working-directory timeout-minutes continue-on-error",
            what,
        );
        let (uses, run) = (step["uses"].as_str(), step["run"].as_str());
        assert!(uses.is_some() != run.is_some(), "{what}: either `uses` or `run`: {step}");
        if let Some(uses) = uses {
            let is_fixed = uses.split_once('@').is_some_and(|(_, version)| version.len() > 1);
            assert!(is_fixed || uses.starts_with("./"), "{what}: `{uses}` names no version");
        }
        if let Some(run) = run {
            assert!(!run.contains("${{"), "{what}: text of others would become a script: {run}");
            assert!(step["shell"].is_string() || !of_action, "{what}: a step without a shell");
        }
        for reference in references(&step.to_string()) {
            if let Some(rest) = reference.strip_prefix("steps.") {
                let id = rest.split('.').next().unwrap_or_default();
                assert!(ids.contains(&id), "{what}: no step `{id}` before");
            }
        }
        ids.extend(step["id"].as_str());
    }
}

#[test]
fn workflows_have_the_shape_that_github_wants() {
    for file in WORKFLOWS {
        let workflow = document(file);
        only(&workflow, "name on permissions env concurrency defaults jobs", file);
        for event in members(&workflow["on"], file).keys() {
            let known = ["push", "pull_request", "schedule", "workflow_dispatch"];
            assert!(known.contains(&event.as_str()), "{file}: {event}");
        }
        for cron in workflow["on"]["schedule"].as_array().into_iter().flatten() {
            assert_eq!(
                cron["cron"].as_str().map(|cron| cron.split(' ').count()),
                Some(5),
                "{file}"
            );
        }
        let jobs = members(&workflow["jobs"], file);
        for (name, job) in jobs {
            let what = format!("{file}: {name}");
            only(
                job,
                "name needs if runs-on permissions timeout-minutes strategy env defaults steps",
                &what,
            );
            assert!(job["runs-on"].is_string(), "{what} runs nowhere");
            let needs = job["needs"].as_str();
            assert!(needs.is_none_or(|needs| jobs.contains_key(needs)), "{what} needs {needs:?}");
            let rights = [&workflow["permissions"], &job["permissions"]];
            for (scope, right) in rights.into_iter().filter_map(Value::as_object).flatten() {
                let is_known =
                    ["read", "write", "none"].contains(&right.as_str().unwrap_or_default());
                assert!(is_known, "{what}: {scope}: {right}");
            }
            steps_of(&job["steps"], &what, false);
            for step in job["steps"].as_array().into_iter().flatten() {
                if step["uses"].as_str().is_some_and(|uses| uses.ends_with("/akstool")) {
                    let action = document(ACTION);
                    for input in members(&step["with"], &what).keys() {
                        assert!(
                            action["inputs"].get(input).is_some(),
                            "{what}: no input `{input}`"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_action_has_the_shape_that_github_wants() {
    let action = document(ACTION);
    only(&action, "name description author branding inputs outputs runs", ACTION);
    only(&action["runs"], "using steps", ACTION);
    assert_eq!(action["runs"]["using"], "composite");
    for input in members(&action["inputs"], "inputs").values() {
        only(input, "description required default deprecationMessage", "an input");
        assert!(input["default"].is_string() || input["required"] == true, "{input}");
    }
    for output in members(&action["outputs"], "outputs").values() {
        only(output, "description value", "an output");
    }
    for reference in references(&action.to_string()) {
        if let Some(input) = reference.strip_prefix("inputs.") {
            assert!(action["inputs"].get(input).is_some(), "no input `{input}`");
        }
    }
    steps_of(&action["runs"]["steps"], ACTION, true);
}

/// Replaces each expression of a text by what it refers to; what nobody knows is empty.
fn filled(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").expect("the end of an expression");
        out.push_str(known.get(name.trim()).map_or("", String::as_str));
        out.push_str(rest);
    }
    out
}

/// A runner of one job: a sandbox with `akstool` on its path and the files that GitHub names.
struct Runner {
    sandbox: Sandbox,
}

impl Runner {
    fn new(speed: &'static str) -> Self {
        let sandbox = Sandbox::at_speed(speed);
        let program = env!("CARGO_BIN_EXE_akstool");
        sandbox
            .write("akstool", format!("#!/bin/sh\nexec '{program}' --sim-speed {speed} \"$@\"\n"));
        sandbox.write("kubectl", "#!/bin/sh\necho kubectl \"$@\"\n");
        let mut made = Command::new("chmod");
        made.arg("+x").args(["akstool", "kubectl"]);
        assert!(made.current_dir(sandbox.path("")).status().is_ok_and(|status| status.success()));
        Self { sandbox }
    }

    fn script(&self, run: &str, env: &Value, known: &BTreeMap<String, String>) -> Command {
        let sandbox = &self.sandbox;
        let path = |name: &str| sandbox.path(name).display().to_string();
        sandbox.write("step.sh", run);
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "step.sh"]).env_clear();
        command.current_dir(path("")).stdin(Stdio::null());
        command.env("PATH", format!("{}:/usr/bin:/bin", path("")));
        for (name, value) in [
            ("HOME", path("")),
            ("AKSTOOL_CLOUD", "sim".to_owned()),
            ("AKSTOOL_SIM_STATE", sandbox.state().display().to_string()),
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_PATH", path("added")),
            ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
            ("GITHUB_STEP_SUMMARY", path("summary.md")),
            ("RUNNER_TEMP", path("")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
        ] {
            command.env(name, value);
        }
        for (name, value) in env.as_object().into_iter().flatten() {
            command.env(name, filled(value.as_str().unwrap_or_default(), known));
        }
        command
    }

    /// Runs a job of an example, each step of each action; returns what its last step left behind.
    fn job(&self, file: &str, job: &str, event: &[(&str, &str)]) -> Ran {
        let workflow = document(file);
        let mut known: BTreeMap<String, String> =
            event.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut last = None;
        for step in workflow["jobs"][job]["steps"].as_array().expect("steps") {
            if let Some(run) = step["run"].as_str() {
                let output = self.script(run, &step["env"], &known).output();
                last = Some(Ran::of(&[run], output.expect("bash")).ok());
            } else if step["uses"].as_str().is_some_and(|uses| uses.ends_with("/akstool")) {
                last = Some(self.action(&inputs(&step["with"], &known)));
                let outputs = std::fs::read_to_string(self.sandbox.path("output"));
                let id = step["id"].as_str().unwrap_or("-");
                for (name, value) in
                    outputs.unwrap_or_default().lines().filter_map(|line| line.split_once('='))
                {
                    known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
                }
            }
        }
        last.expect("a step")
    }

    /// Runs each step of the action.
    fn action(&self, inputs: &BTreeMap<String, String>) -> Ran {
        let mut last = None;
        for step in document(ACTION)["runs"]["steps"].as_array().expect("steps") {
            let run = step["run"].as_str().expect("a script");
            let output = self.script(run, &step["env"], inputs).output().expect("bash");
            last = Some(Ran::of(&[run], output));
        }
        last.expect("a step")
    }
}

/// Returns the inputs of an action: what a step gives, and the defaults.
fn inputs(with: &Value, known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut inputs = BTreeMap::new();
    for (name, input) in members(&document(ACTION)["inputs"], "inputs") {
        let given = with.get(name).or_else(|| input.get("default"));
        let text = given.and_then(Value::as_str).unwrap_or_default();
        inputs.insert(format!("inputs.{name}"), filled(text, known));
    }
    inputs
}

const PULL: [(&str, &str); 1] = [("github.event.number", "7")];

#[test]
fn a_pull_request_gets_a_cluster_until_it_is_closed() {
    let runner = Runner::new("max");
    let example = ".github/examples/pull-request.yml";
    let tested = runner.job(example, "up", &PULL).ok();
    assert!(tested.stdout.contains("testing against pr-7\nkubectl get nodes"), "{}", tested.stdout);
    assert!(runner.sandbox.path("akstool.xml").is_file());
    let ids = runner.sandbox.ids();
    assert!(ids.iter().any(|id| id.ends_with("/managedclusters/pr-7")), "{ids:?}");
    let group = runner.sandbox.store().into_iter().find(|one| one["name"] == "pr-7");
    assert!(group.is_some_and(|group| group["tags"]["akstool-expires"].is_string()));
    // More commits: the same again.
    runner.job(example, "up", &PULL).ok();
    runner.job(example, "down", &PULL).ok();
    assert!(runner.sandbox.ids().iter().all(|id| !id.contains("pr-7")));
    // Closed twice, or before anything came up.
    runner.job(example, "down", &PULL).ok();
}

#[test]
fn each_night_nothing_that_is_within_its_time_is_reaped() {
    let runner = Runner::new("max");
    runner.job(".github/examples/pull-request.yml", "up", &PULL).ok();
    runner.job(".github/examples/reap.yml", "reap", &[]).ok();
    assert!(runner.sandbox.path("reap.json").is_file());
    assert!(runner.sandbox.ids().iter().any(|id| id.ends_with("/managedclusters/pr-7")));
}

#[test]
fn a_job_of_the_matrix_comes_and_goes() {
    let runner = Runner::new("max");
    let event = [
        ("matrix.version", "1.34"),
        ("matrix.profile", "kubenet"),
        ("github.run_id", "42"),
        ("strategy.job-index", "3"),
    ];
    let ran = runner.job(".github/examples/matrix.yml", "test", &event).ok();
    assert!(ran.stdout.contains("run-42-3: done"), "{}", ran.stdout);
    assert!(runner.sandbox.ids().iter().all(|id| !id.contains("run-42-3")));
}

#[test]
fn a_cancelled_job_ends_in_order_and_the_next_goes_on() {
    let runner = Runner::new("60");
    let given = serde_json::json!({ "command": "up", "profile": "azure-overlay", "name": "pr-7" });
    let inputs = inputs(&given, &BTreeMap::new());
    let action = document(ACTION);
    let step = action["runs"]["steps"].as_array().and_then(|steps| steps.last()).expect("a step");
    let run = step["run"].as_str().expect("a script");
    let mut command = runner.script(run, &step["env"], &inputs);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("bash");
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut said = Vec::new();
    for line in lines.map_while(Result::ok) {
        // GitHub sends SIGINT to the process it started, and SIGTERM some seconds later.
        let signal = [("create cluster pr-7", "-INT"), ("stopping: ", "-TERM")];
        if let Some((_, signal)) = signal.iter().find(|(word, _)| line.contains(word)) {
            let kill = Command::new("kill").args([*signal, &child.id().to_string()]).status();
            assert!(kill.is_ok_and(|status| status.success()));
        }
        said.push(line);
    }
    let code = child.wait().expect("an end").code();
    assert_eq!(code, Some(130), "{said:#?}");
    assert!(said.iter().any(|line| line == "::endgroup::"), "{said:#?}");
    let summary = std::fs::read_to_string(runner.sandbox.path("summary.md")).expect("a page");
    assert!(summary.contains("interrupted"), "{summary}");
    let runner = Runner { sandbox: runner.sandbox };
    runner.action(&inputs).ok();
    assert!(runner.sandbox.ids().iter().any(|id| id.ends_with("/managedclusters/pr-7")));
}

#[test]
fn an_input_is_a_word_and_never_a_script() {
    let runner = Runner::new("max");
    let given = serde_json::json!({ "command": "up", "profile": "kubenet\n$(touch pwned)",
        "name": "`touch pwned`; touch pwned", "args": "--set=a=$(touch pwned)\n; touch pwned" });
    let ran = runner.action(&inputs(&given, &BTreeMap::new()));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(!runner.sandbox.path("pwned").exists());
}

#[test]
fn a_release_is_fetched_checked_and_put_on_the_path() {
    let runner = Runner::new("max");
    let name = "akstool-x86_64-unknown-linux-musl";
    let folder: PathBuf = runner.sandbox.path("release");
    std::fs::create_dir_all(folder.join(name)).expect("a folder");
    std::fs::write(folder.join(name).join("akstool"), "#!/bin/sh\n").expect("a program");
    let pack = format!(
        "cd release && tar -czf {name}.tar.gz {name} && sha256sum {name}.tar.gz > SHA256SUMS"
    );
    let packed =
        Command::new("bash").args(["-c", &pack]).current_dir(runner.sandbox.path("")).status();
    assert!(packed.is_ok_and(|status| status.success()));
    // What it would fetch, from a folder: the last word is the address.
    runner.sandbox.write(
        "curl",
        "#!/bin/bash\necho \"${@: -1}\" >> asked\ncp \"release/$(basename \"${@: -1}\")\" .\n",
    );
    let made =
        Command::new("chmod").args(["+x", "curl"]).current_dir(runner.sandbox.path("")).status();
    assert!(made.is_ok_and(|status| status.success()));
    let action = document(ACTION);
    let step = &action["runs"]["steps"][0];
    let run = step["run"].as_str().expect("a script");
    let mut known = inputs(&serde_json::json!({ "version": "0.1.0" }), &BTreeMap::new());
    known.insert("github.action_repository".to_owned(), "owner/akstool".to_owned());
    let output = runner.script(run, &step["env"], &known).output().expect("bash");
    Ran::of(&["install"], output).ok();
    let read = |name: &str| std::fs::read_to_string(runner.sandbox.path(name)).unwrap_or_default();
    let from = "https://github.example/owner/akstool/releases/download/v0.1.0";
    assert_eq!(read("asked"), format!("{from}/{name}.tar.gz\n{from}/SHA256SUMS\n"));
    assert!(read("added").trim_end().ends_with(name));
    // A release that is not what its list says is not used.
    std::fs::write(folder.join("SHA256SUMS"), format!("{}  {name}.tar.gz\n", "0".repeat(64)))
        .expect("a list");
    let output = runner.script(run, &step["env"], &known).output().expect("bash");
    assert!(!output.status.success());
}

#[test]
fn the_cron_job_has_the_shape_that_kubernetes_wants_and_its_command_runs() {
    let file = ".github/examples/reap-cronjob.yaml";
    let all = documents(file);
    let [account, job] = all.as_slice() else { panic!("two documents") };
    assert_eq!(
        (&account["apiVersion"], &account["kind"]),
        (&"v1".into(), &"ServiceAccount".into())
    );
    assert!(account["metadata"]["annotations"]["azure.workload.identity/client-id"].is_string());
    assert_eq!((&job["apiVersion"], &job["kind"]), (&"batch/v1".into(), &"CronJob".into()));
    only(job, "apiVersion kind metadata spec", file);
    only(
        &job["spec"],
        "schedule timeZone concurrencyPolicy startingDeadlineSeconds suspend jobTemplate successfulJobsHistoryLimit failedJobsHistoryLimit",
        file,
    );
    assert_eq!(job["spec"]["schedule"].as_str().map(|it| it.split(' ').count()), Some(5));
    let run = &job["spec"]["jobTemplate"]["spec"];
    only(
        run,
        "backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished template parallelism completions",
        file,
    );
    let pod = &run["template"];
    assert_eq!(pod["metadata"]["labels"]["azure.workload.identity/use"], "true");
    let spec = &pod["spec"];
    only(spec, "serviceAccountName restartPolicy securityContext containers volumes", file);
    assert_eq!(spec["serviceAccountName"], account["metadata"]["name"]);
    assert_eq!(job["metadata"]["namespace"], account["metadata"]["namespace"]);
    assert!(["Never", "OnFailure"].contains(&spec["restartPolicy"].as_str().unwrap_or_default()));
    for container in spec["containers"].as_array().expect("containers") {
        only(container, "name image args env resources securityContext volumeMounts", file);
        let args: Vec<&str> =
            container["args"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
        Sandbox::new().run(&args).ok();
    }
}

#[test]
fn the_pipeline_has_the_shape_that_azure_pipelines_wants_and_its_commands_run() {
    let file = ".github/examples/azure-pipelines.yml";
    let pipeline = document(file);
    only(&pipeline, "name trigger pr schedules pool variables jobs", file);
    let runner = Runner::new("max");
    for job in pipeline["jobs"].as_array().expect("jobs") {
        only(
            job,
            "job displayName condition timeoutInMinutes dependsOn pool variables steps",
            file,
        );
        for step in job["steps"].as_array().expect("steps") {
            only(step, "task script name displayName condition inputs env", file);
            assert!(step["task"].is_string() != step["script"].is_string(), "{step}");
            let script = step["inputs"]["inlineScript"].as_str().or(step["script"].as_str());
            let Some(script) = script else { continue };
            // A macro of a pipeline in a script would be text of others in it.
            assert!(!script.contains("$("), "{script}");
            let mut command = runner.script(script, &Value::Null, &BTreeMap::new());
            command.env("NUMBER", "7").env("CLUSTER", "pr-7");
            Ran::of(&[script], command.output().expect("bash")).ok();
        }
    }
    assert!(runner.sandbox.ids().iter().any(|id| id.ends_with("/managedclusters/pr-7")));
}
