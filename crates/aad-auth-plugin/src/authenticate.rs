//! The glue between the server's pointers and [`login`].

use std::{
    ffi::{c_char, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
    time::SystemTime,
};

use crate::{
    configuration::{self, Configuration},
    ffi::{AuthInfo, OK, PASSWORD_USED_YES, REFUSED, Vio},
    log, login,
};

/// Decides one login: what both servers' `authenticate_user` do.
///
/// `without_tls` is whether the server says that the connection has no TLS. The token is read from
/// the server's own buffer: the plugin makes no copy that it would have to erase.
///
/// # Safety
///
/// `vio` and `info` must be the pointers that the server passed to `authenticate_user`, and `info`
/// must be laid out as that server's header says.
pub(crate) unsafe fn authenticate<const A: usize, const E: usize>(
    vio: *mut Vio,
    info: *mut AuthInfo<A, E>,
    without_tls: bool,
) -> c_int {
    or_refused(|| {
        // SAFETY: the caller's promise is ours.
        unsafe { decide(vio, info, without_tls, &configuration::current()) }
    })
}

/// The server's number for the decision. A panic must not reach the server's C++, so it is a
/// refusal. Nothing is left half-changed behind it: each login only reads what it shares.
fn or_refused(decide: impl FnOnce() -> bool) -> c_int {
    match catch_unwind(AssertUnwindSafe(decide)) {
        Ok(true) => OK,
        Ok(false) | Err(_) => REFUSED,
    }
}

/// # Safety
///
/// As for [`authenticate`].
unsafe fn decide<const A: usize, const E: usize>(
    vio: *mut Vio,
    info: *mut AuthInfo<A, E>,
    without_tls: bool,
    configuration: &Configuration,
) -> bool {
    // SAFETY: the caller's promise.
    let decision = unsafe { ask_for_token(vio, info, without_tls, configuration) };
    // SAFETY: the caller's promise.
    let user = unsafe { shown_user(info) };
    log::write(&login::report(&user, &decision));
    decision.is_ok()
}

/// Asks the client for its token and checks it, unless the login is lost whatever the token is.
///
/// MySQL fills `info` before it calls the plugin, MariaDB only while it reads the client's packet
/// (`server_mpvio_read_packet` in `sql_acl.cc`). So `info` is looked at anew after that.
///
/// # Safety
///
/// As for [`authenticate`].
unsafe fn ask_for_token<const A: usize, const E: usize>(
    vio: *mut Vio,
    info: *mut AuthInfo<A, E>,
    without_tls: bool,
    configuration: &Configuration,
) -> Result<(), String> {
    login::check_transport(without_tls)?;
    // SAFETY: the name is a plain field. Once it is set, so is the authentication string: MariaDB,
    // which tries the methods of an account one after the other, sets it anew for each of them.
    let known = unsafe { !(*info).user_name.is_null() };
    if known {
        // SAFETY: the string is used before the server can change it.
        login::account(unsafe { authentication_string(info) }, configuration)?;
    }

    // SAFETY: `vio` is the server's; the packet is used before anything else is read.
    let packet = unsafe { read_packet(vio) }.ok_or("the connection ended before a token came")?;
    let token = login::token(packet)?;
    // SAFETY: the server's own field, which it reads after the plugin.
    unsafe { (*info).password_used = PASSWORD_USED_YES };
    // SAFETY: the packet is read, so both servers have set name and string.
    let (user, account) = unsafe { (shown_user(info), authentication_string(info)) };
    log::write(&login::received(&user, token));
    login::check(token, account, configuration, SystemTime::now())
}

/// The user's name as the log shows it, empty as long as the server has not told it.
///
/// # Safety
///
/// `info` must be the server's.
unsafe fn shown_user<const A: usize, const E: usize>(info: *const AuthInfo<A, E>) -> String {
    // SAFETY: the server gives a pointer with its length.
    log::shown(unsafe { bytes((*info).user_name, (*info).user_name_length as usize) })
}

/// # Safety
///
/// `info` must be the server's, with the user's name set. The text must not be used after the
/// server was asked to read a packet, because it may then change it.
unsafe fn authentication_string<'a, const A: usize, const E: usize>(
    info: *const AuthInfo<A, E>,
) -> &'a [u8] {
    // SAFETY: a plain field of the server's struct.
    let length = usize::try_from(unsafe { (*info).auth_string_length }).unwrap_or_default();
    // SAFETY: the server gives a pointer with its length.
    unsafe { bytes((*info).auth_string, length) }
}

/// The client's packet in the server's buffer. The server first tells the client to switch to
/// `mysql_clear_password`, unless the client used it from the start.
///
/// # Safety
///
/// `vio` must be the server's, and the packet must not be used after the next call to it.
unsafe fn read_packet<'a>(vio: *mut Vio) -> Option<&'a [u8]> {
    let mut packet = ptr::null_mut();
    // SAFETY: the server fills this table before it calls a plugin.
    let read = unsafe { (*vio).read_packet };
    // SAFETY: the server's function, with the server's pointer and room for one pointer.
    let length = unsafe { read(vio, &raw mut packet) };
    // A negative length is an error, and so the packet is then not looked at.
    let length = usize::try_from(length).ok()?;
    // SAFETY: the server's buffer holds that many bytes.
    Some(unsafe { bytes(packet.cast(), length) })
}

/// # Safety
///
/// `start` must be null, or point at `length` bytes that nobody changes during `'a`.
unsafe fn bytes<'a>(start: *const c_char, length: usize) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(start.cast(), length) }
}

#[cfg(test)]
mod tests {
    use std::ffi::{c_uchar, c_void};

    use super::*;
    use crate::login::tests::configuration;

    /// A server whose client sends one packet.
    #[repr(C)]
    struct FakeServer {
        vio: Vio,
        packet: Option<&'static [u8]>,
        reads: usize,
        login: AuthInfo<97, 512>,
    }

    fn tell_account(login: &mut AuthInfo<97, 512>, authentication_string: &'static str) {
        login.user_name = c"app".as_ptr();
        login.user_name_length = 3;
        login.auth_string = authentication_string.as_ptr().cast();
        login.auth_string_length = authentication_string.len().try_into().unwrap();
    }

    unsafe extern "C" fn read_packet(vio: *mut Vio, buffer: *mut *mut c_uchar) -> c_int {
        let server = vio.cast::<FakeServer>();
        // SAFETY: every `Vio` of these tests is the first field of a `FakeServer`.
        unsafe {
            (*server).reads += 1;
            let Some(packet) = (*server).packet else {
                return -1;
            };
            *buffer = packet.as_ptr().cast_mut();
            packet.len().try_into().unwrap()
        }
    }

    /// Tells the account only now, as MariaDB does.
    unsafe extern "C" fn read_packet_and_tell_account(
        vio: *mut Vio,
        buffer: *mut *mut c_uchar,
    ) -> c_int {
        // SAFETY: as above.
        unsafe {
            tell_account(&mut (*vio.cast::<FakeServer>()).login, "AADSP:1:upn:app");
            read_packet(vio, buffer)
        }
    }

    unsafe extern "C" fn write_packet(_: *mut Vio, _: *const c_uchar, _: c_int) -> c_int {
        1
    }

    extern "C" fn info(_: *mut Vio, _: *mut c_void) {}

    impl FakeServer {
        fn new(packet: Option<&'static [u8]>) -> Self {
            let login = AuthInfo {
                user_name: ptr::null(),
                user_name_length: 0,
                auth_string: ptr::null(),
                auth_string_length: 0,
                authenticated_as: [0; 97],
                external_user: [0; 512],
                password_used: 0,
            };
            Self {
                vio: Vio {
                    read_packet,
                    write_packet,
                    info,
                },
                packet,
                reads: 0,
                login,
            }
        }

        fn that_tells_the_account_first(mut self, authentication_string: &'static str) -> Self {
            tell_account(&mut self.login, authentication_string);
            self
        }

        fn that_tells_the_account_last(mut self) -> Self {
            self.vio.read_packet = read_packet_and_tell_account;
            self
        }

        fn log_in(&mut self, without_tls: bool) -> Result<(), String> {
            let server = &raw mut *self;
            // SAFETY: the server lives until the call returns, laid out as its type says.
            unsafe {
                ask_for_token(
                    server.cast(),
                    &raw mut (*server).login,
                    without_tls,
                    &configuration(),
                )
            }
        }
    }

    #[test]
    fn a_panic_is_a_refusal() {
        assert_eq!(or_refused(|| true), OK);
        assert_eq!(or_refused(|| false), REFUSED);
        assert_eq!(or_refused(|| panic!("on purpose")), REFUSED);
    }

    #[test]
    fn without_tls_the_token_is_not_asked_for() {
        for mut server in [
            FakeServer::new(Some(b"token\0")).that_tells_the_account_first("AADSP:1:upn:app"),
            FakeServer::new(Some(b"token\0")).that_tells_the_account_last(),
        ] {
            assert!(server.log_in(true).unwrap_err().contains("no TLS"));
            assert_eq!((server.reads, server.login.password_used), (0, 0));
        }
    }

    #[test]
    fn for_an_unreadable_account_the_token_is_not_asked_for() {
        let mut server = FakeServer::new(Some(b"token\0")).that_tells_the_account_first("garbage");
        assert!(
            server
                .log_in(false)
                .unwrap_err()
                .contains("not an authentication string")
        );
        assert_eq!((server.reads, server.login.password_used), (0, 0));
    }

    #[test]
    fn a_token_is_checked_against_the_account_whenever_the_server_tells_it() {
        for mut server in [
            FakeServer::new(Some(b"token\0")).that_tells_the_account_first("AADSP:1:upn:app"),
            FakeServer::new(Some(b"token\0")).that_tells_the_account_last(),
        ] {
            assert!(
                server
                    .log_in(false)
                    .unwrap_err()
                    .contains("not a readable token")
            );
            assert_eq!(
                (server.reads, server.login.password_used),
                (1, PASSWORD_USED_YES)
            );
        }
    }

    #[test]
    fn an_empty_password_is_none() {
        let mut server = FakeServer::new(Some(b"\0")).that_tells_the_account_last();
        assert!(server.log_in(false).unwrap_err().contains("sent no token"));
        assert_eq!((server.reads, server.login.password_used), (1, 0));
    }

    #[test]
    fn a_connection_that_ends_is_refused() {
        let mut server = FakeServer::new(None).that_tells_the_account_last();
        assert!(
            server
                .log_in(false)
                .unwrap_err()
                .contains("connection ended")
        );
        assert_eq!((server.reads, server.login.password_used), (1, 0));
    }

    #[test]
    fn a_null_name_and_string_are_empty() {
        // SAFETY: a null pointer is what this function allows.
        assert_eq!(unsafe { bytes(ptr::null(), 7) }, b"");
    }
}
