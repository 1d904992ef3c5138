//! `project_relation(l, r, is_match)`: what two filings are to each other, and why.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, ListArray, StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Int64Type};
use datafusion_common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{documented, fields};
use crate::project::reasons::{Language, reasons};
use crate::project::relation::{Common, Side};
use crate::text::sql::over_columns;

const NAME: &str = "project_relation";

/// Null fields where two filings have nothing to do with each other.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ProjectRelation {
    signature: Signature,
}

impl Default for ProjectRelation {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn answer() -> Fields {
    ["relation", "reasons_zh", "reasons_en"].into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect()
}

impl ScalarUDFImpl for ProjectRelation {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let has_features = |given: &DataType| match given {
            DataType::Struct(own) => fields().iter().all(|field| own.find(field.name()).is_some()),
            _ => false,
        };
        match given {
            [left, right, DataType::Boolean | DataType::Null] if has_features(left) && has_features(right) => {
                Ok(vec![DataType::Struct(fields()), DataType::Struct(fields()), DataType::Boolean])
            }
            _ => plan_err!("{NAME} takes two rows of project_features, and whether a model takes them for one project"),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(answer()))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_columns(&arguments, |columns| match columns {
            [left, right, is_match] => relate(&Sides::of(left)?, &Sides::of(right)?, is_match.as_boolean()),
            _ => exec_err!("{NAME} takes two rows and whether they match"),
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

fn relate(left: &Sides, right: &Sides, is_match: &BooleanArray) -> Result<ArrayRef> {
    let mut columns: [StringBuilder; 3] = Default::default();
    for row in 0..is_match.len() {
        let pair = left.row(row).zip(right.row(row));
        let told = pair.and_then(|(left, right)| {
            let common = Common::of(&left, &right);
            let relation = common.relation(is_match.is_valid(row) && is_match.value(row))?;
            let told = |language| reasons(&left, &right, &common, language);
            Some([relation.name().to_owned(), told(Language::Chinese), told(Language::English)])
        });
        match told {
            Some(told) => columns.iter_mut().zip(told).for_each(|(column, text)| column.append_value(text)),
            None => columns.iter_mut().for_each(StringBuilder::append_null),
        }
    }
    let columns = columns.each_mut().map(|column| Arc::new(column.finish()) as ArrayRef).to_vec();
    Ok(Arc::new(StructArray::try_new(answer(), columns, None)?))
}

/// Features of one side, column by column.
struct Sides<'a> {
    rows: &'a StructArray,
    texts: [&'a StringArray; 8],
    sets: [Set<'a>; 3],
    amounts: (&'a ListArray, &'a StringArray),
    phase: &'a Int32Array,
}

type Set<'a> = (&'a ListArray, &'a Int64Array);

impl<'a> Sides<'a> {
    fn of(column: &'a ArrayRef) -> Result<Self> {
        let rows = column.as_struct();
        let text = |name| get(rows, name)?.as_string_opt::<i32>();
        let set = |name| {
            let lists = get(rows, name)?.as_list_opt::<i32>()?;
            Some((lists, lists.values().as_primitive_opt::<Int64Type>()?))
        };
        let read = || {
            let amounts = get(rows, "amounts")?.as_list_opt::<i32>()?;
            Some(Self {
                rows,
                texts: [
                    text("project_code")?,
                    text("credit_code")?,
                    text("firm")?,
                    text("firm_sound")?,
                    text("title")?,
                    text("industry")?,
                    text("park")?,
                    text("parcel")?,
                ],
                sets: [set("firm_words")?, set("title_words")?, set("content")?],
                amounts: (amounts, amounts.values().as_string_opt::<i32>()?),
                phase: get(rows, "phase")?.as_primitive_opt::<Int32Type>()?,
            })
        };
        read().ok_or_else(|| exec_datafusion_err!("{NAME} takes rows of project_features"))
    }

    /// None for a row that is null.
    fn row(&self, row: usize) -> Option<Side<'a>> {
        let text = |texts: &'a StringArray| texts.is_valid(row).then(|| texts.value(row));
        let [project_code, credit_code, firm, firm_sound, title, industry, park, parcel] = self.texts.map(text);
        let range = |lists: &ListArray| match lists.is_valid(row) {
            true => lists.value_offsets()[row] as usize..lists.value_offsets()[row + 1] as usize,
            false => 0..0,
        };
        let [firm_words, title_words, content] = self.sets.map(|(lists, numbers)| &numbers.values()[range(lists)]);
        let (lists, texts) = self.amounts;
        let amounts = range(lists).filter(|&at| texts.is_valid(at)).map(|at| texts.value(at)).collect();
        let phase = if self.phase.is_valid(row) { self.phase.value(row) } else { 1 };
        self.rows.is_valid(row).then_some(Side {
            project_code,
            credit_code,
            firm,
            firm_sound,
            firm_words,
            title,
            title_words,
            content,
            amounts,
            industry,
            park,
            parcel,
            phase,
        })
    }
}

fn get<'a>(rows: &'a StructArray, name: &str) -> Option<&'a ArrayRef> {
    rows.column_by_name(name)
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "What two filings of projects are to each other: `relation` is `same_filing` (filed again), `same_project` (the same substance \
         otherwise dressed), `split_phase` (phases of one project), `similar_line` (another firm's project for the same product), or NULL \
         for nothing; only the first two are duplicates. `reasons_zh` and `reasons_en` tell what they share and in what they differ. \
         Filings of different phases are no duplicates, whatever else they share.",
        "project_relation(l, r, is_match)",
    )
    .with_sql_example("```sql\nSELECT project_relation(l.features, r.features, true) FROM filing l, filing r WHERE l.id = 1 AND r.id = 2;\n```")
    .with_argument("l", "What `project_features` answered for one filing.")
    .with_argument("r", "For the other.")
    .with_argument("is_match", "Whether a model takes them for one project, as the probability of `link_score` says.")
    .build()
});
