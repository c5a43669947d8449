"""Django tab: the settings of the page, and what a project of Django's own making has besides."""

import os
import sys
from pathlib import Path

import pymysql

# The credential of each zone is that of the Python tab.
sys.path.append(str(Path(__file__).parent.parent / 'python'))
from credential import credential

# Django's own choice, mysqlclient, has to be compiled, with a C client library. PyMySQL stands in
# for it: https://pymysql.readthedocs.io/
pymysql.install_as_MySQLdb()

accessToken = credential().get_token('https://ossrdbms-aad.database.windows.net/.default')

# in your setting file, eg. settings.py
host = os.getenv('AZURE_MYSQL_HOST')
database = os.getenv('AZURE_MYSQL_NAME')
user = os.getenv('AZURE_MYSQL_USER')
password = accessToken.token # this is accessToken acquired from above step.

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.mysql',
        'NAME': database,
        'USER': user,
        'PASSWORD': password,
        'HOST': host,
        # The page names no port. Azure's is Django's default, and the emulator's another.
        'PORT': os.getenv('AZURE_MYSQL_PORT', '3306'),
        # The page names no CA, and does not verify the server. With mysqlclient this is
        # {'ssl': {'ca': …}, 'ssl_mode': 'VERIFY_IDENTITY'}.
        'OPTIONS': {
            'ssl_ca': os.getenv('AZURE_MYSQL_SSL_CA'),
            'ssl_verify_cert': True,
            'ssl_verify_identity': True,
        },
    }
}

# The apps of `django-admin startproject` that have tables.
INSTALLED_APPS = [
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
]
MIDDLEWARE = [
    'django.contrib.sessions.middleware.SessionMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
]
TEMPLATES = [
    {
        'BACKEND': 'django.template.backends.django.DjangoTemplates',
        'OPTIONS': {
            'context_processors': [
                'django.template.context_processors.request',
                'django.contrib.auth.context_processors.auth',
                'django.contrib.messages.context_processors.messages',
            ],
        },
    }
]
# It signs sessions, of which there are none here.
SECRET_KEY = 'not a secret'
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
USE_TZ = True
