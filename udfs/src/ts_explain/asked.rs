//! The options of an explanation.

use serde_json::json;

use crate::series::options::Options as Json;
use crate::ts_forecast::chosen::Chosen;

#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub of_forecast: Chosen,
    /// What words call the regressors, in their order.
    pub names: Vec<String>,
    /// From how many earlier origins coverage is measured.
    pub origins: usize,
}

const KNOWN: [&str; 5] = ["level", "period", "calendar", "names", "origins"];
const ORIGINS: usize = 6;
const ORIGINS_MAX: u64 = 100;

impl Default for Options {
    fn default() -> Self {
        Self { of_forecast: Chosen::default(), names: Vec::new(), origins: ORIGINS }
    }
}

impl Options {
    pub fn parse(text: &str) -> Result<Self, String> {
        let json = Json::parse(text, &KNOWN)?;
        let (names, origins) = (json.texts("names")?, json.count("origins", 0..=ORIGINS_MAX)?.unwrap_or(ORIGINS));
        Ok(Self { of_forecast: Chosen::of(json)?, names, origins })
    }

    /// The reverse of [`Options::parse`]; what is as usual is left out.
    pub fn text(&self) -> String {
        let names = (!self.names.is_empty()).then(|| format!("\"names\":{}", json!(self.names)));
        let origins = (self.origins != ORIGINS).then(|| format!("\"origins\":{}", self.origins));
        self.of_forecast.text_with(names.into_iter().chain(origins).collect())
    }

    /// What a regressor is called.
    pub fn name(&self, place: usize) -> String {
        self.names.get(place).cloned().unwrap_or_else(|| format!("x{}", place + 1))
    }
}
