//! The first rows of a table: `cargo run -p huitong-sample --example show -- population person [rows] [people]`.

use arrow::util::pretty::pretty_format_batches;
use huitong_sample::{City, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [schema, name, rest @ ..] = args.as_slice() else { return Err("which schema and table?".into()) };
    let rows = rest.first().map_or(Ok(10), |arg| arg.parse())?;
    let people = rest.get(1).map_or(Ok(2000), |arg| arg.parse())?;
    let city = City::new(Options { people, ..Options::default() })?;
    let table = city.table(schema, name).ok_or("no such table")?;
    if let Some(batch) = table.batches().next() {
        println!("{}", pretty_format_batches(&[batch.slice(0, batch.num_rows().min(rows))])?);
    }
    Ok(())
}
