use serde_json::json;

use super::import;

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let settings = |level: serde_json::Value| {
        json!({"comparisons": [{"output_column_name": "x", "comparison_levels": [level, {"sql_condition": "ELSE"}]}]})
            .to_string()
    };
    let exact = json!({"sql_condition": "\"x_l\" = \"x_r\"", "m_probability": 0.9, "u_probability": 0.1});
    assert!(import(&settings(exact.clone())).is_ok());
    let mut other = exact.clone();
    other["sql_condition"] = json!("dmetaphone(\"x_l\") = dmetaphone(\"x_r\")");
    let error = import(&settings(other)).unwrap_err().to_string();
    assert!(error.contains("dmetaphone") && error.contains("comparisons[0].levels[0]"), "{error}");
    let mut other = exact;
    other["m_probabilty"] = json!(0.3);
    assert!(import(&settings(other)).unwrap_err().to_string().contains("`m_probabilty`"));
    for garbage in ["", "[]", "{}", "{\"comparisons\": 3}", "{\"comparisons\": [{\"comparison_levels\": [{}]}]}"] {
        assert!(import(garbage).is_err(), "{garbage}");
    }
}
