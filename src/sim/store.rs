//! The state file: a journal, to which each call adds what it changed.
//!
//! # Why a journal
//!
//! Every process that shares a world holds all of it in memory, because it answers thousands of
//! calls a second from it. What such a process needs of a store is not a page cache but two
//! answers: what has changed since I last looked, and is what I wrote there whole? A journal
//! gives the first by its length and the second by a checksum a line. `SQLite` says that
//! something changed, not what, and would be a megabyte of C to keep a log in; `redb` lets one
//! process in at a time; LMDB cannot be opened without `unsafe`.
//!
//! # The file
//!
//! The first line names schema, generation and subscription, and how many lines the *base* has: the
//! world as it was when the file was begun, a line a thing. Each line after it is one call. When
//! the calls are longer than the base, the file is begun anew, so that a write costs what it
//! changes and the file is at most twice the world. A file is begun under another name and renamed
//! over the old one; whoever had that one open finds another first line, and reads anew.
//!
//! Writers take turns on a lock file beside it. Readers need none: a line that does not end yet is
//! not there yet. Of a killed writer that is all that can be left, and the next one takes it away,
//! so that a file opens as it was after some whole call. Where a line cannot be written (a full
//! disk), its beginning is taken back and the call is refused. There is no `fsync`: the state is a
//! rehearsal, and what a power cut may cost is less than the seconds that syncing each call would.
//! A damaged file is named and left alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::error::Error;
use super::input;
use super::world::World;
use super::{Options, Speed};

mod line;
mod old;
mod record;
#[cfg(test)]
pub(crate) mod tests;

use record::{Record, SCHEMA, Stamp};

/// The most MiB of a state file of schema 1.
const LARGEST: u64 = 512;

/// The longest first line; chosen: three times what one needs.
const HEAD: usize = 1024;

/// How long the calls of a small world may be before its file is begun anew; chosen: read in two
/// milliseconds.
const SPARED: u64 = 256 << 10;

/// Where the state lies, and how much of it the world in memory holds.
#[derive(Debug)]
pub(crate) struct Store {
    path: Option<PathBuf>,
    speed: Speed,
    seen: Seen,
    /// The file as seen, open for writing; opened with the first write.
    out: Option<File>,
}

/// What was seen of the file.
#[derive(Debug, Default)]
struct Seen {
    /// Its beginning, by which it is known again; nothing where there was no file.
    head: Vec<u8>,
    /// How much of it was read.
    length: u64,
    /// How much of that is the base.
    base: u64,
    /// How many lines of the base are still to come.
    awaited: u64,
    /// Whether it is of today's schema.
    is_current: bool,
    /// What its last line says of time.
    stamp: Option<Stamp>,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    schema: u64,
    generation: u64,
    /// Lines of the base.
    lines: u64,
    /// With the generation it tells a file from one of the same name that was deleted.
    begun_at: Millis,
    by: u32,
    subscription: String,
    seed: u64,
}

impl Store {
    /// Finds the state, and reads it if there is one.
    pub(crate) fn open(options: &Options) -> Result<(Self, Option<World>), Error> {
        let (path, speed) = (options.state.clone(), options.speed);
        let mut store = Self { path, speed, seen: Seen::default(), out: None };
        if let Some(folder) = store.path.as_deref().and_then(Path::parent)
            && !folder.as_os_str().is_empty()
        {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        }
        let world = store.read()?;
        Ok((store, world))
    }

    /// Brings the world to what other processes have written since; tells whether they have.
    ///
    /// Nothing may be changed and not kept in it: what others wrote comes first.
    pub(crate) fn refresh(&mut self, world: &mut World) -> Result<bool, Error> {
        let Some(path) = self.path.clone() else { return Ok(false) };
        let found = look(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let Some((file, head, length)) = found else {
            let was_there = !self.seen.head.is_empty();
            if was_there {
                self.seen = Seen::default();
                self.out = None;
                world.replace(World::new(&world.home, world.seed, world.now));
            }
            return Ok(was_there);
        };
        let is_same = !self.seen.head.is_empty() && head.starts_with(&self.seen.head);
        if is_same && length == self.seen.length {
            return Ok(false);
        }
        if is_same && self.seen.is_current && length > self.seen.length {
            let before = self.seen.length;
            self.follow(&path, file, world)?;
            return Ok(self.seen.length > before);
        }
        if let Some(found) = self.read()? {
            world.replace(found);
        }
        Ok(true)
    }

    /// Tells what time the world has come to since it was last written: the speed of who wrote
    /// counts, not that of who reads, or what one saw end would be going on again for another.
    pub(crate) fn reached(&self, world: &World) -> Millis {
        let missed = self.seen.stamp.map_or(0, |stamp| {
            let passed = wall_clock().saturating_sub(stamp.saved_at);
            passed.saturating_mul(u64::from(stamp.speed))
        });
        world.now.saturating_add(missed)
    }

    /// Tells whether time passes here otherwise than the file says, or the file is an old one.
    pub(crate) fn is_out_of_step(&self) -> bool {
        let speed = self.seen.stamp.map(|stamp| stamp.speed);
        self.path.is_some() && (speed != Some(pace(self.speed)) || !self.seen.is_current)
    }

    /// Waits for the other writers; the lock ends with the file handed back.
    pub(crate) fn lock(&self) -> Result<Option<File>, Error> {
        let Some(path) = &self.path else { return Ok(None) };
        let path = beside(path, ".lock");
        private(&path, File::options().create(true).truncate(false).write(true))
            .and_then(|file| file.lock().map(|()| Some(file)))
            .map_err(|source| Error::Write { path, source })
    }

    /// Writes what was changed, and keeps it; the caller holds the lock and has refreshed the
    /// world under it. Where that fails, file and world are as they were.
    pub(crate) fn save(&mut self, world: &mut World) -> Result<(), Error> {
        let Some(path) = self.path.clone() else {
            world.keep();
            return Ok(());
        };
        if !self.seen.is_current {
            return self.begin_anew(world);
        }
        if let Err(source) = self.append(&path, world) {
            world.undo();
            return Err(Error::Write { path, source });
        }
        world.keep();
        // The call is kept. Where there is no room to tidy up, that waits until there is twice as
        // much to be gained.
        if self.seen.length - self.seen.base > self.seen.base.max(SPARED)
            && self.begin_anew(world).is_err()
        {
            self.seen.base = self.seen.length;
        }
        Ok(())
    }

    /// Writes a file that holds this world and no calls, and keeps it; the caller holds the lock.
    pub(crate) fn begin_anew(&mut self, world: &mut World) -> Result<(), Error> {
        if let Some(path) = self.path.clone() {
            // One name for all writers: the lock lets one at a time in, and a killed one leaves no
            // more than one file behind, which the next takes.
            let new = beside(&path, ".new");
            let written = self.write_base(&new, world).and_then(|seen| {
                // Some systems rename over no file that is open.
                self.out = None;
                std::fs::rename(&new, &path).map(|()| seen)
            });
            match written {
                Ok(seen) => self.seen = seen,
                Err(source) => {
                    let _ = std::fs::remove_file(&new);
                    world.undo();
                    return Err(Error::Write { path, source });
                }
            }
        }
        world.keep();
        Ok(())
    }

    fn write_base(&self, path: &Path, world: &World) -> io::Result<Seen> {
        let file = private(path, File::options().create(true).truncate(true).write(true))?;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        let stamp = self.stamp(world);
        let head = Head {
            schema: SCHEMA,
            generation: self.generation() + 1,
            lines: u64::try_from(record::lines(world)).unwrap_or(u64::MAX),
            begun_at: stamp.saved_at,
            by: std::process::id(),
            subscription: world.home.clone(),
            seed: world.seed,
        };
        let mut head = serde_json::to_vec(&head)?;
        line::seal(&mut head);
        out.write_all(&head)?;
        let mut length = 0_u64;
        record::everything(world, stamp, |text| {
            line::seal(text);
            length += bytes(text);
            out.write_all(text)
        })?;
        out.flush()?;
        let length = length + bytes(&head);
        let (base, stamp) = (length, Some(stamp));
        Ok(Seen { head, length, base, awaited: 0, is_current: true, stamp })
    }

    fn append(&mut self, path: &Path, world: &World) -> io::Result<()> {
        let stamp = self.stamp(world);
        let mut text = Vec::new();
        record::changes(&mut text, world, stamp)?;
        line::seal(&mut text);
        let mut out = match self.out.take() {
            Some(out) => out,
            None => private(path, File::options().write(true))?,
        };
        if out.metadata()?.len() > self.seen.length {
            // The beginning of a line whose writer was killed.
            out.set_len(self.seen.length)?;
        }
        out.seek(SeekFrom::Start(self.seen.length))?;
        if let Err(error) = out.write_all(&text) {
            let _ = out.set_len(self.seen.length);
            return Err(error);
        }
        self.seen.length += bytes(&text);
        self.seen.stamp = Some(stamp);
        self.out = Some(out);
        Ok(())
    }

    fn stamp(&self, world: &World) -> Stamp {
        Stamp {
            saved_at: wall_clock(),
            now: world.now,
            speed: pace(self.speed),
            counter: world.counter,
            reach: world.past.reaches(),
        }
    }

    fn generation(&self) -> u64 {
        let text = line::text(&self.seen.head);
        let head = text.and_then(|text| serde_json::from_slice::<Head>(text).ok());
        head.map_or(0, |head| head.generation)
    }

    fn read(&mut self) -> Result<Option<World>, Error> {
        (self.seen, self.out) = (Seen::default(), None);
        let Some(path) = self.path.clone() else { return Ok(None) };
        let unread = |source| Error::Read { path: path.clone(), source };
        let Some((file, mut head, length)) = look(&path).map_err(unread)? else { return Ok(None) };
        let end = head.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let first = line::text(&head[..end]).map(serde_json::from_slice::<Head>);
        let Some(Ok(first)) =
            first.filter(|first| matches!(first, Ok(head) if head.schema == SCHEMA))
        else {
            drop(file);
            let text = input::read(&path, LARGEST).map_err(unread)?;
            let (world, stamp) = old::read(&path, &text, pace(self.speed))?;
            self.seen = Seen { head, length, stamp: Some(stamp), ..Seen::default() };
            return Ok(Some(world));
        };
        head.truncate(end);
        let (length, awaited) = (bytes(&head), first.lines);
        self.seen = Seen { head, length, awaited, is_current: true, ..Seen::default() };
        let mut world = World::new(&first.subscription, first.seed, 0);
        let followed =
            self.follow(&path, file, &mut world).and_then(|()| match self.seen.awaited {
                0 => Ok(Some(world)),
                _ => Err(damaged(&path, self.seen.length, "it ends within its base")),
            });
        if followed.is_err() {
            self.seen = Seen::default();
        }
        followed
    }

    /// Reads on from where the last look ended, as far as lines are whole.
    fn follow(&mut self, path: &Path, mut file: File, world: &mut World) -> Result<(), Error> {
        let unread = |source| Error::Read { path: path.to_owned(), source };
        file.seek(SeekFrom::Start(self.seen.length)).map_err(unread)?;
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        loop {
            line.clear();
            lines.read_until(b'\n', &mut line).map_err(unread)?;
            if line.last() != Some(&b'\n') {
                return Ok(());
            }
            let broken = |reason: &str| damaged(path, self.seen.length, reason);
            let text = line::text(&line).ok_or_else(|| broken("a line is not what was written"))?;
            let record: Record =
                serde_json::from_slice(text).map_err(|error| broken(&error.to_string()))?;
            self.seen.stamp = record.apply(world).or(self.seen.stamp);
            self.seen.length += bytes(&line);
            if self.seen.awaited > 0 {
                self.seen.awaited -= 1;
                self.seen.base = self.seen.length;
            }
        }
    }
}

/// Opens the file, and reads its beginning and its length; nothing when it is not there.
fn look(path: &Path) -> io::Result<Option<(File, Vec<u8>, u64)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut head = Vec::with_capacity(HEAD);
    (&file).take(HEAD as u64).read_to_end(&mut head)?;
    let length = file.metadata()?.len();
    Ok(Some((file, head, length)))
}

fn damaged(path: &Path, at: u64, reason: &str) -> Error {
    Error::Damaged { path: path.to_owned(), reason: format!("at byte {at}: {reason}") }
}

fn bytes(text: &[u8]) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
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

/// Milliseconds since 1970 by the machine's clock: how long the world went on between two runs is
/// told by no other.
#[expect(clippy::disallowed_methods, reason = "time between two processes has no other clock")]
fn wall_clock() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
