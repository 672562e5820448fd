//! How large numbers are written: `65,536` for people to read, never for machines.

/// Returns a number with a comma between each three digits.
pub fn grouped(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number with its noun: `1 node`, `1,000 nodes`. The noun takes an `s` in the plural,
/// `address` an `es`.
pub fn counted(number: impl Into<u128>, noun: &str) -> String {
    let number = number.into();
    let ending = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {noun}{ending}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_threes() {
        let written = [0_u32, 7, 251, 1_581, 27_610, 1_000_000].map(grouped);
        assert_eq!(written, ["0", "7", "251", "1,581", "27,610", "1,000,000"]);
        assert_eq!(grouped(u128::MAX).len(), 39 + 12);
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(counted(1_u32, "node"), "1 node");
        assert_eq!(counted(0_u32, "node"), "0 nodes");
        assert_eq!(counted(1_581_u32, "address"), "1,581 addresses");
    }
}
