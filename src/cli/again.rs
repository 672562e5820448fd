//! The flags that a command to paste needs, so that it means what the run before it meant.

use super::context::Context;
use super::options::{CloudName, Intent, Overriding};

/// Returns the flags that a next command needs to reach the same Azure, a blank in front.
pub(crate) fn flags(context: &Context) -> String {
    let options = &context.options;
    let cloud = options.cloud.and_then(|cloud| match cloud {
        CloudName::Sim => Some("sim"),
        CloudName::Usgov => Some("usgov"),
        CloudName::China => Some("china"),
        CloudName::Azure => None,
    });
    let mut line = Line::default();
    line.option("--cloud", cloud);
    line.option("--arm-endpoint", options.arm_endpoint.as_deref());
    line.option("--subscription", options.subscription.as_deref());
    line.0
}

/// Returns the flags that give the same plan from the same profile, a blank in front.
///
/// `--ttl` is left out: it counts from now on, and the first run has set the date.
pub(crate) fn same_plan(overrides: &Overriding, intent: &Intent) -> String {
    let mut line = Line::default();
    line.option("--name", overrides.name.as_deref());
    line.option("--location", overrides.location.as_deref());
    overrides.set.iter().for_each(|set| line.option("--set", Some(set)));
    intent.allow_replace.iter().for_each(|name| line.option("--allow-replace", Some(name)));
    if intent.prune {
        line.0.push_str(" --prune");
    }
    for given in &intent.api_version {
        line.option("--api-version", Some(&format!("{}={}", given.kind, given.version)));
    }
    line.0
}

/// A line for a shell.
#[derive(Default)]
struct Line(String);

impl Line {
    fn option(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push(' ');
            self.0.push_str(&quoted(value));
        }
    }
}

/// Returns a word as a shell takes it back.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_back_from_a_shell_as_it_was() {
        assert_eq!(quoted("network.plugin=azure"), "network.plugin=azure");
        assert_eq!(quoted("pools[0].count=3"), "'pools[0].count=3'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_same_plan_needs_what_changed_the_profile() {
        let overrides = Overriding {
            name: Some("zed".to_owned()),
            location: Some("northeurope".to_owned()),
            set: vec!["pools[0].count=3".to_owned()],
            ttl: Some("4h".to_owned()),
        };
        let intent = Intent { prune: true, ..Intent::default() };
        assert_eq!(
            same_plan(&overrides, &intent),
            " --name zed --location northeurope --set 'pools[0].count=3' --prune"
        );
    }
}
