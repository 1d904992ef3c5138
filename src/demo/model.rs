//! The contracts of the sample city and of its applications, in force from the start.

use huitong_catalog::Result;
use huitong_catalog::contracts::Files;
use huitong_catalog::identity::Principal;
use huitong_engine::{Door, contracts};

use crate::node::Node;

include!(concat!(env!("OUT_DIR"), "/city.rs"));
include!(concat!(env!("OUT_DIR"), "/economy.rs"));
include!(concat!(env!("OUT_DIR"), "/housing_marriage.rs"));
include!(concat!(env!("OUT_DIR"), "/park_projects.rs"));

/// Applies them, unless somebody has applied others in this directory.
pub async fn ensure(node: &Node) -> Result<()> {
    if node.engine.contracts().number > 0 {
        return Ok(());
    }
    let texts = CITY
        .iter()
        .chain(ECONOMY)
        .chain(HOUSING_MARRIAGE)
        .chain(PARK_PROJECTS)
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let session = node.engine.session(Principal::operator(), Door::Direct);
    contracts::apply(&session, &Files::from_texts("apps", texts), None, false).await.map(drop)
}
