//! The C structs that both servers use.
//!
//! Checked against the headers of MariaDB 10.11.19 (`mysql/plugin_auth.h`,
//! `mysql/plugin_auth_common.h`) and of MySQL 9.7.4 (`plugin_auth_common.h`). MySQL's
//! `mysql/plugin_auth.h` comes with no package; its structs are as in the ABI listing of MySQL 8.0
//! (`plugin_auth.h.pp`), and a 9.7.4 server was seen to read and write the fields used here.

use std::{
    cell::UnsafeCell,
    ffi::{c_char, c_int, c_uchar, c_uint, c_ulong, c_void},
};

/// `MYSQL_AUTHENTICATION_PLUGIN`: the type of an authentication plugin.
pub(crate) const AUTHENTICATION_PLUGIN: c_int = 7;
/// `PLUGIN_LICENSE_BSD`: of the licences that the servers know, the nearest to ours.
pub(crate) const LICENSE_BSD: c_int = 2;
/// Major and minor version of this plugin.
pub(crate) const PLUGIN_VERSION: c_uint = 0x0001;

/// `CR_OK`: the client may log in.
pub(crate) const OK: c_int = -1;
/// `CR_AUTH_USER_CREDENTIALS`: refused for what the client sent. The server answers with error
/// 1045 and counts it in `performance_schema.host_cache`.
pub(crate) const REFUSED: c_int = 1;

/// `PASSWORD_USED_YES`: error 1045 says `using password: YES`.
pub(crate) const PASSWORD_USED_YES: c_int = 1;

/// `MYSQL_PLUGIN_VIO`: the connection. Only the first fields, which both servers share; it is
/// always the server's, behind a pointer.
#[repr(C)]
pub(crate) struct Vio {
    pub(crate) read_packet: unsafe extern "C" fn(*mut Vio, *mut *mut c_uchar) -> c_int,
    pub(crate) write_packet: unsafe extern "C" fn(*mut Vio, *const c_uchar, c_int) -> c_int,
    pub(crate) info: unsafe extern "C" fn(*mut Vio, *mut c_void),
}

/// `MYSQL_SERVER_AUTH_INFO`: the login, up to the last field that this plugin uses. The servers
/// give their two name fields different lengths. It is always the server's, behind a pointer.
#[repr(C)]
pub(crate) struct AuthInfo<const AUTHENTICATED_AS: usize, const EXTERNAL_USER: usize> {
    pub(crate) user_name: *const c_char,
    pub(crate) user_name_length: c_uint,
    pub(crate) auth_string: *const c_char,
    pub(crate) auth_string_length: c_ulong,
    pub(crate) authenticated_as: [c_char; AUTHENTICATED_AS],
    pub(crate) external_user: [c_char; EXTERNAL_USER],
    pub(crate) password_used: c_int,
}

/// A table that a server finds by its symbol.
///
/// It lies in writable memory, as the C macros of both servers declare it.
#[repr(transparent)]
pub(crate) struct Exported<T>(UnsafeCell<T>);

// SAFETY: this crate never reads or writes the content. It is the server's from the moment it
// loads the plugin, and the server guards its list of plugins with a lock of its own.
unsafe impl<T> Sync for Exported<T> {}

impl<T> Exported<T> {
    pub(crate) const fn new(content: T) -> Self {
        Self(UnsafeCell::new(content))
    }

    /// The address, as the type-less pointer that the plugin tables hold.
    pub(crate) const fn address(&self) -> *mut c_void {
        self.0.get().cast()
    }
}

/// What to call the plugin, in both servers.
pub(crate) const NAME: *const c_char = c"aad_auth".as_ptr();
pub(crate) const AUTHOR: *const c_char = c"token-source".as_ptr();
pub(crate) const DESCRIPTION: *const c_char = c"Login with a Microsoft Entra token".as_ptr();
/// The client plugin that sends a password as it is.
pub(crate) const CLIENT_PLUGIN: *const c_char = c"mysql_clear_password".as_ptr();

/// Called by the server when it loads the plugin. Always succeeds.
pub(crate) extern "C" fn initialise(_: *mut c_void) -> c_int {
    crate::log::keep_panic_messages_out();
    let _ = std::panic::catch_unwind(crate::configuration::load);
    0
}

/// Called by the server when it unloads the plugin, with no login under way. Always succeeds.
pub(crate) extern "C" fn deinitialise(_: *mut c_void) -> c_int {
    let _ = std::panic::catch_unwind(crate::configuration::unload);
    0
}
