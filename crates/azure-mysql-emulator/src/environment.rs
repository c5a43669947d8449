//! The environment variables of programs under test.

use std::collections::BTreeMap;

use azure_mysql::{ClientType, Environment, Settings, python};

use crate::{Emulator, Platform, Principal, ServerAddress, service_connector};

impl Emulator {
    /// The variables that the Azure platform would set for a program on this host:
    /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` unless it is a
    /// [virtual machine](Platform::VirtualMachine), and, because this is not Azure,
    /// `AZURE_AUTHORITY_HOST` and `SSL_CERT_FILE` (the path of the authority's certificate).
    ///
    /// A program that trusts `SSL_CERT_FILE` trusts nothing else.
    pub fn platform_environment(&self) -> BTreeMap<String, String> {
        let mut variables = self.authority_variables();
        variables.extend(self.identity_variables());
        variables
    }

    /// The variables for a program that runs as `principal` and finds its credential in them:
    ///
    /// | principal | variables |
    /// |---|---|
    /// | managed identity | those of the platform; `AZURE_CLIENT_ID` if it is user-assigned |
    /// | with a secret | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` |
    /// | with a certificate | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_CERTIFICATE_PATH` |
    /// | workload identity | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE` |
    ///
    /// and for all of them `AZURE_AUTHORITY_HOST` and `SSL_CERT_FILE`. The files are removed when
    /// the emulator stops; the service account's token in one lives an hour.
    pub fn identity_environment(&self, principal: &Principal) -> BTreeMap<String, String> {
        let mut variables = self.authority_variables();
        let client_id = ("AZURE_CLIENT_ID", principal.client_id().to_owned());
        if principal.resource_id().is_some() {
            variables.extend(self.identity_variables());
            if principal.is_user_assigned() {
                variables.extend(named([client_id]));
            }
            return variables;
        }
        let credential = if let Some(secret) = principal.client_secret() {
            ("AZURE_CLIENT_SECRET", secret.to_owned())
        } else if let Some(file) = self.identity_file(principal) {
            let name = match principal.federated_subject() {
                Some(_) => "AZURE_FEDERATED_TOKEN_FILE",
                None => "AZURE_CLIENT_CERTIFICATE_PATH",
            };
            (name, file.path().display().to_string())
        } else {
            return variables;
        };
        let tenant_id = ("AZURE_TENANT_ID", self.tenant_id().to_owned());
        variables.extend(named([client_id, credential, tenant_id]));
        variables
    }

    /// The variables for a program that logs in to this emulator's MySQL server as `principal`, with a
    /// connection created for a client type: see [`environment_at`](Self::environment_at).
    pub fn environment(
        &self,
        client_type: ClientType,
        principal: &Principal,
    ) -> BTreeMap<String, String> {
        self.environment_at(&self.address, client_type, principal)
    }

    /// The variables for a program that logs in to the database at `server` as `principal`: what
    /// [Service Connector](https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql)
    /// sets for a client type, `AZURE_MYSQL_SSL_CA` (the authority's certificate), and where the
    /// credential is:
    ///
    /// | principal | in addition to the connection |
    /// |---|---|
    /// | system-assigned identity | the [platform's](Self::platform_environment) |
    /// | user-assigned identity | the platform's, and `AZURE_MYSQL_CLIENTID` |
    /// | with a secret | the platform's, and `AZURE_MYSQL_CLIENTID`, `_CLIENTSECRET`, `_TENANTID` |
    /// | any other | [those of its SDK](Self::identity_environment): Service Connector does not support it |
    ///
    /// Spring Boot's variables have the names of its properties, such as `spring.datasource.url`.
    /// Service Connector sets no port for Python, Django and Ruby; here `AZURE_MYSQL_PORT` is set for
    /// them too, unless it is 3306. The user is never written as `user@server`.
    pub fn environment_at(
        &self,
        server: &ServerAddress,
        client_type: ClientType,
        principal: &Principal,
    ) -> BTreeMap<String, String> {
        let is_supported = principal.resource_id().is_some() || principal.client_secret().is_some();
        let mut variables = if is_supported {
            self.platform_environment()
        } else {
            self.identity_environment(principal)
        };
        variables.extend(named([("AZURE_MYSQL_SSL_CA", self.ca_file_name())]));
        let tenant_id = self.tenant_id();
        let connection = service_connector::variables(server, client_type, principal, tenant_id);
        variables.extend(named(connection));
        variables
    }

    /// The settings for a login to this emulator's MySQL server: see
    /// [`settings_at`](Self::settings_at).
    ///
    /// # Panics
    ///
    /// If `principal`, which need not be the emulator's, has a name that MySQL does not allow.
    pub fn settings(&self, principal: &Principal) -> Settings {
        self.settings_at(&self.address, principal)
    }

    /// The settings that `azure-mysql` reads from such variables, for a managed identity or a service
    /// principal with a secret. For any other principal the identity is system-assigned: give the
    /// adapter your own token cache.
    ///
    /// # Panics
    ///
    /// If host, port, database or user are not valid for MySQL.
    pub fn settings_at(&self, server: &ServerAddress, principal: &Principal) -> Settings {
        let variables = self.environment_at(server, ClientType::Python, principal);
        python::from_environment(&Environment::from_iter(variables))
            .expect("the address is valid, and the rest comes from the emulator")
    }

    fn identity_variables(&self) -> BTreeMap<String, String> {
        match self.platform {
            Platform::AppService => named([
                ("IDENTITY_ENDPOINT", self.identity_endpoint()),
                ("IDENTITY_HEADER", self.identity_header().to_owned()),
            ]),
            Platform::VirtualMachine => BTreeMap::new(),
        }
    }

    fn authority_variables(&self) -> BTreeMap<String, String> {
        named([
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("SSL_CERT_FILE", self.ca_file_name()),
        ])
    }

    fn ca_file_name(&self) -> String {
        self.ca_pem_path().display().to_string()
    }
}

fn named(variables: impl IntoIterator<Item = (&'static str, String)>) -> BTreeMap<String, String> {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
