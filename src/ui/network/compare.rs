//! All models side by side.

use comfy_table::{CellAlignment, ColumnConstraint};

use super::tables::ROOMY;
use super::{Page, nodes, visible};
use crate::address::number::{counted, grouped};
use crate::address_plan::{AddressPlan, ModelRow, Way};

impl Page {
    /// Draws the comparison, when the address plan holds one.
    pub(super) fn compare(&mut self, address_plan: &AddressPlan) {
        let Some(rows) = &address_plan.compare else { return };
        self.heading("The same pools under every model");
        let mut table = self.table(&[
            "model",
            "now",
            "most",
            "subnets needed",
            "fits here",
            "grows to",
            "direct",
        ]);
        for row in rows {
            table.add_row(cells(row));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if (1..3).contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if self.width < ROOMY && [3, 6].contains(&index) {
                column.set_constraint(ColumnConstraint::Hidden);
            }
        }
        self.out.push_str(&table.trim_fmt());
        self.out.push('\n');
        self.wrapped(
            "",
            "Addresses of the network + of the pods' own range. Direct: pods are reached at their \
             own addresses from the network and its peers.",
        );
        for row in rows.iter().filter(|row| !row.selected) {
            self.model(row);
        }
    }

    fn model(&mut self, row: &ModelRow) {
        let way = match row.way {
            Way::Stay => "",
            Way::Migrate => "in place, all pools reimaged at once",
            Way::Replace => "only with another cluster",
        };
        self.out.push('\n');
        self.wrapped("", &format!("{}: {way}.", row.title));
        if let Some(limit) = row.binds() {
            let pods = counted(row.largest_pods, "pod");
            let end = format!("then {} {}", visible(&limit.to_string()), limit.binds());
            self.wrapped("  = ", &format!("grows to {} ({pods}); {end}", nodes(row.largest.nodes)));
        }
        for short in &row.shortages {
            let would_do = short.prefix.map(|p| format!("; a /{p} would do")).unwrap_or_default();
            let by = counted(short.short_by, short.limit.unit());
            let limit = visible(&short.limit.to_string());
            self.wrapped("  ! ", &format!("short of {by}: {limit}{would_do}"));
        }
        if let Some(range) = row.assumed_pod_subnet {
            self.wrapped(
                "  ? ",
                &format!("counted with {range}, the largest free block, as pod subnet"),
            );
        }
        self.list("  + gains: ", &row.gained);
        self.list("  - loses: ", &row.lost);
    }

    fn list(&mut self, lead: &str, words: &[String]) {
        if !words.is_empty() {
            self.wrapped(lead, &words.join("; "));
        }
    }
}

fn cells(row: &ModelRow) -> Vec<String> {
    let amount = |demand: &crate::address::Demand| {
        let network = grouped(demand.of_vnet());
        if row.model.has_pod_range() {
            format!("{network} + {}", grouped(demand.pod_range))
        } else {
            network
        }
    };
    let title =
        if row.selected { format!("{} (this one)", row.title) } else { row.title.to_owned() };
    let direct = if row.routable { "yes" } else { "no" };
    vec![
        title,
        amount(&row.needs.now),
        amount(&row.needs.maximum),
        subnets(row),
        if row.fits() { "yes" } else { "NO" }.to_owned(),
        nodes(row.largest.nodes),
        direct.to_owned(),
    ]
}

fn subnets(row: &ModelRow) -> String {
    let mut parts = Vec::new();
    let mut add = |prefix: Option<u8>, of: &str| {
        parts.extend(prefix.map(|prefix| format!("/{prefix} {of}")));
    };
    add(row.node_subnet_prefix, "nodes");
    add(row.pod_subnet_prefix, "pods");
    add(row.pod_range_prefix, "pods, own range");
    parts.join(", ")
}
