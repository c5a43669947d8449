//! The line in which a program says who it was logged in as.

use test_servers::ServerKind;

/// What a program that worked has printed: `logged in as USER to VERSION over TLS`.
#[derive(Debug, PartialEq)]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) version: &'a str,
    pub(crate) tls: &'a str,
}

impl<'a> Login<'a> {
    /// Finds the line among what a program has printed.
    pub(crate) fn find(output: &'a str) -> Option<Self> {
        output.lines().find_map(|line| {
            let (user, rest) = line.strip_prefix("logged in as ")?.split_once(" to ")?;
            let (version, tls) = rest.split_once(" over ")?;
            Some(Self { user, version, tls })
        })
    }

    /// Whether it is this user's on such a server, over TLS.
    pub(crate) fn is_of(&self, user: &str, server: ServerKind) -> bool {
        let has_tls = self.tls.starts_with("TLSv1.");
        self.user == format!("{user}@%") && has_tls == server.session_has_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_from_the_line_that_a_program_prints() {
        let output = "noise\nlogged in as aad_app@% to 9.7.4-Debian over TLSv1.3\n";
        let login = Login::find(output).unwrap();
        let expected = Login {
            user: "aad_app@%",
            version: "9.7.4-Debian",
            tls: "TLSv1.3",
        };
        assert_eq!(login, expected);
        assert_eq!(
            Login::find("Error: no token to log in to localhost:3306 as user \"app\""),
            None
        );
    }

    #[test]
    fn another_user_or_no_tls_is_not_the_login_that_was_asked_for() {
        let login = |user, tls| Login {
            user,
            version: "9.7.4",
            tls,
        };
        let is_app = |login: Login<'_>, server| login.is_of("aad_app", server);
        assert!(is_app(login("aad_app@%", "TLSv1.2"), ServerKind::Mysql));
        assert!(!is_app(login("aad_other@%", "TLSv1.3"), ServerKind::Mysql));
        assert!(!is_app(login("aad_app@%", ""), ServerKind::Mysql));
        assert!(is_app(login("aad_app@%", ""), ServerKind::BackendMysql));
    }
}
