use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};

use super::super::model::{Model, defaults, probability};
use super::{CN_PERSON, PERSON, named};

const COLUMNS: [&str; 13] = [
    "id18",
    "surname",
    "given",
    "variant_key",
    "pinyin",
    "sex",
    "district",
    "street",
    "road",
    "number",
    "building",
    "room",
    "phone",
];

#[derive(Clone)]
struct Person {
    texts: [Option<&'static str>; 13],
    birth: Option<i32>,
}

fn wang() -> Person {
    let texts = [
        Some("110101199003070038"),
        Some("王"),
        Some("小明"),
        Some("王小明"),
        Some("wang xiao ming"),
        Some("M"),
        Some("110101"),
        Some("东华门街道"),
        Some("长安街"),
        Some("12"),
        Some("3"),
        Some("501"),
        Some("13800001111"),
    ];
    Person { texts, birth: Some(7370) }
}

fn with(changes: &[(&str, Option<&'static str>)]) -> Person {
    let mut person = wang();
    for (name, value) in changes {
        person.texts[COLUMNS.iter().position(|column| column == name).unwrap()] = *value;
    }
    person
}

fn row(person: &Person) -> StructArray {
    let text = |value: Option<&str>| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let mut columns: Vec<(&str, ArrayRef)> = COLUMNS.into_iter().zip(person.texts.map(text)).collect();
    columns.push(("birth", Arc::new(Date32Array::from(vec![person.birth]))));
    let field = |name: &str, of: &DataType| Arc::new(Field::new(name, of.clone(), true));
    StructArray::from(
        columns.into_iter().map(|(name, column)| (field(name, column.data_type()), column)).collect::<Vec<_>>(),
    )
}

/// With a name that is as frequent as 王小明 might be.
fn chance(one: &Person, other: &Person) -> f64 {
    chance_if_name_has(2e-5, one, other)
}

fn chance_if_name_has(frequency: f64, one: &Person, other: &Person) -> f64 {
    let model = Model::parse(CN_PERSON).unwrap();
    let levels = model.levels(&row(one), &row(other)).unwrap();
    let weights = levels
        .iter()
        .enumerate()
        .map(|(at, values)| model.weight(at, values[0]) + model.term_weight(at, values[0], |_| Some(frequency)));
    probability(model.prior_weight + weights.sum::<f64>())
}

#[test]
fn chances_of_each_comparison_add_up() {
    let models = ["cn_person", "person"].map(|name| Model::parse(named(name).unwrap()).unwrap());
    for comparison in models.iter().flat_map(|model| &model.spec.comparisons) {
        let total = |chances: Vec<f64>| -> f64 {
            let levels = comparison.levels.iter().zip(chances).filter(|(level, _)| !level.is_null);
            levels.map(|(_, chance)| chance).sum()
        };
        for total in [total(defaults::m(comparison)), total(defaults::u(comparison))] {
            assert!((total - 1.0).abs() < 2e-3, "{}: {total}", comparison.name);
        }
    }
    assert_eq!(named("nobody"), None);
}

#[test]
fn persons_are_told_apart_without_training() {
    assert!(chance(&wang(), &wang()) > 0.999_999);
    let typed = with(&[("id18", Some("110101199003070083")), ("given", Some("小名")), ("variant_key", Some("王小名"))]);
    assert!(chance(&wang(), &typed) > 0.999);
    let moved = with(&[("district", Some("310101")), ("street", None), ("phone", Some("13900002222"))]);
    assert!(chance(&wang(), &moved) > 0.999);
    // Without a number: the same name and birth; of a frequent name that is not enough.
    let mut no_number = with(&[("id18", None), ("phone", None)]);
    assert!(chance(&wang(), &no_number) > 0.999);
    no_number.texts[6] = None;
    assert!(chance(&wang(), &no_number) > 0.99);
    assert!((0.5..0.99).contains(&chance_if_name_has(1e-3, &wang(), &no_number)));
    // A twin: same birth, home and surname, another number and given name; also with the phone of the family.
    let mut twin = with(&[
        ("id18", Some("110101199003070214")),
        ("given", Some("大山")),
        ("variant_key", Some("王大山")),
        ("pinyin", Some("wang da shan")),
    ]);
    assert!(chance(&wang(), &twin) < 0.5);
    twin.texts[12] = Some("13900002222");
    assert!(chance(&wang(), &twin) < 0.2);
    // Twins as they are: the next number of the day and sex, a given name with a character in common, one home and phone.
    let close = with(&[
        ("id18", Some("110101199003070054")),
        ("given", Some("小亮")),
        ("variant_key", Some("王小亮")),
        ("pinyin", Some("wang xiao liang")),
    ]);
    assert!(chance(&wang(), &close) < 0.05, "{}", chance(&wang(), &close));
    // The same name and birthday in another city, with another number.
    let namesake = with(&[
        ("id18", Some("310101199003071234")),
        ("district", Some("310101")),
        ("street", Some("外滩街道")),
        ("phone", Some("13711112222")),
    ]);
    assert!(chance(&wang(), &namesake) < 0.5);
    let spouse = with(&[
        ("id18", Some("110101199105060022")),
        ("surname", Some("李")),
        ("given", Some("芳")),
        ("variant_key", Some("李芳")),
        ("pinyin", Some("li fang")),
        ("sex", Some("F")),
    ]);
    assert!(chance(&wang(), &Person { birth: Some(7795), ..spouse }) < 0.01);
}

/// Given name, surname, birth, email, place, and the house that each is of.
type Latin = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const LOTTIE: Latin = ("lottie", "davis", "1972-06-12", "lottie.d7@morgan-pierce.com", "stockton-on-tees", "7");

/// An empty text is none.
fn chance_of(one: Latin, other: Latin) -> f64 {
    let model = Model::parse(PERSON).unwrap();
    let row = |(given, surname, birth, email, place, house): Latin| {
        let known = [
            ("given", given),
            ("surname", surname),
            ("birth", birth),
            ("email", email),
            ("place", place),
            ("house", house),
        ];
        let others = ["number", "phone", "postcode", "street"].map(|name| (name, ""));
        let columns = known.into_iter().chain(others).map(|(name, value)| {
            let column: ArrayRef = Arc::new(StringArray::from(vec![Some(value).filter(|value| !value.is_empty())]));
            (Arc::new(Field::new(name, DataType::Utf8, true)), column)
        });
        StructArray::from(columns.collect::<Vec<_>>())
    };
    let levels = model.levels(&row(one), &row(other)).unwrap();
    let weights = levels.iter().enumerate().map(|(at, values)| model.weight(at, values[0]));
    probability(model.prior_weight + weights.sum::<f64>())
}

#[test]
fn persons_with_latin_names_are_told_apart_without_training() {
    let same = [
        // Swapped and misspelt.
        ("davis", "lottie", "1972-06-12", "", "", ""),
        ("dvais", "lotti", "1972-06-12", "", "stockton-on-tees", ""),
        // Married and moved: the address of the email stays.
        ("lottie", "baker", "1972-06-12", "lottie.d7@morgan-pierce.com", "york", "12"),
        // Without a name.
        ("", "", "1972-06-12", "lottie.d7@morgan-pierce.com", "stockton-on-tees", "7"),
    ];
    for other in same {
        assert!(chance_of(LOTTIE, other) > 0.95, "{other:?}: {}", chance_of(LOTTIE, other));
    }
    let others = [
        // A sister, a namesake elsewhere, somebody whose given name is the surname.
        ("maisie", "davis", "1974-01-30", "", "stockton-on-tees", "7"),
        ("lottie", "davis", "1991-11-03", "", "cardiff", "40"),
        ("davis", "evans", "1958-08-12", "", "stockton-on-tees", ""),
    ];
    for other in others {
        assert!(chance_of(LOTTIE, other) < 0.5, "{other:?}: {}", chance_of(LOTTIE, other));
    }
    for other in same.into_iter().chain(others) {
        assert!((chance_of(LOTTIE, other) - chance_of(other, LOTTIE)).abs() < 1e-12, "{other:?}");
    }
}
