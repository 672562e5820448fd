//! The maintenance windows of a cluster, in Azure's words.

use serde_json::{Map, Value, json};

use crate::arm::id::ResourceId;
use crate::kind::MaintenanceWindow;
use crate::profile::schema::{Day, Hours, Maintenance, Week, Window};

/// Returns the windows that a profile names, each under the name that AKS knows it by.
pub(super) fn windows(cluster: &ResourceId, wish: Option<&Maintenance>) -> Vec<MaintenanceWindow> {
    let Some(wish) = wish else { return Vec::new() };
    let default = (!wish.default.is_empty()).then(|| ("default", hours(&wish.default)));
    let planned = [
        ("aksManagedAutoUpgradeSchedule", &wish.auto_upgrade),
        ("aksManagedNodeOSUpgradeSchedule", &wish.node_os),
    ];
    let planned = planned.into_iter().filter_map(|(name, one)| Some((name, window(one.as_ref()?))));
    let made = |(name, properties)| MaintenanceWindow {
        id: cluster.child("maintenanceConfigurations", name),
        properties,
    };
    default.into_iter().chain(planned).map(made).collect()
}

fn hours(wish: &[Hours]) -> Value {
    let one = |one: &Hours| json!({ "day": day(one.day), "hourSlots": one.hours });
    json!({ "timeInWeek": wish.iter().map(one).collect::<Vec<_>>() })
}

fn window(wish: &Window) -> Value {
    let mut window = Map::new();
    window.insert("schedule".into(), schedule(wish));
    window.insert("durationHours".into(), json!(wish.hours));
    window.insert("startTime".into(), json!(wish.start));
    let texts = [("utcOffset", &wish.utc_offset), ("startDate", &wish.start_date)];
    for (name, text) in texts {
        if let Some(text) = text {
            window.insert(name.into(), json!(text));
        }
    }
    let days = wish.not_allowed.iter().map(|one| json!({ "start": one.start, "end": one.end }));
    window.insert("notAllowedDates".into(), days.collect());
    json!({ "maintenanceWindow": window })
}

/// Returns when a window comes again. The other ways are no wish: a window has one.
fn schedule(wish: &Window) -> Value {
    let every = wish.interval.unwrap_or(1);
    match (wish.date, wish.week, wish.day) {
        (Some(date), ..) => {
            json!({ "absoluteMonthly": { "intervalMonths": every, "dayOfMonth": date } })
        }
        (None, Some(week), Some(on)) => json!({ "relativeMonthly": {
            "intervalMonths": every, "weekIndex": self::week(week), "dayOfWeek": day(on),
        } }),
        (None, _, Some(on)) => {
            json!({ "weekly": { "intervalWeeks": every, "dayOfWeek": day(on) } })
        }
        (None, _, None) => json!({ "daily": { "intervalDays": every } }),
    }
}

const fn day(day: Day) -> &'static str {
    match day {
        Day::Monday => "Monday",
        Day::Tuesday => "Tuesday",
        Day::Wednesday => "Wednesday",
        Day::Thursday => "Thursday",
        Day::Friday => "Friday",
        Day::Saturday => "Saturday",
        Day::Sunday => "Sunday",
    }
}

const fn week(week: Week) -> &'static str {
    match week {
        Week::First => "First",
        Week::Second => "Second",
        Week::Third => "Third",
        Week::Fourth => "Fourth",
        Week::Last => "Last",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(wish: Value) -> Value {
        window(&serde_json::from_value(wish).expect("a window"))["maintenanceWindow"].clone()
    }

    #[test]
    fn a_window_comes_again_as_its_fields_say() {
        let base = json!({ "start": "01:30", "hours": 4 });
        let with = |more: Value| {
            let mut wish = base.clone();
            for (name, value) in more.as_object().into_iter().flatten() {
                wish[name] = value.clone();
            }
            made(wish)["schedule"].clone()
        };
        assert_eq!(with(json!({})), json!({ "daily": { "intervalDays": 1 } }));
        let weekly = json!({ "weekly": { "intervalWeeks": 2, "dayOfWeek": "Friday" } });
        assert_eq!(with(json!({ "day": "friday", "interval": 2 })), weekly);
        let relative = json!({ "relativeMonthly":
            { "intervalMonths": 1, "weekIndex": "Last", "dayOfWeek": "Sunday" } });
        assert_eq!(with(json!({ "day": "sunday", "week": "last" })), relative);
        let absolute = json!({ "absoluteMonthly": { "intervalMonths": 1, "dayOfMonth": 15 } });
        assert_eq!(with(json!({ "date": 15 })), absolute);
    }
}
