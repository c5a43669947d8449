//! What a server finds in its own folder, and the command that points it there.

use std::{ffi::OsString, fs, io, os::unix::fs::symlink, path::Path, process::Command};

use secrecy::ExposeSecret;

use super::{
    mariadb, mysql,
    options::{EntraLogin, ServerOptions, Tls},
    sql,
};
use crate::{
    Error,
    error::cannot_write,
    provision::{Installation, Product, build_plugin, option},
};

/// Fills a server's folder, and returns the command that starts the server in it.
pub(super) fn prepare(
    product: Product,
    installation: &Installation,
    options: &ServerOptions,
    folder: &Path,
    port: u16,
) -> Result<Command, Error> {
    let data = folder.join("data");
    copy(&installation.template(), &data).map_err(|error| cannot_write(&data, error))?;

    let mut line = installation.command()?;
    let (tls, entra_login) = (options.tls.is_some(), options.entra_login.is_some());
    line.extend(match product {
        Product::Mysql => mysql::arguments(tls, entra_login),
        Product::Mariadb => mariadb::arguments(tls, entra_login),
    });
    line.extend([
        option("port", port.to_string()),
        "--bind-address=127.0.0.1".into(),
        "--skip-name-resolve".into(),
        "--secure-file-priv=".into(),
        option("datadir", data),
        option("socket", socket(folder)),
        option(
            "init-file",
            write(folder, "init.sql", &sql::init_file(product, options))?,
        ),
    ]);
    if let Some(tls) = &options.tls {
        line.extend(tls_arguments(tls, folder)?);
    }
    if options.require_tls {
        line.push("--require-secure-transport=ON".into());
    }

    let plugins = folder.join("plugins");
    link_files(&installation.plugins(), &plugins).map_err(|error| cannot_write(&plugins, error))?;
    line.push(option("plugin-dir", &plugins));
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    if let Some(login) = &options.entra_login {
        let library = plugins.join("aad_auth.so");
        fs::copy(build_plugin()?, &library).map_err(|error| cannot_write(&library, error))?;
        command.env("AAD_AUTH_CONFIG", plugin_configuration(login, folder)?);
    }
    Ok(command)
}

/// A Unix socket, as an installed server has one: a driver may log in over it without being asked to.
/// None if its path would be longer than the system allows.
fn socket(folder: &Path) -> OsString {
    const LONGEST: usize = 100;
    let socket = folder.join("socket").into_os_string();
    if socket.len() > LONGEST {
        return OsString::new();
    }
    socket
}

fn tls_arguments(tls: &Tls, folder: &Path) -> Result<[OsString; 3], Error> {
    let private_key = tls.private_key.expose_secret();
    Ok([
        option(
            "ssl-cert",
            write(folder, "certificate.pem", &tls.certificate)?,
        ),
        option("ssl-key", write(folder, "private-key.pem", private_key)?),
        option("ssl-ca", write(folder, "ca.pem", &tls.ca)?),
    ])
}

/// Writes what the plugin reads, and returns the path of its configuration.
fn plugin_configuration(login: &EntraLogin, folder: &Path) -> Result<OsString, Error> {
    let jwks = write(folder, "jwks.json", &login.jwks_json)?;
    let configuration = serde_json::json!({
        "jwks_file": jwks.to_string_lossy(),
        "tenant_id": login.tenant_id,
    });
    write(folder, "aad_auth.json", &configuration.to_string())
}

/// The folder is its owner's alone, and so is what is in it.
fn write(folder: &Path, name: &str, text: &str) -> Result<OsString, Error> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| cannot_write(&path, error))?;
    Ok(path.into())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Links the files of one folder, which may be missing, into another, new one.
fn link_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        symlink(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
