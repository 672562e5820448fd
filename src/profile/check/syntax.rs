//! The alphabets of names: Azure's, Kubernetes' and their lengths, as pure questions.

/// Says whether a name has letters, digits, `-` and `_` with a letter or digit at both ends;
/// managed clusters (AKS specification, `ResourceNameParameter`).
pub(super) fn is_cluster_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Says whether a name fits what stands in a network: letters, digits, `_`, `.` and `-`, a letter
/// or digit first, a letter, digit or `_` last (resource-name-rules).
pub(super) fn is_network_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// Says whether a name fits a resource group: letters of any script, digits, `_`, `-`, `.` and
/// round brackets, no full stop at the end (resource-name-rules).
pub(super) fn is_group_name(name: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_-.()".contains(c);
    !name.is_empty() && name.chars().all(inner) && !name.ends_with('.')
}

/// Says whether a text is a DNS label: letters, digits and `-`, a letter or digit at both ends.
pub(super) fn is_dns_label(name: &str) -> bool {
    is_cluster_name(name) && !name.contains('_')
}

/// Says whether a name fits a node pool: `^[a-z][a-z0-9]*$` (AKS specification).
pub(super) fn is_pool_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Returns the pool name that is closest to a text, when there is one.
pub(super) fn pool_name_of(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let name: String = lower.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    is_pool_name(&name).then_some(name)
}

/// Returns the name closest to a text in the cluster's alphabet, when there is one.
pub(super) fn cluster_name_of(text: &str) -> Option<String> {
    let same = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = text.chars().map(same).take(63).collect();
    let name = name.trim_matches(['-', '_']).to_owned();
    (!name.is_empty()).then_some(name)
}

/// Says whether a text is the name of a Kubernetes label: up to 63 letters, digits, `-`, `_` and
/// `.`, a letter or digit at both ends, after an optional DNS name and a slash.
pub(super) fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        None => is_label_word(key),
        Some((prefix, name)) => is_label_word(name) && is_dns_name(prefix),
    }
}

/// Says whether a text is the value of a Kubernetes label; it may be empty.
pub(super) fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_label_word(value)
}

fn is_label_word(word: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=63).contains(&word.len())
        && word.chars().all(inner)
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_dns_name(name: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(lower)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Returns major, minor and, when written, patch of a version such as `1.34` or `1.34.2`; `None`
/// for `latest`.
pub(super) fn version(text: &str) -> Option<(u32, u32, Option<u32>)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    let patch = parts.next().flatten();
    Some((major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_azure() {
        assert!(is_cluster_name("a") && is_cluster_name("a-b_c9") && !is_cluster_name("-a"));
        assert!(!is_cluster_name("a.b") && !is_cluster_name("a_"));
        assert!(is_network_name("a.b_") && !is_network_name("_a") && !is_network_name("a-"));
        assert!(is_group_name("Gruppe(über).1") && !is_group_name("a.") && !is_group_name("a b"));
        assert!(is_pool_name("np1") && !is_pool_name("1np") && !is_pool_name("Np"));
        assert_eq!(pool_name_of("GPU-Pool"), Some("gpupool".to_owned()));
        assert_eq!(pool_name_of("12"), None);
    }

    #[test]
    fn labels_follow_kubernetes() {
        assert!(is_label_key("team") && is_label_key("example.com/team.x"));
        assert!(!is_label_key("/x") && !is_label_key("a/b/c") && !is_label_key("Example.com/x"));
        assert!(is_label_value("") && is_label_value("x_y") && !is_label_value("-x"));
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version("1.34"), Some((1, 34, None)));
        assert_eq!(version("1.34.2"), Some((1, 34, Some(2))));
        assert_eq!(version("latest"), None);
    }
}
