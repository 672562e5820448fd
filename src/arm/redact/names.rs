//! What names say that a secret stands behind them, and what words say that none does.

/// The ends of such names, in small letters without what parts their words. Collected from ARM's
/// specifications, Entra's requests, connection strings and kubeconfigs.
const ENDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secretvalue",
    "token",
    "assertion",
    "apikey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "primarykey",
    "secondarykey",
    "privatekey",
    "functionskey",
    "subscriptionkey",
    "instrumentationkey",
    "storagekey",
    "masterkey",
    "encryptionkey",
    "signingkey",
    "clientkeydata",
    "connectionstring",
    "kubeconfig",
    "admincredentials",
    "sharedaccesssignature",
    "cookie",
];

/// Such names that are too short or too common for an end.
const WHOLE: &[&str] = &["sig", "sas", "jwt", "pass", "authorization", "proxyauthorization"];

/// Names with such an end that tell a place in a list, or a key that all may know.
const HARMLESS: &[&str] =
    &["skiptoken", "continuationtoken", "pagetoken", "nexttoken", "synctoken", "publickeytoken"];

/// How names of errors begin: what follows `InvalidAuthenticationToken:` is a sentence.
const FAULTS: &[&str] =
    &["invalid", "expired", "missing", "unknown", "malformed", "incorrect", "wrong", "unsupported"];

/// Parameters of URLs and forms that are secret there alone: AKS signs its operation URLs with a
/// certificate `c`, a signature `s` and a hash `h` of about 3 kB; `code` is an authorisation code.
const PARAMETERS: &[&str] = &["c", "s", "h", "code"];

/// Words that follow a name in a sentence (`secret: not found`) and that nobody has as a password.
const WORDS: &[&str] = &[
    "a",
    "access",
    "all",
    "already",
    "an",
    "and",
    "any",
    "are",
    "at",
    "authentication",
    "bad",
    "be",
    "been",
    "but",
    "by",
    "can",
    "cannot",
    "contains",
    "could",
    "denied",
    "does",
    "empty",
    "error",
    "exceeded",
    "expected",
    "expired",
    "failed",
    "failure",
    "false",
    "for",
    "forbidden",
    "found",
    "from",
    "has",
    "have",
    "if",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "its",
    "length",
    "malformed",
    "may",
    "minimum",
    "mismatch",
    "missing",
    "must",
    "needs",
    "neither",
    "no",
    "none",
    "not",
    "null",
    "of",
    "on",
    "one",
    "only",
    "optional",
    "or",
    "please",
    "read",
    "refused",
    "rejected",
    "required",
    "requires",
    "resource",
    "revoked",
    "see",
    "set",
    "should",
    "signature",
    "that",
    "the",
    "there",
    "this",
    "to",
    "too",
    "true",
    "unable",
    "unauthorized",
    "undefined",
    "unexpected",
    "unknown",
    "unset",
    "unsupported",
    "use",
    "value",
    "was",
    "were",
    "when",
    "with",
    "without",
    "write",
    "wrong",
    "you",
    "your",
];

/// The ways to say who one is, as they stand before what proves it (RFC 7235).
const SCHEMES: &[&str] = &["bearer", "basic", "digest", "negotiate", "pop", "sharedkey"];

/// The longest name that is looked at, in bytes from its end; chosen: thrice the longest above.
const LONGEST: usize = 72;

/// Tells whether a name says that its value is secret, however its words are parted.
pub(super) fn is_secret(name: &str) -> bool {
    let plain = plain(name);
    let ends = |ends: &[&str]| ends.iter().any(|end| plain.ends_with(end));
    WHOLE.contains(&plain.as_str()) || (ends(ENDS) && !ends(HARMLESS))
}

/// Tells whether a parameter of a URL or a form is secret.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) || is_secret(name)
}

/// Tells whether a name is that of an error.
pub(super) fn is_fault(name: &str) -> bool {
    let plain = plain(name);
    FAULTS.iter().any(|start| plain.starts_with(start))
}

/// Tells whether a word belongs to a sentence, so that it is no secret.
pub(super) fn is_word(word: &str) -> bool {
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Tells whether a word says how somebody proves who he is.
pub(super) fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns the letters and digits of a name's end, in small letters.
fn plain(name: &str) -> String {
    let letters = name.bytes().rev().take(LONGEST).filter(u8::is_ascii_alphanumeric);
    let mut letters: Vec<char> =
        letters.map(|letter| char::from(letter.to_ascii_lowercase())).collect();
    letters.reverse();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_secret_however_they_are_written() {
        for name in [
            "password",
            "adminPassword",
            "AZURE_CLIENT_SECRET",
            "client_assertion",
            "api-key",
            "SharedAccessKey",
            "x-functions-key",
            "client-key-data",
            "accessToken",
            "sig",
            "Pwd",
            "properties.servicePrincipalProfile.secret",
            "Authorization",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "SharedAccessKeyName",
            "secretName",
            "tokenType",
            "$skiptoken",
            "PublicKeyToken",
            "keyData",
            "token_endpoint",
            "client_assertion_type",
            "Microsoft.Authorization",
            "c",
            "",
            "design",
            "é",
        ] {
            assert!(!is_secret(name), "{name}");
        }
        assert!(
            is_secret_parameter("H") && is_secret_parameter("sig") && !is_secret_parameter("t")
        );
    }
}
