use std::{fmt, marker::PhantomData, sync::Arc};

use azure_mysql::Settings;
use diesel::{
    connection::get_default_instrumentation,
    mysql::Mysql,
    r2d2::{ManageConnection, R2D2Connection},
};
use token_source::{Token, TokenCache};

use super::{attempt::Attempt, trial, url::Target};
use crate::{Error, ErrorKind, blocking};

/// Opens connections over the C client library, each with a token that is valid at that moment.
///
/// For diesel's `r2d2::Pool`; `C` is `diesel::MysqlConnection`.
pub struct ConnectionManager<C> {
    settings: Settings,
    target: Target,
    roots: Arc<str>,
    tokens: TokenCache,
    connection: PhantomData<fn() -> C>,
}

impl<C> ConnectionManager<C>
where
    C: R2D2Connection<Backend = Mysql> + Send + 'static,
{
    /// A manager with a token cache of its own.
    ///
    /// First the linked library has to log in, with a made-up password, to servers on the loopback
    /// address that are set up for the purpose and live as long as the attempt. It must send the
    /// password to the one that it can verify, and must not send it to one without TLS, one with a
    /// certificate from an unknown root, and one with a certificate for another host. And it must be
    /// Oracle's. This takes some 20 ms, and nothing leaves the machine.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClientLibrary`], if the library fails this trial, `LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN`
    /// is not set, diesel has a default instrumentation, or the settings cannot be written as a URL of
    /// diesel's.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Self::with_tokens(settings, settings.token_cache())
    }

    /// A manager that takes its tokens from `tokens`, for instance one cache for several servers, or one
    /// over a credential of your own. The settings' identity is not looked at.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_tokens(settings: &Settings, tokens: TokenCache) -> Result<Self, Error> {
        let target = Target::new(settings)?;
        nobody_listens()?;
        trial::of_library(&|url| C::establish(url).map(drop))?;
        Ok(Self {
            settings: settings.clone(),
            target,
            roots: settings.trust().pem().into(),
            tokens,
            connection: PhantomData,
        })
    }

    /// The cache that the tokens come from.
    pub fn tokens(&self) -> &TokenCache {
        &self.tokens
    }

    fn log_in(&self, token: &Token) -> Result<C, Error> {
        nobody_listens()?;
        Attempt::new(&self.settings, &self.target, token).run(&self.roots, C::establish)
    }
}

impl<C> ManageConnection for ConnectionManager<C>
where
    C: R2D2Connection<Backend = Mysql> + Send + 'static,
{
    type Connection = C;
    type Error = Error;

    /// A login that the server refuses is tried once more, if another token can be had.
    fn connect(&self) -> Result<C, Error> {
        blocking::connect(&self.settings, &self.tokens, |token| self.log_in(token))
    }

    fn is_valid(&self, connection: &mut C) -> Result<(), Error> {
        connection.ping().map_err(Error::broken)
    }

    fn has_broken(&self, connection: &mut C) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

impl<C> fmt::Debug for ConnectionManager<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionManager")
            .field("target", &self.target)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

/// diesel tells its default instrumentation the URL of each new connection, with the password.
fn nobody_listens() -> Result<(), Error> {
    if get_default_instrumentation().is_none() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::ClientLibrary,
        "diesel's default instrumentation would be told the token; \
         set instrumentation on each connection instead, or use the feature `sync`"
            .to_owned(),
    ))
}
