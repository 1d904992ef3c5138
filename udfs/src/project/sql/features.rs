//! `project_features(code, title, …)`: what of a filing can be compared.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Builder, Int64Array, Int64Builder, ListBuilder, StringBuilder,
    StringViewArray, StructArray,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{documented, fields};
use crate::project::features::{Features, Filing};
use crate::text::sql::{is_text, over_columns};

const NAME: &str = "project_features";
const TEXTS: usize = 8;

/// Never null: a filing that says nothing has features that are. Sets of nothing are null too: there is nothing to compare.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ProjectFeatures {
    signature: Signature,
}

impl Default for ProjectFeatures {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ProjectFeatures {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let is_number = |given: &DataType| given.is_numeric() || given.is_null();
        match given {
            [texts @ .., investment, phase]
                if texts.len() == TEXTS
                    && texts.iter().all(is_text)
                    && is_number(investment)
                    && (phase.is_integer() || phase.is_null()) =>
            {
                let texts = std::iter::repeat_n(DataType::Utf8View, TEXTS);
                Ok(texts.chain([DataType::Float64, DataType::Int64]).collect())
            }
            _ => plan_err!(
                "{NAME} takes eight texts (project code, title, abstract, credit code, applicant, industry, park, parcel), the \
                 investment in yuan and the phase, a whole number"
            ),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_columns(&arguments, |columns| {
            let filings = Filings::of(columns)?;
            let mut written = Written::default();
            (0..filings.len()).for_each(|row| written.push(Features::of(&filings.row(row))));
            written.finish()
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

struct Filings<'a> {
    texts: [&'a StringViewArray; TEXTS],
    investment: &'a Float64Array,
    phase: &'a Int64Array,
}

impl<'a> Filings<'a> {
    fn of(columns: &'a [ArrayRef]) -> Result<Self> {
        let (texts, numbers) = columns.split_at(columns.len().min(TEXTS));
        let texts: Vec<&StringViewArray> = texts.iter().filter_map(|column| column.as_string_view_opt()).collect();
        match (<[_; TEXTS]>::try_from(texts), numbers) {
            (Ok(texts), [investment, phase]) => Ok(Self {
                texts,
                investment: investment.as_primitive::<Float64Type>(),
                phase: phase.as_primitive::<Int64Type>(),
            }),
            _ => exec_err!("{NAME} takes eight texts and two numbers"),
        }
    }

    fn len(&self) -> usize {
        self.phase.len()
    }

    fn row(&self, row: usize) -> Filing<'a> {
        let text = |texts: &'a StringViewArray| texts.is_valid(row).then(|| texts.value(row));
        let [project_code, title, summary, credit_code, applicant, industry, park, parcel] = self.texts.map(text);
        let investment = self.investment.is_valid(row).then(|| self.investment.value(row));
        let phase = self.phase.is_valid(row).then(|| self.phase.value(row));
        Filing { project_code, title, summary, credit_code, applicant, industry, park, parcel, investment, phase }
    }
}

/// Features of all filings, column by column.
#[derive(Default)]
struct Written {
    texts: [StringBuilder; TEXTS],
    sets: [ListBuilder<Int64Builder>; 4],
    amounts: ListBuilder<StringBuilder>,
    phases: Int32Builder,
}

impl Written {
    fn push(&mut self, of: Features) {
        let Features { project_code, credit_code, firm, firm_sound, title, industry, park, parcel, .. } = of;
        let texts = [project_code, credit_code, firm, firm_sound, title, industry, park, parcel];
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.append_option(text));
        let sets = [of.firm_words, of.title_words, of.content, of.keys];
        for (column, set) in self.sets.iter_mut().zip(sets) {
            column.values().append_slice(&set);
            column.append(!set.is_empty());
        }
        of.amounts.iter().for_each(|amount| self.amounts.values().append_value(amount));
        self.amounts.append(!of.amounts.is_empty());
        self.phases.append_value(of.phase);
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let [code, credit, firm, sound, title, industry, park, parcel] =
            self.texts.each_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let [firm_words, title_words, content, keys] =
            self.sets.each_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let amounts = Arc::new(self.amounts.finish()) as ArrayRef;
        let phase = Arc::new(self.phases.finish()) as ArrayRef;
        let columns = vec![
            code,
            credit,
            firm,
            sound,
            firm_words,
            title,
            title_words,
            content,
            amounts,
            industry,
            park,
            parcel,
            phase,
            keys,
        ];
        Ok(Arc::new(StructArray::try_new(fields(), columns, None)?))
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "What of a filing of a project can be compared, as a row: codes, the applicant's name without region and legal form, what the \
         title says is made, sets of runs of characters, amounts with their units in one writing, place, phase (1 if none is told), and \
         `keys`, numbers of which filings that are worth a comparison share one. NULL and texts of any length and writing are taken; \
         a credit code that is not right is looked up by and not compared. `duplicate_pairs` calls it; tables that are asked often keep what \
         it answers.",
        "project_features(project_code, title, abstract, credit_code, applicant, industry, park, parcel, investment, phase)",
    )
    .with_sql_example(
        "```sql\nSELECT project_features(NULL, '年产300万支注射器项目（二期）', NULL, NULL, '上海浦江医药有限公司', 'C27', NULL, NULL, 5.4e7, NULL);\n```",
    )
    .with_argument("project_code", "The code of the project.")
    .with_argument("title", "Its name.")
    .with_argument("abstract", "What is built, in words.")
    .with_argument("credit_code", "The applicant's unified social credit code.")
    .with_argument("applicant", "The applicant's name.")
    .with_argument("industry", "The code of the industry.")
    .with_argument("park", "The park.")
    .with_argument("parcel", "The parcel within it.")
    .with_argument("investment", "In all, yuan.")
    .with_argument("phase", "The number of the phase.")
    .build()
});
