"""Django tab: the tables of the built-in apps are made, and used over the ORM."""

import os

import django
from django.core.management import call_command
from django.db import connection

os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'
django.setup()
call_command('migrate', verbosity=0)

from django.contrib.auth.models import User

# Two zones' programs share a database.
name = f'process-{os.getpid()}'
User.objects.create_user(name, email='app@example.com', first_name='Zoë 🧾')
assert User.objects.get(username=name).first_name == 'Zoë 🧾'

with connection.cursor() as cursor:
    cursor.execute('SELECT CURRENT_USER(), VERSION()')
    user, version = cursor.fetchone()
    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_version'")
    _, tls = cursor.fetchone()
print(f'logged in as {user} to {version} over {tls}')
