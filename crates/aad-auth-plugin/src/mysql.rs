//! What a MySQL server looks for: `st_mysql_plugin` of `mysql/plugin.h` and `st_mysql_auth` of
//! `mysql/plugin_auth.h`.

use std::{
    ffi::{c_char, c_int, c_uchar, c_uint, c_ulong, c_void},
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

/// `MYSQL_USERNAME_LENGTH` is 96 here, and `external_user` has a length of its own.
type MysqlAuthInfo = AuthInfo<97, 512>;
const _: () = assert!(offset_of!(MysqlAuthInfo, password_used) == 644);

/// `st_mysql_plugin`.
#[repr(C)]
struct Plugin {
    kind: c_int,
    info: *mut c_void,
    name: *const c_char,
    author: *const c_char,
    description: *const c_char,
    license: c_int,
    init: Option<extern "C" fn(*mut c_void) -> c_int>,
    check_uninstall: Option<extern "C" fn(*mut c_void) -> c_int>,
    deinit: Option<extern "C" fn(*mut c_void) -> c_int>,
    version: c_uint,
    status_variables: *mut c_void,
    system_variables: *mut c_void,
    reserved: *mut c_void,
    flags: c_ulong,
}

/// `st_mysql_auth`.
#[repr(C)]
struct Authentication {
    interface_version: c_int,
    client_plugin: *const c_char,
    authenticate_user: unsafe extern "C" fn(*mut Vio, *mut MysqlAuthInfo) -> c_int,
    generate_authentication_string:
        unsafe extern "C" fn(*mut c_char, *mut c_uint, *const c_char, c_uint) -> c_int,
    validate_authentication_string: extern "C" fn(*mut c_char, c_uint) -> c_int,
    set_salt: unsafe extern "C" fn(*const c_char, c_uint, *mut c_uchar, *mut c_uchar) -> c_int,
    flags: c_ulong,
    /// For the history of passwords. An account of this plugin has none.
    compare_password_with_hash: Option<extern "C" fn()>,
}

/// `MYSQL_PLUGIN_VIO_INFO`, with room behind it: the server writes as many bytes as its own header
/// says, and MySQL has added a field before.
#[repr(C)]
struct VioInfo {
    protocol: c_int,
    socket: c_int,
    /// A C++ `bool`, read as a byte so that any value is sound.
    is_tls_established: u8,
    room: [u8; 55],
}
const _: () = assert!(offset_of!(VioInfo, is_tls_established) == 8 && size_of::<VioInfo>() == 64);

static AUTHENTICATION: Exported<Authentication> = Exported::new(Authentication {
    interface_version: 0x0201,
    client_plugin: CLIENT_PLUGIN,
    authenticate_user,
    generate_authentication_string,
    validate_authentication_string,
    set_salt,
    flags: 0,
    compare_password_with_hash: None,
});

// SAFETY: `MYSQL_PLUGIN_INTERFACE_VERSION` in the form in which the server looks it up. No other
// symbol of this name exists in the library.
#[unsafe(no_mangle)]
static _mysql_plugin_interface_version_: c_int = 0x010B;

// SAFETY: the size of one entry of the table below; as above.
#[unsafe(no_mangle)]
static _mysql_sizeof_struct_st_plugin_: c_int = {
    assert!(size_of::<Plugin>() == 112);
    112
};

// SAFETY: laid out as the server's header says and ended by an empty entry; as above.
#[unsafe(no_mangle)]
static _mysql_plugin_declarations_: Exported<[Plugin; 2]> = Exported::new([
    Plugin {
        kind: AUTHENTICATION_PLUGIN,
        info: AUTHENTICATION.address(),
        name: NAME,
        author: AUTHOR,
        description: DESCRIPTION,
        license: LICENSE_BSD,
        init: Some(initialise),
        check_uninstall: None,
        deinit: Some(deinitialise),
        version: PLUGIN_VERSION,
        status_variables: ptr::null_mut(),
        system_variables: ptr::null_mut(),
        reserved: ptr::null_mut(),
        flags: 0,
    },
    Plugin {
        kind: 0,
        info: ptr::null_mut(),
        name: ptr::null(),
        author: ptr::null(),
        description: ptr::null(),
        license: 0,
        init: None,
        check_uninstall: None,
        deinit: None,
        version: 0,
        status_variables: ptr::null_mut(),
        system_variables: ptr::null_mut(),
        reserved: ptr::null_mut(),
        flags: 0,
    },
]);

/// # Safety
///
/// Only the server may call it, with the pointers of a login.
unsafe extern "C" fn authenticate_user(vio: *mut Vio, info: *mut MysqlAuthInfo) -> c_int {
    // SAFETY: the pointers are the server's, and this table is MySQL's.
    unsafe {
        let without_tls = !is_tls_established(vio);
        authenticate(vio, info, without_tls)
    }
}

/// Whether the server says that the connection has TLS. A server too old to have the field says
/// no, so its logins are refused.
///
/// # Safety
///
/// `vio` must be the one that a MySQL server passed.
unsafe fn is_tls_established(vio: *mut Vio) -> bool {
    let mut info = VioInfo {
        protocol: 0,
        socket: 0,
        is_tls_established: 0,
        room: [0; 55],
    };
    // SAFETY: the server's function, with its own pointer and a struct of at least the size that
    // it writes. The memory is ours and initialised, whatever part of it the server fills.
    unsafe { ((*vio).info)(vio, (&raw mut info).cast()) };
    info.is_tls_established != 0
}

/// `IDENTIFIED WITH aad_auth BY '…'`: the text itself is what the server stores.
///
/// # Safety
///
/// Only the server may call it: `output` has room for `*output_length` bytes, and `input` holds
/// `input_length`.
unsafe extern "C" fn generate_authentication_string(
    output: *mut c_char,
    output_length: *mut c_uint,
    input: *const c_char,
    input_length: c_uint,
) -> c_int {
    // SAFETY: the server's pointer to its own length.
    let room = unsafe { *output_length };
    if input_length > room {
        return 1;
    }
    // SAFETY: both are that long, and the server's two buffers do not overlap. An empty text may
    // be null, which a copy of zero bytes allows.
    unsafe {
        ptr::copy_nonoverlapping(input, output, input_length as usize);
        *output_length = input_length;
    }
    0
}

/// Every text is accepted: what is wrong with it is said in the log when somebody logs in.
extern "C" fn validate_authentication_string(_: *mut c_char, _: c_uint) -> c_int {
    0
}

/// There is no password, so there is no salt.
///
/// # Safety
///
/// Only the server may call it: `salt_length` points at its own variable.
unsafe extern "C" fn set_salt(
    _: *const c_char,
    _: c_uint,
    _: *mut c_uchar,
    salt_length: *mut c_uchar,
) -> c_int {
    // SAFETY: the server's pointer to its own length.
    unsafe { *salt_length = 0 };
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generate(text: &[u8], room: usize) -> (c_int, Vec<u8>) {
        let mut output = vec![b'-'; room];
        let mut length = room.try_into().unwrap();
        // SAFETY: both buffers are as long as the lengths say.
        let answer = unsafe {
            generate_authentication_string(
                output.as_mut_ptr().cast(),
                &raw mut length,
                text.as_ptr().cast(),
                text.len().try_into().unwrap(),
            )
        };
        output.truncate(length as usize);
        (answer, output)
    }

    #[test]
    fn an_authentication_string_is_stored_as_it_is_given() {
        assert_eq!(
            generate(b"AADSP:1:upn:app", 64),
            (0, b"AADSP:1:upn:app".to_vec())
        );
        assert_eq!(generate(b"abc", 3), (0, b"abc".to_vec()));
        assert_eq!(generate(b"", 3), (0, vec![]));
    }

    #[test]
    fn an_authentication_string_that_does_not_fit_is_not_written() {
        assert_eq!(generate(b"abcd", 3), (1, b"---".to_vec()));
    }

    #[test]
    fn there_is_no_salt() {
        let mut length = 20;
        // SAFETY: the length is the only pointer that is used.
        let answer = unsafe { set_salt(ptr::null(), 0, ptr::null_mut(), &raw mut length) };
        assert_eq!((answer, length), (0, 0));
    }
}
