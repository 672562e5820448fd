//! The network and what stands in it: peers on the left, the way out on the right, and below what
//! lies outside the network.

use super::canvas::Canvas;
use super::section::{MARGIN, RIGHT, section};
use crate::address::number::{counted, grouped};
use crate::address::{Demand, Model};
use crate::address_plan::{AddressPlan, Owner, PeerRow, PoolRow, RangeKind, RangeRow};

/// The width of a box beside the network.
const SIDE: i32 = 200;

/// The height of the box that says how traffic leaves.
const OUT: i32 = 98;

/// The height of a box below the network, with one line of words and with two.
const BELOW: (i32, i32) = (78, 96);

/// The width below which a box below the network needs two lines; chosen: by looking.
const NARROW: i32 = 330;

/// The gap that an arrow crosses.
const GAP: i32 = 56;

/// The size of a pool's box.
const POOL: (i32, i32) = (206, 62);

/// Pools drawn in one subnet; chosen: three rows or so.
const POOLS: usize = 12;

/// Draws the topology from `y` on; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, address_plan: &AddressPlan, y: i32) -> i32 {
    let top = section(canvas, y + 16, "Topology") + 22;
    let left = if address_plan.peers.is_empty() { MARGIN } else { MARGIN + SIDE + GAP };
    let right = RIGHT - SIDE - GAP;
    let bottom = network(canvas, address_plan, [left, top, right - left]);
    let peers_end = peers(canvas, &address_plan.peers, top, left);
    let way_end = way_out(canvas, address_plan, top, right);
    let outside_end = outside(canvas, address_plan, [left, bottom + 46, right - left]);
    outside_end.max(peers_end).max(way_end)
}

/// Draws the network with its subnets; returns its lower edge.
fn network(canvas: &mut Canvas, address_plan: &AddressPlan, [x, y, width]: [i32; 3]) -> i32 {
    let subnets: Vec<&RangeRow> =
        address_plan.ranges.iter().filter(|row| row.place == RangeKind::Subnet).collect();
    let mut names: Vec<&str> = Vec::new();
    for subnet in &subnets {
        if !names.contains(&subnet.name.as_str()) {
            names.push(&subnet.name);
        }
    }
    let heights = names.iter().map(|name| subnet_height(address_plan, name, width - 32) + 14);
    let height = 66 + heights.sum::<i32>() + 4;
    canvas.rect([x, y, width, height], 10, "panel edge-network");
    let whose = match address_plan.network.origin {
        Owner::Own => "made by this profile",
        Owner::Existing => "there before",
        Owner::Managed => "made and owned by AKS",
    };
    canvas.text(x + 16, y + 26, "ink t14 bold", &format!("virtual network, {whose}"));
    let ranges: Vec<String> = address_plan.network.ranges.iter().map(ToString::to_string).collect();
    let ranges =
        if ranges.is_empty() { "ranges not known here".to_owned() } else { ranges.join("  ") };
    canvas.fitted((x + 16, y + 48), width - 32, "soft t13 mono", &ranges);
    let mut at = y + 66;
    for name in names {
        let rows: Vec<&RangeRow> = subnets.iter().filter(|row| row.name == name).copied().collect();
        let tall = subnet_height(address_plan, name, width - 32);
        subnet(canvas, address_plan, &rows, [x + 16, at, width - 32, tall]);
        at += tall + 14;
    }
    y + height
}

fn pools_of<'s>(address_plan: &'s AddressPlan, name: &str) -> Vec<&'s PoolRow> {
    address_plan.pools.iter().filter(|pool| pool.subnet == name).collect()
}

fn per_row(width: i32) -> i32 {
    ((width - 20) / (POOL.0 + 10)).max(1)
}

fn subnet_height(address_plan: &AddressPlan, name: &str, width: i32) -> i32 {
    let pools = pools_of(address_plan, name).len().min(POOLS);
    let rows = i32::try_from(pools).unwrap_or(0).div_euclid(per_row(width))
        + i32::from(i32::try_from(pools).unwrap_or(0).rem_euclid(per_row(width)) > 0);
    58 + rows * (POOL.1 + 10) + if rows == 0 { 4 } else { 2 }
}

fn subnet(
    canvas: &mut Canvas,
    address_plan: &AddressPlan,
    rows: &[&RangeRow],
    [x, y, width, height]: [i32; 4],
) {
    let Some(first) = rows.first() else { return };
    let pools = pools_of(address_plan, &first.name);
    canvas.rect([x, y, width, height], 8, "paper edge-subnet");
    let ranges: Vec<String> =
        rows.iter().filter_map(|row| row.range).map(|range| range.to_string()).collect();
    let range =
        if ranges.is_empty() { "range not known here".to_owned() } else { ranges.join("  ") };
    canvas.text(x + 14, y + 23, "ink t13 bold", &format!("subnet {}", first.name));
    canvas.fitted((x + 14, y + 43), width / 2, "soft t12 mono", &range);
    if let Some(usage) = first.usage {
        let free = format!("{} free at the maximum", grouped(usage.free.maximum));
        canvas.text(x + width - 14, y + 43, "soft t12 end", &free);
    }
    canvas.text(x + width - 14, y + 23, "soft t12 end", &holds(address_plan, &first.name, &pools));
    let columns = per_row(width);
    for (index, pool) in pools.iter().take(POOLS).enumerate() {
        let index = i32::try_from(index).unwrap_or(0);
        let at =
            (x + 14 + index % columns * (POOL.0 + 10), y + 54 + index / columns * (POOL.1 + 10));
        let more = pools.len() - POOLS.min(pools.len());
        let last = index + 1 == i32::try_from(POOLS).unwrap_or(0);
        if more > 0 && last {
            canvas.text(at.0 + 14, at.1 + 36, "soft t13", &format!("and {} more", more + 1));
        } else {
            draw_pool(canvas, pool, at);
        }
    }
}

/// Says what gets its addresses from a subnet.
fn holds(address_plan: &AddressPlan, name: &str, pools: &[&PoolRow]) -> String {
    let of_pods = address_plan.pools.iter().any(|pool| pool.pod_subnet.as_deref() == Some(name));
    match (pools.is_empty(), of_pods, address_plan.model) {
        (true, true, Model::PodSubnetStatic) => "pods, in blocks of 16 (/28) per node",
        (true, true, _) => "pods, in batches of 16",
        (true, false, _) => "no pool stands here",
        (false, true, _) => "nodes and pods",
        (false, false, Model::NodeSubnet) => "nodes, and an address for each pod they may run",
        (false, false, _) => "nodes",
    }
    .to_owned()
}

fn draw_pool(canvas: &mut Canvas, pool: &PoolRow, (x, y): (i32, i32)) {
    let all_fit = pool.fits.now && pool.fits.upgrade && pool.fits.maximum;
    let (class, sign) = if all_fit { ("pool", "") } else { ("pool edge-bad", "✕ ") };
    let role = if pool.system { "system pool" } else { "user pool" };
    canvas.open(&tip(pool));
    canvas.rect([x, y, POOL.0, POOL.1], 6, class);
    let name = format!("{sign}{}", pool.name);
    canvas.fitted((x + 10, y + 22), POOL.0 - 92, "ink t13 bold", &name);
    canvas.text(x + POOL.0 - 10, y + 22, "soft t11 end", role);
    let count = match pool.max_nodes {
        Some(most) => format!("{} to {most} nodes", pool.nodes),
        None => counted(pool.nodes, "node"),
    };
    canvas.text(x + 10, y + 39, "ink t12", &count);
    canvas.text(x + 10, y + 54, "soft t11", &format!("{} pods each", pool.max_pods));
    canvas.close();
}

fn tip(pool: &PoolRow) -> String {
    let taken = |demand: &Demand| grouped(demand.of_vnet() + demand.pod_range);
    format!(
        "{}: {} addresses now, {} during an upgrade, {} at the maximum; grows to {}",
        pool.name,
        taken(&pool.needs.now),
        taken(&pool.needs.upgrade),
        taken(&pool.needs.maximum),
        counted(pool.grows.nodes, "node")
    )
}

fn peers(canvas: &mut Canvas, peers: &[PeerRow], y: i32, network: i32) -> i32 {
    let mut at = y;
    for peer in peers.iter().take(6) {
        let shown = peer.ranges.len().min(4);
        let height = 58 + 17 * i32::try_from(shown).unwrap_or(0);
        canvas.rect([MARGIN, at, SIDE, height], 8, "panel edge-peer");
        canvas.fitted((MARGIN + 12, at + 24), SIDE - 24, "ink t13 bold", &peer.network);
        canvas.fitted(
            (MARGIN + 12, at + 43),
            SIDE - 24,
            "soft t12",
            &format!("peering {}", peer.name),
        );
        for (index, range) in peer.ranges.iter().take(shown).enumerate() {
            let line = at + 62 + 17 * i32::try_from(index).unwrap_or(0);
            canvas.fitted((MARGIN + 12, line), SIDE - 24, "soft t12 mono", &range.to_string());
        }
        canvas.arrow([MARGIN + SIDE, at + 32, network, at + 32], true);
        at += height + 18;
    }
    if peers.len() > 6 {
        let more = format!("and {} more", counted(peers.len() as u64 - 6, "peering"));
        canvas.text(MARGIN + 12, at + 8, "soft t12", &more);
        at += 20;
    }
    at
}

/// Draws how traffic leaves; returns the lower edge.
fn way_out(canvas: &mut Canvas, address_plan: &AddressPlan, y: i32, network: i32) -> i32 {
    let x = network + GAP;
    let (first, rest) =
        address_plan.outbound.text.split_once(", ").unwrap_or((&address_plan.outbound.text, ""));
    canvas.rect([x, y, SIDE, OUT], 8, "panel edge-out");
    canvas.text(x + 12, y + 22, "soft t11", address_plan.outbound.kind);
    let line = canvas.paragraph(x + 12, y + 42, SIDE - 24, "ink t13 bold", first);
    canvas.paragraph(x + 12, line + 20, SIDE - 24, "soft t12", rest);
    if matches!(address_plan.outbound.kind, "none" | "block") {
        canvas.line([network, y + 32, x, y + 32], "link cut");
        return y + OUT;
    }
    canvas.arrow([network, y + 32, x, y + 32], false);
    canvas.arrow([x + SIDE / 2, y + OUT, x + SIDE / 2, y + OUT + 40], false);
    canvas.rect([x, y + OUT + 40, SIDE, 40], 20, "panel edge-peer");
    canvas.text(x + SIDE / 2, y + OUT + 65, "ink t13 mid", "Internet");
    y + OUT + 80
}

/// Draws the ranges of pods and services below the network; returns the lower edge.
fn outside(canvas: &mut Canvas, address_plan: &AddressPlan, [x, y, width]: [i32; 3]) -> i32 {
    let ranges = |place: RangeKind| -> Vec<String> {
        let rows = address_plan.ranges.iter().filter(|row| row.place == place);
        rows.filter_map(|row| row.range).map(|range| range.to_string()).collect()
    };
    let (pods, services) = (ranges(RangeKind::Pods), ranges(RangeKind::Services));
    let half = if pods.is_empty() { width } else { (width - 20) / 2 };
    let mut right = x;
    if !pods.is_empty() {
        let how = match address_plan.model {
            Model::Kubenet => "a /24 per node, one route each in the route table",
            _ => "a /24 per node, hidden behind its address",
        };
        boxed(canvas, [x, y, half], "edge-pods", ["pods", &pods.join("  "), how]);
        canvas.arrow([x + half / 2, y - 46, x + half / 2, y], false);
        right = x + half + 20;
    }
    let dns = address_plan.dns.map(|dns| format!("inside the cluster only, DNS at {dns}"));
    let dns = dns.unwrap_or_else(|| "inside the cluster only".to_owned());
    boxed(canvas, [right, y, half], "edge-services", ["services", &services.join("  "), &dns]);
    y + below(half)
}

const fn below(width: i32) -> i32 {
    if width < NARROW { BELOW.1 } else { BELOW.0 }
}

fn boxed(canvas: &mut Canvas, [x, y, width]: [i32; 3], edge: &str, [title, range, how]: [&str; 3]) {
    canvas.rect([x, y, width, below(width)], 8, &format!("paper dashed {edge}"));
    canvas.text(x + 14, y + 24, "ink t13 bold", title);
    canvas.fitted((x + 14, y + 44), width - 28, "soft t12 mono", range);
    canvas.paragraph(x + 14, y + 64, width - 28, "soft t12", how);
}
