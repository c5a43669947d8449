//! Entra, managed identity and certificates of an Azure-like box, on loopback.
