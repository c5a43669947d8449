"""How long a connect of the page's Python tab takes, in the median, with the driver that is named."""

import importlib
import json
import os
import statistics
import sys
import time

driver = importlib.import_module(sys.argv[1])


def connect():
    # As in mysql_connector.py and pymysql_driver.py, which get the token from azure-identity.
    return driver.connect(
        user=os.getenv('AZURE_MYSQL_USER'),
        password=os.getenv('ACCESS_TOKEN'),
        host=os.getenv('AZURE_MYSQL_HOST'),
        port=int(os.getenv('AZURE_MYSQL_PORT', '3306')),
        database=os.getenv('AZURE_MYSQL_NAME'),
        ssl_ca=os.getenv('AZURE_MYSQL_SSL_CA'),
        ssl_verify_cert=True,
        ssl_verify_identity=True,
    )


times = []
for _ in range(int(os.getenv('CONNECTS'))):
    started = time.perf_counter()
    connect().close()
    times.append((time.perf_counter() - started) * 1000)
# The first one loads what later ones have.
print(json.dumps({'milliseconds': statistics.median(times[1:])}))
