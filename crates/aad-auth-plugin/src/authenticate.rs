//! The glue between the server's pointers and [`Login`].

use std::{
    ffi::{c_char, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
    time::SystemTime,
};

use crate::{
    configuration,
    ffi::{AuthInfo, OK, REFUSED, Vio},
    login::Login,
};

/// Decides one login: what both servers' `authenticate_user` do.
///
/// `without_tls` is whether the server says that the connection has no TLS. The token is read from
/// the server's own buffer, so this plugin keeps no copy that it would have to erase.
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
    // A panic must not reach the server's C++. Nothing is left half-changed behind it: each login
    // only reads what it shares with others.
    let accepted = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller's promise is ours.
        unsafe { decide(vio, info, without_tls) }
    }));
    if accepted.unwrap_or(false) {
        OK
    } else {
        REFUSED
    }
}

/// # Safety
///
/// As for [`authenticate`].
unsafe fn decide<const A: usize, const E: usize>(
    vio: *mut Vio,
    info: *mut AuthInfo<A, E>,
    without_tls: bool,
) -> bool {
    // SAFETY: the server gives one `info` to one login on one thread, so nobody else uses it until
    // this function returns.
    let info = unsafe { &mut *info };
    // The name may be null until the client's packet was read; that is the case of neither server
    // when it knows which account and so which plugin to use.
    //
    // SAFETY: the server gives pointers with their lengths, which stay as they are during the call.
    let user = unsafe { bytes(info.user_name, info.user_name_length as usize) };
    // SAFETY: as above. `c_ulong` is as wide as `usize` where these servers run on Linux.
    let authentication_string =
        unsafe { bytes(info.auth_string, info.auth_string_length as usize) };

    let login = Login {
        user,
        authentication_string,
        without_tls,
    };
    let configuration = configuration::current();
    let decision = login.account(&configuration).and_then(|account| {
        // SAFETY: `vio` is the server's; the packet is used before anything else is read.
        let packet = unsafe { read_packet(vio) }
            .ok_or_else(|| "the connection ended before a token came".to_owned())?;
        info.set_password_used();
        login.check(packet, &account, &configuration, SystemTime::now())
    });
    login.report(&decision);
    decision.is_ok()
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
