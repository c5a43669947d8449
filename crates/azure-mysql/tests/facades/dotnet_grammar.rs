//! ADO.NET connection strings are read as `MySqlConnector` reads them.

use crate::grammar::{accepts, connection, refuses};
use azure_mysql::dotnet::parse;

/// Syntax: .NET's `DbConnectionStringBuilder`.
const SYNTAX: &[(&str, &str)] = &[
    // As Service Connector and others write it.
    (
        "Server=shop.mysql.database.azure.com;Database=orders;Port=3306;User Id=aad_orders;SSL Mode=Required;",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    (
        "Server=shop.mysql.database.azure.com;Database=orders;Port=3306;User Id=aad_orders;SSL Mode=Required",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    (
        "Server=shop.mysql.database.azure.com;Database=orders;Port=3306;User Id=aad_orders;SSL Mode=Required;;",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    ("Database=orders;Data Source=h;User Id=u", "u@h:3306/orders"),
    (
        "Database=orders;Data Source=h:55555;User Id=u",
        "u@h:55555/orders",
    ),
    ("server=h;uid=u;database=d", "u@h:3306/d"),
    // Order.
    ("User Id=u;Server=h", "u@h:3306/"),
    ("Port=1;User Id=u;Database=d;Server=h", "u@h:1/d"),
    (
        "SSL Mode=Required;Database=d;User Id=u;Server=h",
        "u@h:3306/d",
    ),
    // Empty entries and white space.
    (";Server=h;User=u", "u@h:3306/"),
    (";;;Server=h;;;User=u;;;", "u@h:3306/"),
    (" Server=h;User=u", "u@h:3306/"),
    ("Server=h;User=u ", "u@h:3306/"),
    ("Server=h;User=u; ", "u@h:3306/"),
    ("Server=h; User=u", "u@h:3306/"),
    ("Server =h;User=u", "u@h:3306/"),
    ("Server= h;User=u", "u@h:3306/"),
    ("Server = h ; User = u ; ", "u@h:3306/"),
    ("\tServer\t=\th\t;\tUser\t=\tu\t", "u@h:3306/"),
    ("\nServer=h;\nUser=u;\n", "u@h:3306/"),
    ("\r\nServer=h;\r\nUser=u;\r\n", "u@h:3306/"),
    (" ; ; Server=h ; ; User=u ; ; ", "u@h:3306/"),
    ("Server=h;User=u\0", "u@h:3306/"),
    ("Server=h;User=u\0\0 ;\0", "u@h:3306/"),
    ("Server=h;User=u;\0", "u@h:3306/"),
    ("Server=h;User='u'\0", "u@h:3306/"),
    // Inner white space of a value stays.
    ("Server=h;User=u;Database=my orders", "u@h:3306/my orders"),
    (
        "Server=h;User=u;Database=  my  orders  ",
        "u@h:3306/my  orders",
    ),
    // Quotes.
    ("Server=\"h\";User=u", "u@h:3306/"),
    ("Server='h';User=u", "u@h:3306/"),
    ("Server=\"h\" ;User='u' ", "u@h:3306/"),
    ("Server= \"h\";User= 'u'", "u@h:3306/"),
    ("Server=h;User=u;Database=\"a;b\"", "u@h:3306/a;b"),
    ("Server=h;User=u;Database='a;b'", "u@h:3306/a;b"),
    ("Server=h;User=u;Database=\"a=b\"", "u@h:3306/a=b"),
    ("Server=h;User=u;Database='a=b;c=d;'", "u@h:3306/a=b;c=d;"),
    ("Server=h;User=u;Database=\"a\"\"b\"", "u@h:3306/a\"b"),
    ("Server=h;User=u;Database='a''b'", "u@h:3306/a'b"),
    ("Server=h;User=u;Database=\"\"\"a\"\"\"", "u@h:3306/\"a\""),
    ("Server=h;User=u;Database='''a'''", "u@h:3306/'a'"),
    ("Server=h;User=u;Database=\"it's\"", "u@h:3306/it's"),
    ("Server=h;User=u;Database='say \"a\"'", "u@h:3306/say \"a\""),
    ("Server=h;User=u;Database=\"a'b\"\"c\"", "u@h:3306/a'b\"c"),
    ("Server=h;User=u;Database=\"\"", "u@h:3306/"),
    ("Server=h;User=u;Database=''", "u@h:3306/"),
    ("Server=h;User=u;Database=\"a\";", "u@h:3306/a"),
    ("Server=h;User=u;Database=\"a\" ; ", "u@h:3306/a"),
    ("Server=h;User=u;Database='tab\there'", "u@h:3306/tab\there"),
    // A quotation mark that does not begin the value is itself.
    ("Server=h;User=u;Database=it's", "u@h:3306/it's"),
    ("Server=h;User=u;Database=a\"b\"c", "u@h:3306/a\"b\"c"),
    ("Server=h;User=o'neil;Database=d", "o'neil@h:3306/d"),
    // Equals signs.
    ("Server=h;User=u;Database=a=b", "u@h:3306/a=b"),
    ("Server=h;User=u;Database= =b", "u@h:3306/=b"),
    ("Server=h;User=u;Database=a==b", "u@h:3306/a==b"),
    // Braces and others mean nothing.
    ("Server=h;User=u;Database={a}", "u@h:3306/{a}"),
    ("Server=h;User=u;Database=a\\b", "u@h:3306/a\\b"),
    ("Server=h;User=u;Database=a%20b", "u@h:3306/a%20b"),
    ("Server=h;User=u;Database=a#b", "u@h:3306/a#b"),
    ("Server=h;User=u;Database=a/b", "u@h:3306/a/b"),
    ("Server=h;User=u;Database=\u{fc}ber", "u@h:3306/\u{fc}ber"),
    ("Server=h;User=\u{fc}ser", "\u{fc}ser@h:3306/"),
    // The last one counts, under any name; an empty one takes the value away.
    ("Server=a;Server=h;User=u", "u@h:3306/"),
    ("Server=a;Host=h;User=u", "u@h:3306/"),
    ("Data Source=a;User=u;SERVER=h", "u@h:3306/"),
    ("Server=h;User=a;Uid=u", "u@h:3306/"),
    ("Server=h;User=u;Database=a;Initial Catalog=d", "u@h:3306/d"),
    ("Server=h;User=u;Database=a;Database=", "u@h:3306/"),
    ("Server=h;User=u;Database=a;Initial Catalog=;", "u@h:3306/"),
    ("Server=h;User=u;Database=;Database=d", "u@h:3306/d"),
    ("Server=h;User=u;Port=1;Port=2", "u@h:2/"),
    ("Server=h;User=u;Port=1;Port=", "u@h:3306/"),
    ("Server=h;User=u;Password=", "u@h:3306/"),
    ("Server=h;User=u;Pwd=;", "u@h:3306/"),
    ("Server=h;User=u;Password=canary;Password=", "u@h:3306/"),
    (
        "Server=h;User=u;SSL Mode=None;SSL Mode=Required",
        "u@h:3306/",
    ),
    ("Server=h;User=u;SSL Mode=", "u@h:3306/"),
    // The user.
    (
        "Server=shop.mysql.database.azure.com;User Id=u@shop",
        "u@shop.mysql.database.azure.com:3306/",
    ),
    (
        "Server=shop.mysql.database.azure.com;User Id=u@SHOP",
        "u@shop.mysql.database.azure.com:3306/",
    ),
    (
        "Server=shop.mysql.database.azure.com;User Id=u@other",
        "u@other@shop.mysql.database.azure.com:3306/",
    ),
    (
        "Server=shop.mysql.database.azure.com;User Id=ann@contoso.com",
        "ann@contoso.com@shop.mysql.database.azure.com:3306/",
    ),
    // The port.
    ("Server=h;Port= 3307 ;User=u", "u@h:3307/"),
    ("Server=h;Port='3307';User=u", "u@h:3307/"),
    ("Server=h;Port=\" 3307 \";User=u", "u@h:3307/"),
    ("Server=h;Port=1;User=u", "u@h:1/"),
    ("Server=h;Port=65535;User=u", "u@h:65535/"),
    ("Server=h;Port=03306;User=u", "u@h:3306/"),
    ("Server=h;Port=+3306;User=u", "u@h:3306/"),
    ("Server=h:3307;User=u", "u@h:3307/"),
    ("Server=h:3307;Port=3307;User=u", "u@h:3307/"),
    ("Host=h:1;User=u", "u@h:1/"),
    // TLS.
    ("Server=h;User=u;SSL Mode=required", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=REQUIRED", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=VerifyCA", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=verifyca", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=VerifyFull", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode='VerifyFull'", "u@h:3306/"),
    ("Server=h;User=u;SslMode=Required", "u@h:3306/"),
    ("Server=h;User=u;sslmode=VERIFYFULL", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=2", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=3", "u@h:3306/"),
    ("Server=h;User=u;SSL Mode=4", "u@h:3306/"),
    // The protocol.
    ("Server=h;User=u;Protocol=Socket", "u@h:3306/"),
    ("Server=h;User=u;Protocol=sockets", "u@h:3306/"),
    ("Server=h;User=u;Connection Protocol=Tcp", "u@h:3306/"),
    ("Server=h;User=u;ConnectionProtocol=tcp", "u@h:3306/"),
    ("Server=h;User=u;Protocol=1", "u@h:3306/"),
];

#[test]
fn the_syntax_is_that_of_ado_net() {
    accepts(parse, SYNTAX);
}

const SERVER: &[&str] = &[
    "Server",
    "Host",
    "Data Source",
    "DataSource",
    "Address",
    "Addr",
    "Network Address",
];
const USER: &[&str] = &["User ID", "UserID", "Username", "Uid", "User name", "User"];
const DATABASE: &[&str] = &["Database", "Initial Catalog"];
const SSL_MODE: &[&str] = &["SSL Mode", "SslMode"];

fn in_all_cases(name: &str) -> [String; 4] {
    let swapped = name.chars().map(|c| match c {
        c if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
        c => c.to_ascii_lowercase(),
    });
    [
        name.to_owned(),
        name.to_ascii_lowercase(),
        name.to_ascii_uppercase(),
        swapped.collect(),
    ]
}

#[test]
fn each_alias_is_known_in_any_case_beside_any_other() {
    let mut rows = 0;
    for server in SERVER.iter().flat_map(|it| in_all_cases(it)) {
        for user in USER.iter().flat_map(|it| in_all_cases(it)) {
            for (database, ssl_mode) in DATABASE.iter().zip(SSL_MODE) {
                let text = format!("{user}=u;{ssl_mode}=Required;{database}=d;{server}=h;Port=7");
                let settings = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(connection(&settings), "u@h:7/d", "{text}");
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 28 * 24 * 2);
}

#[test]
fn the_other_options_of_mysqlconnector_are_kept_and_ignored() {
    for option in [
        "Load Balance",
        "Pipe Name",
        "PipeName",
        "Certificate File",
        "Certificate Password",
        "Certificate Store Location",
        "Certificate Thumb Print",
        "SslCert",
        "Ssl-Key",
        "TLS Version",
        "Tls-Version",
        "TlsCipherSuites",
        "Pooling",
        "Connection Lifetime",
        "ConnectionReset",
        "Defer Connection Reset",
        "Connection Idle Ping Time",
        "Connection Idle Timeout",
        "Min Pool Size",
        "maxpoolsize",
        "Maximum Pool Size",
        "DNS Check Interval",
        "AllowLoadLocalInfile",
        "Allow Public Key Retrieval",
        "Allow User Variables",
        "AllowZeroDateTime",
        "Application Name",
        "AutoEnlist",
        "Cancellation Timeout",
        "CharSet",
        "Character Set",
        "Connect Timeout",
        "Connection Timeout",
        "Convert Zero DateTime",
        "DateTimeKind",
        "Command Timeout",
        "Default Command Timeout",
        "ForceSynchronous",
        "GuidFormat",
        "Ignore Command Transaction",
        "IgnorePrepare",
        "Interactive",
        "Interactive Session",
        "Keepalive",
        "Keep Alive",
        "NoBackslashEscapes",
        "Old Guids",
        "Persist Security Info",
        "Pipelining",
        "Server Redirection Mode",
        "ServerRsaPublicKeyFile",
        "Server SPN",
        "TreatTinyAsBoolean",
        "Use Affected Rows",
        "Compress",
        "UseCompression",
        "Use XA Transactions",
    ] {
        for option in in_all_cases(option) {
            let settings = parse(&format!("Server=h;User=u;{option}=canary")).unwrap();
            let [warning] = settings.warnings() else {
                panic!("{option}: {:?}", settings.warnings());
            };
            assert!(
                warning.contains("ignored") && !warning.contains("canary"),
                "{warning}"
            );
            assert!(!format!("{settings:?}").contains("canary"), "{option}");
        }
    }
    let settings =
        parse("Server=h;User=u;Charset=latin1;Max Pool Size=7;Character Set=utf8mb4").unwrap();
    assert_eq!(settings.property("Character Set"), Some("utf8mb4"));
    assert_eq!(settings.property("maximum pool size"), Some("7"));
    assert_eq!(settings.property("Pooling"), None);
    let settings = parse("Server=h;User=u;Pooling=true;Pooling=").unwrap();
    assert_eq!(
        (settings.property("Pooling"), settings.warnings()),
        (None, &[][..])
    );
}

const REFUSED: &[(&str, &str)] = &[
    // Syntax.
    ("Server", "without ="),
    ("Server=h;User", "without ="),
    ("Server=h;User=u;canary", "without ="),
    ("=h;User=u", "without a key"),
    ("Server=h; =u", "without a key"),
    ("Server=\"h;User=u", "not closed"),
    ("Server=h;User='u", "not closed"),
    ("Server=h;User=u;Database=\"a\"\"", "not closed"),
    ("Server=h;User=u;Database='a''", "not closed"),
    (
        "Server=h;User=u;Database=\"a\"b",
        "after a closing quotation mark",
    ),
    (
        "Server=h;User=u;Database='a' b",
        "after a closing quotation mark",
    ),
    (
        "Server=h;User=u;Database='a'\"b\"",
        "after a closing quotation mark",
    ),
    ("Server=h;User=u;Database=a\"", "ends in a quotation mark"),
    ("Server=h;User=u;Database=a'", "ends in a quotation mark"),
    ("Server=h;User=u;Database=a ' ", "ends in a quotation mark"),
    ("Server=h;User=u\0Database=d", "NUL"),
    ("Server=h;User=\"u\0\"", "NUL"),
    ("Server=h;User=u;\u{1}Database=d", "control character"),
    ("Server=h;User=u;Data\u{1}base=d", "control character"),
    ("Server=h;User=u\u{1}", "control character"),
    ("Server=h;User=u\u{7f};", "control character"),
    // Quotes around the whole.
    ("\"Server=h;User=u\"", "quotation mark"),
    ("'Server=h;User=u'", "quotation mark"),
    ("\"Server=h;User=u\"\n", "quotation mark"),
    // Options that are none.
    ("Server=h;User=u;Sever=canary", "(entry 3)"),
    ("Server=h;User=u;User  Id=canary", "does not know"),
    ("Server=h;canary;Password=x", "does not know"),
    ("Server=h;Database==b;User=u", "does not know"),
    ("Server=h;User=u;Integrated Security=true", "does not know"),
    (
        "Server=h;User=u;TrustServerCertificate=true",
        "does not know",
    ),
    ("Server=h;User=u;Encrypt=false", "does not know"),
    ("Host Name=h;User=u", "does not know"),
    ("Server==h;User=u", "does not know"),
    // Missing.
    ("", "Server is missing"),
    (";", "Server is missing"),
    ("  ", "Server is missing"),
    ("\0", "Server is missing"),
    ("User=u", "Server is missing"),
    ("Server=;User=u", "Server is missing"),
    ("Server=h;Server=;User=u", "Server is missing"),
    ("Server='';User=u", "Server is missing"),
    ("Server=h", "User ID is missing"),
    ("Server=h;User=", "User ID is missing"),
    ("Server=h;Uid=u;User=", "User ID is missing"),
    // Passwords.
    ("Server=h;User=u;Password=canary", "Password is set"),
    ("Server=h;User=u;password=canary;", "password is set"),
    ("Server=h;User=u;Pwd=canary", "Pwd is set"),
    ("Server=h;User=u;PWD='can;ary'", "PWD is set"),
    ("Server=h;User=u;Password=\" \"", "Password is set"),
    ("Server=h;User=u;Password=;Pwd=canary", "Pwd is set"),
    ("Password=canary", "Password is set"),
    // TLS.
    ("Server=h;User=u;SSL Mode=None", "SSL Mode allows"),
    ("Server=h;User=u;SSL Mode=none", "SSL Mode allows"),
    ("Server=h;User=u;SslMode=Disabled", "SslMode allows"),
    ("Server=h;User=u;SSL Mode=Preferred", "SSL Mode allows"),
    ("Server=h;User=u;ssl mode=PREFERRED", "ssl mode allows"),
    ("Server=h;User=u;SSL Mode=0", "SSL Mode allows"),
    ("Server=h;User=u;SSL Mode=1", "SSL Mode allows"),
    (
        "Server=h;User=u;SSL Mode=Required;SslMode=None",
        "SslMode allows",
    ),
    ("Server=h;User=u;SSL Mode=true", "not a recognised TLS mode"),
    (
        "Server=h;User=u;SSL Mode=canary",
        "not a recognised TLS mode",
    ),
    ("Server=h;User=u;SSL Mode=5", "not a recognised TLS mode"),
    // Not TCP, or several.
    ("Server=/tmp/mysql.sock;User=u", "Unix socket"),
    (
        "Server=/var/run/mysqld/mysqld.sock;User=u;Protocol=Unix",
        "Unix socket",
    ),
    ("Server=h;User=u;Protocol=UnixSocket", "Unix socket"),
    ("Server=h;User=u;Protocol=unix", "Unix socket"),
    ("Server=h;User=u;Protocol=pipe", "Unix socket"),
    ("Server=h;User=u;Protocol=NamedPipe", "Unix socket"),
    ("Server=h;User=u;Protocol=memory", "Unix socket"),
    ("Server=h;User=u;Protocol=SharedMemory", "Unix socket"),
    ("Server=h;User=u;Protocol=2", "Unix socket"),
    (
        "Server=.;User=u;Protocol=pipe;Pipe Name=MYSQL",
        "Unix socket",
    ),
    ("Server=a,b;User=u", "several hosts"),
    ("Server=a, b;User=u", "several hosts"),
    ("Server='a,b';User=u", "several hosts"),
    ("Server=h,3306;User=u", "several hosts"),
    ("Server=tcp:h,1433;User=u", "several hosts"),
    // Hosts.
    ("Server=https://h;User=u", "scheme"),
    ("Server=mysql://u:canary@h/d;User=u", "scheme"),
    ("Server=h/d;User=u", "path"),
    ("Server=h_\u{fc};User=u", "no host name"),
    ("Server=a b;User=u", "no host name"),
    ("Server=u@h;User=u", "no host name"),
    ("Server=10.0.0.4;User=u", "IP address"),
    ("Server=127.0.0.1:3306;User=u", "IP address"),
    ("Server=::1;User=u", "IP address"),
    ("Server=[::1]:3306;User=u", "IP address"),
    ("Server=[::1;User=u", "without ]"),
    ("Server=[::1]x;User=u", "after ]"),
    ("Server=tcp:h;User=u", "is not a port number"),
    ("Server=h:;User=u", "port is empty"),
    ("Server=\" h\";User=u", "white space"),
    ("Server='\"h\"';User=u", "quotation mark"),
    // Ports.
    ("Server=h;User=u;Port=0", "is 0"),
    ("Server=h;User=u;Port=65536", "is not a port number"),
    ("Server=h;User=u;Port=-1", "is not a port number"),
    ("Server=h;User=u;Port=canary", "is not a port number"),
    ("Server=h;User=u;Port=3306.0", "is not a port number"),
    ("Server=h;User=u;Port=0x10", "is not a port number"),
    ("Server=h;User=u;Port=' '", "Port is empty"),
    ("Server=h:1;User=u;Port=2", "differs"),
    ("Server=h:0;User=u", "is 0"),
    // Users and databases.
    ("Server=h;User=' u'", "white space"),
    ("Server=h;User='u '", "white space"),
    (
        "Server=h;User=u23456789012345678901234567890123",
        "33 characters",
    ),
    ("Server=h;User=u;Database=' d'", "white space"),
    ("Server=h;User=u;Database=' '", "white space"),
    // Roots.
    (
        "Server=h;User=u;SSL CA=/no/such/file.pem",
        "SSL CA names /no/such/file.pem",
    ),
    (
        "Server=h;User=u;CACertificateFile=/no/such/file.pem",
        "cannot be read",
    ),
    ("Server=h;User=u;Ssl-Ca=/no/such/file.pem", "cannot be read"),
];

#[test]
fn what_mysqlconnector_or_a_verified_login_would_not_take_is_refused() {
    refuses(parse, REFUSED);
}

#[test]
fn a_ca_file_in_the_string_is_trusted_alone_and_an_address_does_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    for (endpoint, expected) in [
        ("127.0.0.1", "u@127.0.0.1:3306/"),
        ("127.0.0.1:7", "u@127.0.0.1:7/"),
        ("::1", "u@::1:3306/"),
        ("[::1]", "u@::1:3306/"),
        ("[::1]:7", "u@::1:7/"),
    ] {
        let settings = parse(&format!(
            "Server={endpoint};User=u;SSL CA={}",
            file.display()
        ))
        .unwrap();
        assert!(!settings.trust().includes_web_roots());
        assert_eq!(connection(&settings), expected);
    }
}
