use std::collections::HashMap;

use super::cells::{Row, rows};
use super::*;

fn key(row: &Row) -> (String, String, String, String) {
    let text = |column: &str| row.text(column).to_owned();
    (text("indicator_code"), text("division_code"), text("sector"), text("period"))
}

#[test]
fn published_values_follow_from_the_components() {
    let city = city(0);
    let truth: HashMap<_, Row> =
        rows(&city, "truth", "indicator_component").into_iter().map(|row| (key(&row), row)).collect();
    let mut last: HashMap<_, Row> = HashMap::new();
    for row in rows(&city, "macro", "indicator") {
        last.insert(key(&row), row);
    }
    let mut checked = 0;
    for (key, row) in last.iter().filter(|(_, row)| row.text("measure") == "当期值") {
        let part = &truth[key];
        // A figure whose revision is not out yet is still the flash.
        if row.text("released_on") < "2025-11-01" {
            assert_eq!(row.text("value"), part.text("value"), "{key:?}");
            checked += 1;
        }
        let product =
            ["trend", "season", "spring_festival", "irregular"].map(|c| part.float(c)).iter().product::<f64>();
        assert!((product / part.float("value") - 1.0).abs() < 1e-9);
    }
    assert!(checked > 5000, "{checked}");
}

#[test]
fn year_to_date_series_have_eleven_observations_that_grow() {
    let mut years: HashMap<(String, String), Vec<(String, f64)>> = HashMap::new();
    for row in rows(&city(0), "macro", "indicator") {
        let total = row.text("division_code") == "990100" && row.text("sector") == "全部";
        let first = row.text("revision") == "0";
        if total && first && row.text("measure") == "累计值" && row.text("frequency") == "月" {
            let year = row.text("period")[..4].to_owned();
            let point = (row.text("period").to_owned(), row.float("value"));
            years.entry((row.text("indicator_code").to_owned(), year)).or_default().push(point);
        }
    }
    assert!(years.len() >= 75);
    for ((code, year), points) in years {
        assert!(points[0].0.ends_with("-02-01"), "{code} {year} begins with January and February together");
        assert!(year == "2025" || points.len() == 11);
        assert!(points.windows(2).all(|w| w[0].1 < w[1].1), "{code} {year}");
    }
}

#[test]
fn revisions_are_later_and_nothing_is_released_after_the_day_of_the_registers() {
    let mut first: HashMap<_, String> = HashMap::new();
    let mut revised = 0;
    for row in rows(&city(0), "macro", "indicator") {
        assert!(row.text("released_on") <= "2025-12-31" && row.text("released_on") > row.text("period"));
        match row.int("revision") {
            0 => {
                first.insert(key(&row), row.text("released_on").to_owned());
            }
            _ => {
                assert!(first[&key(&row)].as_str() < row.text("released_on"));
                revised += 1;
            }
        }
    }
    let share = f64::from(revised) / first.len() as f64;
    assert!((0.3..0.5).contains(&share), "{share}");
}
