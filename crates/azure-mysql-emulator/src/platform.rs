/// The kind of host on which a program under test runs.
///
/// The emulator has both endpoints for managed identities in either case; the platform decides which
/// of them programs look for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// App Service, Functions or Container Apps, which name their endpoint in `IDENTITY_ENDPOINT`.
    #[default]
    AppService,
    /// A virtual machine, where no variable names the metadata service. SDKs then ask
    /// `169.254.169.254`: see [`imds_address`](crate::EmulatorBuilder::imds_address).
    VirtualMachine,
}
