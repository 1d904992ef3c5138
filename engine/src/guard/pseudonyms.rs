//! Keys of pseudonyms. One secret of the city, kept in the state database, yields a key for each purpose (HKDF, RFC 5869): whoever sees
//! pseudonyms for one purpose can match them with each other, and with nothing that is seen for another one.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use huitong_catalog::Result;
use huitong_catalog::ids::{Randomness, hex, random};
use huitong_catalog::state::State;

/// In `settings`.
const SECRET_SETTING: &str = "governance.pseudonym_secret";
const KEY_BYTES: usize = 32;

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// The city's secret; made at the first start.
pub async fn open(state: &State, randomness: &dyn Randomness) -> Result<Prk> {
    let fresh = hex(&random::<KEY_BYTES>(randomness)?);
    let secret = state.setting_or_insert(SECRET_SETTING, &fresh).await?;
    Ok(Salt::new(HKDF_SHA256, b"huitong pseudonyms").extract(secret.as_bytes()))
}

/// The key for a purpose, or for none.
pub fn key(secret: &Prk, purpose: Option<&str>) -> Vec<u8> {
    // No purpose is not the purpose with the empty name.
    let said = [purpose.map_or("0", |_| "1").as_bytes(), purpose.unwrap_or_default().as_bytes()];
    let mut key = vec![0; KEY_BYTES];
    match secret.expand(&said, Length).and_then(|made| made.fill(&mut key)) {
        Ok(()) => key,
        // Only for keys that are longer than 255 hashes.
        Err(_) => Vec::new(),
    }
}
