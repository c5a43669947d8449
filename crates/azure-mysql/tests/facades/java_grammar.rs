//! JDBC URLs are read as Connector/J reads them, within what one server needs.

use crate::grammar::{accepts, connection, refuses};
use azure_mysql::{Environment, Identity, java, java::parse};

const ACCEPTED: &[(&str, &str)] = &[
    // As Service Connector and others write it.
    (
        "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?sslmode=required&user=aad_orders",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    (
        "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?serverTimezone=UTC&sslmode=required&user=aad_orders",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    (
        "jdbc:mysql://shop.mysql.database.azure.com/orders?sslMode=REQUIRED&user=aad_orders&defaultAuthenticationPlugin=com.azure.identity.extensions.jdbc.mysql.AzureMysqlAuthenticationPlugin",
        "aad_orders@shop.mysql.database.azure.com:3306/orders",
    ),
    // Schemes.
    ("JDBC:MySQL://h/d?user=u", "u@h:3306/d"),
    ("jdbc:mysql://h?user=u", "u@h:3306/"),
    ("jdbc:mysql: //h?user=u", "u@h:3306/"),
    ("jdbc%3Amysql%3A//h?user=u", "u@h:3306/"),
    // Hosts.
    ("jdbc:mysql://h/?user=u", "u@h:3306/"),
    ("jdbc:mysql://h:7/d?user=u", "u@h:7/d"),
    ("jdbc:mysql://h:/d?user=u", "u@h:3306/d"),
    ("jdbc:mysql://h:65535?user=u", "u@h:65535/"),
    ("jdbc:mysql://h_1:7/d?user=u", "u@h_1:7/d"),
    ("jdbc:mysql://%68:7/d?user=u", "u@h:7/d"),
    ("jdbc:mysql://h:%37/d?user=u", "u@h:7/d"),
    ("jdbc:mysql:// h :7/d?user=u", "u@h:7/d"),
    ("jdbc:mysql://h: 7 /d?user=u", "u@h:7/d"),
    ("jdbc:mysql://address=(host=h)/d?user=u", "u@h:3306/d"),
    ("jdbc:mysql://address=(host=h)(port=7)/d?user=u", "u@h:7/d"),
    ("jdbc:mysql://ADDRESS=(HOST=h)(PORT=7)/d?user=u", "u@h:7/d"),
    (
        "jdbc:mysql://address=(protocol=tcp)(host=h)(port=7)/d?user=u",
        "u@h:7/d",
    ),
    (
        "jdbc:mysql://address=( host = h ) ( port = 7 )/d?user=u",
        "u@h:7/d",
    ),
    ("jdbc:mysql://address=(port=7)(host=h)(user=u)/d", "u@h:7/d"),
    (
        "jdbc:mysql://address=(host=h)(user=ann%40contoso.com)/d",
        "ann@contoso.com@h:3306/d",
    ),
    (
        "jdbc:mysql://address=(host=h)(serverTimezone=UTC)/d?user=u",
        "u@h:3306/d",
    ),
    ("jdbc:mysql://u@address=(host=h)(port=7)/d", "u@h:7/d"),
    ("jdbc:mysql://(host=h)/d?user=u", "u@h:3306/d"),
    ("jdbc:mysql://(host=h,port=7)/d?user=u", "u@h:7/d"),
    ("jdbc:mysql://(host=h, port=7, user=u)/d", "u@h:7/d"),
    ("jdbc:mysql://u@(port=7,host=h)/d", "u@h:7/d"),
    // Databases.
    ("jdbc:mysql://h/a%2Fb?user=u", "u@h:3306/a/b"),
    ("jdbc:mysql://h/a/b?user=u", "u@h:3306/a/b"),
    ("jdbc:mysql://h/a%3Fb?user=u", "u@h:3306/a?b"),
    ("jdbc:mysql://h/a+b?user=u", "u@h:3306/a b"),
    ("jdbc:mysql://h/a%2Bb?user=u", "u@h:3306/a+b"),
    ("jdbc:mysql://h/ d ?user=u", "u@h:3306/d"),
    ("jdbc:mysql://h/a%23b?user=u", "u@h:3306/a#b"),
    ("jdbc:mysql://h/a%25b?user=u", "u@h:3306/a%b"),
    ("jdbc:mysql://h/%C3%BCber?user=u", "u@h:3306/\u{fc}ber"),
    ("jdbc:mysql://h/\u{fc}ber?user=u", "u@h:3306/\u{fc}ber"),
    ("jdbc:mysql://h/a&b?user=u", "u@h:3306/a&b"),
    ("jdbc:mysql://h/a@b?user=u", "u@h:3306/a@b"),
    ("jdbc:mysql://h/a:b?user=u", "u@h:3306/a:b"),
    // Users.
    ("jdbc:mysql://u@h/d", "u@h:3306/d"),
    ("jdbc:mysql://u@h:7/d", "u@h:7/d"),
    ("jdbc:mysql://u:@h:7/d", "u@h:7/d"),
    ("jdbc:mysql://u@h/d?user=u", "u@h:3306/d"),
    ("jdbc:mysql://u@h/d?user=", "u@h:3306/d"),
    ("jdbc:mysql://@h/d?user=u", "u@h:3306/d"),
    (
        "jdbc:mysql://ann%40contoso.com@h/d",
        "ann@contoso.com@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=ann%40contoso.com",
        "ann@contoso.com@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=ann@contoso.com",
        "ann@contoso.com@h:3306/d",
    ),
    ("jdbc:mysql://h/d?user=a+b", "a b@h:3306/d"),
    ("jdbc:mysql://h/d?user=a%2Bb", "a+b@h:3306/d"),
    ("jdbc:mysql://h/d?user=a=b", "a=b@h:3306/d"),
    ("jdbc:mysql://h/d?user=a%26b", "a&b@h:3306/d"),
    ("jdbc:mysql://h/d?user=a/b", "a/b@h:3306/d"),
    ("jdbc:mysql://h/d?user=a?b", "a?b@h:3306/d"),
    ("jdbc:mysql://h/d?USER=u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?uSeR=u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?%75ser=u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user= u ", "u@h:3306/d"),
    ("jdbc:mysql://h/d? user =u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=a&user=u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=a&USER=u", "u@h:3306/d"),
    (
        "jdbc:mysql://shop.mysql.database.azure.com/d?user=u%40shop",
        "u@shop.mysql.database.azure.com:3306/d",
    ),
    (
        "jdbc:mysql://u%40SHOP@shop.mysql.database.azure.com/d",
        "u@shop.mysql.database.azure.com:3306/d",
    ),
    (
        "jdbc:mysql://shop.mysql.database.azure.com/d?user=u@other",
        "u@other@shop.mysql.database.azure.com:3306/d",
    ),
    // Properties.
    ("jdbc:mysql://h/d?&user=u", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&", "u@h:3306/d"),
    ("jdbc:mysql://h/d?&&user=u&&", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&useUnicode", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&useUnicode=", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&=", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u\n", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&password=", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u#fragment", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u#a&password=x", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u #", "u@h:3306/d"),
    (
        "jdbc:mysql://h/d?user=u&connectionAttributes=a:b,c:d",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&sessionVariables=sql_mode='ANSI'",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&socketFactory=com.mysql.cj.protocol.StandardSocketFactory",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&characterEncoding=utf8&zeroDateTimeBehavior=CONVERT_TO_NULL",
        "u@h:3306/d",
    ),
    ("jdbc:mysql://h/d?user=u&my.own-property_1=x", "u@h:3306/d"),
    // TLS.
    ("jdbc:mysql://h/d?user=u&sslMode=REQUIRED", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&sslmode=required", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&SSLMODE=Required", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&sslMode=VERIFY_CA", "u@h:3306/d"),
    ("jdbc:mysql://h/d?user=u&sslMode=verify_ca", "u@h:3306/d"),
    (
        "jdbc:mysql://h/d?user=u&sslMode=VERIFY_IDENTITY",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=verify_identity",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=DISABLED&sslMode=REQUIRED",
        "u@h:3306/d",
    ),
    ("jdbc:mysql://h/d?user=u&useSSL=true", "u@h:3306/d"),
    (
        "jdbc:mysql://h/d?user=u&useSSL=yes&requireSSL=true",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://h/d?user=u&useSSL=TRUE&verifyServerCertificate=true",
        "u@h:3306/d",
    ),
    (
        "jdbc:mysql://address=(host=h)(sslMode=REQUIRED)/d?user=u",
        "u@h:3306/d",
    ),
];

#[test]
fn the_grammar_is_that_of_connector_j() {
    accepts(parse, ACCEPTED);
}

const REFUSED: &[(&str, &str)] = &[
    // Schemes.
    ("", "contains no //"),
    ("jdbc:mysql:h/d", "contains no //"),
    ("shop.mysql.database.azure.com", "contains no //"),
    ("mysql://h/d?user=u", "jdbc:mysql://"),
    ("jdbc:mariadb://h/d?user=u", "jdbc:mysql://"),
    ("jdbc:postgresql://h/d?user=u", "jdbc:mysql://"),
    ("jdbc:mysql//h/d?user=u", "jdbc:mysql://"),
    (" jdbc:mysql://h/d?user=u", "jdbc:mysql://"),
    ("jdbc:mysql:foo://h/d?user=u", "jdbc:mysql://"),
    ("//h/d?user=u", "jdbc:mysql://"),
    ("mysqlx://h/d?user=u", "jdbc:mysql://"),
    ("jdbc:mysql:loadbalance://h/d?user=u", "several hosts"),
    ("jdbc:mysql:replication://a,b/d?user=u", "several hosts"),
    ("jdbc:mysql+srv://h/d?user=u", "several hosts"),
    ("jdbc:mysql+srv:loadbalance://h/d?user=u", "several hosts"),
    ("\"jdbc:mysql://h/d?user=u\"", "quotation mark"),
    ("'jdbc:mysql://h/d?user=u'", "quotation mark"),
    // Structure.
    ("jdbc:mysql://h//d?user=u", "// after the host"),
    ("jdbc:mysql://h/ /d?user=u", "// after the host"),
    ("jdbc:mysql://h/d??user=u", "??"),
    ("jdbc:mysql://h/d? ?user=u", "??"),
    // Hosts.
    ("jdbc:mysql:///d?user=u", "the host is missing"),
    ("jdbc:mysql://:3306/d?user=u", "the host is missing"),
    ("jdbc:mysql://u@/d", "the host is missing"),
    ("jdbc:mysql://?user=u", "the host is missing"),
    (
        "jdbc:mysql://address=(port=7)/d?user=u",
        "the host is missing",
    ),
    (
        "jdbc:mysql://address=(host=)/d?user=u",
        "the host is missing",
    ),
    ("jdbc:mysql://()/d?user=u", "the host is missing"),
    ("jdbc:mysql://a,b/d?user=u", "several hosts"),
    ("jdbc:mysql://a:1,b:2/d?user=u", "several hosts"),
    ("jdbc:mysql://[a,b]/d?user=u", "several hosts"),
    ("jdbc:mysql://[a:1,b:2]/d?user=u", "several hosts"),
    ("jdbc:mysql://u@[a,b]/d", "several hosts"),
    (
        "jdbc:mysql://address=(host=a),address=(host=b)/d?user=u",
        "several hosts",
    ),
    ("jdbc:mysql://(host=a),(host=b)/d?user=u", "several hosts"),
    (
        "jdbc:mysql://address=(host=h)x/d?user=u",
        "not a list of pairs",
    ),
    ("jdbc:mysql://address=host/d?user=u", "not a list of pairs"),
    (
        "jdbc:mysql://address=(host=h/d?user=u",
        "not a list of pairs",
    ),
    (
        "jdbc:mysql://address=(protocol=pipe)(path=x)/d?user=u",
        "Unix socket",
    ),
    (
        "jdbc:mysql://address=(protocol=socket)(host=h)/d?user=u",
        "Unix socket",
    ),
    (
        "jdbc:mysql://(host=h,protocol=memory)/d?user=u",
        "Unix socket",
    ),
    (
        "jdbc:mysql://h/d?user=u&socketFactory=com.mysql.cj.protocol.NamedPipeSocketFactory",
        "Unix socket",
    ),
    (
        "jdbc:mysql://h/d?user=u&socketFactory=com.google.cloud.sql.mysql.SocketFactory",
        "Unix socket",
    ),
    ("jdbc:mysql://a b/d?user=u", "no host name"),
    ("jdbc:mysql://::1/d?user=u", "no host name"),
    ("jdbc:mysql://a@b@h/d", "no host name"),
    ("jdbc:mysql://[h/d?user=u", "without ]"),
    ("jdbc:mysql://[::1]x/d?user=u", "after ]"),
    ("jdbc:mysql://10.0.0.4/d?user=u", "IP address"),
    ("jdbc:mysql://10.0.0.4:3306/d?user=u", "IP address"),
    ("jdbc:mysql://[::1]/d?user=u", "IP address"),
    ("jdbc:mysql://[::1]:3306/d?user=u", "IP address"),
    ("jdbc:mysql://[2001:db8::1]:3306/d?user=u", "IP address"),
    ("jdbc:mysql://%zz/d?user=u", "starts no escape"),
    // Ports.
    ("jdbc:mysql://h:0/d?user=u", "is 0"),
    ("jdbc:mysql://h:65536/d?user=u", "is not a port number"),
    ("jdbc:mysql://h:-1/d?user=u", "is not a port number"),
    ("jdbc:mysql://h:x/d?user=u", "is not a port number"),
    ("jdbc:mysql://h:1:2/d?user=u", "no host name"),
    (
        "jdbc:mysql://address=(host=h)(port=x)/d?user=u",
        "is not a port number",
    ),
    // Users and databases.
    ("jdbc:mysql://h/d", "user is missing"),
    ("jdbc:mysql://h/d?user=", "user is missing"),
    ("jdbc:mysql://h/d?user", "user is missing"),
    ("jdbc:mysql://h/d#?user=u", "user is missing"),
    (
        "jdbc:mysql://a@h/d?user=b",
        "the user before the host and JDBC URL: user are both set",
    ),
    ("jdbc:mysql://h/d?user=%20u", "white space"),
    ("jdbc:mysql://h/d?user=u%20", "white space"),
    ("jdbc:mysql://h/d?user=u+", "white space"),
    ("jdbc:mysql://h/%20d?user=u", "white space"),
    (
        "jdbc:mysql://h/d?user=u23456789012345678901234567890123",
        "33 characters",
    ),
    ("jdbc:mysql://h/d?user=%", "starts no escape"),
    ("jdbc:mysql://h/d?user=100%25%2", "starts no escape"),
    ("jdbc:mysql://h/%ff?user=u", "starts no escape"),
    // Properties.
    ("jdbc:mysql://h/d?user=u&=canary", "name of a property"),
    ("jdbc:mysql://h/d?user=u&a!b=canary", "name of a property"),
    ("jdbc:mysql://h/d?user=u&a/b=canary", "name of a property"),
    ("jdbc:mysql://h/d?user=u&a,b", "name of a property"),
    ("jdbc:mysql://h/d?user=u&%zz=x", "starts no escape"),
    ("jdbc:mysql://h/d?user=u&x=%zz", "starts no escape"),
    // Passwords.
    ("jdbc:mysql://h/d?user=u&password=canary", "password is set"),
    ("jdbc:mysql://h/d?user=u&PASSWORD=canary", "password is set"),
    (
        "jdbc:mysql://h/d?password=canary%2B&user=u",
        "password is set",
    ),
    (
        "jdbc:mysql://u:canary@h/d",
        "password before the host is set",
    ),
    (
        "jdbc:mysql://u:can%40ary@h/d",
        "password before the host is set",
    ),
    (
        "jdbc:mysql://:canary@h/d?user=u",
        "password before the host is set",
    ),
    (
        "jdbc:mysql://address=(host=h)(password=canary)/d?user=u",
        "password is set",
    ),
    (
        "jdbc:mysql://(host=h,password=canary)/d?user=u",
        "password is set",
    ),
    // TLS.
    ("jdbc:mysql://h/d?user=u&sslMode=DISABLED", "sslMode allows"),
    ("jdbc:mysql://h/d?user=u&sslmode=disabled", "sslMode allows"),
    (
        "jdbc:mysql://h/d?user=u&sslMode=PREFERRED",
        "sslMode allows",
    ),
    (
        "jdbc:mysql://h/d?user=u&SSLMODE=preferred",
        "sslMode allows",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=REQUIRED&sslmode=DISABLED",
        "sslMode allows",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=",
        "not a recognised TLS mode",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=true",
        "not a recognised TLS mode",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=canary",
        "not a recognised TLS mode",
    ),
    (
        "jdbc:mysql://address=(host=h)(sslMode=DISABLED)/d?user=u",
        "sslMode allows",
    ),
    ("jdbc:mysql://h/d?user=u&useSSL=false", "useSSL allows"),
    ("jdbc:mysql://h/d?user=u&useSSL=no", "useSSL allows"),
    (
        "jdbc:mysql://h/d?user=u&useSSL=true&requireSSL=false",
        "requireSSL allows",
    ),
    (
        "jdbc:mysql://h/d?user=u&sslMode=REQUIRED&verifyServerCertificate=false",
        "verifyServerCertificate allows",
    ),
    ("jdbc:mysql://h/d?user=u&usessl=FALSE", "useSSL allows"),
    (
        "jdbc:mysql://h/d?user=u&useSSL=perhaps",
        "not a recognised TLS mode",
    ),
];

#[test]
fn what_connector_j_or_a_verified_login_would_not_take_is_refused() {
    refuses(parse, REFUSED);
}

#[test]
fn addresses_do_beside_a_private_ca() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    for (url, expected) in [
        ("jdbc:mysql://10.0.0.4/d?user=u", "u@10.0.0.4:3306/d"),
        ("jdbc:mysql://10.0.0.4:7/d?user=u", "u@10.0.0.4:7/d"),
        ("jdbc:mysql://[::1]/d?user=u", "u@::1:3306/d"),
        ("jdbc:mysql://[::1]:7/d?user=u", "u@::1:7/d"),
        ("jdbc:mysql://[2001:db8::1]:7?user=u", "u@2001:db8::1:7/"),
        ("jdbc:mysql://u@[::1]:7", "u@::1:7/"),
        (
            "jdbc:mysql://address=(host=::1)(port=7)/d?user=u",
            "u@::1:7/d",
        ),
        ("jdbc:mysql://(host=10.0.0.4)/d?user=u", "u@10.0.0.4:3306/d"),
    ] {
        let environment = Environment::from_iter([
            ("AZURE_MYSQL_CONNECTIONSTRING", url),
            ("AZURE_MYSQL_SSL_CA", file.to_str().unwrap()),
        ]);
        let settings =
            java::from_environment(&environment).unwrap_or_else(|it| panic!("{url}: {it}"));
        assert_eq!(connection(&settings), expected, "{url}");
    }
}

#[test]
fn other_properties_are_kept_decoded_and_named_in_a_warning() {
    let settings =
        parse("jdbc:mysql://h/d?serverTimezone=Europe%2FBerlin&sslmode=required&user=u&a=b+c")
            .unwrap();
    assert_eq!(settings.property("servertimezone"), Some("Europe/Berlin"));
    assert_eq!(settings.property("a"), Some("b c"));
    assert_eq!(settings.property("sslMode"), None);
    assert_eq!(
        settings.warnings(),
        ["the connection string's serverTimezone, a are ignored"]
    );
}

#[test]
fn the_azure_properties_say_the_identity_unless_a_variable_contradicts_them() {
    let url = "jdbc:mysql://h/d?user=u&azure.clientId=11111111-1111-4111-8111-111111111111";
    let settings = parse(url).unwrap();
    assert!(matches!(settings.identity(), Identity::UserAssigned { .. }));
    assert_eq!(settings.warnings(), [""; 0]);

    let url = format!("{url}&azure.clientSecret=canary%2B&azure.tenantId=contoso.com");
    let settings = parse(&url).unwrap();
    assert!(matches!(
        settings.identity(),
        Identity::ServicePrincipal { .. }
    ));
    assert!(!format!("{settings:?}").contains("canary"));

    let with = |client_id| {
        java::from_environment(&Environment::from_iter([
            ("AZURE_MYSQL_CONNECTIONSTRING", url.as_str()),
            ("AZURE_MYSQL_CLIENTID", client_id),
        ]))
    };
    with("11111111-1111-4111-8111-111111111111").unwrap();
    let error = with("33333333-3333-4333-8333-333333333333")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("AZURE_MYSQL_CLIENTID") && error.contains("azure.clientId"),
        "{error}"
    );
}
