//! Data source names are read as go-sql-driver's `ParseDSN` reads them.

use crate::grammar::{accepts, connection, refuses};
use azure_mysql::{Environment, go, go::parse};

const ACCEPTED: &[(&str, &str)] = &[
    // As Service Connector writes it.
    (
        "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?tls=true",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    (
        "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?allowCleartextPasswords=true&tls=true",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    // Addresses.
    ("u@tcp(h)/d", "u@h:3306/d"),
    ("u@tcp(h:3306)/d", "u@h:3306/d"),
    ("u@tcp(h:1)/d", "u@h:1/d"),
    ("u@tcp(h:65535)/d", "u@h:65535/d"),
    ("u@tcp(h:03306)/d", "u@h:3306/d"),
    ("u@tcp4(h:1)/d", "u@h:1/d"),
    ("u@tcp6(h:1)/d", "u@h:1/d"),
    ("u@(h:1)/d", "u@h:1/d"),
    ("u@(h)/", "u@h:3306/"),
    ("u@tcp(h.example)/d", "u@h.example:3306/d"),
    ("u@tcp(h-1.example)/d", "u@h-1.example:3306/d"),
    ("u@tcp(h_1)/d", "u@h_1:3306/d"),
    ("u@tcp(H)/d", "u@H:3306/d"),
    // Databases.
    ("u@tcp(h)/", "u@h:3306/"),
    ("u@tcp(h)/?tls=true", "u@h:3306/"),
    ("u@tcp(h)/d?", "u@h:3306/d"),
    ("u@tcp(h)/d?&", "u@h:3306/d"),
    ("u@tcp(h)/a%2Fb", "u@h:3306/a/b"),
    ("u@tcp(h)/a%2fb", "u@h:3306/a/b"),
    ("u@tcp(h)/a%3Fb", "u@h:3306/a?b"),
    ("u@tcp(h)/a%20b", "u@h:3306/a b"),
    ("u@tcp(h)/a b", "u@h:3306/a b"),
    ("u@tcp(h)/a%25b", "u@h:3306/a%b"),
    ("u@tcp(h)/a+b", "u@h:3306/a+b"),
    ("u@tcp(h)/%C3%BCber", "u@h:3306/\u{fc}ber"),
    ("u@tcp(h)/\u{fc}ber", "u@h:3306/\u{fc}ber"),
    ("u@tcp(h)/a=b", "u@h:3306/a=b"),
    ("u@tcp(h)/a&b", "u@h:3306/a&b"),
    ("u@tcp(h)/a@b", "u@h:3306/a@b"),
    ("u@tcp(h)/a:b", "u@h:3306/a:b"),
    ("u@tcp(h)/a#b", "u@h:3306/a#b"),
    ("u@tcp(h)/a(b)", "u@h:3306/a(b)"),
    ("u@tcp(h)/a;b", "u@h:3306/a;b"),
    // Users: up to the last @ before the last /, or the first colon.
    ("ann@contoso.com@tcp(h)/d", "ann@contoso.com@h:3306/d"),
    ("a@b@c@tcp(h)/d", "a@b@c@h:3306/d"),
    ("@u@tcp(h)/d", "@u@h:3306/d"),
    ("u@@tcp(h)/d", "u@@h:3306/d"),
    ("u:@tcp(h)/d", "u@h:3306/d"),
    ("ann@contoso.com:@tcp(h)/d", "ann@contoso.com@h:3306/d"),
    ("a/b@tcp(h)/d", "a/b@h:3306/d"),
    ("a(b)@tcp(h)/d", "a(b)@h:3306/d"),
    ("a%40b@tcp(h)/d", "a%40b@h:3306/d"),
    ("a+b@tcp(h)/d", "a+b@h:3306/d"),
    ("a?b@tcp(h)/d", "a?b@h:3306/d"),
    ("a b@tcp(h)/d", "a b@h:3306/d"),
    ("\u{fc}@tcp(h)/d", "\u{fc}@h:3306/d"),
    (
        "u@shop@tcp(shop.mysql.database.azure.com)/d",
        "u@shop.mysql.database.azure.com:3306/d",
    ),
    (
        "u@SHOP@tcp(shop.mysql.database.azure.com)/d",
        "u@shop.mysql.database.azure.com:3306/d",
    ),
    (
        "u@stop@tcp(shop.mysql.database.azure.com)/d",
        "u@stop@shop.mysql.database.azure.com:3306/d",
    ),
    (
        "ann@contoso.com@shop@tcp(shop.mysql.database.azure.com)/d",
        "ann@contoso.com@shop.mysql.database.azure.com:3306/d",
    ),
    // TLS.
    ("u@tcp(h)/d?tls=true", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=TRUE", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=True", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=1", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=false&tls=true", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=custom", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=my%20roots", "u@h:3306/d"),
    ("u@tcp(h)/d?tls=tRUE", "u@h:3306/d"),
    ("u@tcp(h)/d?TLS=false", "u@h:3306/d"),
    (
        "u@tcp(h)/d?allowFallbackToPlaintext=false&tls=true",
        "u@h:3306/d",
    ),
    ("u@tcp(h)/d?allowFallbackToPlaintext=0", "u@h:3306/d"),
    // Parameters that mean nothing here.
    ("u@tcp(h)/d?allowAllFiles=true", "u@h:3306/d"),
    ("u@tcp(h)/d?charset=utf8mb4,utf8", "u@h:3306/d"),
    (
        "u@tcp(h)/d?charset=utf8mb4%2Cutf8&collation=utf8mb4_unicode_ci",
        "u@h:3306/d",
    ),
    (
        "u@tcp(h)/d?parseTime=true&loc=Europe%2FBerlin",
        "u@h:3306/d",
    ),
    (
        "u@tcp(h)/d?timeout=30s&readTimeout=1m&writeTimeout=1m30s",
        "u@h:3306/d",
    ),
    ("u@tcp(h)/d?maxAllowedPacket=0", "u@h:3306/d"),
    (
        "u@tcp(h)/d?autocommit=true&sql_mode=%27TRADITIONAL%27",
        "u@h:3306/d",
    ),
    (
        "u@tcp(h)/d?connectionAttributes=program_name:x%2Cversion:1",
        "u@h:3306/d",
    ),
    ("u@tcp(h)/d?unknown=", "u@h:3306/d"),
    ("u@tcp(h)/d?unknown", "u@h:3306/d"),
    ("u@tcp(h)/d?unknown&tls=true", "u@h:3306/d"),
    ("u@tcp(h)/d?&&tls=true&&", "u@h:3306/d"),
    ("u@tcp(h)/d?=x", "u@h:3306/d"),
    ("u@tcp(h)/d?a=b=c", "u@h:3306/d"),
    ("u@tcp(h)/d?a=b?c", "u@h:3306/d"),
    ("u@tcp(h)/d?a=b@c", "u@h:3306/d"),
    ("u@tcp(h)/d?a=b(c)", "u@h:3306/d"),
    ("u@tcp(h)/d?a=b+c", "u@h:3306/d"),
];

#[test]
fn the_grammar_is_that_of_go_sql_driver() {
    accepts(parse, ACCEPTED);
}

const REFUSED: &[(&str, &str)] = &[
    // Syntax.
    ("", "contains no /"),
    ("u@tcp(h:3306)", "contains no /"),
    ("u@tcp(h:3306)?tls=true", "contains no /"),
    ("u@tcp(h:3306/d", "without )"),
    ("u@tcp(/d", "without )"),
    ("u@tcp(h)x/d", "after the address"),
    ("u@tcp(h)/d?loc=Europe/Berlin", "%2F"),
    (
        "u@tcp(h)/d?tls=true&loc=Europe/Berlin&parseTime=true",
        "%2F",
    ),
    ("u@tcp(h)/a/b", "%2F"),
    ("\"u@tcp(h)/d\"", "quotation mark"),
    ("'u@tcp(h)/d?tls=true'", "quotation mark"),
    // Escapes.
    ("u@tcp(h)/a%", "starts no escape"),
    ("u@tcp(h)/a%2", "starts no escape"),
    ("u@tcp(h)/a%2x", "starts no escape"),
    ("u@tcp(h)/a%zzb", "starts no escape"),
    ("u@tcp(h)/%ff", "starts no escape"),
    ("u@tcp(h)/d?a=%", "starts no escape"),
    ("u@tcp(h)/d?a=100%&tls=true", "starts no escape"),
    ("u@tcp(h)/d?tls=%zz", "starts no escape"),
    // Networks.
    ("u@h/d", "not TCP"),
    ("u@h:3306/d", "not TCP"),
    ("u@udp(h:3306)/d", "not TCP"),
    ("u@TCP(h:3306)/d", "not TCP"),
    ("u@cloudsql(project:region:instance)/d", "not TCP"),
    ("h/d", "not TCP"),
    ("u@unix(/tmp/mysql.sock)/d", "Unix socket"),
    ("u@unix/d", "Unix socket"),
    (
        "u@unix(/var/run/mysqld/mysqld.sock)/d?tls=true",
        "Unix socket",
    ),
    ("u@(/tmp/mysql.sock)/d", "Unix socket"),
    ("u@tcp(/tmp/mysql.sock)/d", "Unix socket"),
    ("mysql://u:canary@h:3306/d", "password"),
    ("mysql://u@h:3306/d", "password is set"),
    // Hosts.
    ("u@tcp(a,b)/d", "several hosts"),
    ("u@tcp(a:1,b:2)/d", "several hosts"),
    ("u@tcp(https://h)/d", "scheme"),
    ("u@tcp(h/x)/d", "path"),
    ("u@tcp(a b)/d", "no host name"),
    ("u@tcp( h)/d", "white space"),
    ("u@tcp(\"h\")/d", "quotation mark"),
    ("u@tcp(:3306)/d", "is empty"),
    ("u@tcp(10.0.0.4)/d", "IP address"),
    ("u@tcp(10.0.0.4:3306)/d", "IP address"),
    ("u@tcp([::1]:3306)/d", "IP address"),
    ("u@tcp([de:ad:be:ef::ca:fe]:80)/d", "IP address"),
    ("u@tcp(::1)/d", "IP address"),
    ("u@tcp([::1])/d", "IP address"),
    ("u@tcp([::1)/d", "without ]"),
    ("u@tcp([::1]x)/d", "after ]"),
    ("u@tcp/d", "IP address"),
    ("u@/d", "IP address"),
    ("u@tcp()/d", "IP address"),
    // Ports.
    ("u@tcp(h:)/d", "port is empty"),
    ("u@tcp(h:0)/d", "is 0"),
    ("u@tcp(h:65536)/d", "is not a port number"),
    ("u@tcp(h:-1)/d", "is not a port number"),
    ("u@tcp(h:mysql)/d", "is not a port number"),
    ("u@tcp(h:1:2)/d", "no host name"),
    ("u@tcp([::1]:x)/d", "is not a port number"),
    // Users.
    ("/", "the user is missing"),
    ("/d", "the user is missing"),
    ("@/d", "the user is missing"),
    ("@tcp(h)/d", "the user is missing"),
    ("tcp(h)/d", "the user is missing"),
    (":@tcp(h)/d", "the user is missing"),
    (" u@tcp(h)/d", "white space"),
    ("u @tcp(h)/d", "white space"),
    (
        "u23456789012345678901234567890123@tcp(h)/d",
        "33 characters",
    ),
    // Passwords.
    ("u:canary@tcp(h)/d", "password is set"),
    ("u:canary@tcp(h:3306)/d?tls=true", "password is set"),
    ("u:can:ary@tcp(h)/d", "password is set"),
    ("u:can@ary@tcp(h)/d", "password is set"),
    ("u:can/ary(x)@tcp(h)/d", "password is set"),
    ("u::@tcp(h)/d", "password is set"),
    ("u: @tcp(h)/d", "password is set"),
    (":canary@tcp(h)/d", "password is set"),
    ("ann@contoso.com:canary@tcp(h)/d", "password is set"),
    (
        "u@tcp(h)/d?tls=true;Password=canary",
        "Password after the DSN is set",
    ),
    (
        "u@tcp(h)/d?tls=true;password=canary",
        "Password after the DSN is set",
    ),
    // TLS.
    ("u@tcp(h)/d?tls=false", "tls allows"),
    ("u@tcp(h)/d?tls=FALSE", "tls allows"),
    ("u@tcp(h)/d?tls=False", "tls allows"),
    ("u@tcp(h)/d?tls=0", "tls allows"),
    ("u@tcp(h)/d?tls=", "tls allows"),
    ("u@tcp(h)/d?tls=skip-verify", "tls allows"),
    ("u@tcp(h)/d?tls=Skip-Verify", "tls allows"),
    ("u@tcp(h)/d?tls=skip%2Dverify", "tls allows"),
    ("u@tcp(h)/d?tls=preferred", "tls allows"),
    ("u@tcp(h)/d?tls=PREFERRED", "tls allows"),
    ("u@tcp(h)/d?tls=true&tls=false", "tls allows"),
    ("u@tcp(h)/d?a=b&tls=preferred&c=d", "tls allows"),
    ("u@tcp(h)/d?tls=true\n", "white space"),
    ("u@tcp(h)/d?tls=+true", "white space"),
    (
        "u@tcp(h)/d?tls=true&allowFallbackToPlaintext=true",
        "allowFallbackToPlaintext allows",
    ),
    (
        "u@tcp(h)/d?allowFallbackToPlaintext=1&tls=true",
        "allowFallbackToPlaintext allows",
    ),
    (
        "u@tcp(h)/d?allowFallbackToPlaintext=x&tls=true",
        "allowFallbackToPlaintext allows",
    ),
];

#[test]
fn what_go_sql_driver_or_a_verified_login_would_not_take_is_refused() {
    refuses(parse, REFUSED);
}

#[test]
fn missing_parts_and_addresses_are_those_of_go_beside_a_private_ca() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    for (dsn, expected) in [
        ("u@/d", "u@127.0.0.1:3306/d"),
        ("u@/", "u@127.0.0.1:3306/"),
        ("u@tcp/d", "u@127.0.0.1:3306/d"),
        ("u@tcp()/d", "u@127.0.0.1:3306/d"),
        ("u@()/d", "u@127.0.0.1:3306/d"),
        ("u@tcp(127.0.0.1)/d", "u@127.0.0.1:3306/d"),
        ("u@tcp(127.0.0.1:7)/d", "u@127.0.0.1:7/d"),
        ("u@tcp([::1]:7)/d", "u@::1:7/d"),
        ("u@tcp([::1])/d", "u@::1:3306/d"),
        ("u@tcp(::1)/d", "u@::1:3306/d"),
        (
            "u@tcp([de:ad:be:ef::ca:fe]:80)/d",
            "u@de:ad:be:ef::ca:fe:80/d",
        ),
        ("u@tcp6([fe80::1]:3306)/d", "u@fe80::1:3306/d"),
    ] {
        let environment = Environment::from_iter([
            ("AZURE_MYSQL_CONNECTIONSTRING", dsn),
            ("AZURE_MYSQL_SSL_CA", file.to_str().unwrap()),
        ]);
        let settings =
            go::from_environment(&environment).unwrap_or_else(|it| panic!("{dsn}: {it}"));
        assert_eq!(connection(&settings), expected, "{dsn}");
    }
}

#[test]
fn other_parameters_are_kept_unescaped_and_a_tls_configuration_is_a_warning() {
    let settings =
        parse("u@tcp(h)/d?loc=Europe%2FBerlin&a=1&sql_mode=x+y&a=2&bare&tls=true").unwrap();
    assert_eq!(settings.property("loc"), Some("Europe/Berlin"));
    assert_eq!(settings.property("sql_mode"), Some("x y"));
    assert_eq!(settings.property("a"), Some("2"));
    assert_eq!(settings.property("bare"), None);
    let [warning] = settings.warnings() else {
        panic!("{:?}", settings.warnings());
    };
    assert_eq!(
        warning,
        "the connection string's loc, sql_mode, a are ignored"
    );

    let settings = parse("u@tcp(h)/d?tls=custom").unwrap();
    let [warning] = settings.warnings() else {
        panic!("{:?}", settings.warnings());
    };
    assert!(
        warning.contains("AZURE_MYSQL_SSL_CA") && !warning.contains("custom"),
        "{warning}"
    );
}
