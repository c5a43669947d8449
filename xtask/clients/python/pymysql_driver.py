"""Python tab, with the other common driver."""

import os

import pymysql
from credential import credential
from work import work

# acquire token
access_token = credential().get_token('https://ossrdbms-aad.database.windows.net/.default')

# open connect to Azure MySQL with the access token.
connection = pymysql.connect(
    user=os.getenv('AZURE_MYSQL_USER'),
    password=access_token.token,
    host=os.getenv('AZURE_MYSQL_HOST'),
    port=int(os.getenv('AZURE_MYSQL_PORT', '3306')),
    database=os.getenv('AZURE_MYSQL_NAME'),
    ssl_ca=os.getenv('AZURE_MYSQL_SSL_CA'),
    ssl_verify_cert=True,
    ssl_verify_identity=True,
)
work(connection, 'python_pymysql')
