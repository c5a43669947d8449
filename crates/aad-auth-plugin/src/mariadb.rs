//! What a MariaDB server looks for: `st_maria_plugin` of `mysql/plugin.h` and `st_mysql_auth` of
//! `mysql/plugin_auth.h`.

use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    mem::{offset_of, size_of},
    ptr,
};

use crate::{
    authenticate::authenticate,
    ffi::{
        AUTHENTICATION_PLUGIN, AUTHOR, AuthInfo, CLIENT_PLUGIN, DESCRIPTION, Exported, LICENSE_BSD,
        NAME, PLUGIN_VERSION, Vio, deinitialise, initialise,
    },
};

/// `MYSQL_USERNAME_LENGTH` is 512 here.
type MariadbAuthInfo = AuthInfo<513, 513>;
const _: () = assert!(offset_of!(MariadbAuthInfo, password_used) == 1060);

/// `MariaDB_PLUGIN_MATURITY_GAMMA`: the lowest that a stable server loads without being told to.
const MATURITY_GAMMA: c_uint = 4;

/// `st_maria_plugin`.
#[repr(C)]
struct Plugin {
    kind: c_int,
    info: *mut c_void,
    name: *const c_char,
    author: *const c_char,
    description: *const c_char,
    license: c_int,
    init: Option<extern "C" fn(*mut c_void) -> c_int>,
    deinit: Option<extern "C" fn(*mut c_void) -> c_int>,
    version: c_uint,
    status_variables: *mut c_void,
    system_variables: *mut c_void,
    version_text: *const c_char,
    maturity: c_uint,
}

/// `st_mysql_auth`.
#[repr(C)]
struct Authentication {
    interface_version: c_int,
    client_plugin: *const c_char,
    authenticate_user: unsafe extern "C" fn(*mut Vio, *mut MariadbAuthInfo) -> c_int,
    /// For `SET PASSWORD`. An account of this plugin has none.
    hash_password: Option<extern "C" fn()>,
    /// The authentication string is used as it is stored.
    preprocess_hash: Option<extern "C" fn()>,
}

static AUTHENTICATION: Exported<Authentication> = Exported::new(Authentication {
    interface_version: 0x0202,
    client_plugin: CLIENT_PLUGIN,
    authenticate_user,
    hash_password: None,
    preprocess_hash: None,
});

// SAFETY: `MARIA_PLUGIN_INTERFACE_VERSION` in the form in which the server looks it up. No other
// symbol of this name exists in the library.
#[unsafe(no_mangle)]
static _maria_plugin_interface_version_: c_int = 0x010F;

// SAFETY: the size of one entry of the table below; as above.
#[unsafe(no_mangle)]
static _maria_sizeof_struct_st_plugin_: c_int = {
    assert!(size_of::<Plugin>() == 104);
    104
};

// SAFETY: laid out as the server's header says and ended by an empty entry; as above.
#[unsafe(no_mangle)]
static _maria_plugin_declarations_: Exported<[Plugin; 2]> = Exported::new([
    Plugin {
        kind: AUTHENTICATION_PLUGIN,
        info: AUTHENTICATION.address(),
        name: NAME,
        author: AUTHOR,
        description: DESCRIPTION,
        license: LICENSE_BSD,
        init: Some(initialise),
        deinit: Some(deinitialise),
        version: PLUGIN_VERSION,
        status_variables: ptr::null_mut(),
        system_variables: ptr::null_mut(),
        version_text: c"0.1".as_ptr(),
        maturity: MATURITY_GAMMA,
    },
    Plugin {
        kind: 0,
        info: ptr::null_mut(),
        name: ptr::null(),
        author: ptr::null(),
        description: ptr::null(),
        license: 0,
        init: None,
        deinit: None,
        version: 0,
        status_variables: ptr::null_mut(),
        system_variables: ptr::null_mut(),
        version_text: ptr::null(),
        maturity: 0,
    },
]);

/// MariaDB 10.11 does not tell a plugin whether the connection has TLS: its
/// `MYSQL_PLUGIN_VIO_INFO` (`mysql/plugin_auth_common.h`) ends with the socket. The server itself
/// looks at `REQUIRE SSL` and `require_secure_transport` after the plugin (`acl_authenticate` in
/// `sql_acl.cc`), so there a token has already arrived when such a login is refused.
///
/// # Safety
///
/// Only the server may call it, with the pointers of a login.
unsafe extern "C" fn authenticate_user(vio: *mut Vio, info: *mut MariadbAuthInfo) -> c_int {
    // SAFETY: the pointers are the server's, and this table is MariaDB's.
    unsafe { authenticate(vio, info, false) }
}
