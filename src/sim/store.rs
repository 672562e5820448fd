//! The state file: the whole subscription as one JSON document.
//!
//! Written to a neighbour and renamed over the old one, so a reader sees one state or the other
//! and needs no lock; writers of several processes take turns on a lock file beside it. There is
//! no `fsync`: the state is a rehearsal, and what a power cut may cost is less than the seconds
//! that syncing each call would. The document opens with its generation, so a process sees with
//! one small read whether another one has written. A damaged file is named and left alone.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::clock::Millis;
use super::error::Error;
use super::ops::Operation;
use super::past::Before;
use super::world::{Entry, Registration, World, key};
use super::{Options, Speed};
use super::{input, provider};

/// The most MiB of a state file; chosen: ten thousand resources take 25.
const LARGEST: u64 = 512;

/// The schema this version writes; it reads no newer one.
const SCHEMA: u64 = 1;

/// A generation that no file has.
const UNSEEN: u64 = u64::MAX;

/// Where the state lies, and which generation of it was seen last.
#[derive(Debug)]
pub(crate) struct Store {
    path: Option<PathBuf>,
    generation: u64,
    speed: Speed,
    /// The speed that the file says, `None` where it says none.
    written: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    generation: u64,
    saved_at: Millis,
    now: Millis,
    /// How fast the last one to write let time pass; 0 for not at all, nothing in a file of before.
    speed: Option<u32>,
    subscription: String,
    seed: u64,
    counter: u64,
    #[serde(default)]
    registration: std::collections::BTreeMap<String, Registration>,
    resources: Vec<Line>,
    operations: Vec<Operation>,
    /// How far back lagging readers look, and what they see there; mostly nothing.
    #[serde(default)]
    reach: Millis,
    #[serde(default)]
    past: Vec<PastLine>,
}

#[derive(Deserialize)]
struct PastLine {
    id: String,
    until: Millis,
    was: Option<Line>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    kind: String,
    made: Millis,
    /// Nothing in a file of before.
    changed: Option<Millis>,
    place: u64,
    /// Kept as the text it is: thousands of bodies taken apart are ten times as large.
    body: Box<RawValue>,
}

impl Line {
    fn entry(self) -> Entry {
        let body = provider::without_secrets(&self.kind, self.body.into());
        let mut entry = Entry::stored(&self.id, &self.kind, body.into(), self.made, self.place);
        entry.changed = self.changed.unwrap_or(self.made);
        entry
    }
}

/// The part of a document that says whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    schema: Option<u64>,
}

impl Store {
    /// Finds the state, and reads it if there is one.
    pub(crate) fn open(options: &Options) -> Result<(Self, Option<World>), Error> {
        let mut store = Self {
            path: options.state.clone(),
            generation: 0,
            speed: options.speed,
            written: None,
        };
        if let Some(folder) = store.path.as_deref().and_then(Path::parent)
            && !folder.as_os_str().is_empty()
        {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        }
        let world = store.read()?;
        Ok((store, world))
    }

    /// Reads the state again if another process has written it since.
    pub(crate) fn refresh(&mut self) -> Result<Option<World>, Error> {
        let Some(path) = &self.path else { return Ok(None) };
        let mut head = [0_u8; 64];
        let found = match File::open(path).and_then(|mut file| file.read(&mut head)) {
            Ok(read) => generation(&head[..read]),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(0),
            Err(source) => return Err(Error::Read { path: path.clone(), source }),
        };
        if found == Some(self.generation) {
            return Ok(None);
        }
        Ok(Some(self.read()?.unwrap_or_default()))
    }

    /// Tells whether the state is kept in a file.
    pub(crate) fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Lets the next look read the file, whatever was seen of it: what is in memory is not to be
    /// trusted.
    pub(crate) fn mistrust(&mut self) {
        self.generation = UNSEEN;
    }

    fn read(&mut self) -> Result<Option<World>, Error> {
        let Some(path) = &self.path else { return Ok(None) };
        let text = match input::read(path, LARGEST) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.generation = 0;
                return Ok(None);
            }
            Err(source) => return Err(Error::Read { path: path.clone(), source }),
        };
        let document = parse(path, &text)?;
        self.generation = document.generation;
        self.written = document.speed;
        Ok(Some(self.revive(document)))
    }

    /// Tells whether time passes here otherwise than the file says.
    pub(crate) fn is_out_of_step(&self) -> bool {
        self.path.is_some() && self.written != Some(pace(self.speed))
    }

    /// Brings the world to where the last writer has it by now: its speed counts, not that of who
    /// reads, or what one saw end would be going on again for another.
    fn revive(&self, document: Document) -> World {
        let times = document.speed.unwrap_or_else(|| pace(self.speed));
        let passed = wall_clock().saturating_sub(document.saved_at);
        let missed = passed.saturating_mul(u64::from(times));
        let mut world =
            World::new(&document.subscription, document.seed, document.now.saturating_add(missed));
        world.counter = document.counter;
        world.registration = document.registration;
        world.operations = document
            .operations
            .into_iter()
            .map(|operation| (operation.id.clone(), operation))
            .collect();
        for line in document.resources {
            world.restore(line.entry());
        }
        world.past.reach(document.reach);
        for line in document.past {
            let entry = line.was.map(Line::entry);
            world.past.restore(&key(&line.id), Before { until: line.until, entry });
        }
        world.index();
        world
    }

    /// Waits for the other writers; the lock ends with the file handed back.
    pub(crate) fn lock(&self) -> Result<Option<File>, Error> {
        let Some(path) = &self.path else { return Ok(None) };
        let path = beside(path, ".lock");
        private(&path, File::options().create(true).truncate(false).write(true))
            .and_then(|file| file.lock().map(|()| Some(file)))
            .map_err(|source| Error::Write { path, source })
    }

    /// Writes the state; the caller holds the lock.
    pub(crate) fn save(&mut self, world: &World) -> Result<(), Error> {
        let Some(path) = &self.path else { return Ok(()) };
        let failed = |source| Error::Write { path: path.clone(), source };
        // One name for all writers: the lock lets one at a time in, and a killed one leaves no
        // more than one file behind, which the next takes.
        let new = beside(path, ".new");
        let file = private(&new, File::options().create(true).truncate(true).write(true));
        let file = file.map_err(failed)?;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        let head = (self.generation + 1, pace(self.speed));
        write(&mut out, world, head).and_then(|()| out.flush()).map_err(failed)?;
        drop(out);
        std::fs::rename(&new, path).map_err(failed)?;
        self.generation += 1;
        self.written = Some(pace(self.speed));
        Ok(())
    }
}

/// Opens a file that its owner alone may read and write, also where it stood with other rights: a
/// body may hold what is nobody else's business.
fn private(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// How fast time passes between two runs: where waiting is skipped, no clock but a run's own
/// counts, and none passes.
fn pace(speed: Speed) -> u32 {
    match speed {
        Speed::Max => 0,
        Speed::Times(times) => times,
    }
}

/// Writes the document by hand: the bodies are JSON already and need not be read for it.
fn write(out: &mut impl Write, world: &World, head: (u64, u32)) -> std::io::Result<()> {
    let (generation, speed) = head;
    write!(out, "{{\"schema\":{SCHEMA},\"generation\":{generation}")?;
    write!(out, ",\"savedAt\":{},\"now\":{},\"speed\":{speed}", wall_clock(), world.now)?;
    write!(out, ",\"subscription\":{}", json!(world.subscription))?;
    write!(out, ",\"seed\":{},\"counter\":{}", world.seed, world.counter)?;
    write!(out, ",\"registration\":")?;
    serde_json::to_writer(&mut *out, &world.registration)?;
    write!(out, ",\"resources\":[")?;
    for (at, entry) in world.all().enumerate() {
        write!(out, "{}", comma(at))?;
        write_line(out, entry)?;
    }
    write!(out, "],\"operations\":[")?;
    for (at, operation) in world.operations.values().enumerate() {
        write!(out, "{}", comma(at))?;
        serde_json::to_writer(&mut *out, operation)?;
    }
    if world.past.reaches() > 0 {
        write!(out, "],\"reach\":{},\"past\":[", world.past.reaches())?;
        for (at, (key, before)) in world.past.all().enumerate() {
            write!(out, "{}{{\"id\":{},\"until\":{}", comma(at), json!(key), before.until)?;
            if let Some(entry) = &before.entry {
                write!(out, ",\"was\":")?;
                write_line(out, entry)?;
            }
            write!(out, "}}")?;
        }
    }
    writeln!(out, "]}}")
}

fn comma(at: usize) -> &'static str {
    if at == 0 { "\n" } else { ",\n" }
}

fn write_line(out: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    let (id, kind) = (json!(entry.id), json!(entry.kind));
    write!(out, "{{\"id\":{id},\"kind\":{kind},\"made\":{}", entry.made)?;
    if entry.changed != entry.made {
        write!(out, ",\"changed\":{}", entry.changed)?;
    }
    write!(out, ",\"place\":{},\"body\":{}}}", entry.place, entry.text())
}

fn generation(head: &[u8]) -> Option<u64> {
    let head = String::from_utf8_lossy(head);
    let rest = head.split_once("\"generation\":")?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn parse(path: &Path, text: &[u8]) -> Result<Document, Error> {
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    let version: Version =
        serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    match version.schema {
        None => return Err(damaged("it has no `schema`".to_owned())),
        Some(found) if found > SCHEMA => {
            return Err(Error::Newer { path: path.to_owned(), found, known: SCHEMA });
        }
        Some(_) => {}
    }
    serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))
}

/// Milliseconds since 1970 by the machine's clock: how long the world went on between two runs is
/// told by no other.
#[expect(clippy::disallowed_methods, reason = "time between two processes has no other clock")]
fn wall_clock() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(path: &Path) -> Options {
        Options { state: Some(path.to_owned()), speed: Speed::Max, ..Options::default() }
    }

    #[test]
    fn what_is_saved_is_read_again_by_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/sim.json");
        let (mut one, none) = Store::open(&options(&path)).unwrap();
        assert!(none.is_none());
        let (mut two, _) = Store::open(&options(&path)).unwrap();
        let mut world = World::new("s", 3, 5);
        world.put("/Subscriptions/s/x/y", "x", &json!({"a": "ü\n"}));
        one.save(&world).unwrap();
        let again = two.refresh().unwrap().unwrap();
        assert_eq!(again.get("/subscriptions/s/x/y").unwrap().body(), json!({"a": "ü\n"}));
        assert_eq!((again.now, again.counter), (5, world.counter));
        assert!(two.refresh().unwrap().is_none());
        assert!(one.refresh().unwrap().is_none());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let below = Store::open(&options(&file.join("sim.json"))).unwrap_err().to_string();
        assert!(below.contains("cannot write") && below.contains("file"), "{below}");
        let (mut store, _) = Store::open(&options(&folder.path().join("gone/sim.json"))).unwrap();
        std::fs::remove_dir_all(folder.path().join("gone")).unwrap();
        let full = store.save(&World::new("s", 0, 0)).unwrap_err().to_string();
        assert!(full.contains("sim.json"), "{full}");
    }

    #[test]
    fn a_damaged_or_newer_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sim.json");
        for (text, word) in [("{", "damaged"), ("[]", "schema"), ("{\"schema\":99}", "newer")] {
            std::fs::write(&path, text).unwrap();
            let error = Store::open(&options(&path)).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("sim.json"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
