//! Moments and spans of time as Kubernetes writes them.

use super::Cluster;
use crate::sim::clock::{self, Millis};

/// Writes a moment in RFC 3339 with whole seconds, on the client's clock.
pub(super) fn moment(cluster: &Cluster<'_>, at: Millis) -> String {
    let shifted = i128::from(at) + i128::from(cluster.shift);
    let whole = u64::try_from(shifted).unwrap_or_default() / 1_000 * 1_000;
    clock::rfc3339(whole)
}

/// Writes how long ago something was, as the column AGE does
/// (`k8s.io/apimachinery/pkg/util/duration`, `HumanDuration`).
pub(super) fn since(cluster: &Cluster<'_>, at: Millis) -> String {
    let seconds = cluster.world.now.saturating_sub(at) / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |whole: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{whole}{unit}"),
        rest => format!("{whole}{unit}{rest}{small}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if days < 2_920 => two(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}
