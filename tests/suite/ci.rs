//! What a job of a CI system shows: groups, annotations, a summary, outputs, test results.

use crate::support::{Ran, Sandbox};

const PROFILE: &str = include_str!("../../profiles/kubenet.yaml");

/// What Azure says when it means harm: commands of every runner, Markdown, HTML, XML.
const HOSTILE: &str = "no\\n::error::injected\\n##vso[task.setvariable variable=PATH]x\\r::add-mask::y | <b>x</b> ](http://e.vil) ##[error]z ]]>";

fn github() -> Sandbox {
    let sandbox = Sandbox::new().with("GITHUB_ACTIONS", "true").with("CI", "true");
    let at = |name: &str| sandbox.path(name).display().to_string();
    let (summary, output) = (at("summary.md"), at("output"));
    sandbox.with("GITHUB_STEP_SUMMARY", &summary).with("GITHUB_OUTPUT", &output)
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(sandbox.path(name)).unwrap_or_default()
}

/// Returns the lines that a runner takes for commands, as it does: by their beginning, or by what
/// stands anywhere in them.
fn commands(text: &str) -> Vec<&str> {
    let is_one = |line: &&str| {
        let small = line.to_ascii_lowercase();
        line.trim_start().starts_with("::") || small.contains("##[") || small.contains("##vso[")
    };
    text.split(['\n', '\r']).filter(is_one).collect()
}

/// A refusal of the cluster, in Azure's words.
fn refusal(sandbox: &Sandbox) {
    let faults = r#"{ "faults": [{ "method": "PUT", "path": "*/managedClusters/demo", "times": 0,
        "answer": { "status": 400, "body": { "error": { "code": "Bad::warning::x", "message": "SAID" } } } }] }"#;
    sandbox.write("faults.json", faults.replace("SAID", HOSTILE));
}

fn refused(sandbox: &Sandbox, more: &[&str]) -> Ran {
    refusal(sandbox);
    let args = ["up", "kubenet", "--yes", "--sim-faults", "faults.json"];
    sandbox.run(&[&args, more].concat()).exits(1)
}

#[test]
fn github_gets_a_group_a_summary_and_outputs() {
    let sandbox = github();
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert_eq!(
        commands(&ran.stderr),
        ["::group::akstool: applying the plan for demo", "::endgroup::"]
    );
    assert!(commands(&ran.stdout).is_empty(), "{}", ran.stdout);
    let summary = read(&sandbox, "summary.md");
    assert!(summary.starts_with("### akstool: plan for demo\n\n| Action | Resource |"));
    assert!(summary.contains("| &#43; create |") || summary.contains("| + create | cluster |"));
    assert!(summary.contains("### akstool: demo: done in "), "{summary}");
    let outputs = read(&sandbox, "output");
    for (name, end) in [
        ("environment", "=demo"),
        ("resource-group", "=demo"),
        ("cluster-id", "/managedClusters/demo"),
        ("fqdn", ".azmk8s.io"),
        ("subnet-ids", "/subnets/nodes"),
        ("identity-ids", ""),
    ] {
        let line = outputs.lines().find(|line| line.starts_with(&format!("{name}=")));
        assert!(line.is_some_and(|line| line.ends_with(end)), "{name}: {outputs}");
    }
    // A second time nothing is done, and the outputs are the same.
    std::fs::remove_file(sandbox.path("output")).expect("outputs");
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert!(commands(&ran.stderr).is_empty(), "{}", ran.stderr);
    assert_eq!(read(&sandbox, "output"), outputs);
}

#[test]
fn json_on_standard_output_stays_json_in_a_job() {
    let sandbox = github();
    let ran = refused(&sandbox, &["-o", "json"]);
    assert_eq!(ran.outcome()["result"], "failed");
    let message = ran.outcome()["failed"][0]["message"].as_str().expect("a message").to_owned();
    assert!(message.contains("##vso["), "{message}");
    assert!(commands(&ran.stdout).is_empty(), "{}", ran.stdout);
    assert_eq!(commands(&ran.stderr).len(), 1, "{}", ran.stderr);
    let outputs = |events: Vec<serde_json::Value>| {
        events.into_iter().find(|event| event["event"] == "outputs").expect("outputs")
    };
    let ran = github().run(&["up", "kubenet", "--yes", "-o", "json"]).ok();
    assert_eq!(outputs(ran.events())["clusterName"], "demo");
}

#[test]
fn what_azure_says_commands_no_runner_and_marks_no_page_up() {
    for (variable, groups) in [("GITHUB_ACTIONS", "::group::"), ("TF_BUILD", "##[group]")] {
        let sandbox = github().with("GITHUB_ACTIONS", "").with(variable, "true");
        let ran = refused(&sandbox, &["--junit", "junit.xml"]);
        let said = commands(&ran.stderr);
        assert_eq!(said.iter().filter(|line| line.starts_with(groups)).count(), 1);
        let errors = |line: &&&str| {
            line.starts_with("::error title=") || line.starts_with("##vso[task.logissue type=error")
        };
        assert_eq!(said.iter().filter(errors).count(), 1, "{said:?}");
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(commands(&ran.stdout).is_empty(), "{}", ran.stdout);
        let summary = read(&sandbox, "summary.md");
        for word in ["<b>", "](", "http://"] {
            assert!(!summary.contains(word), "{summary}");
        }
        let junit = read(&sandbox, "junit.xml");
        assert!(junit.contains("failures=\"1\""), "{junit}");
        assert!(junit.contains("&lt;b&gt;") && !junit.contains("<b>"), "{junit}");
    }
}

#[test]
fn a_problem_of_a_profile_is_annotated_where_it_stands() {
    let sandbox = github();
    sandbox.write("env.yaml", PROFILE.replace("location:", "locatoin:"));
    let line = PROFILE.lines().position(|line| line.contains("location:")).expect("a line") + 1;
    for command in [&["up", "env.yaml", "--yes"][..], &["check", "env.yaml"], &["plan", "env.yaml"]]
    {
        let ran = sandbox.run(command).exits(2);
        let place = format!("::error file=env.yaml,line={line},col=");
        let found = commands(&ran.stderr).into_iter().filter(|said| said.starts_with(&place));
        assert_eq!(found.count(), 1, "{}", ran.stderr);
    }
    let pipelines = Sandbox::new().with("TF_BUILD", "True");
    pipelines.write("env.yaml", PROFILE.replace("location:", "locatoin:"));
    let ran = pipelines.run(&["check", "env.yaml"]).exits(2);
    let wanted = format!("type=error;sourcepath=env.yaml;linenumber={line};");
    assert!(ran.stderr.contains(&wanted), "{}", ran.stderr);
}

#[test]
fn azure_pipelines_gets_variables_and_a_summary_to_upload() {
    let sandbox = Sandbox::new().with("TF_BUILD", "True");
    let folder = sandbox.path("").display().to_string();
    let sandbox = sandbox.with("AGENT_TEMPDIRECTORY", &folder);
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let said = commands(&ran.stderr);
    let starts = |start: &str| said.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((starts("##[group]"), starts("##[endgroup]")), (1, 1), "{said:?}");
    assert_eq!(
        starts("##vso[task.setvariable variable=AKSTOOL_CLUSTER_ID;isOutput=true]/subscriptions/"),
        1,
        "{said:?}"
    );
    let uploads = said.iter().filter_map(|it| it.strip_prefix("##vso[task.uploadsummary]"));
    let pages: Vec<String> =
        uploads.map(|path| std::fs::read_to_string(path).expect("a page")).collect();
    assert_eq!(pages.len(), 2, "{said:?}");
    assert!(pages[0].contains("| cluster |") && pages[1].contains("done in"), "{pages:?}");
}

#[test]
fn gitlab_gets_a_section() {
    let ran = Sandbox::new().with("GITLAB_CI", "true").run(&["up", "kubenet", "--yes"]).ok();
    let count = |word: &str| ran.stderr.matches(word).count();
    assert_eq!((count("section_start:"), count("section_end:")), (1, 1), "{}", ran.stderr);
    assert!(commands(&ran.stderr).is_empty(), "{}", ran.stderr);
}

#[test]
fn outputs_are_words_of_a_shell() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let env = sandbox.run(&["status", "demo", "--outputs", "env"]).ok().stdout;
    let words = shlex::split(&env).expect("words of a shell");
    assert!(words.iter().any(|word| word.starts_with("AKSTOOL_CLUSTER_ID=/subscriptions/")));
    assert!(words.iter().any(|word| word == "AKSTOOL_CLUSTER_NAME=demo"), "{env}");
    let json = sandbox.run(&["status", "demo", "--outputs", "json"]).ok().json();
    assert_eq!(json["schema"], "akstool.outputs/v1");
    assert_eq!(json["clusterName"], "demo");
    assert!(json["subnetIds"][0].as_str().is_some_and(|id| id.ends_with("/subnets/nodes")));
}

#[test]
fn a_step_is_a_test_case_whatever_came_of_it() {
    let sandbox = Sandbox::new();
    let file = || read(&sandbox, "out.xml");
    let count = |text: &str, word: &str| text.matches(word).count();
    let ran = refused(&sandbox, &["--junit", "out.xml", "-o", "json"]);
    let (failed, late) = (&ran.outcome()["failed"], &ran.outcome()["notTried"]);
    let text = file();
    assert_eq!(count(&text, "<failure "), failed.as_array().expect("a list").len(), "{text}");
    assert_eq!(count(&text, "<skipped "), late.as_array().expect("a list").len(), "{text}");
    assert!(text.contains("request id "), "{text}");
    sandbox.run(&["up", "kubenet", "--yes", "--junit", "out.xml"]).ok();
    let text = file();
    let steps = count(&text, "<testcase ");
    assert_eq!((count(&text, "<failure "), count(&text, "<skipped ")), (0, 0), "{text}");
    assert!(steps > 5 && text.contains(&format!("tests=\"{steps}\"")), "{text}");
    // Nothing to do is as many cases, all of them passed.
    sandbox.run(&["up", "kubenet", "--yes", "--junit", "out.xml"]).ok();
    assert_eq!(count(&file(), "<testcase "), steps);
    // Where a run cannot begin, that is a failed case: a job must not take silence for success.
    sandbox.run(&["up", "nowhere.yaml", "--yes", "--junit", "out.xml"]).exits(2);
    assert_eq!(count(&file(), "<failure "), 1);
    sandbox.run(&["up", "kubenet", "--yes", "--junit", "no/such/folder.xml"]).ok();
}
