//! The body of a review, in JSON or in protobuf, which newer clients send by themselves
//! (k8s.io/api, `authorization/v1/generated.proto`).

use serde_json::Value;

/// What a body in Kubernetes' protobuf begins with.
const MAGIC: &[u8] = b"k8s\0";

/// What a review asks about.
pub(super) struct Asked {
    /// The verb: `get`.
    pub(super) verb: String,
    /// Whether it is one on a path, not on a resource.
    pub(super) is_path: bool,
}

/// Reads what a `SelfSubjectAccessReview` asks about.
pub(super) fn read(body: &[u8]) -> Option<Asked> {
    if let Some(rest) = body.strip_prefix(MAGIC) {
        return of_protobuf(rest);
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let verb = |of: &str| Some(body["spec"][of]["verb"].as_str()?.to_owned());
    let resource = verb("resourceAttributes").map(|verb| Asked { verb, is_path: false });
    resource.or_else(|| verb("nonResourceAttributes").map(|verb| Asked { verb, is_path: true }))
}

fn of_protobuf(body: &[u8]) -> Option<Asked> {
    // Unknown { raw = 2 }, SelfSubjectAccessReview { spec = 2 }, and in both attributes { verb = 2 }.
    let spec = field(field(body, 2)?, 2)?;
    let (attributes, is_path) = match field(spec, 1) {
        Some(attributes) => (attributes, false),
        None => (field(spec, 2)?, true),
    };
    let verb = std::str::from_utf8(field(attributes, 2)?).ok()?.to_owned();
    Some(Asked { verb, is_path })
}

/// Returns the bytes of a field of a protobuf message.
fn field(mut message: &[u8], wanted: u64) -> Option<&[u8]> {
    while !message.is_empty() {
        let tag = number(&mut message)?;
        match tag & 7 {
            0 => drop(number(&mut message)?),
            2 => {
                let length = usize::try_from(number(&mut message)?).ok()?;
                let (content, rest) = message.split_at_checked(length)?;
                if tag >> 3 == wanted {
                    return Some(content);
                }
                message = rest;
            }
            _ => return None,
        }
    }
    None
}

fn number(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let json = br#"{"spec":{"resourceAttributes":{"verb":"list","resource":"nodes"}}}"#;
        let spec = b"\x0a\x0b\x12\x04list\x2a\x03pod";
        let mut review = b"\x0a\x00\x12".to_vec();
        review.push(u8::try_from(spec.len()).unwrap());
        review.extend(spec);
        let mut body = MAGIC.to_vec();
        body.extend(b"\x0a\x00\x12");
        body.push(u8::try_from(review.len()).unwrap());
        body.extend(review);
        for given in [json.as_slice(), &body] {
            let asked = read(given).unwrap();
            assert!(asked.verb == "list" && !asked.is_path);
        }
        for broken in [b"k8s\0\x12\xff".as_slice(), b"k8s\0\x13", b"{}", b""] {
            assert!(read(broken).is_none());
        }
    }
}
