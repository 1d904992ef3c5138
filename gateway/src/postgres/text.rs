//! What a client sent as a text, cut into statements.

use std::ops::Range;
use std::sync::Arc;

use huitong_catalog::{Code, Error};
use huitong_engine::script;
use tokio::sync::Semaphore;

use super::problem::Problem;

/// A text of several statements; one alone has a shorter limit.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// A longer text is cut on a thread of its own, where it holds up nobody.
const SHORT_BYTES: usize = 16 * 1024;
/// Long texts that are cut at a time: the words of one take a hundred times its bytes.
static LONG: Semaphore = Semaphore::const_new(4);

/// The bytes of each statement. What is too long or chains too much is refused, before anything of it is parsed.
pub async fn cut(text: &Arc<str>) -> Result<Vec<Range<usize>>, Problem> {
    if text.len() > BYTES_MAX {
        let error = Error::new(Code::SYNTAX, format!("the text is longer than {BYTES_MAX} bytes"))
            .with_hint("load data with COPY, and send long scripts in parts");
        return Err(Problem::new("54000", error));
    }
    if text.len() <= SHORT_BYTES {
        return Ok(script::cut(text)?);
    }
    let broken =
        |error: &dyn std::fmt::Display| Error::new(Code::INTERNAL, format!("a text could not be cut: {error}"));
    let _place = LONG.acquire().await.map_err(|error| broken(&error))?;
    let text = text.clone();
    let cut = tokio::task::spawn_blocking(move || script::cut(&text));
    Ok(cut.await.map_err(|error| broken(&error))??)
}
