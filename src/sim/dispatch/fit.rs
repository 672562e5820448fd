//! What ARM itself refuses of a body, whatever the type: text it cannot read, tags that do not fit.

use serde_json::Value;

use super::super::error::Refusal;

/// The most tags of a resource or a group
/// (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
const MOST_TAGS: usize = 50;

/// The most characters of a tag's name and of its value (the same page).
const LONGEST_NAME: usize = 512;
const LONGEST_VALUE: usize = 256;

/// Refuses tags that are no texts, too long or too many. The limits are documented; what is said of
/// them is partly ours.
pub(super) fn tags(body: &Value) -> Result<(), Refusal> {
    let Some(tags) = body.get("tags") else { return Ok(()) };
    let Some(tags) = tags.as_object() else {
        return Err(unreadable("an object of texts is required. Path 'tags'"));
    };
    if let Some((name, value)) = tags.iter().find(|(_, value)| !value.is_string()) {
        return Err(unreadable(&format!("Error converting value {value}. Path 'tags.{name}'")));
    }
    for (name, value) in tags {
        let value = value.as_str().unwrap_or_default();
        let odd = name.contains(['<', '>', '%', '&', '\\', '?', '/']);
        if odd {
            return Err(Refusal::arm(
                400,
                "InvalidTagNameCharacters",
                format!(
                    "The tag names '{name}' have reserved characters '<,>,%,&,\\,?,/' or control \
                     characters."
                ),
            ));
        }
        let (what, text, most) = if name.chars().count() > LONGEST_NAME {
            ("name", name.as_str(), LONGEST_NAME)
        } else if value.chars().count() > LONGEST_VALUE {
            ("value", value, LONGEST_VALUE)
        } else {
            continue;
        };
        return Err(Refusal::arm(
            400,
            if what == "name" { "InvalidTagNameLength" } else { "InvalidTagValueLength" },
            format!(
                "Tag {what} too large. Following tag {what} '{text}' exceeded the maximum length. \
                 Maximum allowed length for tag {what} - '{most}' characters."
            ),
        ));
    }
    if tags.len() > MOST_TAGS {
        return Err(Refusal::arm(
            400,
            "TooManyTags",
            format!(
                "The number of tags '{}' exceeds the maximum of '{MOST_TAGS}' for a resource.",
                tags.len()
            ),
        ));
    }
    Ok(())
}

/// What ARM says of a body that it cannot read.
pub(super) fn unreadable(why: &str) -> Refusal {
    Refusal::arm(
        400,
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{why}'."),
    )
}
