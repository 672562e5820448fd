//! Who is connected: at most so many, and when it is full the one that was idle longest leaves.
//!
//! A client that connects and says nothing, or says it a byte at a time, so costs others nothing:
//! newcomers are always let in. A connection whose request is being answered is never sent away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// A bounded number of connections.
#[derive(Debug)]
pub(super) struct Crowd {
    limit: usize,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    next: u64,
    by_number: BTreeMap<u64, Member>,
}

#[derive(Debug)]
struct Member {
    seen: Instant,
    busy: usize,
    leave: Arc<Notify>,
}

impl Crowd {
    /// Returns an empty crowd of at most `limit`.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, members: Mutex::default() })
    }

    /// Takes a place; when there is none, the longest idle one is sent away, and when all are busy
    /// the newcomer gets none.
    pub(super) fn join(self: &Arc<Self>) -> Option<Arc<Seat>> {
        let mut members = self.members();
        if members.by_number.len() >= self.limit && !members.send_away_idlest() {
            return None;
        }
        let number = members.next;
        members.next += 1;
        let leave = Arc::new(Notify::new());
        let member = Member { seen: Instant::now(), busy: 0, leave: Arc::clone(&leave) };
        members.by_number.insert(number, member);
        Some(Arc::new(Seat { crowd: Arc::clone(self), number, leave }))
    }

    /// Sends the longest idle one away.
    pub(super) fn thin(&self) {
        self.members().send_away_idlest();
    }

    /// Sends everybody away who is not busy.
    pub(super) fn dismiss(&self) {
        let mut members = self.members();
        while members.send_away_idlest() {}
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn send_away_idlest(&mut self) -> bool {
        let idle = self.by_number.iter().filter(|(_, member)| member.busy == 0);
        let idlest = idle.min_by_key(|(_, member)| member.seen).map(|(number, _)| *number);
        let Some(gone) = idlest.and_then(|number| self.by_number.remove(&number)) else {
            return false;
        };
        gone.leave.notify_one();
        true
    }
}

/// A place in the crowd, free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    number: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// Notes that a request came.
    pub(super) fn seen(&self) {
        self.change(|_| {});
    }

    /// Holds the place while a request is being answered.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.change(|member| member.busy += 1);
        Busy(self)
    }

    /// Comes back when the place was taken away, or nothing happened for `patience`.
    pub(super) async fn unwanted(&self, patience: Duration) {
        loop {
            let Some((busy, seen)) = self.look() else { return };
            let from = if busy { Instant::now() } else { seen };
            tokio::select! {
                () = self.leave.notified() => return,
                () = sleep_until(from + patience) => {}
            }
            if self.look().is_none_or(|(busy, seen)| !busy && seen.elapsed() >= patience) {
                return;
            }
        }
    }

    fn look(&self) -> Option<(bool, Instant)> {
        let members = self.crowd.members();
        members.by_number.get(&self.number).map(|member| (member.busy > 0, member.seen))
    }

    fn change(&self, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.crowd.members().by_number.get_mut(&self.number) {
            member.seen = Instant::now();
            change(member);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd.members().by_number.remove(&self.number);
    }
}

/// As long as this lives, its connection is not sent away.
#[derive(Debug)]
pub(super) struct Busy<'a>(&'a Seat);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.change(|member| member.busy = member.busy.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_one_leaves_when_it_is_full() {
        let crowd = Crowd::new(2);
        let one = crowd.join().unwrap();
        tokio::time::advance(SECOND).await;
        let two = crowd.join().unwrap();
        tokio::time::advance(SECOND).await;
        one.seen();
        let _three = crowd.join().unwrap();
        two.unwanted(SECOND * 100).await;
        assert!(one.look().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_busy_stays_and_who_is_idle_leaves_in_the_end() {
        let crowd = Crowd::new(1);
        let one = crowd.join().unwrap();
        let busy = one.busy();
        assert!(crowd.join().is_none());
        let unwanted = one.unwanted(SECOND);
        assert!(tokio::time::timeout(SECOND * 50, unwanted).await.is_err());
        drop(busy);
        let start = Instant::now();
        one.unwanted(SECOND).await;
        assert_eq!(start.elapsed(), SECOND);
        drop(one);
        assert!(crowd.join().is_some());
    }
}
