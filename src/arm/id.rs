//! `ResourceId`: the address of anything in Azure.
//!
//! ARM compares ids ignoring case and writes the same id in several spellings, so equality, order
//! and hash ignore case here. The words that every id is made of are spelt in one way
//! (`/resourceGroups/`, also where AKS writes `/resourcegroups/`), so that people and scripts meet
//! one spelling of an id; the rest of the text is kept as it was written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The id of a subscription, a resource group or a resource, such as
/// `/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/N`.
///
/// Its copies share the text: a plan names each id a dozen times.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(inline)]
pub struct ResourceId(Arc<str>);

/// Why a text is no resource id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text does not start with `/subscriptions/`.
    #[error("`{0}` does not start with `/subscriptions/`")]
    NoSubscription(String),
    /// A segment is empty, or a type stands without a name.
    #[error("`{0}` is not made of `/type/name` pairs")]
    Uneven(String),
    /// A segment of dots alone: a client would take it, and its neighbour, out of the path.
    #[error("`{0}` holds a segment of dots, which leads to another path")]
    Dots(String),
    /// A character that no id can hold.
    #[error("`{0}` holds `{1}`, which no resource id can hold")]
    Character(String, char),
}

impl ResourceId {
    /// Reads an id as ARM writes it; a slash at the end is dropped.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let trimmed = text.trim_end_matches('/');
        if let Some(bad) = trimmed.chars().find(|c| c.is_control() || "?#%\\<>\"' ".contains(*c)) {
            return Err(IdError::Character(text.escape_default().to_string(), bad));
        }
        Self::listed(text)
    }

    /// Reads an id that a list names, of any type: some have names with blanks and brackets in them
    /// (`Application Insights Smart Detection`), and what is not understood must not be overlooked.
    pub fn listed(text: &str) -> Result<Self, IdError> {
        let trimmed = text.trim_end_matches('/');
        let mut segments = trimmed.split('/');
        let rooted = segments.next() == Some("")
            && segments.next().is_some_and(|s| s.eq_ignore_ascii_case("subscriptions"));
        if !rooted {
            return Err(IdError::NoSubscription(text.to_owned()));
        }
        let rest: Vec<&str> = segments.collect();
        if rest.is_empty() || rest.iter().any(|s| s.is_empty()) || !pairs_up(&rest[1..]) {
            return Err(IdError::Uneven(text.to_owned()));
        }
        if rest.iter().any(|segment| segment.bytes().all(|byte| byte == b'.')) {
            return Err(IdError::Dots(text.to_owned()));
        }
        Ok(Self(spelt(trimmed).into()))
    }

    /// Returns the id that stands at a JSON pointer of a document.
    pub fn at(body: &Value, pointer: &str) -> Option<Self> {
        Self::parse(body.pointer(pointer)?.as_str()?).ok()
    }

    /// Returns the id of a subscription.
    pub fn subscription(subscription: &str) -> Self {
        Self(format!("/subscriptions/{subscription}").into())
    }

    /// Returns the id of a resource group.
    pub fn resource_group(subscription: &str, group: &str) -> Self {
        Self(format!("/subscriptions/{subscription}/resourceGroups/{group}").into())
    }

    /// Returns the id of a resource of `kind` (`Microsoft.Network/virtualNetworks`) in this scope.
    ///
    /// The scope may be a resource too: role assignments and locks stand on any resource.
    pub fn resource(&self, kind: &str, name: &str) -> Self {
        Self(format!("{}/providers/{kind}/{name}", self.0).into())
    }

    /// Returns the id of a child, `subnets` of a virtual network, say.
    pub fn child(&self, collection: &str, name: &str) -> Self {
        Self(format!("{}/{collection}/{name}", self.0).into())
    }

    /// Returns the text, as it was written but for the words that every id is made of.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last segment: the resource's own name.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the subscription's id, a GUID as a rule.
    pub fn subscription_id(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    /// Returns the resource group's name, if the id lies in one.
    pub fn group_name(&self) -> Option<&str> {
        let mut segments = self.0.split('/').skip(3);
        segments
            .next()
            .is_some_and(|s| s.eq_ignore_ascii_case("resourceGroups"))
            .then(|| segments.next())
            .flatten()
    }

    /// Returns the id of the resource group, if the id lies in one.
    pub fn group(&self) -> Option<Self> {
        self.group_name().map(|name| Self::resource_group(self.subscription_id(), name))
    }

    /// Returns the type, `Microsoft.Network/virtualNetworks/subnets`, spelt as in the id.
    pub fn resource_type(&self) -> String {
        let segments: Vec<&str> = self.0.split('/').collect();
        match provider(&segments) {
            Some(at) => {
                let mut kind = segments.get(at + 1).copied().unwrap_or_default().to_owned();
                for part in segments.iter().skip(at + 2).step_by(2) {
                    kind.push('/');
                    kind.push_str(part);
                }
                kind
            }
            None if segments.len() > 3 => "Microsoft.Resources/resourceGroups".to_owned(),
            None => "Microsoft.Resources/subscriptions".to_owned(),
        }
    }

    /// Returns the names of the resource and of those it lies in, the outermost first: `net` and
    /// `nodes` of a subnet. What stands on another resource has a name of its own alone.
    pub fn names(&self) -> Vec<&str> {
        let segments: Vec<&str> = self.0.split('/').collect();
        match provider(&segments) {
            Some(at) => segments.iter().skip(at + 3).step_by(2).copied().collect(),
            None => vec![self.name()],
        }
    }

    /// Returns what a resource stands on that another provider holds: the subnet of a role
    /// assignment, the group of a network.
    pub fn scope(&self) -> Option<Self> {
        let segments: Vec<&str> = self.0.split('/').collect();
        provider(&segments).map(|at| Self(segments[..at].join("/").into()))
    }

    /// Returns the namespace of the provider that serves it, `Microsoft.Network` say.
    pub fn namespace(&self) -> Option<&str> {
        let segments: Vec<&str> = self.0.split('/').collect();
        segments.get(provider(&segments)? + 1).copied()
    }

    /// Returns what the resource lies in: its parent resource, its scope, its group or its
    /// subscription; `None` for a subscription.
    pub fn parent(&self) -> Option<Self> {
        let segments: Vec<&str> = self.0.split('/').collect();
        if segments.len() <= 3 {
            return None;
        }
        let keep = segments.len() - 2;
        match provider(&segments) {
            // `…/providers/Namespace/type/name`: the namespace and the word go with the type.
            Some(at) if keep <= at + 2 => Some(Self(segments[..at].join("/").into())),
            _ => Some(Self(segments[..keep].join("/").into())),
        }
    }

    /// Tells whether this id lies under `other`, at any depth; an id does not lie under itself.
    pub fn is_under(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        mine.len() > theirs.len()
            && mine[theirs.len()] == b'/'
            && mine[..theirs.len()].eq_ignore_ascii_case(theirs)
    }

    /// Tells whether the type equals `kind`, ignoring case.
    pub fn is_type(&self, kind: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(kind)
    }
}

/// Returns the last place where a provider begins, of the segments of a path with its leading
/// slash. They are read from the left in pairs of type and name: a group, a pool or a subnet may
/// well be named `providers`.
pub(crate) fn provider(segments: &[&str]) -> Option<usize> {
    let mut at = 1;
    let mut found = None;
    while let Some(word) = segments.get(at) {
        if word.eq_ignore_ascii_case("providers") {
            found = Some(at);
        }
        at += 2;
    }
    found
}

/// The words that ids are made of, as Azure documents them.
const WORDS: [&str; 3] = ["subscriptions", "resourceGroups", "providers"];

/// Spells the words that every id is made of in one way. They stand where types do: a name may be
/// one of them, and keeps its case.
fn spelt(text: &str) -> String {
    let mut segments: Vec<&str> = text.split('/').collect();
    let mut at = 1;
    while let Some(segment) = segments.get_mut(at) {
        if let Some(word) = WORDS.iter().find(|word| word.eq_ignore_ascii_case(segment)) {
            *segment = word;
        }
        at += 2;
    }
    segments.join("/")
}

/// Tells whether the segments behind the subscription are whole `/type/name` pairs, in each of
/// the parts that `providers/Namespace` opens.
fn pairs_up(segments: &[&str]) -> bool {
    let mut rest = segments;
    while let Some(first) = rest.first() {
        let step = if first.eq_ignore_ascii_case("providers") { 4 } else { 2 };
        if rest.len() < step {
            return false;
        }
        rest = &rest[step..];
    }
    true
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        self.0.bytes().map(lower).cmp(other.0.bytes().map(lower))
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ResourceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// A name, which may be one of the words that ids are made of.
    fn name() -> impl Strategy<Value = String> {
        const WORDS: &[&str] = &["providers", "Providers", "subscriptions", "resourceGroups"];
        prop_oneof![prop::sample::select(WORDS).prop_map(str::to_owned), "[a-z][a-z0-9._()-]{0,9}",]
    }

    #[test]
    fn the_words_of_an_id_are_spelt_in_one_way_and_names_as_they_are_written() {
        let id = "/SUBSCRIPTIONS/s/resourcegroups/RG/Providers/Own.Space/things/providers";
        let spelt = "/subscriptions/s/resourceGroups/RG/providers/Own.Space/things/providers";
        assert_eq!(ResourceId::parse(id).unwrap().as_str(), spelt);
        let named = "/subscriptions/s/resourceGroups/Providers";
        assert_eq!(ResourceId::parse(named).unwrap().as_str(), named);
    }

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n";

    #[test]
    fn a_subnet_lies_in_its_network_its_group_and_its_subscription() {
        let subnet = ResourceId::parse(SUBNET).unwrap();
        let network = subnet.parent().unwrap();
        assert_eq!(network.name(), "v");
        assert_eq!(network.resource_type(), "Microsoft.Network/virtualNetworks");
        assert_eq!(network.parent().unwrap(), ResourceId::resource_group("s", "g"));
        assert_eq!(subnet.resource_type(), "Microsoft.Network/virtualNetworks/subnets");
        assert!(subnet.is_under(&network) && subnet.is_under(&ResourceId::subscription("s")));
        assert!(!subnet.is_under(&subnet));
    }

    #[test]
    fn a_role_assignment_lies_in_its_scope() {
        let subnet = ResourceId::parse(SUBNET).unwrap();
        let role = subnet.resource("Microsoft.Authorization/roleAssignments", "guid");
        assert_eq!(role.parent().unwrap(), subnet);
        assert_eq!(role.resource_type(), "Microsoft.Authorization/roleAssignments");
        assert_eq!(ResourceId::parse(role.as_str()).unwrap(), role);
    }

    #[test]
    fn providers_is_a_name_like_any_other() {
        let group = ResourceId::resource_group("s", "providers");
        assert_eq!(group.resource_type(), "Microsoft.Resources/resourceGroups");
        assert_eq!(group.parent().unwrap(), ResourceId::subscription("s"));
        let network = group.resource("Microsoft.Network/virtualNetworks", "Providers");
        assert_eq!(network.resource_type(), "Microsoft.Network/virtualNetworks");
        assert_eq!(network.parent().unwrap(), group);
        let subnet = network.child("subnets", "providers");
        assert_eq!(subnet.resource_type(), "Microsoft.Network/virtualNetworks/subnets");
        assert_eq!(subnet.parent().unwrap(), network);
        assert_eq!(subnet.names(), ["Providers", "providers"]);
        let role = subnet.resource("Microsoft.Authorization/roleAssignments", "providers");
        assert_eq!(role.resource_type(), "Microsoft.Authorization/roleAssignments");
        assert_eq!(role.parent().unwrap(), subnet);
        assert_eq!(role.scope().unwrap(), subnet);
        for id in [group, network, subnet, role] {
            assert_eq!(ResourceId::parse(id.as_str()).unwrap().as_str(), id.as_str());
        }
    }

    #[test]
    fn a_name_that_begins_alike_is_not_under() {
        let one = ResourceId::resource_group("s", "demo");
        assert!(!ResourceId::resource_group("s", "demo2").is_under(&one));
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in [
            "",
            "/",
            "subscriptions/s",
            "/subscriptions",
            "/subscriptions/s/resourceGroups",
            "/subscriptions/s//g",
            "/subscriptions/s/resourceGroups/a b",
            "/subscriptions/s/resourceGroups/..",
            "/subscriptions/s/resourceGroups/./providers/Microsoft.Network/virtualNetworks/v",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/...",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks",
        ] {
            assert!(ResourceId::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_to_id_to_text_is_the_same(group in "(providers|[a-zA-Z0-9_()-][a-zA-Z0-9_.()-]{0,19})", name in "[a-z0-9-]{1,20}") {
            let id = ResourceId::resource_group("s", &group).resource("Microsoft.Network/natGateways", &name);
            let again = ResourceId::parse(id.as_str()).unwrap();
            prop_assert_eq!(again.as_str(), id.as_str());
            let shouted = ResourceId::parse(&id.as_str().to_ascii_uppercase()).unwrap();
            prop_assert_eq!(&shouted, &id);
            prop_assert_eq!(shouted.cmp(&id), Ordering::Equal);
            prop_assert_eq!([shouted, id].into_iter().collect::<HashSet<_>>().len(), 1);
        }

        /// Words that elsewhere in an id mean something are names where a name stands.
        #[test]
        fn any_id_is_read_from_the_left_in_pairs(
            group in name(), kinds in prop::collection::vec(("[a-z]{1,5}s", name()), 1..4),
            on_top in prop::option::of(("[a-z]{1,5}s", name())),
        ) {
            let (first, inner) = kinds.split_first().unwrap();
            let home = ResourceId::resource_group("s", &group);
            let outer = home.resource(&format!("Own.Space/{}", first.0), &first.1);
            let mut chain = vec![home, outer];
            for (kind, name) in inner {
                chain.push(chain[chain.len() - 1].child(kind, name));
            }
            if let Some((kind, name)) = &on_top {
                chain.push(chain[chain.len() - 1].resource(&format!("Other.Space/{kind}"), name));
            }
            for pair in chain.windows(2) {
                let (outer, id) = (&pair[0], &pair[1]);
                let read = ResourceId::parse(id.as_str()).unwrap();
                prop_assert_eq!(read.as_str(), id.as_str());
                let parent = id.parent();
                prop_assert_eq!(parent.as_ref(), Some(outer), "{}", id);
                prop_assert!(id.is_under(outer) && !outer.is_under(id));
                prop_assert_eq!(id.group_name(), Some(&*group));
            }
            let deepest = &chain[chain.len() - 1];
            let words: Vec<&str> = kinds.iter().map(|(kind, _)| &**kind).collect();
            let said = match &on_top {
                Some((kind, _)) => format!("Other.Space/{kind}"),
                None => format!("Own.Space/{}", words.join("/")),
            };
            prop_assert_eq!(deepest.resource_type(), said);
            let dotted = deepest.child("things", "..");
            prop_assert!(ResourceId::parse(dotted.as_str()).is_err());
        }

        #[test]
        fn no_text_makes_parse_panic(text in "\\PC*") {
            drop(ResourceId::parse(&text));
        }
    }
}
