//! Classes of records, their sizes and values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion_common::{Result, ScalarValue, exec_err};

/// Of a text, a class and a tree's place for them, beyond their bytes.
const OVERHEAD: usize = 80;

#[derive(Debug, Default)]
pub struct Classes {
    classes: BTreeMap<String, Class>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Class {
    records: i64,
    /// As [`encode`] writes one value.
    values: BTreeSet<String>,
}

/// What is said of all classes.
pub struct Told {
    pub smallest: Option<i64>,
    pub below: i64,
    pub fewest_values: Option<i64>,
}

pub fn state() -> [(&'static str, DataType); 4] {
    let texts = DataType::new_list(DataType::Utf8, true);
    [
        ("threshold", DataType::Int64),
        ("classes", texts.clone()),
        ("records", DataType::new_list(DataType::Int64, true)),
        ("values", DataType::new_list(texts, true)),
    ]
}

/// Texts and nulls as one text, different for different lists.
fn encode<'a>(items: impl Iterator<Item = Option<&'a str>>, to: &mut String) {
    to.clear();
    for item in items {
        match item {
            None => to.push('-'),
            Some(text) => {
                to.push_str(&text.len().to_string());
                to.push(':');
                to.push_str(text);
            }
        }
    }
}

impl Classes {
    /// A null list is one without items.
    pub fn add(&mut self, quasi: &ListArray, sensitive: Option<&StringArray>) {
        let (mut key, mut value) = (String::new(), String::new());
        for row in 0..quasi.len() {
            match quasi.is_valid(row) {
                true => encode(quasi.value(row).as_string::<i32>().iter(), &mut key),
                false => key.clear(),
            }
            let of = sensitive.map(|values| {
                encode(std::iter::once(values.is_valid(row).then(|| values.value(row))), &mut value);
                value.as_str()
            });
            self.count(&key, 1, of);
        }
    }

    fn count<'a>(&mut self, key: &str, records: i64, values: impl IntoIterator<Item = &'a str>) {
        if !self.classes.contains_key(key) {
            self.bytes += key.len() + OVERHEAD;
        }
        // A text is made only for a class that is new.
        let class = match self.classes.get_mut(key) {
            Some(class) => class,
            None => self.classes.entry(key.to_owned()).or_default(),
        };
        class.records += records;
        for value in values {
            if !class.values.contains(value) {
                self.bytes += value.len() + OVERHEAD;
                class.values.insert(value.to_owned());
            }
        }
    }

    pub fn told(&self, threshold: i64) -> Told {
        let records = || self.classes.values().map(|class| class.records);
        let values = self.classes.values().map(|class| class.values.len());
        Told {
            smallest: records().min(),
            below: records().filter(|records| *records < threshold).sum(),
            fewest_values: values.min().and_then(|least| i64::try_from(least).ok()),
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn write(&self) -> Result<[ScalarValue; 3]> {
        let keys: StringArray = self.classes.keys().map(Some).collect();
        let records: Int64Array = self.classes.values().map(|class| Some(class.records)).collect();
        let mut values = ListBuilder::new(StringBuilder::new());
        for class in self.classes.values() {
            class.values.iter().for_each(|value| values.values().append_value(value));
            values.append(true);
        }
        let list = |items: ArrayRef| {
            let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
            let list = ListArray::try_new(field, OffsetBuffer::from_lengths([items.len()]), items, None)?;
            Ok::<_, datafusion_common::DataFusionError>(ScalarValue::List(Arc::new(list)))
        };
        Ok([list(Arc::new(keys))?, list(Arc::new(records))?, list(Arc::new(values.finish()))?])
    }

    pub fn merge(&mut self, state: &[ArrayRef]) -> Result<()> {
        let [keys, records, values] = state else { return exec_err!("a state of {} columns", state.len()) };
        let (keys, records, values) = (keys.as_list::<i32>(), records.as_list::<i32>(), values.as_list::<i32>());
        for row in (0..keys.len()).filter(|row| keys.is_valid(*row)) {
            let (keys, records, values) = (keys.value(row), records.value(row), values.value(row));
            let (keys, records) = (keys.as_string::<i32>(), records.as_primitive::<Int64Type>());
            for class in 0..keys.len() {
                let of = values.as_list::<i32>().value(class);
                self.count(keys.value(class), records.value(class), of.as_string::<i32>().iter().flatten());
            }
        }
        Ok(())
    }
}
