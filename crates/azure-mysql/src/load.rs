//! Settings from an environment: for the client type that it looks like, or for a given one.

use crate::{
    ClientType, Environment, Error, Settings, django, dotnet, go, java, nodejs, other, php, python,
    recognise, ruby, springboot,
};

impl Settings {
    /// What Service Connector has set in this process's environment, for whichever client type.
    ///
    /// # Errors
    ///
    /// As [`from_environment`](Self::from_environment).
    pub fn from_env() -> Result<Self, Error> {
        Self::from_environment(&Environment::process())
    }

    /// What Service Connector has set, for whichever client type:
    /// [`client_type`](Self::client_type) says which one it looks like.
    ///
    /// ```
    /// use azure_mysql::{ClientType, Environment, Settings};
    ///
    /// let settings = Settings::from_environment(&Environment::from_iter([(
    ///     "AZURE_MYSQL_CONNECTIONSTRING",
    ///     "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?tls=true",
    /// )]))?;
    /// assert_eq!(settings.client_type(), Some(ClientType::Go));
    /// # Ok::<(), azure_mysql::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a variable is missing or cannot be used, or two of them contradict each other. The error
    /// names them.
    pub fn from_environment(environment: &Environment) -> Result<Self, Error> {
        recognise::settings(environment)
    }
}

impl ClientType {
    /// Reads the settings as its module does, whatever the environment looks like.
    ///
    /// # Errors
    ///
    /// If a variable is missing or cannot be used. The error names it.
    pub fn settings(self, environment: &Environment) -> Result<Settings, Error> {
        match self {
            Self::Dotnet => dotnet::from_environment(environment),
            Self::Java => java::from_environment(environment),
            Self::Springboot => springboot::from_environment(environment),
            Self::Python => python::from_environment(environment),
            Self::Django => django::from_environment(environment),
            Self::Go => go::from_environment(environment),
            Self::Nodejs => nodejs::from_environment(environment),
            Self::Php => php::from_environment(environment),
            Self::Ruby => ruby::from_environment(environment),
            Self::Other => other::from_environment(environment),
        }
    }
}
