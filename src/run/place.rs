//! Where what was typed stands: a name means an environment in a group, and not always one.

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::load::{Read, Target};
use super::typed::looks_like_file;
use crate::advice;
use crate::advice::Advice;
use crate::compose::{Setting, compose};
use crate::graph::Graph;
use crate::kind::Resource;
use crate::observe::places;
use crate::plan::Environment;
use crate::profile::{Loaded, builtin};
use crate::shell::word;

/// An environment that a command is to work on.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The environment.
    pub(crate) environment: Environment,
    /// Its profile, if that was typed.
    pub(crate) profile: Option<Box<Loaded>>,
    /// What names it in a next command.
    pub(crate) typed: String,
}

impl Place {
    /// Returns what its profile asks for; names follow from that alone.
    pub(crate) fn graph(&self) -> Option<Graph<Resource>> {
        let loaded = self.profile.as_ref()?;
        let subscription = self.environment.subscription.clone();
        Some(compose(&loaded.profile, &Setting { subscription, ..Setting::default() }))
    }
}

/// Finds out where each target stands. What two things may be meant by is not guessed: a built-in
/// profile's name that an environment has too, a name that stands in two groups.
pub(crate) async fn placed(
    context: &Context,
    azure: &Azure,
    targets: Vec<Target>,
) -> Result<Vec<Place>, Error> {
    let mut all = Vec::new();
    for target in targets {
        all.push(Box::pin(place(context, azure, target)).await?);
    }
    Ok(all)
}

async fn place(context: &Context, azure: &Azure, target: Target) -> Result<Place, Error> {
    match target {
        Target::Profile { text, read } => {
            let Read { line: typed, loaded } = *read;
            let text = text.as_str();
            let metadata = &loaded.profile.metadata;
            let group = metadata.resource_group_or_default();
            let environment = Environment::new(&azure.subscription, group, &metadata.name);
            if may_be_a_name(context, text, &loaded) {
                let named = places(&azure.look(), &azure.subscription, text).await?;
                let own = places(&azure.look(), &azure.subscription, &metadata.name).await?;
                if !named.is_empty() && own.contains(&environment) {
                    return Err(profile_or_name(text, &metadata.name));
                }
                if !named.is_empty() {
                    return one_of(named, azure, text);
                }
            }
            Ok(Place { environment, profile: Some(Box::new(loaded)), typed })
        }
        Target::Name { text, name, group: Some(group) } => {
            let environment = Environment::new(&azure.subscription, &group, &name);
            Ok(Place { environment, profile: None, typed: word(&text).into_owned() })
        }
        Target::Name { name, group: None, .. } => {
            let found = places(&azure.look(), &azure.subscription, &name).await?;
            one_of(found, azure, &name)
        }
    }
}

/// Says of an environment that is not found where it was looked for where else it may be.
///
/// "Nothing there" is true of one group; whoever typed a name, or a profile that names another group
/// than before, means an environment.
pub(crate) async fn elsewhere(azure: &Azure, place: &Place) -> Result<Option<Advice>, Error> {
    let name = &place.environment.name;
    let found = places(&azure.look(), &azure.subscription, name).await?;
    let groups: Vec<String> = found.iter().map(|one| format!("`{}`", one.group.name())).collect();
    if !groups.is_empty() {
        let ways: Vec<String> =
            found.iter().map(|one| format!("`{}/{name}`", one.group.name())).collect();
        let (groups, ways) = (groups.join(" and "), ways.join(" or "));
        let found = format!(
            "an environment `{name}` stands in the resource group {groups}: {ways} means it"
        );
        return Ok(Some(found.into()));
    }
    let is_bare = place.profile.is_none() && place.environment.group.name() == name;
    Ok(is_bare.then(|| {
        advice!(
            "in a group of another name Azure's lists alone find an environment, and they can be \
             minutes behind: the profile, or the group in front of `{}`, says where to look",
            name
        )
    }))
}

/// Says that an environment has no cluster, and where one of its name stands.
pub(crate) async fn without_cluster(azure: &Azure, place: &Place) -> Error {
    let elsewhere = elsewhere(azure, place).await.ok().flatten();
    Error::NoCluster { environment: place.environment.name.clone(), elsewhere }
}

/// Tells whether a built-in profile's name may mean an environment of that very name.
fn may_be_a_name(context: &Context, text: &str, loaded: &Loaded) -> bool {
    let own = loaded.profile.metadata.name.eq_ignore_ascii_case(text);
    let changes = &context.options.overrides;
    let renamed = changes.name.is_some() || !changes.matrix.is_empty();
    !own && !renamed && !looks_like_file(text) && builtin::find(text).is_some()
}

/// Returns the one environment of a name; where none stands, the one that would be made.
fn one_of(mut found: Vec<Environment>, azure: &Azure, name: &str) -> Result<Place, Error> {
    if found.len() > 1 {
        return Err(in_two_groups(&found, name));
    }
    let environment =
        found.pop().unwrap_or_else(|| Environment::new(&azure.subscription, name, name));
    Ok(Place { environment, profile: None, typed: word(name).into_owned() })
}

fn in_two_groups(found: &[Environment], name: &str) -> Error {
    let groups: Vec<String> = found.iter().map(|one| format!("`{}`", one.group.name())).collect();
    let ways: Vec<String> =
        found.iter().map(|one| format!("`{}/{name}`", one.group.name())).collect();
    Error::usage(
        format!(
            "`{name}` names {} environments, in the resource groups {}",
            found.len(),
            groups.join(" and ")
        ),
        format!("{} mean one each; so does a profile", ways.join(" and ")),
    )
}

fn profile_or_name(text: &str, environment: &str) -> Error {
    Error::usage(
        format!(
            "`{text}` is the built-in profile of the environment `{environment}` and an environment of its own, and both stand"
        ),
        format!("`{environment}` means the first, `{text} --name {text}` the second"),
    )
}
