//! The URL of a backend.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::Error;

/// Where a backend is, and who logs in there.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// A name or an IP address, without the brackets of a URL.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: SecretString,
    pub(crate) database: String,
}

const MYSQL_PORT: u16 = 3306;

/// Reads `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, the form of everybody's `DATABASE_URL`.
///
/// # Errors
///
/// If it has another form, or says something that would be ignored. Never with the URL in the text.
pub(crate) fn parse(text: &str) -> Result<Address, Error> {
    // What the URL parser says holds nothing of the URL.
    let url = Url::parse(text).map_err(|cause| {
        Error::caused_by(format!("the backend's URL cannot be read: {FORM}"), cause)
    })?;
    if !["mysql", "mariadb"].contains(&url.scheme()) {
        return Err(wrong("its scheme is not `mysql`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has parameters, and the backend takes none"));
    }
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| wrong("it names no host"))?;
    let user = decoded(url.username())?;
    if user.is_empty() {
        return Err(wrong("it names no user"));
    }
    let database = decoded(url.path().trim_start_matches('/'))?;
    if database.is_empty() || database.contains('/') {
        return Err(wrong("its path is not the name of a database"));
    }
    Ok(Address {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(MYSQL_PORT),
        user,
        password: decoded(url.password().unwrap_or_default())?.into(),
        database,
    })
}

const FORM: &str =
    "write `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, special characters percent-encoded";

fn wrong(what: &str) -> Error {
    Error::new(format!(
        "the backend's URL cannot be used, because {what}: {FORM}"
    ))
}

fn decoded(part: &str) -> Result<String, Error> {
    let text = percent_decode_str(part).decode_utf8();
    let text = text.map_err(|_| wrong("a part of it is not UTF-8"))?;
    if text.contains('\0') {
        return Err(wrong("a part of it has a NUL in it"));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn usual_url_is_read() {
        let address = parse("mysql://root@127.0.0.1:3307/test").unwrap();
        assert_eq!((&*address.host, address.port), ("127.0.0.1", 3307));
        assert_eq!((&*address.user, &*address.database), ("root", "test"));
        assert_eq!(address.password.expose_secret(), "");
        assert_eq!(parse("mariadb://root@[::1]/test").unwrap().host, "::1");
        assert_eq!(parse("mysql://root@db/test").unwrap().port, 3306);
    }

    #[test]
    fn parts_are_percent_decoded() {
        let address = parse("mysql://o%27neil:p%40ss%2Fw%C3%B6rd@db/my%20orders").unwrap();
        assert_eq!(address.user, "o'neil");
        assert_eq!(address.password.expose_secret(), "p@ss/w\u{f6}rd");
        assert_eq!(address.database, "my orders");
    }

    #[test]
    fn unusable_urls_are_refused_without_repeating_them() {
        for (url, reason) in [
            ("root:s3cret@127.0.0.1", "its scheme is not `mysql`"),
            ("", "cannot be read"),
            (
                "postgres://root:s3cret@db/test",
                "its scheme is not `mysql`",
            ),
            ("mysql://:s3cret@db/test", "it names no user"),
            ("mysql://root:s3cret@db", "not the name of a database"),
            ("mysql://root:s3cret@db/a/b", "not the name of a database"),
            (
                "mysql://root:s3cret@db/test?ssl-mode=REQUIRED",
                "has parameters",
            ),
            ("mysql:///test", "it names no host"),
            ("mysql://root:s3cret%00@db/test", "has a NUL"),
            ("mysql://root:s3cret%ff@db/test", "is not UTF-8"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains(reason), "{url}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
