//! What is due, and what is spared.

use time::macros::datetime;

use super::*;
use crate::plan::Environment;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn seen(standing: Standing, expiry: Expiry) -> Sighting {
    Sighting {
        environment: Environment::new("s", "g", "n"),
        standing,
        phase: None,
        expiry,
        torn: None,
        made: Some(datetime!(2026-05-30 12:00 UTC)),
        nodes: 0,
        cores: None,
        owner: None,
        run: None,
        version: None,
        location: None,
        cluster: None,
        orphans: Vec::new(),
    }
}

#[test]
fn what_is_expired_goes_and_what_is_not_stays() {
    let rule = Rule::default();
    let at = |at| seen(Standing::Whole, Expiry::At(at));
    let since = "2026-06-01T11:59:59Z".to_owned();
    let expired = rule.of_sighting(&at(datetime!(2026-06-01 11:59:59 UTC)), NOW);
    assert_eq!(expired, Ok(Because::Expired { since }));
    assert!(matches!(
        rule.of_sighting(&at(datetime!(2026-06-01 12:00:01 UTC)), NOW),
        Err(Spared::NotYet { .. })
    ));
    let going = Sighting { standing: Standing::Going, ..at(datetime!(2026-01-01 0:00 UTC)) };
    assert_eq!(rule.of_sighting(&going, NOW), Err(Spared::Going));
    let newer = Sighting { version: Some("99.0.0".into()), ..at(datetime!(2026-01-01 0:00 UTC)) };
    assert!(rule.of_sighting(&newer, NOW).is_err_and(|why| why.is_unclear()));
}

#[test]
fn what_carries_no_expiry_goes_only_when_asked_for() {
    let never = seen(Standing::Whole, Expiry::Never);
    assert_eq!(Rule::default().of_sighting(&never, NOW), Err(Spared::NoExpiry));
    let older = |hours| Rule { older_than: Some(Duration::from_hours(hours)), ..Rule::default() };
    assert!(matches!(older(47).of_sighting(&never, NOW), Ok(Because::Older { .. })));
    assert_eq!(older(49).of_sighting(&never, NOW), Err(Spared::NoExpiry));
    let ageless = Sighting { made: None, ..never.clone() };
    assert_eq!(older(1).of_sighting(&ageless, NOW), Err(Spared::AgeUnknown));
    // An expiry that somebody wrote counts for more than an age that somebody else asks for.
    let later = seen(Standing::Whole, Expiry::At(datetime!(2026-07-01 0:00 UTC)));
    assert!(matches!(older(1).of_sighting(&later, NOW), Err(Spared::NotYet { .. })));
}

#[test]
fn what_is_left_over_goes_when_asked_for_and_not_while_it_is_being_made() {
    let rule = Rule { orphans: true, ..Rule::default() };
    for standing in [Standing::HalfMade, Standing::Orphan] {
        let left = seen(standing, Expiry::Never);
        assert_eq!(rule.of_sighting(&left, NOW), Ok(Because::LeftOver));
        assert_eq!(Rule::default().of_sighting(&left, NOW), Err(Spared::NoExpiry));
    }
    let new = Sighting {
        made: Some(NOW - Duration::from_mins(20)),
        ..seen(Standing::HalfMade, Expiry::Never)
    };
    assert_eq!(rule.of_sighting(&new, NOW), Err(Spared::NoExpiry));
    assert_eq!(rule.of_sighting(&seen(Standing::Whole, Expiry::Never), NOW), Err(Spared::NoExpiry));
}

#[test]
fn what_a_teardown_left_goes_and_what_is_no_time_stays() {
    let torn = Sighting {
        torn: Some("2026-05-31T00:00:00Z".into()),
        ..seen(Standing::Failed, Expiry::Never)
    };
    assert!(matches!(Rule::default().of_sighting(&torn, NOW), Ok(Because::TeardownFailed { .. })));
    let odd = seen(Standing::Whole, Expiry::Unreadable { tag: "t".into(), text: "soon".into() });
    let spared =
        Rule { older_than: Some(Duration::ZERO), ..Rule::default() }.of_sighting(&odd, NOW);
    assert!(spared.is_err_and(|why| why.is_unclear() && why.sentence().contains("`soon`")));
}

#[test]
fn of_two_clocks_the_earlier_counts() {
    let azure = datetime!(2026-06-01 11:00 UTC);
    assert_eq!(earlier(NOW, Some(azure)), azure);
    assert_eq!(earlier(azure, Some(NOW)), azure);
    assert_eq!(earlier(NOW, None), NOW);
}
