//! Secrets within a text, whatever the text is: a sentence, a URL, a form, a connection string, JSON,
//! JSON within JSON, a kubeconfig.
//!
//! The scanner goes through a text once. It stops at words that look like secrets (web tokens, private
//! keys), at words that say that one follows (`Bearer`), and at names of secrets with an `=` or a `:`
//! behind them; what such a name has for a value is hidden, to the closing quote where it is quoted.
//! Where it is in doubt it hides: only a value that is a word of English ([`names::is_word`]) stays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::names;

/// A token has more letters than a word that may follow `Bearer` in a sentence; chosen.
const SHORTEST_TOKEN: usize = 20;

/// How far is looked for the next name behind `;`, `,` or `&`; chosen: longer names do not occur.
const LONGEST_NAME: usize = 64;

/// How private keys begin.
const PEM: &str = "-----BEGIN ";

/// How such a beginning begins in base64, as kubeconfigs have it.
const PEM_BASE64: &str = "LS0tLS1CRUdJTi";

/// How many letters of base64 tell of what kind such a key is: `-----BEGIN ENCRYPTED PRIVATE KEY`.
const PEM_BASE64_HEAD: usize = 60;

/// Returns a text without the secrets in it; the words around them stay.
pub(super) fn scan(text: &str) -> String {
    let mut scanner = Scanner::of(text);
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner.end()
}

/// Returns a form, or the part of a URL behind its question mark, without the secrets in it.
pub(super) fn scan_query(text: &str) -> String {
    let mut scanner = Scanner { in_query: true, ..Scanner::of(text) };
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner.end()
}

/// Where the scanner is. It works on bytes: whatever it looks for is ASCII, so it cuts no letter.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Up to where the text stands in `out`.
    told: usize,
    /// Whether this is the part of a URL behind its question mark.
    in_query: bool,
    /// Where the text begins and ends, blanks left out.
    whole: (usize, usize),
    out: String,
}

impl<'a> Scanner<'a> {
    fn of(text: &'a str) -> Self {
        let out = String::with_capacity(text.len());
        let whole = (text.len() - text.trim_start().len(), text.trim_end().len());
        Self { text, bytes: text.as_bytes(), at: 0, told: 0, in_query: false, whole, out }
    }

    fn end(mut self) -> String {
        self.out.push_str(&self.text[self.told..]);
        self.out
    }

    /// Goes on by a word, or by one byte that belongs to none.
    fn step(&mut self) {
        match self.bytes[self.at] {
            b'-' if self.text[self.at..].starts_with(PEM) => self.key(),
            byte if is_name(byte) => self.word(),
            b':' if self.bytes[self.at..].starts_with(b"://") => self.user(),
            byte => {
                let ends = byte.is_ascii_whitespace() || is_quote(byte) || b"<>".contains(&byte);
                self.in_query = byte == b'?' || (self.in_query && !ends);
                self.at += 1;
            }
        }
    }

    /// Replaces what stands between two places and goes on behind it.
    fn hide(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[self.told..from]);
        self.out.push_str(REDACTED);
        self.told = to;
        self.at = to;
    }

    /// Hides a private key, from mark to mark.
    fn key(&mut self) {
        let rest = &self.text[self.at + PEM.len()..];
        let label = rest.find("-----").unwrap_or(rest.len()).min(LONGEST_NAME);
        if !rest.as_bytes()[..label].windows(7).any(|part| part == b"PRIVATE") {
            self.at += PEM.len();
            return;
        }
        let end = rest.find("-----END ").map(|end| end + "-----END ".len());
        let end = end.and_then(|end| Some(end + rest[end..].find("-----")? + "-----".len()));
        self.hide(self.at, end.map_or(self.text.len(), |end| self.at + PEM.len() + end));
    }

    /// Hides user and password in front of a host.
    fn user(&mut self) {
        let from = self.at + "://".len();
        let to = self.run(from, |byte| {
            !byte.is_ascii_whitespace() && !is_quote(byte) && !b"/?#<>;".contains(&byte)
        });
        match self.text[from..to].rfind('@') {
            Some(user) => self.hide(from, from + user),
            None => self.at = from,
        }
    }

    fn word(&mut self) {
        let (from, text) = (self.at, self.text);
        let to = self.run(from, is_name);
        // A key may follow the `n` of an escaped line break.
        let to = text[from..to].find(PEM.trim_end()).map_or(to, |key| from + key);
        let word = &text[from..to];
        self.at = to;
        if is_entra_secret(word) {
            return self.hide(from, to);
        }
        if let Some(token) = web_token(word) {
            return self.hide(from + token, without_stop(self.text, self.run(to, is_token)));
        }
        if word.starts_with(PEM_BASE64) && self.holds_key(from) {
            return self.hide(from, self.run(to, is_token));
        }
        if let Some((start, end)) = self.proof(from, to) {
            return self.hide(start, end);
        }
        let Some(value) = self.value_of(from, to) else { return };
        match self.extent(value) {
            Some((start, end)) => self.hide(start, end),
            None => self.at = value,
        }
    }

    /// Tells whether base64 begins a private key.
    fn holds_key(&self, from: usize) -> bool {
        let head = self.bytes.get(from..from + PEM_BASE64_HEAD);
        let head = head.and_then(|head| STANDARD.decode(head).ok()).unwrap_or_default();
        head.windows(7).any(|part| part == b"PRIVATE")
    }

    /// Returns where what follows `Bearer` or `Basic` stands, where that is a proof and no word of a
    /// sentence: long, or alone, or a name with its password.
    fn proof(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let scheme = &self.text[from..to];
        let (bearer, basic) =
            (scheme.eq_ignore_ascii_case("bearer"), scheme.eq_ignore_ascii_case("basic"));
        let start = self.run(to, |byte| byte == b' ');
        if start == to || !(bearer || basic) {
            return None;
        }
        let end = without_stop(self.text, self.run(start, is_token));
        if end == start {
            return None;
        }
        // `authorization_uri="…"` tells where to log in.
        let is_parameter =
            self.bytes.get(end).is_some_and(|byte| is_quote(*byte)) && self.bytes[end - 1] == b'=';
        let token = &self.text[start..end];
        let alone = (from, end) == self.whole;
        let pair = || STANDARD.decode(token).is_ok_and(|said| said.contains(&b':'));
        let found = (bearer && token.len() >= SHORTEST_TOKEN) || (basic && pair()) || alone;
        (found && !is_parameter).then_some((start, end))
    }

    /// Returns where the value of a secret name begins, if the word is such a name.
    fn value_of(&self, from: usize, to: usize) -> Option<usize> {
        let name = &self.text[from..to];
        let before = from.checked_sub(1).map(|at| self.bytes[at]);
        let is_parameter = self.in_query && matches!(before, None | Some(b'?' | b'&'));
        if !(names::is_secret(name) || (is_parameter && names::is_secret_parameter(name))) {
            return None;
        }
        let quote = self.run(to, |byte| byte == b'\\');
        let quoted = self.bytes.get(quote).is_some_and(|byte| is_quote(*byte));
        let behind = if quoted { quote + 1 } else { to };
        let sign = self.run(behind, is_blank);
        let rest = &self.bytes[sign..];
        let (value, is_colon) = match rest {
            [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
            [b':', b'=', ..] | [b'=', b'>' | b'=', ..] => (sign + 2, false),
            [b':', ..] => (sign + 1, true),
            [b'=', ..] => (sign + 1, false),
            [b'%', b'3', b'D' | b'd', ..] => (sign + 3, false),
            [b'v', b'a', b'l', b'u', b'e', b' ', b'"' | b'\'', ..] => (sign + 6, false),
            _ => return None,
        };
        let start = self.run(value, is_blank);
        // A path that ends in `/db-password` and the name of an error are followed by sentences.
        let speaks = is_colon && start > value && !quoted;
        if speaks && (before == Some(b'/') || names::is_fault(name)) {
            return None;
        }
        Some(start)
    }

    /// Returns where what must be hidden of a value stands: its quotes stay. `None` if nothing must.
    fn extent(&self, from: usize) -> Option<(usize, usize)> {
        let quote = self.run(from, |byte| byte == b'\\');
        let whole = |end| Some((from, end));
        match self.bytes.get(quote) {
            None => None,
            Some(sign) if is_quote(*sign) => {
                let end = self.closing(quote + 1, *sign, quote - from);
                (end > quote + 1).then_some((quote + 1, end))
            }
            Some(b'[') => whole(self.closing_bracket(quote, b'[', b']')),
            Some(b'{') => whole(self.closing_bracket(quote, b'{', b'}')),
            Some(_) => self.bare(from).and_then(whole),
        }
    }

    /// Returns where a quoted value ends, before its closing quote: that has as many backslashes as
    /// the opening one, and no letter behind it.
    fn closing(&self, from: usize, quote: u8, slashes: usize) -> usize {
        let mut run = 0;
        for (at, byte) in self.bytes.iter().enumerate().skip(from) {
            if *byte == b'\\' {
                run += 1;
                continue;
            }
            let fits = if slashes == 0 { run % 2 == 0 } else { run == slashes };
            let ends = self.bytes.get(at + 1).is_none_or(|next| !next.is_ascii_alphanumeric());
            if *byte == quote && fits && ends {
                return at - slashes;
            }
            run = 0;
        }
        self.bytes.len()
    }

    /// Returns where a list or an object ends.
    fn closing_bracket(&self, from: usize, open: u8, close: u8) -> usize {
        let mut depth = 0_usize;
        for (at, byte) in self.bytes.iter().enumerate().skip(from) {
            depth += usize::from(*byte == open);
            depth -= usize::from(*byte == close);
            if depth == 0 {
                return at + 1;
            }
        }
        self.bytes.len()
    }

    /// Returns where a value without quotes ends; `None` if it is a word of a sentence.
    fn bare(&self, from: usize) -> Option<usize> {
        let mut end = self.bare_end(from);
        let word = |end| self.text[from..end].trim_matches(|c: char| c.is_ascii_punctuation());
        if word(end).is_empty() || names::is_word(word(end)) {
            return None;
        }
        let next = self.run(end, |byte| byte == b' ');
        if names::is_scheme(word(end)) && next > end {
            end = self.bare_end(next);
        }
        Some(without_stop(self.text, end))
    }

    fn bare_end(&self, from: usize) -> usize {
        // What is written in the code of URLs ends where that code has a `;` or a `&`.
        let sign = from.checked_sub(3).map(|at| &self.bytes[at..from]);
        let is_coded = sign.is_some_and(|sign| sign.eq_ignore_ascii_case(b"%3D"));
        let coded = |at: usize| {
            let code = self.bytes.get(at..at + 3).unwrap_or_default();
            is_coded && (code.eq_ignore_ascii_case(b"%3B") || code == b"%26")
        };
        let mut at = from;
        while at < self.bytes.len() && !self.ends_bare(at) && !coded(at) {
            at += 1;
        }
        at
    }

    /// Tells whether a value without quotes ends here: passwords may hold anything but blanks, so
    /// a sign ends one only where what follows says so.
    fn ends_bare(&self, at: usize) -> bool {
        let next = self.bytes.get(at + 1);
        let is_last = next.is_none_or(|next| !next.is_ascii_alphanumeric());
        match self.bytes[at] {
            b'&' if self.in_query => true,
            b'&' | b';' | b',' => is_last || self.is_pair(at + 1),
            b'"' | b'\'' | b'`' | b')' | b']' | b'}' | b'>' => is_last,
            b'\\' => next.is_some_and(|next| is_quote(*next)),
            b'<' => next == Some(&b'/'),
            byte => byte.is_ascii_whitespace(),
        }
    }

    /// Tells whether a name and its sign stand here.
    fn is_pair(&self, at: usize) -> bool {
        let most = self.bytes.len().min(at + LONGEST_NAME);
        let end = self.run(at, |byte| is_name(byte) || byte == b' ').min(most);
        matches!(self.bytes.get(end), Some(b'=' | b':'))
    }

    /// Returns where a run of such bytes that begins here ends.
    fn run(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes[from..].iter().position(|byte| !belongs(*byte));
        rest.map_or(self.bytes.len(), |length| from + length)
    }
}

/// Returns where in a word a JSON web token begins: three parts, of which the first two are JSON, or
/// five, of which the first is (RFC 7515, RFC 7516).
fn web_token(word: &str) -> Option<usize> {
    let parts: Vec<&str> = word.split('.').collect();
    let mut at = 0;
    for (place, part) in parts.iter().enumerate() {
        let left = parts.len() - place;
        let json = part
            .find("eyJ")
            .filter(|begin| *begin == 0 || !part.as_bytes()[begin - 1].is_ascii_alphanumeric());
        let signed = left >= 3 && parts.get(place + 1).is_some_and(|next| next.starts_with("eyJ"));
        if let Some(begin) = json.filter(|_| signed || left >= 5) {
            return Some(at + begin);
        }
        at += part.len() + 1;
    }
    None
}

/// Tells whether a word looks like a secret that Entra made: three letters, a digit, `Q~`, and 31 to
/// 34 letters, by which secret scanners know them.
fn is_entra_secret(word: &str) -> bool {
    let letters = word.as_bytes();
    (37..=40).contains(&letters.len())
        && letters[3].is_ascii_digit()
        && letters[4..].starts_with(b"Q~")
}

/// Returns the end without a full stop before it.
fn without_stop(text: &str, end: usize) -> usize {
    end - usize::from(text[..end].ends_with(['.', ',', ':']))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.$~".contains(&byte)
}

fn is_token(byte: u8) -> bool {
    is_name(byte) || b"+/=".contains(&byte)
}

fn is_quote(byte: u8) -> bool {
    b"\"'`".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;

/// What stands where a secret stood.
pub(super) const REDACTED: &str = "REDACTED";
