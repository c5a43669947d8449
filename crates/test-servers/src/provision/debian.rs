//! Debian's packages, downloaded and unpacked without installing anything.
//!
//! `apt-get` runs with a private source list, private folders and an empty
//! list of installed packages. So it downloads a package with everything that
//! it depends on, the C library included, checks all signatures, and changes
//! nothing on the machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{
    Error,
    error::{cannot_read, cannot_write, last_lines},
};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A release of Debian to take a package from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The one that the machine runs.
    OfThisMachine,
    Unstable,
}

/// Downloads packages and all they depend on, and unpacks them into `root`.
/// `work` holds the downloads; both folders exist and are empty.
pub(crate) fn unpack(
    packages: &[&str],
    release: Release,
    work: &Path,
    root: &Path,
) -> Result<(), Error> {
    let codename = debian_codename(&read("/etc/os-release".as_ref())?)?;
    let targets = run(Command::new("apt-get").args(["--print-uris", "update"]))?;
    let mirror = mirror(&targets, &codename).ok_or_else(|| {
        Error::new(format!(
            "apt has no source for the component `main` of Debian `{codename}`: \
             add one to /etc/apt/sources.list.d"
        ))
    })?;
    let suite = match release {
        Release::OfThisMachine => codename.as_str(),
        Release::Unstable => "sid",
    };
    let configuration = configure_apt(work, mirror, suite)?;
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.arg("--config-file").arg(&configuration).arg("-qq");
        command
    };
    tracing::info!(suite, "reading Debian's package list");
    run(apt_get().arg("update"))?;
    tracing::info!(?packages, "downloading from Debian");
    run(apt_get()
        .args(["--yes", "--download-only", "install"])
        .args(packages))?;
    let archives = archives(work)?;
    tracing::info!(archives = archives.len(), "unpacking");
    for archive in archives {
        run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(root))?;
    }
    Ok(())
}

/// The machine's `VERSION_CODENAME`, if it is a Debian machine.
///
/// <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
fn debian_codename(os_release: &str) -> Result<String, Error> {
    let value = |name: &str| {
        os_release
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
    };
    let id = value("ID").unwrap_or("an unknown system");
    if id != "debian" {
        return Err(Error::new(format!(
            "real servers are made from Debian's packages and this machine runs `{id}`: \
             use a Debian machine or container"
        ))
        .unsupported());
    }
    value("VERSION_CODENAME").map(str::to_owned).ok_or_else(|| {
        Error::new("/etc/os-release has no VERSION_CODENAME: use a release of Debian")
    })
}

/// The mirror from which this machine gets a release's component `main`.
///
/// Reads what `apt-get --print-uris update` prints: one line a file, which
/// begins with the file's address in single quotes. (`apt-get indextargets`
/// would be easier to read, but prints nothing before the first update.)
fn mirror<'a>(targets: &'a str, codename: &str) -> Option<&'a str> {
    let packages = format!("/dists/{codename}/main/binary-");
    targets
        .lines()
        .filter_map(|line| line.strip_prefix('\'')?.split('\'').next())
        .find_map(|address| address.split_once(&packages))
        .map(|(mirror, _)| mirror)
}

/// Writes a private apt configuration and returns its path.
fn configure_apt(work: &Path, mirror: &str, suite: &str) -> Result<PathBuf, Error> {
    if !Path::new(KEYRING).exists() {
        return Err(Error::new(format!(
            "{KEYRING} is not on this machine, so downloads cannot be checked: \
             install the package `debian-archive-keyring`"
        ))
        .unsupported());
    }
    for folder in ["lists/partial", "archives/partial", "state", "log"] {
        let folder = work.join(folder);
        fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, error))?;
    }
    let status = work.join("status");
    fs::write(&status, "").map_err(|error| cannot_write(&status, error))?;
    let sources = work.join("sources.list");
    let source = format!("deb [signed-by={KEYRING} target=Packages] {mirror} {suite} main\n");
    fs::write(&sources, source).map_err(|error| cannot_write(&sources, error))?;

    // It is read after the machine's own files, so their proxies stay in force;
    // `#clear` takes away the hooks, which would touch the machine.
    let text = format!(
        r#"Dir::Etc::SourceList "{sources}";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{work}/state/";
Dir::State::Lists "{work}/lists/";
Dir::State::Status "{work}/status";
Dir::Cache "{work}/";
Dir::Cache::Archives "{work}/archives/";
Dir::Log "{work}/log/";
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"#,
        sources = sources.display(),
        work = work.display(),
    );
    let configuration = work.join("apt.conf");
    fs::write(&configuration, text).map_err(|error| cannot_write(&configuration, error))?;
    Ok(configuration)
}

fn archives(work: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = work.join("archives");
    let mut archives = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| cannot_read(&folder, error))? {
        let path = entry.map_err(|error| cannot_read(&folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            archives.push(path);
        }
    }
    Ok(archives)
}

/// Runs a program to its end and returns what it printed.
fn run(command: &mut Command) -> Result<String, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .env("LC_ALL", "C")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(format!(
                "`{name}` is not on this machine: real servers are made from Debian's \
                 packages, so run this on Debian, where the packages `apt` and `dpkg` have it"
            ))
            .unsupported(),
            _ => Error::caused_by(format!("cannot run `{name}`"), error),
        })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    Err(Error::new(format!(
        "`{name} {}` failed with {status}; check the network and apt's sources; it said: {}",
        arguments.join(" "),
        last_lines(&String::from_utf8_lossy(&stderr))
    )))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| {
        Error::caused_by(
            format!(
                "cannot read {}: real servers are made from Debian's packages, \
                 so run this on Debian",
                path.display()
            ),
            error,
        )
        .unsupported()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETS: &str = "\
'http://mirror.example.org/debian/dists/bookworm/InRelease' mirror.example.org_InRelease 0
'http://mirror.example.org/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' a 0
'http://security.example.org/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' b 0
'https://vendor.example.com/linux/dists/bookworm/stable/binary-amd64/Packages.xz' c 0
'http://mirror.example.org/debian/dists/bookworm/contrib/binary-amd64/Packages.xz' d 0
'http://mirror.example.org/debian/dists/bookworm/main/binary-amd64/Packages.xz' e 0
'http://other.example.net/debian/dists/bookworm/main/binary-amd64/Packages.xz' f 0
";

    #[test]
    fn the_mirror_is_the_first_that_has_the_release_itself() {
        assert_eq!(
            mirror(TARGETS, "bookworm"),
            Some("http://mirror.example.org/debian")
        );
    }

    #[test]
    fn a_mirror_list_on_disk_is_taken_as_it_is() {
        let targets = "'mirror+file:/etc/apt/mirrors/debian.list/dists/trixie/main/binary-arm64/Packages.xz' a 0";
        assert_eq!(
            mirror(targets, "trixie"),
            Some("mirror+file:/etc/apt/mirrors/debian.list")
        );
    }

    #[test]
    fn a_machine_without_a_source_for_its_release_has_no_mirror() {
        assert_eq!(mirror(TARGETS, "trixie"), None);
        assert_eq!(mirror("", "bookworm"), None);
    }

    #[test]
    fn the_codename_is_read_with_and_without_quotes() {
        let plain = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
        assert_eq!(debian_codename(plain).unwrap(), "bookworm");
        let quoted = "ID=\"debian\"\nVERSION_CODENAME=\"trixie\"\n";
        assert_eq!(debian_codename(quoted).unwrap(), "trixie");
    }

    #[test]
    fn another_system_is_refused_by_its_name() {
        let error = debian_codename("ID=fedora\nVERSION_CODENAME=\"\"\n").unwrap_err();
        assert!(error.to_string().contains("runs `fedora`"), "{error}");
        assert!(error.is_unsupported());
    }

    #[test]
    fn a_missing_program_is_named_with_where_to_get_it() {
        let error = run(&mut Command::new("no-such-apt-get")).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("`no-such-apt-get` is not on this machine"));
        assert!(text.contains("run this on Debian"));
        assert!(error.is_unsupported());
    }

    #[test]
    fn a_failing_program_is_quoted() {
        let error =
            run(Command::new("sh").args(["-c", "echo no route >&2; exit 100"])).unwrap_err();
        assert!(!error.is_unsupported());
        let text = error.to_string();
        assert!(text.contains("exit status: 100"), "{text}");
        assert!(text.ends_with("it said: no route"), "{text}");
    }
}
