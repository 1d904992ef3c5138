use super::*;

const NAN: f64 = f64::NAN;

fn months(first: (i32, u32), count: usize) -> Vec<Period> {
    let number = |t: usize| first.1 as usize - 1 + t;
    (0..count).map(|t| Period { year: first.0 + (number(t) / 12) as i32, number: number(t) as u32 % 12 + 1 }).collect()
}

fn values(found: &[(f64, Note)]) -> Vec<f64> {
    found.iter().map(|(value, _)| *value).collect()
}

#[test]
fn differences_within_a_year_begin_anew_in_january() {
    let sums = [10.0, 25.0, 45.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 12.0, 30.0];
    let found = decumulate(&months((2020, 1), 14), &sums, 12, JanFeb::Split);
    let truth = [10.0, 15.0, 20.0, 5.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 12.0, 18.0];
    assert_eq!(values(&found), truth);
    assert!(found.iter().all(|(_, note)| *note == Note::Published));
}

#[test]
fn years_of_eleven_figures() {
    let sums = [NAN, 30.0, 50.0];
    let periods = months((2024, 1), 3);
    let split = decumulate(&periods, &sums, 12, JanFeb::Split);
    assert_eq!(split, [(15.0, Note::Split), (15.0, Note::Split), (20.0, Note::Published)]);
    // 2024: 22 working days in January, 18 in February.
    let by_days = decumulate(&periods, &sums, 12, JanFeb::SplitByWorkingDays);
    assert!((by_days[0].0 - 30.0 * 22.0 / 40.0).abs() < 1e-12 && (by_days[0].0 + by_days[1].0 - 30.0).abs() < 1e-12);
    let merged = decumulate(&periods, &sums, 12, JanFeb::Merge);
    assert!(merged[0].0.is_nan() && merged[1] == (30.0, Note::Merged) && merged[2].0 == 20.0);
    // Merged in years that have both, too: the series must be of one kind.
    assert_eq!(decumulate(&periods, &[10.0, 30.0, 50.0], 12, JanFeb::Merge)[1], (30.0, Note::Merged));
}

#[test]
fn what_is_not_known_stays_unknown() {
    let found = decumulate(&months((2020, 4), 4), &[40.0, NAN, 60.0, 75.0], 12, JanFeb::Split);
    let notes: Vec<Note> = found.iter().map(|(_, note)| *note).collect();
    assert_eq!(notes, [Note::Gap, Note::Gap, Note::Gap, Note::Published]);
    assert_eq!(found[3].0, 15.0);
    assert!(decumulate(&[], &[], 12, JanFeb::Merge).is_empty());
    let february = decumulate(&months((2020, 2), 2), &[20.0, 33.0], 12, JanFeb::Split);
    assert!(february[0].0.is_nan() && february[1].0 == 13.0);
}

#[test]
fn quarters_and_cumulating_back() {
    let periods: Vec<Period> = (0..8).map(|t| Period { year: 2020 + t / 4, number: t as u32 % 4 + 1 }).collect();
    let truth = [5.0, 6.0, 7.0, 8.0, 6.0, 6.5, 7.5, 9.0];
    let sums: Vec<f64> = (0..8).map(|t| truth[t / 4 * 4..=t].iter().sum()).collect();
    assert_eq!(values(&decumulate(&periods, &sums, 4, JanFeb::Merge)), truth);
}

#[test]
fn growth_is_chained_from_the_base() {
    let base = [100.0, 200.0, NAN, NAN, NAN];
    let found = levels(&[10.0, -5.0, 20.0, 0.0, NAN], &base, 2);
    assert!((found[0] - 110.0).abs() < 1e-9 && (found[1] - 190.0).abs() < 1e-9);
    assert!((found[2] - 132.0).abs() < 1e-9 && (found[3] - 190.0).abs() < 1e-9 && found[4].is_nan());
    assert!(levels(&[5.0], &[], 12)[0].is_nan());
}
