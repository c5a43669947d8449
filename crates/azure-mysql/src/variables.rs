//! The usual names of the variables.

pub(crate) const CONNECTION_STRING: &str = "AZURE_MYSQL_CONNECTIONSTRING";
pub(crate) const HOST: &str = "AZURE_MYSQL_HOST";
pub(crate) const PORT: &str = "AZURE_MYSQL_PORT";
pub(crate) const PASSWORD: &str = "AZURE_MYSQL_PASSWORD";

/// The user, in its two spellings.
pub(crate) const USER: &str = "AZURE_MYSQL_USER";
pub(crate) const USERNAME: &str = "AZURE_MYSQL_USERNAME";

/// The database, in its three spellings.
pub(crate) const NAME: &str = "AZURE_MYSQL_NAME";
pub(crate) const DATABASE: &str = "AZURE_MYSQL_DATABASE";
pub(crate) const DBNAME: &str = "AZURE_MYSQL_DBNAME";

/// TLS, in its three spellings.
pub(crate) const SSL: &str = "AZURE_MYSQL_SSL";
pub(crate) const SSL_MODE: &str = "AZURE_MYSQL_SSLMODE";
pub(crate) const FLAG: &str = "AZURE_MYSQL_FLAG";

pub(crate) const CLIENT_ID: &str = "AZURE_MYSQL_CLIENTID";
pub(crate) const CLIENT_SECRET: &str = "AZURE_MYSQL_CLIENTSECRET";
pub(crate) const TENANT_ID: &str = "AZURE_MYSQL_TENANTID";

/// Not Service Connector's own: a PEM file of a private CA.
pub(crate) const SSL_CA: &str = "AZURE_MYSQL_SSL_CA";

/// Those of the Azure SDKs, which AKS sets too.
pub(crate) const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
pub(crate) const SDK_CLIENT_ID: &str = "AZURE_CLIENT_ID";
pub(crate) const SDK_TENANT_ID: &str = "AZURE_TENANT_ID";
pub(crate) const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
pub(crate) const FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// All of those that belong to one connection.
pub(crate) const NAMES: [&str; 16] = [
    CONNECTION_STRING,
    HOST,
    PORT,
    PASSWORD,
    USER,
    USERNAME,
    NAME,
    DATABASE,
    DBNAME,
    SSL,
    SSL_MODE,
    FLAG,
    CLIENT_ID,
    CLIENT_SECRET,
    TENANT_ID,
    SSL_CA,
];

/// What the variables of a first connection begin with:
/// <https://learn.microsoft.com/azure/service-connector/concept-service-connector-internals>.
pub(crate) const USUAL_PREFIX: &str = "AZURE_MYSQL_";

/// What App Service puts before the name of a connection string of the type MySQL:
/// <https://learn.microsoft.com/azure/app-service/configure-common#configure-connection-strings>.
pub(crate) const APP_SERVICE_PREFIX: &str = "MYSQLCONNSTR_";
