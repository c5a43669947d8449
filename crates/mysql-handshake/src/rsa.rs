//! A password encrypted with a server's key, as `caching_sha2_password` asks for it without TLS.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject as _};

use crate::{Error, Nonce, auth::with_nul};

/// The password and a NUL, combined with the nonce, in RSA-OAEP with SHA-1.
///
/// `mysql_common` can do it too, but panics at a key that is none.
///
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html>
///
/// # Errors
///
/// If the key is none, or the password is longer than fits it.
pub(crate) fn encrypt(password: &[u8], nonce: &Nonce, key: &[u8]) -> Result<Vec<u8>, Error> {
    let unusable = || Error::protocol("the server's public key cannot be used: log in over TLS");
    let key = SubjectPublicKeyInfoDer::from_pem_slice(key).map_err(|_| unusable())?;
    let key = PublicEncryptingKey::from_der(&key).map_err(|_| unusable())?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| unusable())?;

    let mut plain = with_nul(password);
    for (byte, mask) in plain.iter_mut().zip(nonce.iter().cycle()) {
        *byte ^= mask;
    }
    let mut encrypted = vec![0; key.key_size_bytes()];
    let length = key
        .encrypt(&OAEP_SHA1_MGF1SHA1, &plain, &mut encrypted, None)
        .map_err(|_| Error::protocol("the password is too long for the server's public key"))?
        .len();
    encrypted.truncate(length);
    Ok(encrypted)
}
