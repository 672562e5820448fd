//! Label and field selectors, as kubectl's `-l` and `--field-selector` send them.

use serde_json::Value;

/// Keeps what a label selector picks; what cannot be understood comes back as a sentence.
pub(super) fn labels(selector: &str, all: &mut Vec<Value>) -> Result<(), String> {
    for part in split(selector) {
        let label = |object: &Value, name: &str| {
            object["metadata"]["labels"][name.trim()].as_str().map(str::to_owned)
        };
        if let Some((name, values)) = part.split_once(" notin ") {
            let values = set(values, &part)?;
            all.retain(|one| label(one, name).is_none_or(|label| !values.contains(&label)));
        } else if let Some((name, values)) = part.split_once(" in ") {
            let values = set(values, &part)?;
            all.retain(|one| label(one, name).is_some_and(|label| values.contains(&label)));
        } else if let Some((name, value)) = part.split_once("!=") {
            all.retain(|one| label(one, name).as_deref() != Some(value.trim()));
        } else if let Some((name, value)) = part.split_once('=') {
            let value = value.trim_start_matches('=').trim();
            all.retain(|one| label(one, name).as_deref() == Some(value));
        } else if let Some(name) = part.strip_prefix('!') {
            all.retain(|one| label(one, name).is_none());
        } else {
            all.retain(|one| label(one, &part).is_some());
        }
    }
    Ok(())
}

/// Keeps what a field selector picks.
pub(super) fn fields(selector: &str, all: &mut Vec<Value>) -> Result<(), String> {
    for part in split(selector) {
        let (name, value, wanted) = if let Some((name, value)) = part.split_once("!=") {
            (name, value, false)
        } else if let Some((name, value)) = part.split_once('=') {
            (name, value.trim_start_matches('='), true)
        } else {
            return Err(format!("invalid selector: '{part}'; can't understand '{part}'"));
        };
        let pointer = format!("/{}", name.trim().replace('.', "/"));
        all.retain(|one| {
            let found = one.pointer(&pointer);
            let text = found.map_or(String::new(), |found| {
                found.as_str().map_or_else(|| found.to_string(), str::to_owned)
            });
            (text == value.trim()) == wanted
        });
    }
    Ok(())
}

/// The values of a set: `(a,b)`.
fn set(values: &str, part: &str) -> Result<Vec<String>, String> {
    let inner = values.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.ok_or_else(|| format!("unable to parse requirement: '{part}'"))?;
    Ok(inner.split(',').map(|value| value.trim().to_owned()).collect())
}

/// The requirements: between commas, but for those of a set.
fn split(selector: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for c in selector.chars() {
        inside = (inside || c == '(') && c != ')';
        match parts.last_mut() {
            Some(last) if c != ',' || inside => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    let trimmed = parts.iter().map(|part| part.trim().to_owned());
    trimmed.filter(|part| !part.is_empty()).collect()
}
