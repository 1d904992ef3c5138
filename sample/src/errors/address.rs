//! Errors in addresses.

/// An address as people write it: without province and city, `-` for the names of the parts of a building.
pub(crate) fn abbreviated_address(address: &str) -> String {
    let short = address.split_once('市').map_or(address, |(_, rest)| rest);
    short.replace("幢", "-").replace("单元", "-").replace('室', "")
}
