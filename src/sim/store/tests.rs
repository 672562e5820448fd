//! The state file: shared, cut off anywhere, damaged, in the way of a full disk.

use proptest::prelude::*;
use serde_json::json;

use super::super::world::key;
use super::*;

fn options(path: &Path) -> Options {
    Options { state: Some(path.to_owned()), speed: Speed::Max, ..Options::default() }
}

/// A folder, a file in it that does not exist yet, a store that keeps a world there.
fn begun() -> (tempfile::TempDir, PathBuf, Store, World) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/sim.json");
    let (mut store, none) = Store::open(&options(&path)).unwrap();
    assert!(none.is_none());
    let mut world = World::new("s", 3, 5);
    store.begin_anew(&mut world).unwrap();
    (folder, path, store, world)
}

/// Everything that is kept of a world.
fn kept(world: &World) -> Vec<String> {
    let resources = world.all().map(|entry| format!("{entry:?}"));
    let operations = world.operations.iter().map(|operation| format!("{operation:?}"));
    let registration = world.registration.iter().map(|one| format!("{one:?}"));
    let past = world.past.iter().map(|one| format!("{one:?}"));
    let rest = format!("{} {} {} {}", world.subscription, world.seed, world.now, world.counter);
    resources.chain(operations).chain(registration).chain(past).chain([rest]).collect()
}

fn read(path: &Path) -> World {
    Store::open(&options(path)).unwrap().1.unwrap()
}

/// Makes a file one that was written longer ago.
pub(crate) fn age(path: &Path, by: Millis) {
    let written = std::fs::read(path).unwrap();
    let mut aged = Vec::new();
    for sealed in written.split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8(line::text(sealed).unwrap().to_vec()).unwrap();
        let mut older = text.clone().into_bytes();
        if let Some((before, rest)) = text.split_once("\"savedAt\":") {
            let (saved, rest) = rest.split_once(',').unwrap();
            let saved = saved.parse::<Millis>().unwrap() - by;
            older = format!("{before}\"savedAt\":{saved},{rest}").into_bytes();
        }
        line::seal(&mut older);
        aged.extend(older);
    }
    std::fs::write(path, aged).unwrap();
}

#[test]
fn what_is_saved_is_read_again_by_others() {
    let (_folder, path, mut one, mut world) = begun();
    let (mut two, seen) = Store::open(&options(&path)).unwrap();
    let mut seen = seen.unwrap();
    world.put("/Subscriptions/s/x/y", "x", &json!({"a": "ü\n\t"}));
    one.save(&mut world).unwrap();
    assert!(two.refresh(&mut seen).unwrap());
    assert_eq!(kept(&seen), kept(&world));
    assert!(!two.refresh(&mut seen).unwrap() && !one.refresh(&mut world).unwrap());
}

#[test]
fn a_write_costs_what_it_changes() {
    let (_folder, path, mut store, mut world) = begun();
    for number in 0..1_000 {
        world.put(&format!("/subscriptions/s/x/{number}"), "x", &json!({"number": number}));
    }
    store.begin_anew(&mut world).unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    world.put("/subscriptions/s/x/7", "x", &json!({"number": "seven"}));
    store.save(&mut world).unwrap();
    let added = std::fs::metadata(&path).unwrap().len() - before;
    assert!((100..400).contains(&added), "{added} bytes");
}

#[test]
fn a_file_stays_below_twice_its_world() {
    let (_folder, path, mut store, mut world) = begun();
    let (mut other, seen) = Store::open(&options(&path)).unwrap();
    let mut seen = seen.unwrap();
    let long = "x".repeat(1 << 14);
    for number in 0..100 {
        world.put("/subscriptions/s/x/y", "x", &json!({"number": number, "long": long}));
        store.save(&mut world).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < SPARED + (1 << 16));
        if number % 7 == 0 {
            other.refresh(&mut seen).unwrap();
            assert_eq!(kept(&seen), kept(&world), "{number}");
        }
    }
}

#[test]
fn a_file_taken_away_is_an_empty_world_and_one_put_in_its_place_is_seen() {
    let (_folder, path, mut store, mut world) = begun();
    world.put("/subscriptions/s/x/y", "x", &json!({}));
    store.save(&mut world).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(store.refresh(&mut world).unwrap());
    assert_eq!(world.all().count(), 0);
    assert!(!store.refresh(&mut world).unwrap());
    let (mut other, _) = Store::open(&options(&path)).unwrap();
    let mut another = World::new("s", 3, 5);
    another.put("/subscriptions/s/x/z", "x", &json!({}));
    other.begin_anew(&mut another).unwrap();
    assert!(store.refresh(&mut world).unwrap());
    assert_eq!(kept(&world), kept(&another));
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_the_world_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = Store::open(&options(&file.join("sim.json"))).unwrap_err().to_string();
    assert!(below.contains("cannot write") && below.contains("file"), "{below}");
    let (_folder, path, mut store, mut world) = begun();
    let before = kept(&world);
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    for _ in 0..2 {
        world.put("/subscriptions/s/x/y", "x", &json!({}));
        let full = store.save(&mut world).unwrap_err().to_string();
        assert!(full.contains("sim.json"), "{full}");
        assert_eq!(kept(&world), before);
    }
}

#[test]
fn a_damaged_or_newer_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    for (text, word) in [
        ("{", "damaged"),
        ("[]", "schema"),
        ("{\"schema\":99}", "newer"),
        ("{\"schema\":3,\"x\":1}\t0123456789abcdef\n{}", "newer"),
        ("{\"schema\":2,\"generation\":1", "damaged"),
        ("{\"schema\":2,\"generation\":1}\n", "first line"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Store::open(&options(&path)).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("sim.json"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn damage_found_while_running_is_told_each_time_and_nothing_is_written() {
    let (_folder, path, mut store, mut world) = begun();
    let mut text = std::fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"gone\":[]}\t0123456789abcdef\n");
    std::fs::write(&path, &text).unwrap();
    for _ in 0..2 {
        let error = store.refresh(&mut world).unwrap_err().to_string();
        assert!(error.contains("damaged: at byte"), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), text);
}

/// What one call may do.
#[derive(Clone, Debug)]
enum Step {
    Put(u8, u16),
    Remove(u8),
    Begin(u8, u64),
    Live(u64),
    Register(u8),
    Anew,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u8, any::<u16>()).prop_map(|(id, value)| Step::Put(id, value)),
        2 => (0..6_u8).prop_map(Step::Remove),
        2 => (0..6_u8, 0..90_000_u64).prop_map(|(id, lasts)| Step::Begin(id, lasts)),
        1 => (0..100_000_000_u64).prop_map(Step::Live),
        1 => (0..3_u8).prop_map(Step::Register),
        1 => Just(Step::Anew),
    ]
}

fn id(number: u8) -> String {
    format!("/subscriptions/s/resourceGroups/G{}/x/Y{}", number % 2, number)
}

fn take(world: &mut World, step: &Step) {
    use super::super::operation::{Course, Verb};
    use super::super::provider;
    use super::super::world::Registration;
    match step {
        Step::Put(number, value) => world.put(&id(*number), "X/y", &json!({ "v": value })),
        Step::Remove(number) => world.remove(&id(*number)),
        Step::Begin(number, lasts) => {
            let course = Course {
                provider: "X",
                lasts: *lasts,
                phases: Vec::new(),
                retry_after: None,
                api: "1".to_owned(),
            };
            world.begin_operation(&id(*number), "westeurope", Verb::Delete, course);
        }
        Step::Live(passed) => {
            let time = world.now + passed;
            provider::live(world, time);
            world.forget();
        }
        Step::Register(number) => {
            let one = Registration { state: "Registering".to_owned(), until: world.now + 9 };
            world.registration.set(&format!("n{number}"), Some(one));
        }
        Step::Anew => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever was written when a writer was killed, the file opens as after some whole call, and
    /// the next writer goes on from there.
    #[test]
    fn cut_anywhere_it_opens_as_after_some_whole_call(
        steps in proptest::collection::vec(step(), 1..12), reach in prop_oneof![Just(0), Just(500_000)]
    ) {
        let (_folder, path, mut store, mut world) = begun();
        world.past.reach(reach);
        let mut after = vec![kept(&world)];
        let (mut from, mut offset) = (0, store.seen.base);
        for step in &steps {
            take(&mut world, step);
            if matches!(step, Step::Anew) {
                store.begin_anew(&mut world).unwrap();
                (from, offset) = (after.len(), store.seen.base);
            } else {
                store.save(&mut world).unwrap();
            }
            prop_assert_eq!(kept(&read(&path)), kept(&world));
            after.push(kept(&world));
        }
        let whole = std::fs::read(&path).unwrap();
        let offset = usize::try_from(offset).unwrap();
        let cut = path.with_extension("cut");
        let mut last = from;
        let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        let mut lengths: Vec<usize> = ends.flat_map(|at| [at, at + 1, at + 2]).collect();
        lengths.extend((0..whole.len()).step_by(17));
        lengths.sort_unstable();
        for length in lengths.into_iter().filter(|length| *length <= whole.len()) {
            std::fs::write(&cut, &whole[..length]).unwrap();
            let opened = Store::open(&options(&cut));
            if length < offset {
                prop_assert!(opened.is_err(), "a base is there as a whole, or is named as damaged");
                continue;
            }
            let (mut store, found) = opened.unwrap();
            let mut found = found.unwrap();
            let held = kept(&found);
            let place = after[last..].iter().position(|state| *state == held);
            prop_assert!(place.is_some(), "at {} it holds what never was", length);
            last += place.unwrap();
            found.put(&id(9), "X/y", &json!({}));
            store.save(&mut found).unwrap();
            prop_assert_eq!(kept(&read(&cut)), kept(&found));
        }
        prop_assert_eq!(&after[last], after.last().unwrap());
    }

    /// What a call had changed is undone as if it had never come.
    #[test]
    fn a_call_undone_was_never_there(
        before in proptest::collection::vec(step(), 0..12), call in proptest::collection::vec(step(), 0..6),
        later in 0..100_000_u64,
    ) {
        let mut world = World::new("s", 3, 5);
        world.past.reach(500_000);
        for step in &before {
            take(&mut world, step);
        }
        world.keep();
        let mut untouched = world.clone();
        world.begin();
        for step in &call {
            take(&mut world, step);
        }
        world.undo();
        prop_assert_eq!(kept(&world), kept(&untouched));
        // The indexes are as they were, too.
        for one in [&mut world, &mut untouched] {
            take(one, &Step::Live(later));
        }
        prop_assert_eq!(kept(&world), kept(&untouched));
        for number in 0..6 {
            let running = |world: &World| world.running_in(&id(number)).cloned();
            prop_assert_eq!(running(&world), running(&untouched));
        }
        let listed = |world: &World| -> Vec<String> {
            world.of_kind("x/Y").map(|entry| key(&entry.id)).collect()
        };
        prop_assert_eq!(listed(&world), listed(&untouched));
    }
}
