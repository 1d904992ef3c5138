//! The contracts of the sample city, in force from the start.

use huitong_catalog::Result;
use huitong_catalog::contracts::Files;
use huitong_catalog::identity::Principal;
use huitong_engine::{Door, contracts};

use crate::node::Node;

include!(concat!(env!("OUT_DIR"), "/model.rs"));

/// Applies them, unless somebody has applied others in this directory.
pub async fn ensure(node: &Node) -> Result<()> {
    if node.engine.contracts().number > 0 {
        return Ok(());
    }
    let texts = MODEL.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let session = node.engine.session(Principal::operator(), Door::Direct);
    contracts::apply(&session, &Files::from_texts("apps/city/model", texts), None, false).await.map(drop)
}
