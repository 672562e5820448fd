//! From method and path to what is meant; paths are read in any case.

use crate::arm::id::ResourceId;

use super::error::Refusal;

/// What a path means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    /// `/subscriptions`.
    Subscriptions,
    /// `/tenants`.
    Tenants,
    /// `/subscriptions/S`.
    Subscription,
    /// `/subscriptions/S/locations`.
    Locations,
    /// `/subscriptions/S/providers`.
    Providers,
    /// `/subscriptions/S/providers/NAMESPACE`.
    Provider(String),
    /// `…/providers/NAMESPACE/register` or `unregister`.
    Register(String, bool),
    /// `/subscriptions/S/resourceGroups`.
    Groups,
    /// `/subscriptions/S/tagNames`.
    TagNames,
    /// `/subscriptions/S/providers/Microsoft.Features/providers/NAMESPACE/features`.
    Features,
    /// `…/resources` of the subscription, or of the group named.
    Resources(Option<String>),
    /// `/providers/Microsoft.ResourceGraph/resources`.
    Graph,
    /// `/subscriptions/S/operationresults/JOB`.
    Job(String),
    /// `…/providers/NAMESPACE/locations/L/operations/ID`, or `operationResults`.
    Operation {
        /// The operation's id.
        id: String,
        /// Whether the result is asked for, not the status.
        result: bool,
    },
    /// `…/providers/NAMESPACE/locations/L/WHAT`.
    Regional {
        /// `Microsoft.Compute`.
        namespace: String,
        /// `westeurope`.
        location: String,
        /// `usages`.
        what: String,
    },
    /// All resources of a type right in a scope.
    Collection {
        /// A subscription, a group or a resource.
        scope: String,
        /// `Microsoft.Network/virtualNetworks/subnets`.
        kind: String,
    },
    /// One resource.
    Resource {
        /// Its id as asked for.
        id: ResourceId,
        /// Its type as asked for.
        kind: String,
    },
    /// Something done to a resource.
    Action {
        /// The resource.
        id: ResourceId,
        /// Its type as asked for.
        kind: String,
        /// `stop`.
        verb: String,
    },
}

impl Route {
    /// Whether nothing can be written there, whatever the type: lists and what ARM itself knows.
    pub(crate) fn is_read_only(&self) -> bool {
        match self {
            Self::Subscriptions
            | Self::Tenants
            | Self::Subscription
            | Self::Locations
            | Self::Providers
            | Self::Provider(_)
            | Self::Groups
            | Self::TagNames
            | Self::Features
            | Self::Resources(_)
            | Self::Job(_)
            | Self::Operation { .. } => true,
            Self::Register(..)
            | Self::Graph
            | Self::Regional { .. }
            | Self::Collection { .. }
            | Self::Resource { .. }
            | Self::Action { .. } => false,
        }
    }
}

/// Reads a path.
pub(crate) fn parse(method: &str, path: &str) -> Result<Route, Refusal> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    if let ["subscriptions", _, "resourcegroups", _, ..] = words[..] {
        group_name(segments[3])?;
    }
    match words[..] {
        ["subscriptions"] => Ok(Route::Subscriptions),
        ["tenants"] => Ok(Route::Tenants),
        ["subscriptions", _] => Ok(Route::Subscription),
        ["subscriptions", _, "locations"] => Ok(Route::Locations),
        ["subscriptions", _, "providers"] => Ok(Route::Providers),
        ["subscriptions", _, "resourcegroups"] => Ok(Route::Groups),
        ["subscriptions", _, "tagnames"] => Ok(Route::TagNames),
        ["subscriptions", _, "providers", "microsoft.features", "providers", _, "features"] => {
            Ok(Route::Features)
        }
        ["subscriptions", _, "resources"] => Ok(Route::Resources(None)),
        ["subscriptions", _, "resourcegroups", _, "resources"] => {
            Ok(Route::Resources(Some(segments[3].to_owned())))
        }
        ["subscriptions", _, "operationresults", _] => Ok(Route::Job(segments[3].to_owned())),
        ["subscriptions", _, "resourcegroups", _] => Ok(Route::Resource {
            id: id(path)?,
            kind: "Microsoft.Resources/resourceGroups".to_owned(),
        }),
        ["subscriptions", ..] => provider(method, &segments, &words),
        ["providers", "microsoft.resourcegraph", "resources"] => Ok(Route::Graph),
        ["providers", _, _] => {
            Ok(Route::Collection { scope: String::new(), kind: segments[1..].join("/") })
        }
        // A built-in role is the same in each subscription, and Terraform asks for it above them.
        ["providers", "microsoft.authorization", "roledefinitions", name] => {
            let scope = ResourceId::subscription(super::SUBSCRIPTION);
            let kind = "Microsoft.Authorization/roleDefinitions".to_owned();
            Ok(Route::Resource { id: scope.resource(&kind, name), kind })
        }
        _ => Err(not_found(path)),
    }
}

fn provider(method: &str, segments: &[&str], words: &[&str]) -> Result<Route, Refusal> {
    let path = format!("/{}", segments.join("/"));
    // From the left in pairs: `providers` is a name like any other.
    let mut types = (0..words.len()).step_by(2);
    let Some(at) = types.rfind(|at| words[*at] == "providers") else {
        return Err(not_found(&path));
    };
    let after = &words[at + 1..];
    let namespace = || segments[at + 1].to_owned();
    match *after {
        [_] if at == 2 => return Ok(Route::Provider(namespace())),
        [_, "register"] if method == "POST" => return Ok(Route::Register(namespace(), true)),
        [_, "unregister"] if method == "POST" => return Ok(Route::Register(namespace(), false)),
        [_, "locations", _, "operations", _] => {
            return Ok(Route::Operation { id: segments[at + 5].to_owned(), result: false });
        }
        [_, "locations", _, "operationresults", _] => {
            return Ok(Route::Operation { id: segments[at + 5].to_owned(), result: true });
        }
        [_, "locations", location, what] => {
            return Ok(Route::Regional {
                namespace: namespace(),
                location: location.to_owned(),
                what: what.to_owned(),
            });
        }
        [] | [_] => return Err(not_found(&path)),
        _ => {}
    }
    let pairs = &segments[at + 2..];
    let mut kind = namespace();
    for part in pairs.iter().step_by(2) {
        kind.push('/');
        kind.push_str(part);
    }
    if pairs.len().is_multiple_of(2) {
        return Ok(Route::Resource { id: id(&path)?, kind });
    }
    let (scope, last) = path.rsplit_once('/').unwrap_or_default();
    // Of a type alone nothing can be done: there is no resource yet.
    if method == "POST" && pairs.len() > 1 {
        let kind = kind.rsplit_once('/').map_or(kind.as_str(), |(kind, _)| kind).to_owned();
        return Ok(Route::Action { id: id(scope)?, kind, verb: last.to_ascii_lowercase() });
    }
    let scope =
        if pairs.len() == 1 { format!("/{}", segments[..at].join("/")) } else { scope.to_owned() };
    Ok(Route::Collection { scope, kind })
}

/// Refuses a name that no group can have, wherever it is asked for, in the words of
/// github.com/Azure/azure-cli/issues/14481 and others; those on length and end are ours.
fn group_name(name: &str) -> Result<(), Refusal> {
    let refuse = |text: String| Err(Refusal::arm(400, "InvalidResourceGroup", text));
    let mut odd = Vec::new();
    for letter in name.chars().filter(|c| !c.is_alphanumeric() && !"-_.()".contains(*c)) {
        if !odd.contains(&letter) {
            odd.push(letter);
        }
    }
    if !odd.is_empty() {
        let odd: String = odd.into_iter().collect();
        return refuse(format!(
            "The provided resource group name '{name}' has these invalid characters: '{odd}'. The \
             name can only be a letter, digit, '-', '.', '(', ')' or '_'."
        ));
    }
    if name.chars().count() > LONGEST_GROUP {
        return refuse(format!(
            "The provided resource group name '{name}' is longer than {LONGEST_GROUP} characters."
        ));
    }
    if name.ends_with('.') {
        return refuse(format!("The provided resource group name '{name}' ends with '.'."));
    }
    Ok(())
}

/// The most characters of a group's name (Azure's naming rules).
const LONGEST_GROUP: usize = 90;

fn id(path: &str) -> Result<ResourceId, Refusal> {
    ResourceId::parse(path).map_err(|_| {
        Refusal::arm(400, "InvalidResourceId", format!("The resource id '{path}' is not valid."))
    })
}

fn not_found(path: &str) -> Refusal {
    Refusal::arm(
        404,
        "InvalidResourcePath",
        format!("The requested resource path '{path}' is not supported."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const VNET: &str =
        "/subscriptions/s/resourcegroups/g/PROVIDERS/microsoft.network/virtualnetworks/v";

    #[test]
    fn paths_are_read_in_any_case() {
        let Ok(Route::Resource { id, kind }) = parse("GET", VNET) else { panic!() };
        assert_eq!((id.name(), kind.as_str()), ("v", "microsoft.network/virtualnetworks"));
        let subnets = parse("GET", &format!("{VNET}/SubNets")).unwrap();
        let kind = "microsoft.network/virtualnetworks/SubNets".to_owned();
        assert_eq!(subnets, Route::Collection { scope: VNET.to_owned(), kind });
    }

    #[test]
    fn a_post_is_something_done_to_a_resource() {
        let route = parse("POST", &format!("{VNET}/doIt")).unwrap();
        let Route::Action { id, kind, verb } = route else { panic!() };
        assert_eq!(
            (id.name(), kind.as_str(), verb.as_str()),
            ("v", "microsoft.network/virtualnetworks", "doit")
        );
    }

    #[test]
    fn extension_resources_stand_in_any_scope() {
        let list = format!("{VNET}/providers/Microsoft.Authorization/roleAssignments");
        let Route::Collection { scope, kind } = parse("GET", &list).unwrap() else { panic!() };
        assert_eq!(
            (scope.as_str(), kind.as_str()),
            (VNET, "Microsoft.Authorization/roleAssignments")
        );
        assert!(matches!(parse("GET", &format!("{list}/x")), Ok(Route::Resource { .. })));
        assert!(parse("GET", "/nowhere").is_err());
    }
}
