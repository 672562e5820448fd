//! What is known of a run, so that the commands in advice can be pasted as they stand: blanks
//! filled, the flags that reach the same Azure behind them, and none that cannot see it.

use std::borrow::Cow;

use crate::advice::{Advice, Part};
use crate::arm::id::ResourceId;
use crate::shell;

/// What fills advice; what is not known stays blank.
#[derive(Clone, Debug, Default)]
pub struct Blanks {
    /// The environment's name.
    pub environment: Option<String>,
    /// The profile as typed, with the options that change it.
    pub profile: Option<String>,
    /// The resource that the advice is about.
    pub about: Option<ResourceId>,
    /// What Azure said, which names who may not do what where.
    pub said: Option<String>,
    /// The region.
    pub location: Option<String>,
    /// The subscription, where the Azure CLI might look into another one.
    pub subscription: Option<String>,
    /// The flags that reach the same Azure, a space in front.
    pub flags: String,
    /// Whether that is the embedded Azure, which the Azure CLI cannot see.
    pub embedded: bool,
}

/// Commands of akstool that speak with Azure, and so need the flags that reach it.
const SPEAKING: &[&str] =
    &["up", "plan", "down", "status", "list", "reap", "migrate", "doctor", "kubeconfig"];

/// What shows the embedded Azure.
const SHOW: &str = "akstool sim show";

/// Commands that read Azure, and what reads the embedded one. In front stands what the longer
/// commands begin with.
const READING: &[(&str, &str)] = &[
    ("az group list", SHOW),
    ("az resource show", SHOW),
    ("az network vnet show", SHOW),
    ("az network vnet peering show", SHOW),
    ("az role assignment list", SHOW),
    ("az aks get-versions", "akstool doctor PROFILE"),
    ("az vm list-usage", "akstool doctor PROFILE"),
    ("az vm list-skus", "akstool doctor PROFILE"),
    ("az account list-locations", "akstool doctor PROFILE"),
    ("az network list-usages", "akstool doctor PROFILE"),
    ("az provider register", "akstool doctor PROFILE --register"),
];

/// Words of the Azure CLI that say which subscription is meant, or hold an id, which does.
const SAYING: &[&str] = &["--subscription", "--ids", "--scope", "--resource-id"];

/// Commands of the Azure CLI that are of no subscription.
const OF_NONE: &[&str] = &["login", "account list", "account show", "billing invoice list", "rest"];

/// What is said of the embedded Azure where the Azure CLI would be the way.
const EMBEDDED: &str = "`akstool sim show` shows what the embedded Azure holds";

impl Blanks {
    /// Returns the same with the name of an environment.
    #[must_use]
    pub fn of(&self, environment: &str, profile: Option<&str>) -> Self {
        let (environment, profile) = (Some(environment.to_owned()), profile.map(str::to_owned));
        Self { environment, profile, ..self.clone() }
    }

    /// Returns the same for advice on one resource, of which Azure said something.
    #[must_use]
    pub fn on(&self, about: &ResourceId, said: &str) -> Self {
        Self { about: Some(about.clone()), said: Some(said.to_owned()), ..self.clone() }
    }

    /// Fills the commands of advice. Of several things to do those are left out whose commands have a
    /// blank that nobody can fill.
    pub fn fill(&self, advice: &Advice) -> Advice {
        let filled = self.filled(advice);
        let (whole, blank): (Vec<_>, Vec<_>) =
            filled.ways.iter().cloned().partition(|way| !has_blank(way));
        let is_enough = whole.iter().flatten().any(|part| !matches!(part, Part::Text(_)));
        if is_enough && !blank.is_empty() { Advice { ways: whole } } else { filled }
    }

    fn filled(&self, advice: &Advice) -> Advice {
        let mut ways = Vec::new();
        for way in &advice.ways {
            let mut parts = Vec::new();
            for part in way {
                let Part::Command(command) = part else {
                    parts.push(part.clone());
                    continue;
                };
                match self.command(command) {
                    Some(filled) => parts.push(Part::Command(filled)),
                    None => return instead(ways, parts),
                }
            }
            ways.push(parts);
        }
        Advice { ways }
    }

    /// Fills one command; `None` where it cannot see the Azure that is meant.
    pub fn command(&self, command: &str) -> Option<String> {
        let is_cli = command.starts_with("az ");
        if is_cli && self.embedded {
            let known = READING.iter().find(|(begin, _)| command.starts_with(begin));
            return known.and_then(|(_, instead)| self.command(instead));
        }
        let ours = command.strip_prefix("akstool ");
        if ours.is_none() && !is_cli {
            return Some(command.to_owned());
        }
        let words = shell::split(command);
        let chosen = if is_cli { self.chosen(&words) } else { String::new() };
        let words: Vec<Cow<'_, str>> =
            words.into_iter().map(|word| self.word(word, is_cli)).collect();
        let speaks = ours.is_some_and(|rest| {
            if rest.ends_with(" --live") {
                return true;
            }
            let mut words = rest.split(' ');
            words.next().is_some_and(|first| SPEAKING.contains(&first)) && words.next().is_some()
        });
        let flags = if speaks && !command.contains("--cloud") { self.flags.as_str() } else { "" };
        Some(format!("{}{chosen}{flags}", last_wins(&words.join(" "))))
    }

    /// Returns what makes a command of the Azure CLI look into the same subscription; its own
    /// current one may be another.
    fn chosen(&self, words: &[&str]) -> String {
        let name: Vec<&str> =
            words.iter().skip(1).take_while(|word| !word.starts_with('-')).copied().collect();
        let is_said = words.iter().any(|word| SAYING.contains(word));
        let subscription = self.subscription.as_deref();
        match subscription.filter(|_| !is_said && !OF_NONE.contains(&name.join(" ").as_str())) {
            Some(id) => format!(" --subscription {}", shell::word(id)),
            None => String::new(),
        }
    }

    /// Returns what fills a blank; our own commands take a profile for a name.
    fn word<'a>(&'a self, word: &'a str, is_cli: bool) -> Cow<'a, str> {
        // The profile holds its options and is quoted where it was made.
        let profile = || self.profile.as_deref().map(Cow::Borrowed);
        let environment = || self.environment.as_deref().map(shell::word);
        let found = match word {
            "NAME" if is_cli => environment(),
            "NAME" => environment().or_else(profile),
            "PROFILE" => profile(),
            "REGION" => self.location.as_deref().map(shell::word),
            "GROUP" => self
                .about
                .as_ref()
                .and_then(ResourceId::group_name)
                .map(shell::word)
                .or_else(environment),
            "CLUSTER" => self.cluster().map(shell::word).or_else(environment),
            "SCOPE" => self
                .between("over scope '")
                .or_else(|| self.about.as_ref().map(|id| shell::word(id.as_str()))),
            "ASSIGNEE" => self.between("object id '"),
            "NAMESPACE" => self.about.as_ref().and_then(ResourceId::namespace).map(shell::word),
            _ => None,
        };
        found.unwrap_or(Cow::Borrowed(word))
    }

    /// Returns the cluster that advice is about.
    fn cluster(&self) -> Option<&str> {
        let mut parts = self.about.as_ref()?.as_str().split('/');
        parts.find(|part| part.eq_ignore_ascii_case("managedClusters"))?;
        parts.next()
    }

    /// Returns what Azure said behind these words, up to the next quote.
    fn between(&self, words: &str) -> Option<Cow<'_, str>> {
        let (_, rest) = self.said.as_deref()?.split_once(words)?;
        rest.split_once('\'').map(|(found, _)| shell::word(found))
    }
}

/// Tells whether a command has a blank that is left.
fn has_blank(way: &[Part]) -> bool {
    const BLANKS: [&str; 7] =
        ["PROFILE", "NAME", "GROUP", "CLUSTER", "SCOPE", "ASSIGNEE", "NAMESPACE"];
    way.iter().any(|part| match part {
        Part::Command(line) => shell::split(line).iter().any(|word| BLANKS.contains(word)),
        Part::Text(_) | Part::Code(_) => false,
    })
}

/// Returns a command in which advice that sets a field stands in place of what the profile was
/// typed with.
fn last_wins(command: &str) -> String {
    let words = shell::split(command);
    let field = |at: usize| -> Option<String> {
        let (option, value) = (words[at], words.get(at + 1)?);
        let path = value.trim_matches('\'').split('=').next().unwrap_or_default();
        match option {
            "--set" => Some(format!("--set {path}")),
            "--name" | "--location" | "--ttl" => Some(option.to_owned()),
            _ => None,
        }
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let own = field(at);
        let again = own.is_some() && (at + 1..words.len()).any(|later| field(later) == own);
        if !again {
            kept.push(words[at]);
        }
        at += if again { 2 } else { 1 };
    }
    kept.join(" ")
}

/// Returns advice for the embedded Azure: what is said before the command that cannot see it, and
/// what can.
fn instead(mut ways: Vec<Vec<Part>>, mut before: Vec<Part>) -> Advice {
    let show = Advice::from(EMBEDDED);
    if let Some(Part::Text(text)) = before.last_mut() {
        *text = before_clause(text).to_owned();
        if text.ends_with(['.', '?']) {
            text.push(' ');
            before.extend(show.ways.into_iter().flatten());
            ways.push(before);
            return Advice { ways };
        }
        if text.is_empty() {
            before.pop();
        }
    }
    ways.extend((!before.is_empty()).then_some(before));
    Advice { ways }.or(show)
}

/// Returns what stands before the clause that ends with a command: "make it first with" says nothing
/// without one.
fn before_clause(text: &str) -> &str {
    let ends = [' ', ':', ';', ','];
    let text = text.trim_end_matches("or ");
    let whole = text.trim_end();
    let is_clause = whole.ends_with(|c: char| c.is_alphanumeric() || c == '(');
    let end = whole.rfind([',', ';', ':', '.']).filter(|_| is_clause);
    text[..end.unwrap_or(text.len())].trim_end_matches(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud() -> Blanks {
        Blanks {
            environment: Some("demo".to_owned()),
            profile: Some("demo.yaml --set 'pools[0].count=3'".to_owned()),
            ..Blanks::default()
        }
    }

    fn fill(blanks: &Blanks, advice: &'static str) -> String {
        blanks.fill(&advice.into()).to_string()
    }

    fn embedded() -> Blanks {
        Blanks { flags: " --cloud sim".to_owned(), embedded: true, ..cloud() }
    }

    #[test]
    fn advice_that_sets_a_field_replaces_what_was_typed() {
        let typed = "demo.yaml --location westeurop --set cluster.version=1.99 --set 'a b=c d'";
        let known = Blanks { profile: Some(typed.to_owned()), ..Blanks::default() };
        assert_eq!(
            known.command("akstool up PROFILE --set 'cluster.version=1.35'").unwrap(),
            "akstool up demo.yaml --location westeurop --set 'a b=c d' --set 'cluster.version=1.35'"
        );
        assert_eq!(
            known.command("akstool up PROFILE --location westeurope").unwrap(),
            "akstool up demo.yaml --set cluster.version=1.99 --set 'a b=c d' --location westeurope"
        );
    }

    #[test]
    fn commands_are_filled_and_reach_the_same_azure() {
        let advice =
            "`akstool status NAME` shows it, `akstool up PROFILE --allow-replace NAME` again";
        assert_eq!(
            fill(&embedded(), advice),
            "`akstool status demo --cloud sim` shows it, `akstool up demo.yaml --set \
             'pools[0].count=3' --allow-replace demo --cloud sim` again"
        );
        let unknown = Blanks::default();
        assert_eq!(fill(&unknown, advice), advice);
    }

    #[test]
    fn the_azure_cli_looks_into_the_subscription_that_was_named() {
        let known = Blanks { subscription: Some("s-1".to_owned()), ..cloud() };
        let wait = "az group wait --deleted --name";
        assert_eq!(
            known.command("az account list-locations"),
            Some("az account list-locations --subscription s-1".to_owned())
        );
        assert_eq!(
            fill(&known, "wait, `az group wait --deleted --name NAME`, and run it again"),
            format!("wait, `{wait} demo --subscription s-1`, and run it again")
        );
        for said in [
            "az lock delete --ids /subscriptions/x/locks/l",
            "az policy assignment show --name n --scope /subscriptions/x",
            "az identity create --subscription x -g g",
            "az account list -o table",
            "az login",
        ] {
            assert_eq!(known.command(said).unwrap(), said);
        }
    }

    #[test]
    fn a_value_that_reads_like_a_blank_is_left_alone() {
        let known = Blanks { location: Some("$(id)".to_owned()), ..cloud() };
        assert_eq!(
            known.command("az x -n NAME --name 'a NAME' --tag 'NAME' -l REGION").unwrap(),
            "az x -n demo --name 'a NAME' --tag 'NAME' -l '$(id)'"
        );
    }

    #[test]
    fn what_a_failure_is_about_fills_the_rest() {
        let cluster = ResourceId::resource_group("s", "rg")
            .resource("Microsoft.ContainerService/managedClusters", "own");
        let said = "The client 'app' with object id '1-2' does not have authorization to perform \
                    action 'x/write' over scope '/subscriptions/s/resourceGroups/net' or …";
        let blanks = cloud().on(&cluster.child("agentPools", "p"), said);
        for (command, filled) in [
            ("az aks start -g GROUP -n CLUSTER", "az aks start -g rg -n own"),
            (
                "az role assignment create --assignee ASSIGNEE --scope SCOPE",
                "az role assignment create --assignee 1-2 --scope /subscriptions/s/resourceGroups/net",
            ),
            (
                "az provider show --namespace NAMESPACE",
                "az provider show --namespace Microsoft.ContainerService",
            ),
        ] {
            assert_eq!(blanks.command(command).unwrap(), filled);
        }
    }

    #[test]
    fn what_nobody_can_fill_is_left_out_where_something_else_is_to_be_done() {
        let blanks = Blanks { environment: Some("demo".to_owned()), ..Blanks::default() };
        let advice = "`akstool doctor PROFILE` looks at everything; `--no-preflight` tries it";
        assert_eq!(fill(&blanks, advice), "`--no-preflight` tries it");
        let alone = "`akstool doctor PROFILE` looks at everything";
        assert_eq!(fill(&blanks, alone), alone);
    }

    #[test]
    fn the_address_plan_speaks_with_azure_where_it_looks() {
        let live = embedded().command("akstool network PROFILE --live").unwrap();
        assert!(live.ends_with(" --live --cloud sim"), "{live}");
        let offline = embedded().command("akstool network PROFILE").unwrap();
        assert!(!offline.contains("--cloud"), "{offline}");
    }

    #[test]
    fn words_that_are_no_commands_are_left_alone() {
        for text in ["set `metadata.name` or `--name NAME`", "`akstool up` takes several", "NAME"] {
            assert_eq!(fill(&embedded(), text), text);
        }
    }

    #[test]
    fn nothing_points_at_a_tool_that_cannot_see_the_embedded_azure() {
        let advice = "`az group list --tag akstool-environment -o table` shows what may go";
        assert_eq!(fill(&cloud(), advice), advice);
        assert_eq!(fill(&embedded(), advice), "`akstool sim show` shows what may go");
        let advice = "`az lock list -o table` shows it, `az lock delete --ids ID` removes it";
        assert_eq!(fill(&embedded(), advice), EMBEDDED);
        let advice = "a lock forbids it: `az lock list -o table` shows it; then run it again";
        let instead = "a lock forbids it; `akstool sim show` shows what the embedded Azure holds";
        assert_eq!(fill(&embedded(), advice), instead);
        assert_eq!(embedded().command("az lock delete --ids ID"), None);
        let advice = "give each a group of its own, or make the group first with `az group create`";
        let instead =
            "give each a group of its own; `akstool sim show` shows what the embedded Azure holds";
        assert_eq!(fill(&embedded(), advice), instead);
    }
}
