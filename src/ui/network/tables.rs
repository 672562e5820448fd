//! The pools and the limits of an address plan.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle,
};

use super::bar::{self, Part};
use super::{FREE, Page, USED, nodes, visible};
use crate::address::number::grouped;
use crate::address::{Ceiling, Demand, Surge};
use crate::address_plan::{AddressPlan, PoolRow};

/// Columns that bars of limits end at; chosen: longer ones show nothing more.
const LONGEST: usize = 60;

/// Columns from which every column of a table is shown; chosen: narrower ones break words.
pub(super) const ROOMY: usize = 90;

impl Page {
    /// Draws the table of pools.
    pub(super) fn pools(&mut self, address_plan: &AddressPlan) {
        self.heading("Pools, and the addresses they need");
        let own_range = address_plan.model.has_pod_range();
        let mut table = self.table(&[
            "pool",
            "nodes",
            "pods each",
            "surge",
            "now",
            "upgrade",
            "most",
            "fits",
            "grows to",
        ]);
        for pool in &address_plan.pools {
            table.add_row(row(pool, own_range));
        }
        if address_plan.pools.len() > 1 {
            table.add_row(total(address_plan, own_range));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if (1..7).contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if self.width < ROOMY && (2..4).contains(&index) {
                column.set_constraint(ColumnConstraint::Hidden);
            }
        }
        self.out.push_str(&table.trim_fmt());
        self.out.push('\n');
        let text = if own_range {
            "Needed are addresses of the network + of the pods' own range, with every node full."
        } else {
            "Needed are addresses of the network, with every node full of pods."
        };
        let service = service_text(address_plan);
        self.wrapped("", &format!("{text} {service}"));
    }

    /// Draws what stops growth, tightest first.
    pub(super) fn limits(&mut self, address_plan: &AddressPlan) {
        let growth = &address_plan.growth;
        if growth.ceilings.is_empty() {
            return;
        }
        self.heading("What limits growth");
        let most =
            growth.ceilings.iter().map(|c| c.nodes).max().unwrap_or(1).max(growth.now).max(1);
        for ceiling in &growth.ceilings {
            self.limit(ceiling, most);
        }
    }

    fn limit(&mut self, ceiling: &Ceiling, most: u64) {
        let width = (self.width / 3).min(LONGEST);
        let used = ceiling.now.min(ceiling.nodes);
        let parts = [
            Part { mark: USED, amount: u128::from(used) },
            Part { mark: FREE, amount: u128::from(ceiling.nodes - used) },
            Part { mark: ' ', amount: u128::from(most - ceiling.nodes) },
        ];
        let bar: String = bar::draw(&parts, width).into_iter().map(|(_, cells)| cells).collect();
        let nodes = format!("{:>11}", nodes(ceiling.nodes));
        self.wrapped(&format!("  {nodes} {bar} "), &visible(&ceiling_text(ceiling)));
    }

    /// Returns an empty table with these columns that fits the page.
    pub(super) fn table(&self, header: &[&str]) -> Table {
        let rule = LineStyle::none().fill('─').junction('─');
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(rule))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.width).unwrap_or(u16::MAX))
            .set_header(header.to_vec());
        table
    }
}

/// Says what a ceiling is, and of which pools when it is not of all.
pub(in crate::ui) fn ceiling_text(ceiling: &Ceiling) -> String {
    match &ceiling.pools[..] {
        [] => ceiling.binds.to_string(),
        [one] => format!("{}, pool `{one}` alone", ceiling.binds),
        many => format!("{}, {} pools", ceiling.binds, many.len()),
    }
}

fn row(pool: &PoolRow, own_range: bool) -> Vec<String> {
    let needs = |demand: &Demand| amount(demand, own_range);
    let count = match pool.max_nodes {
        Some(max) => format!("{}, at most {max}", pool.nodes),
        None => pool.nodes.to_string(),
    };
    let surge = match pool.surge {
        Surge::Nodes(nodes) => nodes.to_string(),
        Surge::Percent(percent) => format!("{percent}%"),
    };
    vec![
        visible(&pool.name),
        count,
        pool.max_pods.to_string(),
        surge,
        needs(&pool.needs.now),
        needs(&pool.needs.upgrade),
        needs(&pool.needs.maximum),
        fits(pool).to_owned(),
        grouped(pool.grows.nodes),
    ]
}

const fn fits(pool: &PoolRow) -> &'static str {
    match (pool.fits.now, pool.fits.upgrade, pool.fits.maximum) {
        (false, _, _) => "NO",
        (true, false, _) => "NOT an upgrade",
        (true, true, false) => "NOT its most",
        (true, true, true) => "yes",
    }
}

/// Returns the row that sums up all pools.
fn total(address_plan: &AddressPlan, own_range: bool) -> Vec<String> {
    let sum = |pick: fn(&PoolRow) -> Demand| -> String {
        let all: Demand = address_plan.pools.iter().map(pick).sum();
        amount(&all, own_range)
    };
    vec![
        "all".to_owned(),
        address_plan.growth.now.to_string(),
        String::new(),
        String::new(),
        sum(|pool| pool.needs.now),
        sum(|pool| pool.needs.upgrade),
        sum(|pool| pool.needs.maximum),
        String::new(),
        grouped(address_plan.growth.for_upgrade.nodes),
    ]
}

fn amount(demand: &Demand, own_range: bool) -> String {
    let network = grouped(demand.of_vnet());
    if own_range { format!("{network} + {}", grouped(demand.pod_range)) } else { network }
}

/// Says what Azure itself will count, because it leaves the upgrade out.
fn service_text(address_plan: &AddressPlan) -> String {
    let counted: Demand = address_plan.pools.iter().map(|pool| pool.service_counts).sum();
    let amount =
        if address_plan.model.has_pod_range() { counted.pod_range } else { counted.of_vnet() };
    format!("Azure itself counts {} at creation, without the upgrade.", grouped(amount))
}
