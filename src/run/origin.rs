//! Which run of a pipeline this is: the address that a list shows, for whoever asks where an
//! environment came from.

/// The longest value of a tag.
const LONGEST: usize = 256;

/// Variables that hold the whole address, by pipelines that say so.
const WHOLE: [&str; 5] =
    ["CI_JOB_URL", "CI_PIPELINE_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL"];

/// Returns the address of the run that the environment of this process tells of.
pub(crate) fn run_url(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let github = || {
        let parts = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(&variable);
        let [Some(server), Some(repository), Some(run)] = parts else { return None };
        Some(format!("{}/{repository}/actions/runs/{run}", server.trim_end_matches('/')))
    };
    let pipelines = || {
        let parts = ["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"].map(&variable);
        let [Some(collection), Some(project), Some(build)] = parts else { return None };
        let (collection, project) = (collection.trim_end_matches('/'), project.replace(' ', "%20"));
        Some(format!("{collection}/{project}/_build/results?buildId={build}"))
    };
    let whole = || WHOLE.iter().find_map(|name| variable(name));
    let url = github().or_else(pipelines).or_else(whole)?;
    let is_plain = url.starts_with("https://") || url.starts_with("http://");
    let is_short = url.len() <= LONGEST && url.chars().all(|c| c.is_ascii_graphic());
    // An address may carry a login, and a tag is read by everybody.
    (is_plain && is_short && !url.contains('@')).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &[(&str, &str)]) -> Option<String> {
        run_url(|name| given.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn each_pipeline_says_where_its_run_is() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "7"),
        ];
        assert_eq!(of(&github).as_deref(), Some("https://github.com/o/r/actions/runs/7"));
        let pipelines = [
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/o/"),
            ("SYSTEM_TEAMPROJECT", "my project"),
            ("BUILD_BUILDID", "7"),
        ];
        let at = "https://dev.azure.com/o/my%20project/_build/results?buildId=7";
        assert_eq!(of(&pipelines).as_deref(), Some(at));
        assert_eq!(of(&[("CI_JOB_URL", "https://g/j/1")]).as_deref(), Some("https://g/j/1"));
    }

    #[test]
    fn what_is_no_plain_address_is_not_written_into_a_tag() {
        assert_eq!(of(&[]), None);
        for odd in ["javascript:1", "https://me:secret@ci/1", "https://ci/\u{1b}[0m", "7"] {
            assert_eq!(of(&[("BUILD_URL", odd)]), None, "{odd}");
        }
        assert_eq!(of(&[("BUILD_URL", &format!("https://{}", "x".repeat(300)))]), None);
    }
}
