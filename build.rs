//! Puts the contracts of the sample city into the program, for its demo.

include!("catalog/embed.rs");

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=catalog/embed.rs");
    embed("apps/city/model", "CITY", "city.rs")?;
    embed("apps/economy/model", "ECONOMY", "economy.rs")?;
    embed("apps/housing-marriage/model", "HOUSING_MARRIAGE", "housing_marriage.rs")?;
    embed("apps/park-projects/model", "PARK_PROJECTS", "park_projects.rs")
}
