use arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::lit;

use super::*;

fn schema() -> DFSchema {
    let field = |name: &str, kind| Field::new(name, kind, true);
    let list = DataType::new_list(DataType::Float64, true);
    let exact = DataType::Decimal128(10, 2);
    let fields =
        vec![field("f", DataType::Float64), field("r", DataType::Float32), field("d", exact), field("l", list)];
    DFSchema::try_from(Schema::new(fields)).expect("a schema")
}

fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}

fn told(expression: Expr) -> String {
    in_expression(expression, &schema()).expect("rewritten").to_string()
}

#[test]
fn the_exact_side_is_cast() {
    assert_eq!(told(column("f").gt(column("d"))), "f > CAST(d AS Float64)");
    assert_eq!(told(column("d").eq(column("r"))), "CAST(d AS Float64) = r");
    assert_eq!(
        told(column("d").between(column("d"), column("f"))),
        "CAST(d AS Float64) BETWEEN CAST(d AS Float64) AND f"
    );
    let listed = column("f").in_list(vec![column("d"), column("r")], false);
    assert_eq!(told(listed), "f IN ([CAST(d AS Float64), r])");
}

#[test]
fn what_is_all_exact_or_all_floating_stays() {
    for expression in
        [column("d").gt(column("d")), column("f").lt(column("r")), column("f") + column("d"), column("d").eq(lit(1))]
    {
        let as_it_was = expression.to_string();
        assert_eq!(told(expression), as_it_was);
    }
}
