//! Links the tests with a library that is unpacked, not installed: they start with its loader and its
//! C library, which are newer than those of the machine.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let [loader, path] = ["CLIENT_LIBRARY_LOADER", "CLIENT_LIBRARY_PATH"].map(|name| {
        println!("cargo:rerun-if-env-changed={name}");
        env::var(name).unwrap_or_else(|_| panic!("{name} is not set: see README.md"))
    });
    for argument in [
        format!("--dynamic-linker={loader}"),
        format!("-rpath={path}"),
        // So that the path is there for the library's own libraries too.
        "--disable-new-dtags".to_owned(),
        // The linker looks for them on the machine, and finds older ones.
        "--allow-shlib-undefined".to_owned(),
    ] {
        println!("cargo:rustc-link-arg-tests=-Wl,{argument}");
    }
}
