//! What each language's libraries need beyond what Service Connector and the platform set: where they
//! look for a certificate authority, and what a program has to say to log in with a token over
//! verified TLS.
//!
//! Each line was tried against the emulator or a real server, or else read where its comment says.

use std::{collections::BTreeMap, path::Path};

use azure_mysql::ClientType;

/// What the libraries of a tab need.
#[derive(Debug)]
pub(crate) struct Libraries {
    client_type: ClientType,
    trust: Trust,
    pub(crate) notes: &'static [Note],
}

/// Where an HTTP client finds the certificate authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// In the file that `SSL_CERT_FILE` names, which the platform sets: OpenSSL's own variable, which
    /// Go and .NET read as well.
    ///
    /// <https://pkg.go.dev/crypto/x509#SystemCertPool>,
    /// <https://learn.microsoft.com/dotnet/standard/security/cross-platform-cryptography>
    SslCertFile,
    /// In the PEM file that this variable names.
    Variable(&'static str),
    /// In a file of Java's own format.
    JavaTruststore,
}

/// Lines to copy, and what they are for.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) about: &'static str,
    pub(crate) lines: &'static [&'static str],
}

/// It is the JDK's default, and there is nothing secret in the file.
pub(crate) const TRUSTSTORE_PASSWORD: &str = "changeit";

const TABLE: [Libraries; ClientType::ALL.len()] = [
    Libraries {
        client_type: ClientType::Dotnet,
        trust: Trust::SslCertFile,
        notes: &[
            // Read: <https://learn.microsoft.com/dotnet/api/azure.identity.defaultazurecredentialoptions.disableinstancediscovery>
            Note {
                about: "Azure.Identity, for a service principal: turn instance discovery off",
                lines: &["new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }"],
            },
            // Read: <https://mysqlconnector.net/connection-options/>. It has no switch for clear
            // passwords, and refuses to send one without TLS (ServerSession.cs).
            Note {
                about: "MySqlConnector: verify the server, which `SSL Mode=Required` does not",
                lines: &[
                    r#"connectionString += ";SSL Mode=VerifyFull;SSL CA=" + Environment.GetEnvironmentVariable("AZURE_MYSQL_SSL_CA");"#,
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Java,
        trust: Trust::JavaTruststore,
        // Tried with Connector/J 9.1.0, azure-identity 1.15.4 and azure-identity-extensions 1.2.2.
        // Connector/J has no switch for clear passwords.
        notes: &[
            Note {
                about: "azure-identity-extensions, for a managed identity",
                lines: &[
                    r#"String plugin = "com.azure.identity.extensions.jdbc.mysql.AzureMysqlAuthenticationPlugin";"#,
                    r#"url += "&defaultAuthenticationPlugin=" + plugin + "&authenticationPlugins=" + plugin;"#,
                    r#"url += "&azure.clientId=" + System.getenv("AZURE_MYSQL_CLIENTID"); // if it is user-assigned"#,
                ],
            },
            // The plugin has no property for it (`AuthProperty`).
            Note {
                about: "azure-identity, for a service principal: turn instance discovery off, which that plugin cannot, and log in with the token as the password",
                lines: &["new ClientSecretCredentialBuilder()….disableInstanceDiscovery().build()"],
            },
            Note {
                about: "Connector/J: verify the server, which `sslmode=required` does not",
                lines: &[r#"url += "&sslMode=VERIFY_IDENTITY";"#],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Springboot,
        trust: Trust::JavaTruststore,
        notes: &[
            // Read: the properties that spring-cloud-azure-autoconfigure 5.22.0 lists.
            Note {
                about: "spring-cloud-azure has no property that turns instance discovery off, so a service principal gets no token: be a managed identity",
                lines: &["cargo xtask up --tab springboot --zone user_identity"],
            },
            Note {
                about: "Connector/J: verify the server, which `sslmode=required` does not",
                lines: &[
                    r#"export SPRING_DATASOURCE_URL="$SPRING_DATASOURCE_URL&sslMode=VERIFY_IDENTITY""#,
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Python,
        trust: REQUESTS,
        notes: &[
            PYTHON_INSTANCE_DISCOVERY,
            // Neither has a switch for clear passwords.
            Note {
                about: "mysql-connector-python and PyMySQL: verify the server",
                lines: &[
                    "connect(…, ssl_ca=os.getenv('AZURE_MYSQL_SSL_CA'), ssl_verify_cert=True, ssl_verify_identity=True)",
                ],
            },
            C_LIBRARY,
        ],
    },
    Libraries {
        client_type: ClientType::Django,
        trust: REQUESTS,
        notes: &[
            PYTHON_INSTANCE_DISCOVERY,
            Note {
                about: "PyMySQL in the place of mysqlclient: name the port, and verify the server",
                lines: &[
                    "'PORT': os.getenv('AZURE_MYSQL_PORT'),",
                    "'OPTIONS': {'ssl_ca': os.getenv('AZURE_MYSQL_SSL_CA'), 'ssl_verify_cert': True, 'ssl_verify_identity': True},",
                ],
            },
            C_LIBRARY,
        ],
    },
    Libraries {
        client_type: ClientType::Go,
        trust: Trust::SslCertFile,
        // Tried with azidentity 1.15.0 and go-sql-driver 1.10.1.
        notes: &[
            Note {
                about: "azidentity, for a service principal: turn instance discovery off",
                lines: &[
                    "&azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true}",
                ],
            },
            // `tls=true`, which Service Connector sets, verifies the server.
            Note {
                about: "go-sql-driver: send the token; a DSN takes no `;Password=`",
                lines: &[
                    r#"config, err := mysql.ParseDSN(os.Getenv("AZURE_MYSQL_CONNECTIONSTRING") + "&allowCleartextPasswords=true")"#,
                    "config.Passwd = token.Token",
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Nodejs,
        // Node reads no `SSL_CERT_FILE`: <https://nodejs.org/api/cli.html#node_extra_ca_certsfile>
        trust: Trust::Variable("NODE_EXTRA_CA_CERTS"),
        notes: &[
            Note {
                about: "@azure/identity, for a service principal: name the authority, and turn instance discovery off",
                lines: &[
                    "{ authorityHost: process.env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true }",
                ],
            },
            Note {
                about: "mysql2: verify the server, and send the token",
                lines: &[
                    "ssl: { ca: readFileSync(process.env.AZURE_MYSQL_SSL_CA), verifyIdentity: true },",
                    "enableCleartextPlugin: true,",
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Php,
        trust: Trust::SslCertFile,
        // mysqlnd has no switch for clear passwords, and sends one whether there is TLS or not
        // (ext/mysqlnd/mysqlnd_auth.c). So the flags are all that protects the token.
        notes: &[
            Note {
                about: "mysqli: verify the server",
                lines: &[
                    "$connection->ssl_set(null, null, getenv('AZURE_MYSQL_SSL_CA'), null, null);",
                    "$connection->real_connect(…, null, MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);",
                ],
            },
            Note {
                about: "PDO: verify the server",
                lines: &[
                    "[PDO::MYSQL_ATTR_SSL_CA => getenv('AZURE_MYSQL_SSL_CA'), PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true]",
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Ruby,
        trust: Trust::SslCertFile,
        notes: &[
            // Tried: 0.5.3 on MariaDB Connector/C 3.3 logs in, warns that it ignores `ssl_mode`, and
            // accepts a certificate for another host.
            Note {
                about: "mysql2: verify the server, which takes MySQL's C library, and send the token",
                lines: &[
                    "sslca: ENV['AZURE_MYSQL_SSL_CA'], ssl_mode: :verify_identity, enable_cleartext_plugin: true",
                ],
            },
        ],
    },
    Libraries {
        client_type: ClientType::Other,
        trust: Trust::SslCertFile,
        notes: &[
            C_LIBRARY,
            Note {
                about: "mysql on the command line, with the token in MYSQL_PWD",
                lines: &[
                    r#"mysql --ssl-mode=VERIFY_IDENTITY --ssl-ca="$AZURE_MYSQL_SSL_CA" --enable-cleartext-plugin"#,
                ],
            },
            Note {
                about: "mariadb on the command line, with the token in MYSQL_PWD",
                lines: &[r#"mariadb --ssl-verify-server-cert --ssl-ca="$AZURE_MYSQL_SSL_CA""#],
            },
        ],
    },
];

/// azure-identity's HTTP client is Requests, which brings roots of its own:
/// <https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification>.
const REQUESTS: Trust = Trust::Variable("REQUESTS_CA_BUNDLE");

/// Microsoft's libraries ask login.microsoftonline.com about an authority that they do not know, and
/// give up if it does not know it either.
const PYTHON_INSTANCE_DISCOVERY: Note = Note {
    about: "azure-identity, for a service principal: turn instance discovery off",
    lines: &["ClientSecretCredential(…, disable_instance_discovery=True)"],
};

/// What Oracle's library wants before it sends a clear password. MariaDB's has no such switch.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/cleartext-pluggable-authentication.html>
const C_LIBRARY: Note = Note {
    about: "programs on MySQL's C library, such as mysqlclient: send the token",
    lines: &["export LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN=1"],
};

/// What the libraries of this tab need.
pub(crate) fn of(client_type: ClientType) -> &'static Libraries {
    TABLE
        .iter()
        .find(|row| row.client_type == client_type)
        .expect("a test finds a row for each")
}

impl Libraries {
    /// The variables with which HTTP clients trust the authority, besides the platform's own. Java needs
    /// a truststore for that.
    pub(crate) fn variables(
        &self,
        ca_file: &Path,
        truststore: Option<&Path>,
    ) -> BTreeMap<String, String> {
        let (name, value) = match (self.trust, truststore) {
            (Trust::SslCertFile, _) | (Trust::JavaTruststore, None) => return BTreeMap::new(),
            (Trust::Variable(name), _) => (name, ca_file.display().to_string()),
            (Trust::JavaTruststore, Some(truststore)) => {
                ("JAVA_TOOL_OPTIONS", java_options(truststore))
            }
        };
        BTreeMap::from([(name.to_owned(), value)])
    }

    /// Whether a truststore has to be made.
    pub(crate) fn use_a_truststore(&self) -> bool {
        self.trust == Trust::JavaTruststore
    }
}

/// <https://docs.oracle.com/en/java/javase/17/security/java-secure-socket-extension-jsse-reference-guide.html>
pub(crate) fn java_options(truststore: &Path) -> String {
    format!(
        "-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword={TRUSTSTORE_PASSWORD}",
        truststore.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tab_has_one_row() {
        let types: Vec<_> = TABLE.iter().map(|row| row.client_type).collect();
        assert_eq!(types, ClientType::ALL);
    }

    #[test]
    fn notes_have_lines_that_stay_within_a_comment() {
        for note in TABLE.iter().flat_map(|row| row.notes) {
            assert!(!note.lines.is_empty(), "{}", note.about);
            let lines = std::iter::once(&note.about).chain(note.lines);
            assert!(lines.clone().all(|line| !line.contains('\n')), "{note:?}");
        }
    }

    #[test]
    fn trust_has_the_name_that_each_language_reads() {
        let variables = |client_type| {
            of(client_type).variables(Path::new("/ca.pem"), Some(Path::new("/ca.p12")))
        };
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let python = one("REQUESTS_CA_BUNDLE", "/ca.pem");
        assert_eq!(variables(ClientType::Python), python);
        assert_eq!(variables(ClientType::Django), python);
        let node = one("NODE_EXTRA_CA_CERTS", "/ca.pem");
        assert_eq!(variables(ClientType::Nodejs), node);
        let java = variables(ClientType::Java);
        assert!(java["JAVA_TOOL_OPTIONS"].starts_with("-Djavax.net.ssl.trustStore=/ca.p12 "));
        assert_eq!(variables(ClientType::Go), BTreeMap::new());
    }

    #[test]
    fn without_a_truststore_java_has_no_variable_that_names_one() {
        let java = of(ClientType::Java);
        assert!(java.use_a_truststore());
        assert_eq!(java.variables(Path::new("/ca.pem"), None), BTreeMap::new());
    }
}
