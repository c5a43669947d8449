//! Who logs in follows from what is set: the connection's own variables, else those of AKS and of
//! the Azure SDKs.

use azure_mysql::{Environment, Error, Identity, Settings};

const BASE: [(&str, &str); 2] = [("AZURE_MYSQL_HOST", "h"), ("AZURE_MYSQL_USER", "u")];
const OWN_ID: (&str, &str) = (
    "AZURE_MYSQL_CLIENTID",
    "11111111-1111-4111-8111-111111111111",
);
const OWN_SECRET: (&str, &str) = ("AZURE_MYSQL_CLIENTSECRET", "canary");
const OWN_TENANT: (&str, &str) = (
    "AZURE_MYSQL_TENANTID",
    "22222222-2222-4222-8222-222222222222",
);
const ID: (&str, &str) = ("AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333");
const TENANT: (&str, &str) = ("AZURE_TENANT_ID", "contoso.com");
const TOKEN_FILE: (&str, &str) = ("AZURE_FEDERATED_TOKEN_FILE", "/no/such/token");
const CERTIFICATE: (&str, &str) = ("AZURE_CLIENT_CERTIFICATE_PATH", "/no/such/certificate.pem");

fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    let variables = BASE.iter().chain(variables).copied();
    Settings::from_environment(&variables.collect::<Environment>())
}

/// Kind, client id and tenant id.
fn identity(variables: &[(&str, &str)]) -> (&'static str, Option<String>, Option<String>) {
    let settings = read(variables).unwrap();
    let identity = settings.identity();
    (
        identity.kind(),
        identity.client_id().map(str::to_owned),
        identity.tenant_id().map(str::to_owned),
    )
}

fn ids(client_id: &str, tenant_id: &str) -> (Option<String>, Option<String>) {
    (Some(client_id.to_owned()), Some(tenant_id.to_owned()))
}

#[test]
fn what_aks_injects_is_a_workload_identity() {
    let (client_id, tenant_id) = ids(ID.1, TENANT.1);
    assert_eq!(
        identity(&[ID, TENANT, TOKEN_FILE]),
        ("workload_identity", client_id, tenant_id)
    );
    let settings = read(&[ID, TENANT, TOKEN_FILE]).unwrap();
    let Identity::WorkloadIdentity { token_file, .. } = settings.identity() else {
        panic!("{:?}", settings.identity());
    };
    assert_eq!(token_file.to_str(), Some(TOKEN_FILE.1));
    settings.token_cache();
}

#[test]
fn the_connections_own_ids_go_before_those_of_the_sdks_with_a_warning_if_they_differ() {
    let (client_id, tenant_id) = ids(OWN_ID.1, TENANT.1);
    let variables = [OWN_ID, ID, TENANT, TOKEN_FILE];
    assert_eq!(
        identity(&variables),
        ("workload_identity", client_id, tenant_id)
    );
    let settings = read(&variables).unwrap();
    let [warning] = settings.warnings() else {
        panic!("{:?}", settings.warnings());
    };
    assert!(
        warning.contains(OWN_ID.0) && warning.contains(ID.0),
        "{warning}"
    );

    let same = [OWN_ID, ("AZURE_CLIENT_ID", OWN_ID.1), TENANT, TOKEN_FILE];
    assert_eq!(read(&same).unwrap().warnings(), [""; 0]);
    let (client_id, tenant_id) = ids(OWN_ID.1, OWN_TENANT.1);
    assert_eq!(
        identity(&[OWN_ID, OWN_TENANT, TOKEN_FILE]),
        ("workload_identity", client_id, tenant_id)
    );
}

#[test]
fn a_secret_of_the_connection_goes_before_all_else() {
    let (client_id, tenant_id) = ids(OWN_ID.1, OWN_TENANT.1);
    let variables = [
        OWN_ID,
        OWN_SECRET,
        OWN_TENANT,
        ID,
        TENANT,
        TOKEN_FILE,
        CERTIFICATE,
    ];
    assert_eq!(
        identity(&variables),
        ("service_principal", client_id, tenant_id)
    );
}

#[test]
fn a_missing_id_beside_a_token_file_is_named() {
    for (variables, missing, own) in [
        (vec![TOKEN_FILE, TENANT], ID.0, OWN_ID.0),
        (vec![TOKEN_FILE, ID], TENANT.0, OWN_TENANT.0),
        (vec![TOKEN_FILE, OWN_ID], TENANT.0, OWN_TENANT.0),
        (vec![TOKEN_FILE, OWN_TENANT], ID.0, OWN_ID.0),
    ] {
        let error = read(&variables).unwrap_err();
        assert_eq!(error.name(), missing);
        for named in [TOKEN_FILE.0, own] {
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}

#[test]
fn a_missing_id_is_named_as_it_is_called_here() {
    let variables = BASE.into_iter().chain([TOKEN_FILE, TENANT]);
    let environment: Environment = variables.collect();
    let environment = environment.with_key(ID.0, "MY_CLIENT_ID");
    let error = Settings::from_environment(&environment).unwrap_err();
    assert_eq!(error.name(), "MY_CLIENT_ID", "{error}");
}

#[test]
fn ids_of_the_sdks_alone_do_not_change_the_identity() {
    assert_eq!(identity(&[ID, TENANT]), ("system_assigned", None, None));
    assert_eq!(identity(&[ID, OWN_ID]).0, "user_assigned");
}

#[cfg(feature = "client-certificate")]
#[test]
fn a_certificate_file_is_a_service_principal_and_goes_before_a_token_file() {
    let (client_id, tenant_id) = ids(ID.1, TENANT.1);
    let variables = [ID, TENANT, CERTIFICATE, TOKEN_FILE];
    assert_eq!(
        identity(&variables),
        ("client_certificate", client_id, tenant_id)
    );
    let settings = read(&variables).unwrap();
    let Identity::ClientCertificate { file, .. } = settings.identity() else {
        panic!("{:?}", settings.identity());
    };
    assert_eq!(file.to_str(), Some(CERTIFICATE.1));
    settings.token_cache();
    let (client_id, tenant_id) = ids(OWN_ID.1, OWN_TENANT.1);
    assert_eq!(
        identity(&[OWN_ID, OWN_TENANT, CERTIFICATE]),
        ("client_certificate", client_id, tenant_id)
    );
}

#[cfg(not(feature = "client-certificate"))]
#[test]
fn a_certificate_file_is_an_error_that_names_the_feature() {
    let error = read(&[ID, TENANT, CERTIFICATE]).unwrap_err();
    assert_eq!(error.name(), CERTIFICATE.0);
    assert!(error.to_string().contains("client-certificate"), "{error}");
}

#[test]
fn a_missing_id_beside_a_certificate_is_named() {
    let error = read(&[CERTIFICATE, TENANT]).unwrap_err();
    assert_eq!(error.name(), "AZURE_CLIENT_ID");
    assert!(error.to_string().contains(CERTIFICATE.0), "{error}");
}
