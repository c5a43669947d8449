"""The credential of each zone of the page's Python tab: the variables tell which."""

import os

from azure.identity import ClientSecretCredential, ManagedIdentityCredential


def credential():
    client_id = os.getenv('AZURE_MYSQL_CLIENTID')
    client_secret = os.getenv('AZURE_MYSQL_CLIENTSECRET')
    if client_secret:
        # service principal
        return ClientSecretCredential(
            tenant_id=os.getenv('AZURE_MYSQL_TENANTID'),
            client_id=client_id,
            client_secret=client_secret,
            # The emulator's authority is none of those that the library knows.
            disable_instance_discovery=True,
        )
    if client_id:
        # user assigned managed identity
        return ManagedIdentityCredential(client_id=client_id)
    # system assigned managed identity
    return ManagedIdentityCredential()
