use super::*;

fn table(sizes: &[usize], inner: &[f64]) -> Result<Table, Error> {
    let shape = Shape::new(sizes.to_vec())?;
    let mut values = vec![0.0; shape.cells()];
    let mut given = inner.iter();
    for cell in (0..shape.cells()).filter(|cell| shape.totals(*cell) == 0) {
        values[cell] = *given.next().unwrap();
    }
    let cells = shape.cells();
    Table::from_inner(shape, values, vec![false; cells])
}

#[test]
fn totals_of_every_subset_of_dimensions() {
    let cube = table(&[2, 2, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).unwrap();
    let at = |codes: &[usize]| cube.values[cube.shape.index(codes)];
    assert_eq!(at(&[0, 0, 2]), 3.0);
    assert_eq!(at(&[2, 1, 0]), 10.0);
    assert_eq!(at(&[1, 2, 2]), 26.0);
    assert_eq!(at(&[2, 2, 2]), 36.0);
    for dimension in 0..3 {
        for first in cube.shape.lines(dimension) {
            let sum: f64 = cube.shape.categories(first, dimension).map(|cell| cube.values[cell]).sum();
            assert_eq!(sum, cube.values[cube.shape.line_total(first, dimension)]);
        }
        assert_eq!(cube.shape.lines(dimension).count(), 9);
    }
}

#[test]
fn cells_know_their_totals() {
    let shape = Shape::new(vec![3, 2]).unwrap();
    let (inner, row, all) = (shape.index(&[1, 0]), shape.index(&[1, 2]), shape.index(&[3, 2]));
    assert_eq!([inner, row, all].map(|cell| shape.totals(cell)), [0, 1, 2]);
    assert!(shape.related(inner, row) && shape.related(row, inner) && shape.related(all, inner));
    assert!(!shape.related(inner, shape.index(&[0, 2])));
    assert!(!shape.related(row, shape.index(&[3, 0])));
}

#[test]
fn what_cannot_be_a_table_is_refused() {
    assert_eq!(table(&[], &[]), Err(Error::Dimensions(0)));
    assert_eq!(table(&[2; 9], &[]), Err(Error::Dimensions(9)));
    assert_eq!(table(&[2, 0], &[]), Err(Error::Dimensions(2)));
    assert_eq!(table(&[usize::MAX - 1, 7], &[]), Err(Error::Size));
    assert_eq!(table(&[99_999], &vec![1.0; 99_999]).unwrap().values[99_999], 99_999.0);
    assert_eq!(table(&[100_000], &[]), Err(Error::Size));
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(table(&[2], &[1.0, wrong]), Err(Error::Value), "{wrong}");
    }
    assert_eq!(table(&[2], &[1e308, 1e308]), Err(Error::Value));
    assert_eq!(table(&[2], &[1.0, 0.5]).unwrap().check_counts(), Err(Error::Count));
    let shape = Shape::new(vec![2]).unwrap();
    assert_eq!(Table::from_inner(shape.clone(), vec![1.0; 3], vec![true, false, false]), Err(Error::Value));
    let none = Table::from_inner(shape, vec![0.0; 3], vec![true, true, false]).unwrap();
    assert_eq!(none.impossible, [true, true, true]);
}
