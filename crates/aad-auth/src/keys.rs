use std::{collections::HashMap, fs, path::Path};

use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, JwkSet, PublicKeyUse},
};

use crate::Error;

/// Reads the RSA keys of a JWKS file, by their `kid`.
pub(crate) fn read(path: &Path) -> Result<HashMap<String, DecodingKey>, Error> {
    let text = fs::read(path).map_err(|error| {
        Error::new(format!("cannot read the key file {}", path.display())).caused_by(error)
    })?;
    parse(&text, &format!("the key file {}", path.display()))
}

/// Takes the RSA keys out of a JWKS text, by their `kid`. `origin` is what an error calls it.
///
/// Keys of other kinds are left out: Microsoft Entra signs with RS256 only, and a key file may
/// say more than this program needs.
pub(crate) fn parse(text: &[u8], origin: &str) -> Result<HashMap<String, DecodingKey>, Error> {
    let unusable = || Error::new(format!("{origin} is not usable"));
    let set: JwkSet = serde_json::from_slice(text).map_err(|error| unusable().caused_by(error))?;

    let mut keys = HashMap::new();
    for key in set.keys {
        let (AlgorithmParameters::RSA(_), Some(kid)) = (&key.algorithm, &key.common.key_id) else {
            continue;
        };
        if key.common.public_key_use == Some(PublicKeyUse::Encryption) {
            continue;
        }
        let decoding_key =
            DecodingKey::from_jwk(&key).map_err(|error| unusable().caused_by(error))?;
        keys.insert(kid.clone(), decoding_key);
    }
    if keys.is_empty() {
        return Err(Error::new(format!(
            "{origin} is not usable: it holds no RSA signing key with a kid"
        )));
    }
    Ok(keys)
}
