//! Keeps the plugin's code in memory when a server unloads it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // aws-lc keeps state for each thread and frees it when the thread ends. The server's
        // threads outlive UNINSTALL PLUGIN, so the code that frees it must stay: without this,
        // MariaDB crashes when such a thread ends.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
