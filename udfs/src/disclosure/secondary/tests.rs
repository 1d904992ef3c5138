use super::super::primary::{self, Rules};
use super::super::table::Shape;
use super::*;
use attack::{hidden, integer_ranges, interval};

/// Numbers that look random (Knuth's linear congruential generator), below a bound.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn table(sizes: &[usize], mut inner: impl FnMut() -> f64) -> Table {
    let shape = Shape::new(sizes.to_vec()).unwrap();
    let cells = shape.cells();
    let values = (0..cells).map(|cell| if shape.totals(cell) == 0 { inner() } else { 0.0 }).collect();
    Table::from_inner(shape, values, vec![false; cells]).unwrap()
}

/// Many small cells, some empty, some large.
fn city(sizes: &[usize], seed: u64, largest: u64) -> Table {
    let mut draws = Draws(seed);
    table(sizes, || {
        let value = match draws.below(5) {
            0 => 0,
            1 => draws.below(4),
            2 => draws.below(15),
            _ => draws.below(largest),
        };
        value as f64
    })
}

fn protected(table: &Table, rules: &Rules) -> Suppression {
    let case = Case { zeros: rules.zeros, group: f64::from(rules.min_cell), is_counts: true, singletons: Vec::new() };
    suppress(table, &primary::of_counts(table, rules), &case).unwrap()
}

/// Attacks every primary cell; what is published is never touched.
fn attacked(table: &Table, rules: &Rules, is_whole: bool) -> Suppression {
    let found = protected(table, rules);
    let hidden = hidden(&found);
    for certificate in &found.certificates {
        let primary = &certificate.primary;
        let (low, high) = interval(table, &hidden, primary.cell, is_whole);
        let value = table.values[primary.cell];
        assert!(low <= value - primary.below + 1e-6, "{low} {value} {primary:?}");
        assert!(high >= value + primary.above - 1e-6, "{high} {value} {primary:?}");
    }
    found
}

const SIZES: [&[usize]; 8] = [&[6], &[2, 2], &[4, 3], &[7, 5], &[1, 6], &[2, 3, 2], &[3, 3, 3], &[2, 2, 2, 2]];

#[test]
fn no_primary_cell_falls_to_linear_programming() {
    let (mut tables, mut primaries) = (0, 0);
    let more = std::env::var("HUITONG_LARGE_TABLES").is_ok();
    for seed in 0..40 {
        for (at, sizes) in SIZES.iter().enumerate() {
            // Larger tables take longer than all others together.
            let seeds = if sizes.iter().product::<usize>() > 20 { 2 } else { 12 };
            if seed >= seeds && !more {
                continue;
            }
            let zeros = [Zeros::Publish, Zeros::Group, Zeros::Protect][(seed as usize + at) % 3];
            let table = city(sizes, seed * 101 + at as u64, 60);
            primaries += attacked(&table, &Rules { zeros, ..Rules::default() }, false).certificates.len();
            tables += 1;
        }
    }
    println!("{tables} tables, {primaries} primary cells, none derived");
    assert!(primaries > 300, "{primaries}");
}

#[test]
fn no_primary_cell_falls_to_integer_programming() {
    for seed in 0..6 {
        for sizes in [&[4, 4][..], &[3, 2, 2], &[3, 3, 3]] {
            attacked(&city(sizes, seed + 7000, 40), &Rules::default(), true);
        }
    }
}

#[test]
fn all_integer_tables_leave_the_range() {
    let rules = Rules { min_cell: 3, zeros: Zeros::Publish, ..Rules::default() };
    let mut tried = 0;
    for seed in 0..400 {
        let sizes: &[usize] = [&[3, 3][..], &[2, 4], &[2, 2, 2], &[5]][seed % 4];
        let mut draws = Draws(seed as u64 + 900);
        let table = table(sizes, || draws.below(7) as f64);
        let found = protected(&table, &rules);
        let hidden = hidden(&found);
        if found.certificates.is_empty()
            || (0..hidden.len()).filter(|cell| hidden[*cell] && table.shape.totals(*cell) == 0).count() > 5
        {
            continue;
        }
        let ranges = integer_ranges(&table, &hidden, 12);
        for certificate in &found.certificates {
            let (low, high) = ranges[certificate.primary.cell];
            assert!(low == 0 && high >= 3, "{low} {high} {:?}", certificate.primary);
        }
        for cell in (0..hidden.len()).filter(|cell| !hidden[*cell]) {
            assert_eq!(ranges[cell], (table.values[cell] as i64, table.values[cell] as i64));
        }
        tried += 1;
    }
    assert!(tried > 100, "{tried}");
}

/// The attack finds what it should: a lone suppressed cell of a row is the difference.
#[test]
fn the_attack_derives_what_is_not_protected() {
    let table = city(&[4, 4], 3, 60);
    let mut alone = vec![false; table.values.len()];
    alone[5] = true;
    let value = table.values[5];
    let (low, high) = interval(&table, &alone, 5, false);
    assert!((low - value).abs() < 1e-6 && (high - value).abs() < 1e-6);
    assert_eq!(integer_ranges(&table, &alone, 100)[5], (value as i64, value as i64));
}

#[test]
fn the_known_smallest_pattern_is_found() {
    let mut inner = [20.0, 50.0, 10.0, 8.0, 19.0, 22.0, 17.0, 32.0, 12.0].into_iter();
    let table = table(&[3, 3], || inner.next().unwrap());
    let found = attacked(&table, &Rules::default(), true);
    let hidden: Vec<usize> = (0..16).filter(|cell| found.reasons[*cell].is_some()).collect();
    // The small cell and three others that make a rectangle with it.
    assert_eq!(hidden.len(), 4, "{hidden:?}");
    assert_eq!(found.reasons[4], Some(Reason::Threshold));
    assert!(hidden.iter().all(|cell| table.shape.totals(*cell) == 0));
}

#[test]
fn a_group_of_one_kind_is_hidden() {
    let mut inner = [40.0, 0.0, 0.0, 15.0, 20.0, 30.0].into_iter();
    let table = table(&[2, 3], || inner.next().unwrap());
    let found = attacked(&table, &Rules::default(), false);
    let group: Vec<&Certificate> =
        found.certificates.iter().filter(|one| one.primary.reason == Reason::Group).collect();
    // The first row is of one kind, and so are the second and third columns.
    assert_eq!(group.len(), 2);
    assert!(group.iter().all(|one| table.values[one.primary.cell] == 0.0));
    assert!(protected(&table, &Rules { zeros: Zeros::Publish, ..Rules::default() }).certificates.is_empty());
    // Everybody knows that these are empty: nothing can be hidden.
    let mut known = table.clone();
    known.impossible = table.values.iter().map(|value| *value == 0.0).collect();
    assert!(protected(&known, &Rules::default()).certificates.is_empty());
}

#[test]
fn tables_of_small_cells_only_are_suppressed_whole() {
    let one = protected(&table(&[1], || 2.0), &Rules::default());
    assert!(one.reasons.iter().all(Option::is_some));
    let all = protected(&table(&[2, 2], || 1.0), &Rules::default());
    assert!(all.reasons.iter().all(Option::is_some));
    let none = protected(&table(&[3, 2], || 0.0), &Rules::default());
    assert!(none.reasons.iter().all(Option::is_none));
}

#[test]
fn single_contributors_do_not_protect_others() {
    let mut inner = [4.0, 50.0, 60.0, 5.0, 80.0, 90.0].into_iter();
    let table = table(&[6], || inner.next().unwrap());
    let primaries = [0, 3].map(|cell| Primary { cell, below: 2.0, above: 2.0, reason: Reason::Threshold });
    let singletons = (0..7).map(|cell| cell == 0 || cell == 3).collect();
    let case = Case { singletons, ..Case::default() };
    let found = suppress(&table, &primaries, &case).unwrap();
    for primary in primaries {
        let mut hidden = hidden(&found);
        hidden[3 - primary.cell] = false;
        let (low, high) = interval(&table, &hidden, primary.cell, false);
        assert!(high - low >= 4.0 - 1e-6, "the other one knows {low} to {high}");
    }
}

#[test]
fn the_audit_finds_what_is_wrong() {
    let table = city(&[4, 3], 5, 60);
    let found = protected(&table, &Rules::default());
    assert!(audit::holds(&table, &found, true));
    let at = found.certificates.iter().position(|one| !one.witnesses[1].is_empty()).unwrap();
    let touched = *found.certificates[at].witnesses[1].keys().next_back().unwrap();
    let mut published = found.clone();
    published.reasons[touched] = None;
    assert!(!audit::holds(&table, &published, true));
    let mut unbalanced = found.clone();
    *unbalanced.certificates[at].witnesses[1].get_mut(&touched).unwrap() += 1.0;
    assert!(!audit::holds(&table, &unbalanced, true));
    let mut short = found.clone();
    short.certificates[at].primary.above += 1.0;
    assert!(!audit::holds(&table, &short, true));
    let mut negative = found;
    let below: Witness =
        negative.certificates[at].witnesses[1].iter().map(|(cell, change)| (*cell, -1000.0 * change)).collect();
    negative.certificates[at].witnesses[0] = below;
    assert!(!audit::holds(&table, &negative, true));
}

#[test]
fn tables_of_some_thousand_cells() {
    let large: &[&[usize]] = &[&[300, 300], &[45, 45, 45], &[99_999], &[17, 17, 17, 16], &[2, 30_000]];
    let small: &[&[usize]] = &[&[40, 40], &[12, 12, 12], &[20_000], &[6, 6, 6, 6], &[2, 500]];
    // The largest that there can be, for measurements.
    for sizes in if std::env::var("HUITONG_LARGE_TABLES").is_ok() { large } else { small } {
        for zeros in [Zeros::Publish, Zeros::Group] {
            let table = city(sizes, 11, 400);
            let start = std::time::Instant::now();
            let found = protected(&table, &Rules { zeros, ..Rules::default() });
            let (primary, hidden) = (found.certificates.len(), found.reasons.iter().flatten().count());
            let of = table.values.len();
            println!("{sizes:?} {zeros:?}: {primary} primary, {hidden} of {of} hidden, {:?}", start.elapsed());
            assert!(hidden >= primary && hidden < of);
        }
    }
}

/// The table of the guide (docs/guide/disclosure.md).
#[test]
fn the_table_of_the_guide() {
    let mut inner = [20.0, 50.0, 10.0, 8.0, 19.0, 22.0, 17.0, 32.0, 12.0].into_iter();
    let table = table(&[3, 3], || inner.next().unwrap());
    let hidden = hidden(&protected(&table, &Rules::default()));
    assert_eq!((0..16).filter(|cell| hidden[*cell]).collect::<Vec<_>>(), [0, 2, 4, 6]);
    let (low, high) = interval(&table, &hidden, 4, false);
    assert!(low.abs() < 1e-6 && (high - 28.0).abs() < 1e-6, "{low} {high}");
}
