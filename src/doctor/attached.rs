//! What is attached to subnets and decides where their traffic goes: routes and rules.
//!
//! Values and their arithmetic; pure. A rule speaks of ranges and of tags such as `VirtualNetwork`,
//! which stand for ranges that only the network knows.

use crate::address::Range;
use crate::address::free::is_private;

/// A route table or a security group, as far as it decides where traffic goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// The environment that owns it.
    pub environment: Option<String>,
    /// The routes of a table.
    pub routes: Vec<Route>,
    /// The rules of a group, Azure's own left out.
    pub rules: Vec<Rule>,
}

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The name.
    pub name: String,
    /// Where it leads, as it is written.
    pub prefix: String,
    /// `VirtualAppliance`, `VirtualNetworkGateway`, `Internet`, `VnetLocal` or `None`.
    pub next_hop: String,
    /// The appliance's address.
    pub address: Option<String>,
}

impl Route {
    /// Returns where it leads next, in words.
    pub fn to(&self) -> String {
        self.address.clone().unwrap_or_else(|| format!("`{}`", self.next_hop))
    }

    /// Tells whether traffic that takes it goes nowhere.
    pub fn drops(&self) -> bool {
        self.next_hop.eq_ignore_ascii_case("None")
    }

    /// Tells whether traffic that takes it leaves by what somebody set up, and not by Azure's own way.
    pub fn is_a_way_out(&self) -> bool {
        ["VirtualAppliance", "VirtualNetworkGateway"]
            .iter()
            .any(|hop| self.next_hop.eq_ignore_ascii_case(hop))
    }
}

impl Attached {
    /// Returns the route that everything takes which has no other.
    pub fn default_route(&self) -> Option<&Route> {
        self.routes.iter().find(|route| route.prefix == "0.0.0.0/0")
    }

    /// Returns a route that all traffic takes which has no other: one for everything, or one of two
    /// halves, which are nearer than that and come before it.
    pub fn of_all(&self) -> Option<&Route> {
        let half = |prefix: &str| self.routes.iter().find(|route| route.prefix == prefix);
        half("0.0.0.0/1").filter(|_| half("128.0.0.0/1").is_some()).or_else(|| self.default_route())
    }

    /// Returns the rule that keeps nodes of a range from everything outside the network: it comes
    /// before all that let something out to the Internet or to a service of Azure.
    pub fn shuts_in(&self, flow: &Flow<'_>) -> Option<&Rule> {
        let mut rules: Vec<&Rule> = self.rules.iter().filter(|rule| !rule.is_inbound).collect();
        rules.sort_by_key(|rule| rule.priority);
        let from = |rule: &Rule| rule.sources.iter().any(|text| flow.covers(text, flow.from));
        let first = rules.into_iter().filter(|rule| from(rule)).find(|rule| {
            let outside = rule.destinations.iter().any(|text| flow.is_outside(text));
            outside && (rule.allows || rule.is_whole)
        });
        first.filter(|rule| !rule.allows)
    }

    /// Returns the rule that denies all traffic one way from one range to another, if one does: the
    /// first that speaks of it decides. Rules about single ports are no matter here.
    pub fn denies(&self, flow: &Flow<'_>) -> Option<&Rule> {
        let mut rules: Vec<&Rule> =
            self.rules.iter().filter(|rule| rule.is_inbound == flow.is_inbound).collect();
        rules.sort_by_key(|rule| rule.priority);
        let whole = rules.into_iter().filter(|rule| rule.is_whole);
        for rule in whole {
            let (from, to) = (flow.from, flow.to);
            let covers = |texts: &[String], range| texts.iter().any(|t| flow.covers(t, range));
            let meets = |texts: &[String], range| texts.iter().any(|t| flow.meets(t, range));
            if rule.allows && covers(&rule.sources, from) && covers(&rule.destinations, to) {
                return None;
            }
            if !rule.allows && meets(&rule.sources, from) && meets(&rule.destinations, to) {
                return Some(rule);
            }
        }
        None
    }
}

/// A rule of a security group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The name.
    pub name: String,
    /// The lowest number decides first.
    pub priority: u64,
    /// Whether it is about what comes in, rather than what goes out.
    pub is_inbound: bool,
    /// Whether it allows, rather than denies.
    pub allows: bool,
    /// Whether it is about every port of every protocol.
    pub is_whole: bool,
    /// Where traffic comes from: ranges and tags.
    pub sources: Vec<String>,
    /// Where traffic goes: ranges and tags.
    pub destinations: Vec<String>,
}

/// Traffic one way from one range to another, in a network of some ranges.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// Whether it is looked at where it comes in.
    pub is_inbound: bool,
    /// Where it comes from.
    pub from: Range,
    /// Where it goes.
    pub to: Range,
    /// The ranges of the network, for which the tag `VirtualNetwork` stands.
    pub network: &'a [Range],
}

impl Flow<'_> {
    /// Tells whether all of a range is meant by a range or a tag of a rule.
    fn covers(&self, text: &str, range: Range) -> bool {
        match self.meant(text) {
            Meant::All => true,
            Meant::Ranges(ranges) => ranges.iter().any(|whole| whole.contains(&range)),
        }
    }

    /// Tells whether some of a range is meant.
    fn meets(&self, text: &str, range: Range) -> bool {
        match self.meant(text) {
            Meant::All => true,
            Meant::Ranges(ranges) => ranges.iter().any(|part| part.overlaps(&range)),
        }
    }

    /// Tells whether a range or a tag of a rule means something beyond the network.
    fn is_outside(&self, text: &str) -> bool {
        match self.meant(text) {
            Meant::All => true,
            // A tag of a service, or the Internet.
            Meant::Ranges(ranges) if ranges.is_empty() => true,
            Meant::Ranges(ranges) => {
                ranges.iter().any(|range| !is_private(range) && !self.network.contains(range))
            }
        }
    }

    /// Every other tag stands for addresses of Azure or the internet, and for none inside.
    fn meant(&self, text: &str) -> Meant {
        match text {
            "*" | "0.0.0.0/0" => Meant::All,
            text if text.eq_ignore_ascii_case("any") => Meant::All,
            text if text.eq_ignore_ascii_case("VirtualNetwork") => {
                Meant::Ranges(self.network.to_vec())
            }
            text => Meant::Ranges(Range::parse(text).into_iter().collect()),
        }
    }
}

enum Meant {
    All,
    Ranges(Vec<Range>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(priority: u64, allows: bool, from: &str, to: &str) -> Rule {
        Rule {
            name: format!("{priority}"),
            priority,
            is_inbound: true,
            allows,
            is_whole: true,
            sources: vec![from.to_owned()],
            destinations: vec![to.to_owned()],
        }
    }

    fn denied(rules: &[Rule]) -> Option<String> {
        let range = |text| Range::parse(text).unwrap();
        let group = Attached { rules: rules.to_vec(), ..Attached::default() };
        let flow = Flow {
            is_inbound: true,
            from: range("10.244.0.0/16"),
            to: range("10.244.0.0/16"),
            network: &[range("10.1.0.0/16")],
        };
        group.denies(&flow).map(|rule| rule.name.clone())
    }

    #[test]
    fn nodes_are_shut_in_by_what_denies_the_internet_before_anything_lets_out() {
        let out =
            |priority, allows, to| Rule { is_inbound: false, ..rule(priority, allows, "*", to) };
        let shut = |rules: &[Rule]| {
            let group = Attached { rules: rules.to_vec(), ..Attached::default() };
            let range = |text| Range::parse(text).unwrap();
            let network = [range("10.1.0.0/16")];
            let (from, to) = (range("10.1.1.0/24"), range("10.1.1.0/24"));
            let flow = Flow { is_inbound: false, from, to, network: &network };
            group.shuts_in(&flow).is_some()
        };
        assert!(shut(&[out(100, false, "Internet")]) && shut(&[out(100, false, "*")]));
        assert!(shut(&[out(100, true, "VirtualNetwork"), out(200, false, "*")]));
        assert!(!shut(&[out(100, true, "AzureCloud"), out(200, false, "*")]));
        assert!(!shut(&[out(100, false, "10.9.0.0/16")]) && !shut(&[rule(100, false, "*", "*")]));
        assert!(!shut(&[Rule { is_whole: false, ..out(100, false, "Internet") }]));
    }

    #[test]
    fn all_traffic_takes_a_route_for_everything_or_two_halves() {
        let route = |prefix: &str| Route { prefix: prefix.to_owned(), ..Route::default() };
        let of_all = |prefixes: &[&str]| {
            let routes = prefixes.iter().map(|prefix| route(prefix)).collect();
            let table = Attached { routes, ..Attached::default() };
            table.of_all().map(|route| route.prefix.clone())
        };
        assert_eq!(of_all(&["0.0.0.0/0"]).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(of_all(&["0.0.0.0/1", "128.0.0.0/1"]).as_deref(), Some("0.0.0.0/1"));
        assert_eq!(of_all(&["0.0.0.0/1"]), None);
    }

    #[test]
    fn the_first_rule_that_speaks_of_the_traffic_decides() {
        let deny = rule(4000, false, "*", "*");
        assert_eq!(denied(std::slice::from_ref(&deny)).as_deref(), Some("4000"));
        let net = rule(3000, true, "VirtualNetwork", "VirtualNetwork");
        assert_eq!(denied(&[deny.clone(), net]).as_deref(), Some("4000"), "pods are not of it");
        let pods = rule(3000, true, "10.244.0.0/16", "10.0.0.0/8");
        assert_eq!(denied(&[deny.clone(), pods.clone()]), None);
        assert_eq!(denied(&[Rule { priority: 4050, ..pods }, deny]).as_deref(), Some("4000"));
        assert_eq!(denied(&[rule(100, false, "10.9.0.0/16", "*")]), None);
        assert_eq!(denied(&[rule(100, false, "Internet", "*")]), None);
        let part = rule(100, false, "10.244.8.0/24", "*");
        assert_eq!(denied(std::slice::from_ref(&part)).as_deref(), Some("100"));
        assert_eq!(denied(&[Rule { is_whole: false, ..part.clone() }]), None, "some ports");
        assert_eq!(denied(&[Rule { is_inbound: false, ..part }]), None, "the other way");
        assert_eq!(denied(&[]), None);
    }
}
