//! `link_import_splink(settings)`: the model that a settings file of Splink stands for.

use std::sync::{Arc, LazyLock};

use arrow::array::{AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::super::splink;

const NAME: &str = "link_import_splink";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkImportSplink {
    signature: Signature,
}

impl Default for LinkImportSplink {
    fn default() -> Self {
        Self { signature: Signature::string(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for LinkImportSplink {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = args.args.as_slice() else { return exec_err!("{NAME} takes one text") };
        let is_scalar = matches!(texts, ColumnarValue::Scalar(_));
        let texts = cast(&texts.to_array(if is_scalar { 1 } else { args.number_rows })?, &DataType::Utf8)?;
        let import = |text: &str| splink::import(text).map(|spec| spec.to_json());
        let models = texts.as_string::<i32>().iter().map(|text| text.map(import).transpose());
        let models: StringArray =
            models.collect::<Result<_, _>>().map_err(|error| exec_datafusion_err!("{NAME}: {error}"))?;
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&models, 0)?),
            false => ColumnarValue::Array(Arc::new(models)),
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "The model or specification, JSON, that a settings file of Splink (4 or 5, for DuckDB) stands for: the same weights for the same \
         pairs. A condition or a key that is not understood is an error with its text.",
        "link_import_splink(settings)",
    )
    .with_sql_example("```sql\nSELECT link_import_splink(settings) AS model FROM uploaded;\n```")
    .with_argument("settings", "The JSON that Splink saved.")
    .build()
});
