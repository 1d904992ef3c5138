use datafusion::arrow::util::display::array_value_to_string;
use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;
use huitong_catalog::{Code, Error};

use crate::error::of_datafusion;
use crate::planning::{self, Target};

async fn answer(query: &str) -> Result<String, Error> {
    let state = planning::state(
        planning::config(Target::Local, 1),
        std::sync::Arc::new(RuntimeEnv::default()),
        std::sync::Arc::new(MemoryCatalogProviderList::new()),
    );
    let context = SessionContext::new_with_state(state);
    let rows = async { context.sql(query).await?.collect().await }.await.map_err(of_datafusion)?;
    Ok(array_value_to_string(rows[0].column(0), 0).unwrap())
}

#[tokio::test]
async fn what_would_fill_the_memory_is_refused() {
    for call in [
        "length(repeat('a', 2000000000))",
        "length(repeat(a, 2000000000))",
        "length(repeat(a, b * 200000))",
        "length(lpad(a, 2000000000))",
        "length(rpad(a, 2000000000, '甲'))",
        "array_length(range(1, 100000000))",
        "array_length(range(100000000))",
        "array_length(generate_series(100000000, 1, -1))",
        "array_length(generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '2030-01-01', INTERVAL '1 second'))",
        "array_length(array_repeat(a, 100000000))",
        "array_length(array_resize([1], 100000000))",
    ] {
        let query = format!("SELECT {call} FROM (VALUES ('甲', 1000)) AS t (a, b)");
        assert_eq!(answer(&query).await.unwrap_err().code, Code::MEMORY_LIMIT, "{call}");
    }
}

#[tokio::test]
async fn long_texts_are_not_compared_letter_by_letter() {
    let query = "SELECT levenshtein(repeat(a, 60000), repeat(b, 60000)) FROM (VALUES ('a', 'b')) AS t (a, b)";
    assert_eq!(answer(query).await.unwrap_err().code, Code::EXECUTION);
}

#[tokio::test]
async fn the_rest_is_as_it_was() {
    for (call, expected) in [
        ("repeat('ab', 3)", "ababab"),
        ("repeat('ab', -3)", ""),
        ("repeat(NULL, 3)", ""),
        ("lpad('甲', 3, '乙')", "乙乙甲"),
        ("rpad('a', 0)", ""),
        ("range(3)", "[0, 1, 2]"),
        ("range(5, 1)", "[]"),
        ("generate_series(5, 1, -2)", "[5, 3, 1]"),
        ("array_length(generate_series(DATE '0001-01-01', DATE '9999-12-01', INTERVAL '1 month'))", "119988"),
        ("array_repeat('a', 2)", "[a, a]"),
        ("levenshtein('北京市', '北京')", "1"),
    ] {
        assert_eq!(answer(&format!("SELECT {call}")).await.unwrap(), expected, "{call}");
    }
}
