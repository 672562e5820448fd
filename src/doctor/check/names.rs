//! Names that are taken, reserved or too long.

use super::Case;
use super::unread::{Blank, unread};
use crate::arm::id::ResourceId;
use crate::doctor::facts::{Located, Read, Unread};
use crate::doctor::finding::{Area, Finding};
use crate::kind::{Kind as _, LogWorkspace, Registry};
use crate::shell::Line;

const AREA: Area = Area::Names;

/// The longest name of a node group (AKS FAQ).
const LONGEST_NODE_GROUP: usize = 80;

/// Names that no resource with an endpoint may have.
///
/// Source: Azure Resource Manager documentation, "resolve errors for reserved resource names".
const RESERVED: [&str; 36] = [
    "access",
    "app_code",
    "app_themes",
    "app_data",
    "app_globalresources",
    "app_localresources",
    "app_webreferences",
    "app_browsers",
    "azure",
    "bing",
    "bizspark",
    "biztalk",
    "cortana",
    "directx",
    "dotnet",
    "dynamics",
    "excel",
    "exchange",
    "forefront",
    "groove",
    "hololens",
    "hyperv",
    "kinect",
    "lync",
    "msdn",
    "o365",
    "office",
    "office365",
    "onedrive",
    "onenote",
    "outlook",
    "powerpoint",
    "sharepoint",
    "skype",
    "visio",
    "visualstudio",
];

/// Words that may stand nowhere in such a name (same page).
const NOWHERE: [&str; 2] = ["microsoft", "windows"];

/// Words that may not begin such a name (same page).
const NOT_FIRST: [&str; 1] = ["login"];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let needs = case.needs;
    let mut found: Vec<Finding> = group(case).map(|f| f.on(&needs.group)).into_iter().collect();
    found.extend(cluster(case).map(|found| found.on(&needs.cluster)));
    // Azure refuses the cluster, not the group that AKS would make for it.
    found.extend(node_group(case).map(|found| found.on(&needs.cluster)));
    let named = needs.own(Registry::TYPE);
    found.extend(named.and_then(|id| Some(registry(case, id)?.on(id))));
    let named = needs.own(LogWorkspace::TYPE);
    found.extend(named.and_then(|id| Some(log_workspace(case, id)?.on(id))));
    found.extend(reserved(case).into_iter().map(|found| found.on(&needs.cluster)));
    found
}

fn group(case: &Case<'_>) -> Option<Finding> {
    let name = case.needs.group.name();
    let mine = case.profile.metadata.name.as_str();
    let place = match &case.facts.group {
        Read::Got(Some(place)) => place,
        Read::Got(None) => {
            return Some(Finding::ok(AREA, name, format!("Resource group `{name}` is free.")));
        }
        Read::Unknown(why) => {
            let so = "If it is there, `up` uses it, whosever it is.";
            return Some(unseen(case, &format!("group `{name}`"), so, why));
        }
        Read::NotAsked => return None,
    };
    if place.state.eq_ignore_ascii_case("Deleting") {
        let fact = format!("Resource group `{name}` is being deleted.");
        let so = "`up` waits until it is gone, which takes minutes.";
        let wait = Line::new("az group wait --deleted --name").value(name);
        return Some(Finding::warning(AREA, name, fact).so(so).run(wait));
    }
    Some(match place.environment.as_deref() {
        Some(owner) if owner == mine => {
            Finding::ok(AREA, name, format!("Resource group `{name}` is this environment's."))
        }
        Some(owner) => {
            let fact = format!("Resource group `{name}` belongs to environment `{owner}`.");
            let down = Line::new("akstool down").value(owner);
            let so = format!("`{down}` would find resources of both in it.");
            let set = format!("metadata.resourceGroup={mine}");
            let another = Line::new("akstool up PROFILE --set").value(set);
            Finding::warning(AREA, name, fact).so(so).run(another)
        }
        None => {
            let fact = format!("Resource group `{name}` is there and not akstool's.");
            Finding::info(AREA, name, fact).so("`up` uses it and `down` leaves it.")
        }
    })
}

/// Says that something could not be looked at; it may not be there, so the role that lets one
/// look is given on the subscription.
fn unseen(case: &Case<'_>, what: &str, so: &str, why: &Unread) -> Finding {
    unread(case.facts, &Blank { area: AREA, what, scope: None, so }, why)
}

fn cluster(case: &Case<'_>) -> Option<Finding> {
    let name = case.needs.cluster.name();
    let mine = case.profile.metadata.name.as_str();
    let cluster = match &case.facts.cluster {
        Read::Got(Some(cluster)) => cluster,
        Read::Got(None) => {
            return Some(Finding::ok(AREA, name, format!("Cluster name `{name}` is free.")));
        }
        Read::Unknown(why) => {
            let so = "If it is there and another hand's, `up` would refuse to change it.";
            return Some(unseen(case, &format!("cluster `{name}`"), so, why));
        }
        Read::NotAsked => return None,
    };
    Some(match cluster.place.environment.as_deref() {
        Some(owner) if owner == mine => {
            let state = cluster.place.state.to_lowercase();
            let fact = format!("Cluster `{name}` is this environment's; its state is {state}.");
            Finding::ok(AREA, name, fact)
        }
        Some(owner) => {
            let fact = format!("Cluster `{name}` belongs to environment `{owner}`.");
            Finding::error(AREA, name, fact)
                .so("`up` would change another environment's cluster.")
                .run("akstool up PROFILE --set cluster.name=ANOTHER_NAME")
        }
        None if case.profile.cluster.is_adopted() => {
            Finding::ok(AREA, name, format!("Cluster `{name}` stands and is adopted."))
        }
        None => {
            let fact = format!("A cluster `{name}` stands there that akstool did not make.");
            Finding::error(AREA, name, fact)
                .so("`up` refuses to change what another hand made.")
                .run("akstool up PROFILE --set cluster.name=ANOTHER_NAME")
        }
    })
}

/// A registry is called by its name everywhere, so what anybody has taken nobody else gets.
fn registry(case: &Case<'_>, id: &ResourceId) -> Option<Finding> {
    let (name, mine) = (id.name(), case.profile.metadata.name.as_str());
    let another = "akstool up PROFILE --set registry.name=ANOTHERNAME";
    let facts = match &case.facts.registry {
        Read::Got(facts) => facts,
        Read::Unknown(why) => {
            let so = "If somebody has it already, Azure would refuse the registry.";
            return Some(unseen(case, &format!("registry name `{name}`"), so, why));
        }
        Read::NotAsked => return None,
    };
    let owner = facts.place.as_ref().map(|place| place.environment.as_deref());
    Some(match (owner, &facts.taken) {
        (Some(Some(owner)), _) if owner == mine => {
            Finding::ok(AREA, name, format!("Registry `{name}` is this environment's."))
        }
        (Some(_), _) => {
            let fact =
                format!("A registry `{name}` stands there that this environment did not make.");
            let so = "`up` refuses to change what another hand made; `registry.id` attaches it.";
            Finding::error(AREA, name, fact).so(so).run(another)
        }
        (None, Some(said)) => {
            let said = said.trim_end_matches('.');
            let fact = format!("The registry name `{name}` is not free: {said}.");
            let so = "Azure would refuse the registry; one that was deleted lately may keep its name for a while.";
            Finding::error(AREA, name, fact).so(so).code("AlreadyInUse").run(another)
        }
        (None, None) => Finding::ok(AREA, name, format!("Registry name `{name}` is free.")),
    })
}

/// A workspace that was deleted keeps its name for 14 days, in its group.
fn log_workspace(case: &Case<'_>, id: &ResourceId) -> Option<Finding> {
    let (name, mine) = (id.name(), case.profile.metadata.name.as_str());
    let another = "akstool up PROFILE --set monitoring.logs.workspace.name=ANOTHER-NAME";
    let facts = match &case.facts.log_workspace {
        Read::Got(facts) => facts,
        Read::Unknown(why) => {
            let so =
                "If one of its name was deleted lately, `up` would bring that back or be refused.";
            return Some(unseen(case, &format!("workspace name `{name}`"), so, why));
        }
        Read::NotAsked => return None,
    };
    let owner = facts.place.as_ref().map(|place| place.environment.as_deref());
    Some(match (owner, &facts.taken) {
        (Some(Some(owner)), _) if owner == mine => {
            Finding::ok(AREA, name, format!("Workspace `{name}` is this environment's."))
        }
        (Some(_), _) => {
            let fact =
                format!("A workspace `{name}` stands there that this environment did not make.");
            let so = "`up` refuses to change what another hand made; \
                      `monitoring.logs.workspace.id` attaches it.";
            Finding::error(AREA, name, fact).so(so).run(another)
        }
        (None, Some(place)) if *place == case.facts.location => {
            let fact = format!("A workspace `{name}` was deleted there in the last 14 days.");
            Finding::info(AREA, name, fact).so("`up` brings it back, with the logs in it.")
        }
        (None, Some(place)) => {
            let fact = format!("A workspace `{name}` was deleted in {place} in the last 14 days.");
            let so = "Until they are over Azure would refuse one of its name in another region.";
            Finding::error(AREA, name, fact).so(so).code("Conflict").run(another)
        }
        (None, None) => Finding::ok(AREA, name, format!("Workspace name `{name}` is free.")),
    })
}

fn node_group(case: &Case<'_>) -> Option<Finding> {
    let name = case.needs.node_group.name();
    let error = |fact: String, so: &str| {
        let command = "akstool up PROFILE --set cluster.nodeResourceGroup=ANOTHER_NAME";
        Some(Finding::error(AREA, name, fact).so(so).run(command))
    };
    let long = name.chars().count();
    if long > LONGEST_NODE_GROUP {
        let fact = format!(
            "The name of the node group, `{name}`, has {long} characters; AKS takes \
             {LONGEST_NODE_GROUP}."
        );
        return error(fact, "AKS would refuse the cluster.");
    }
    if name.eq_ignore_ascii_case(case.needs.group.name()) {
        let fact = format!("The node group and the cluster's group are both `{name}`.");
        return error(fact, "AKS would refuse the cluster.");
    }
    if let Some(why) = case.facts.node_group.why() {
        let so = "If it is there before the cluster is, AKS would refuse the cluster.";
        return Some(unseen(case, &format!("node group `{name}`"), so, why));
    }
    let stands = case.facts.node_group.got()?.as_ref()?;
    match &case.facts.cluster {
        Read::Got(None) => {
            let fact = format!("The node group `{name}` is there already{}.", of_whom(stands));
            error(fact, "AKS makes it itself and would refuse the cluster.")
        }
        _ => None,
    }
}

fn of_whom(place: &Located) -> String {
    let deleting = place.state.eq_ignore_ascii_case("Deleting");
    match &place.managed_by {
        _ if deleting => " and is being deleted".to_owned(),
        Some(owner) => format!(" and belongs to `{owner}`"),
        None => String::new(),
    }
}

fn reserved(case: &Case<'_>) -> Vec<Finding> {
    let prefix = case.profile.cluster.dns_prefix.as_deref();
    let mut names = vec![case.profile.cluster_name()];
    names.extend(prefix.filter(|prefix| *prefix != names[0]));
    let words = names.into_iter().filter_map(|name| Some((name, reserved_word(name)?)));
    words
        .map(|(name, word)| {
            let fact = format!("`{name}` holds `{word}`, a word that Azure reserves.");
            Finding::warning(AREA, name, fact)
                .so("Azure may refuse it with `ReservedResourceName`.")
                .run("akstool up PROFILE --set cluster.name=ANOTHER_NAME")
        })
        .collect()
}

fn reserved_word(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let whole = RESERVED.iter().chain(&["web.config", "xbox"]).find(|word| **word == name);
    let inside = || NOWHERE.iter().find(|word| name.contains(**word));
    let first = || NOT_FIRST.iter().find(|word| name.starts_with(**word));
    whole.or_else(inside).or_else(first).copied()
}
