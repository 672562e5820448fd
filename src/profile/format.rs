//! Texts and numbers with a form of their own: address ranges, ids, versions, durations, bounds.
//!
//! Each check returns what is wrong and what would be right. The names of the forms stand in the
//! schema (`format`, `x-akstool-type`), so editors see them too.

use std::net::Ipv4Addr;

use serde_json::Value as Json;

use super::problem::quote;
use super::schema::{DnsZone, Surge};
use super::yaml::Meaning;
use crate::address::{Range, RangeError};

/// What is wrong with a value, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()) }
    }
}

/// Holds a text against length, format and id type of its schema.
pub(super) fn text(schema: &Json, text: &str) -> Option<Fault> {
    let field = |name: &str| schema.get(name);
    let count = text.chars().count() as u64;
    if let Some(least) = field("minLength").and_then(Json::as_u64).filter(|least| count < *least) {
        let what = if count == 0 {
            "the text is empty".to_owned()
        } else {
            format!("`{}` is shorter than {least} characters", quote(text))
        };
        return Some(Fault { what, hint: None });
    }
    if let Some(most) = field("maxLength").and_then(Json::as_u64).filter(|most| count > *most) {
        let what = format!("`{}` has {count} characters; {most} is the limit", quote(text));
        return Some(Fault { what, hint: None });
    }
    if let Some(kind) = field("x-akstool-type").and_then(Json::as_str) {
        return id(kind, text);
    }
    match field("format").and_then(Json::as_str)? {
        "cidr-or-auto" if text == "auto" => None,
        "cidr-or-auto" => cidr(text, true).or_else(|| only_v4(text)),
        "cidr-v6" => cidr(text, false).or_else(|| only_v6(text)),
        "cidr-or-all" if text == "0.0.0.0/0" => None,
        "cidr" | "cidr-or-all" => cidr(text, false),
        "address-or-cidr" if text.parse::<Ipv4Addr>().is_ok() => None,
        "address-or-cidr" => cidr(text, false).or_else(|| only_v4_there(text)),
        "ipv4" => ipv4(text),
        "kubernetes-version" => version(text),
        "private-dns-zone" => zone(text),
        "zone-or-id" if !text.starts_with('/') && is_zone_name(text) => None,
        "zone-or-id" => id("Microsoft.Network/privateDnsZones", text),
        "id-or-reference" | "scope-or-reference" if text.contains("${") => None,
        "id-or-reference" => any_id(text),
        "scope-or-reference" => scope(text),
        "lifetime" => lifetime(text),
        "surge" => surge(text),
        other => plain(other, text),
    }
}

/// A form by name, what a text that has it not is, one that has it, and the question.
type Plain = (&'static str, &'static str, &'static str, fn(&str) -> bool);

/// The forms of which nothing but the form can be wrong.
const PLAIN: [Plain; 13] = [
    ("resource-type", "no type of a resource", "Microsoft.KeyVault/vaults", is_type),
    ("api-version", "no version of an interface", "2025-07-01", is_api_version),
    ("user-name", "no name that a machine takes", "azureuser", is_user),
    ("service-account", "no service account", "namespace/name", is_service_account),
    ("guid", "no GUID", "11111111-2222-3333-4444-555555555555", is_guid),
    ("time-of-day", "no time of day", "01:30", is_time),
    ("utc-offset", "no distance from UTC", "+01:00", is_offset),
    ("day", "no day", "2026-12-31", is_day),
    ("poll-interval", "no time between two looks", "2m", is_interval),
    ("mesh-revision", "no revision of the mesh", "asm-1-27", is_revision),
    ("minutes", "no number of whole minutes", "10m", |text| is_span(text, "m")),
    ("seconds", "no number of whole seconds", "20s", |text| is_span(text, "s")),
    ("seconds-or-more", "no number of seconds, minutes or hours", "30s", |text| {
        is_span(text, "smh")
    }),
];

fn plain(form: &str, text: &str) -> Option<Fault> {
    let (_, what, example, holds) = PLAIN.into_iter().find(|(name, ..)| *name == form)?;
    let fault = || {
        Fault::new(format!("`{}` is {what}", quote(text)), format!("write it as `\"{example}\"`"))
    };
    (!holds(text)).then(fault)
}

/// Tells whether a text is a namespace, with a dot in it, and a type or more.
fn is_type(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric());
    let mut parts = text.split('/');
    let space = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    space.contains('.')
        && space.split('.').all(is_word)
        && !rest.is_empty()
        && rest.iter().all(|word| is_word(word))
}

/// Tells whether a text is the day of a version, and what it is beside that: `-preview`.
fn is_api_version(text: &str) -> bool {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_plain = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
    is_day(day) && (rest.is_empty() || rest.strip_prefix('-').is_some_and(is_plain))
}

/// Names that Azure takes for nobody on a machine
/// (<https://learn.microsoft.com/azure/virtual-machines/linux/faq>).
const NO_USERS: [&str; 22] = [
    "1",
    "123",
    "a",
    "actuser",
    "adm",
    "admin",
    "admin1",
    "admin2",
    "administrator",
    "aspnet",
    "backup",
    "console",
    "david",
    "guest",
    "john",
    "owner",
    "root",
    "server",
    "sql",
    "support",
    "sys",
    "user",
];

/// Tells whether Azure makes a user of this name on a machine.
fn is_user(text: &str) -> bool {
    let takes = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_' || c == b'-';
    let begins = |c: u8| c.is_ascii_lowercase() || c == b'_';
    text.bytes().next().is_some_and(begins) && text.bytes().all(takes) && !NO_USERS.contains(&text)
}

/// Tells whether a text is a namespace and the name of a service account in it.
fn is_service_account(text: &str) -> bool {
    let is_name = |name: &str, dots: bool, most: usize| {
        let is_end = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let ends = [name.bytes().next(), name.bytes().last()];
        name.len() <= most
            && ends.iter().all(|end| end.is_some_and(is_end))
            && name.bytes().all(|c| is_end(c) || c == b'-' || dots && c == b'.')
    };
    let parts = text.split_once('/');
    parts.is_some_and(|(space, name)| is_name(space, false, 63) && is_name(name, true, 253))
}

/// Tells whether a text is a GUID as directories write it.
fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Tells whether a text is an hour and a minute, of two digits each.
fn is_time(text: &str) -> bool {
    let number = |part: &str, below: u8| {
        part.len() == 2
            && part.bytes().all(|c| c.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < below)
    };
    text.split_once(':').is_some_and(|(hour, minute)| number(hour, 24) && number(minute, 60))
}

fn is_offset(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(is_time)
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && time::OffsetDateTime::parse(
            &format!("{text}T00:00:00Z"),
            &time::format_description::well_known::Rfc3339,
        )
        .is_ok()
}

fn is_interval(text: &str) -> bool {
    let ends = |c: char| "hms".contains(c);
    let parts: Vec<&str> = text.split_inclusive(ends).collect();
    !parts.is_empty()
        && parts.iter().all(|part| {
            part.strip_suffix(ends).is_some_and(|digits| {
                !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit())
            })
        })
}

/// Tells whether a text is a whole number of one of these units.
fn is_span(text: &str, units: &str) -> bool {
    let number = text.strip_suffix(|unit| units.contains(unit)).unwrap_or_default();
    (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_revision(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    let numbers = text.strip_prefix("asm-").and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Returns a text that has the form a schema asks for.
pub(super) fn stand_in(schema: &Json) -> String {
    if let Some(kind) = schema.get("x-akstool-type").and_then(Json::as_str) {
        return example_id(kind);
    }
    let text = match schema.get("format").and_then(Json::as_str) {
        Some("cidr-or-auto" | "cidr" | "cidr-or-all") => "198.51.100.0/24",
        Some("cidr-v6") => "fd00::/64",
        Some("ipv4") => "198.51.100.1",
        Some("kubernetes-version") => "latest",
        Some("private-dns-zone") => "system",
        Some("zone-or-id") => "x.y",
        Some("id-or-reference" | "scope-or-reference") => "${cluster.id}",
        Some("lifetime") => "1h",
        Some("surge") => "10%",
        Some(other) => PLAIN.iter().find(|one| one.0 == other).map_or("x", |one| one.2),
        None => "x",
    };
    text.to_owned()
}

/// Holds a number against the bounds of its schema, which are whole.
pub(super) fn number(schema: &Json, meaning: Meaning<'_>, text: &str, name: &str) -> Option<Fault> {
    let bound = |name: &str| schema.get(name).and_then(Json::as_i64).map(i128::from);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let fits = match meaning {
        Meaning::Whole(number) => {
            let least = least.unwrap_or(i128::from(i64::MIN));
            let most = most.unwrap_or(i128::from(i64::MAX));
            (least..=most).contains(&number)
        }
        Meaning::Number(number) => number.is_finite(),
        _ => true,
    };
    if fits {
        return None;
    }
    let range = match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "a number that can be counted with".to_owned(),
    };
    Some(Fault { what: format!("`{name}` takes {range}, not {}", quote(text)), hint: None })
}

fn cidr(text: &str, auto: bool) -> Option<Fault> {
    let shown = quote(text);
    let no_range = format!("`{shown}` is no address range");
    let or_auto = if auto { ", or `auto`" } else { "" };
    let (what, hint) = match Range::parse(text) {
        Ok(_) if text.trim() != text => (no_range, format!("write `{}`", quote(text.trim()))),
        Ok(range) if range.prefix() == 0 => (
            format!("`{shown}` is every address there is"),
            format!("name the range that is meant, such as `10.0.0.0/16`{or_auto}"),
        ),
        Ok(_) => return None,
        Err(RangeError::HostBits { would_be, .. }) => (
            format!("`{shown}` has host bits set: it names an address inside the range"),
            format!("`{would_be}` would be it"),
        ),
        Err(RangeError::MappedIpv4 { would_be, .. }) => {
            let hint = would_be.map(|range| format!("write `{range}`"));
            return Some(Fault { what: format!("`{shown}` is an IPv4 range in IPv6 form"), hint });
        }
        Err(RangeError::Prefix { longest, .. }) => (
            format!("`{shown}` has a prefix that is no number from 0 to {longest}"),
            format!("write it as `10.10.1.0/24`{or_auto}"),
        ),
        Err(RangeError::NoPrefix { alone, .. }) => {
            (no_range, format!("a range has a prefix such as `/24`; `{alone}` is this one address"))
        }
        Err(RangeError::Reversed { would_be: Some(range), .. }) => {
            (no_range, format!("`{range}` would be it"))
        }
        Err(RangeError::Reversed { .. } | RangeError::NotACidr(_)) => {
            (no_range, format!("write it as `10.10.1.0/24`{or_auto}"))
        }
    };
    Some(Fault::new(what, hint))
}

fn only_v4(text: &str) -> Option<Fault> {
    let net = Range::parse(text).ok()?;
    (!net.is_ipv4()).then(|| {
        let what = format!("`{net}` is an IPv6 range; IPv4 is meant here");
        Fault::new(what, "IPv6 ranges have fields of their own, such as `podCidrV6`")
    })
}

/// As [`only_v4`], of what is reached over IPv4 alone.
fn only_v4_there(text: &str) -> Option<Fault> {
    only_v4(text).map(|fault| Fault { hint: None, ..fault })
}

fn only_v6(text: &str) -> Option<Fault> {
    let net = Range::parse(text).ok()?;
    net.is_ipv4().then(|| Fault {
        what: format!("`{net}` is an IPv4 range; IPv6 is meant here"),
        hint: None,
    })
}

fn ipv4(text: &str) -> Option<Fault> {
    if text.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    let what = format!("`{}` is no IPv4 address", quote(text));
    let bare = text.split('/').next().filter(|bare| bare.parse::<Ipv4Addr>().is_ok());
    let hint = bare
        .map_or("four numbers from 0 to 255, such as `10.200.0.10`".to_owned(), |bare| {
            format!("write `{bare}`: one address has no prefix length")
        });
    Some(Fault::new(what, hint))
}

fn version(text: &str) -> Option<Fault> {
    if matches!(text, "latest" | "latest-1") {
        return None;
    }
    let parts: Vec<&str> = text.split('.').collect();
    let digits = |part: &&str| {
        !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit())
    };
    if (2..=3).contains(&parts.len()) && parts.iter().all(digits) {
        return None;
    }
    let bare = text.trim_start_matches(['v', 'V']);
    let hint = if bare != text && version(bare).is_none() {
        format!("write `\"{bare}\"`")
    } else {
        "write `\"1.34\"`, `\"1.34.2\"`, `latest` or `latest-1`".to_owned()
    };
    Some(Fault::new(format!("`{}` is no Kubernetes version", quote(text)), hint))
}

fn lifetime(text: &str) -> Option<Fault> {
    let fault = |why: &str| {
        let what = format!("`{}` is no lifetime{why}", quote(text));
        Some(Fault::new(what, "write it as `4h`, `90m` or `2d`"))
    };
    match humantime::parse_duration(text) {
        Err(_) => fault(""),
        Ok(length) if length.as_secs() < 60 => fault(": it is shorter than a minute"),
        Ok(length) if length.as_secs() > 10 * 366 * 86_400 => {
            fault(": it is longer than ten years")
        }
        Ok(_) => None,
    }
}

fn surge(text: &str) -> Option<Fault> {
    Surge::parse(text).is_none().then(|| {
        let what = format!("`{}` is no surge", quote(text));
        Fault::new(what, "write a number of nodes such as `1`, or a percentage from `1%` to `100%`")
    })
}

fn zone(text: &str) -> Option<Fault> {
    if DnsZone::WORDS.contains(&text) {
        return None;
    }
    if text.starts_with('/') {
        return id("Microsoft.Network/privateDnsZones", text);
    }
    let what = format!("`{}` is neither an id nor a word for where the name is kept", quote(text));
    Some(Fault::new(what, "write `system`, `none`, `own`, or the id of a private DNS zone"))
}

/// Says whether a text may be the name of a zone: two labels or more.
pub(super) fn is_zone_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// Holds a text against what a role may be given on: a subscription, a group, a resource.
fn scope(text: &str) -> Option<Fault> {
    const HINT: &str = "write the id of a resource, a group or a subscription, or a reference such \
                        as `${registry.id}`";
    let is_around = matches!(text.split('/').count(), 3 | 5) && is_path(text);
    any_id(text).filter(|_| !is_around).map(|fault| Fault { hint: Some(HINT.to_owned()), ..fault })
}

/// Holds a text against what ids of any type have in common.
fn any_id(text: &str) -> Option<Fault> {
    if text.split('/').count() >= 9 && is_path(text) {
        return None;
    }
    let what = format!("`{}` is no id of a resource", quote(text));
    Some(Fault::new(what, "write its id, or a reference such as `${resources.name.id}`"))
}

/// Tells whether a text leads from a subscription to something, a name behind each type.
fn is_path(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let parts: Vec<&str> = text.split('/').collect();
    let words = [(1, "subscriptions"), (3, "resourceGroups"), (5, "providers")];
    // Nothing is empty but what stands before the first `/`.
    let is_whole = parts.len() % 2 == 1 && parts[1..].iter().all(|part| !part.is_empty());
    let is = |(at, word): &(usize, &str)| {
        parts.get(*at).is_none_or(|part| part.eq_ignore_ascii_case(word))
    };
    is_plain && is_whole && parts[0].is_empty() && words.iter().all(is)
}

/// Holds an id against the type it must have, ignoring case as ARM does.
fn id(kind: &str, text: &str) -> Option<Fault> {
    let wanted = example_id(kind);
    let (got, model): (Vec<&str>, Vec<&str>) =
        (text.split('/').collect(), wanted.split('/').collect());
    let odd = |c: char| c.is_control() || c.is_whitespace() || "?#%\\<>\"'".contains(c);
    let fits = got.len() == model.len()
        && !text.contains(odd)
        && got.iter().zip(&model).enumerate().all(|(index, (got, model))| {
            let is_name = index >= 2 && index % 2 == 0 && index != 6;
            // A segment of dots leads to another path, and no group's name ends in one.
            let dots = got.chars().all(|c| c == '.') || index == 4 && got.ends_with('.');
            if is_name { !dots } else { got.eq_ignore_ascii_case(model) }
        });
    if fits {
        return None;
    }
    let what = format!("`{}` is no id of a {kind}", quote(text));
    Some(Fault::new(what, format!("it looks like `{}`", readable_id(kind))))
}

fn id_with(kind: &str, name: &str) -> String {
    let (provider, types) = kind.split_once('/').unwrap_or((kind, ""));
    let mut id = format!("/subscriptions/{name}/resourceGroups/{name}/providers/{provider}");
    for part in types.split('/') {
        id.push('/');
        id.push_str(part);
        id.push('/');
        id.push_str(name);
    }
    id
}

fn example_id(kind: &str) -> String {
    id_with(kind, "x")
}

fn readable_id(kind: &str) -> String {
    id_with(kind, "…")
}
