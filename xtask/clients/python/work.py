"""A small unit of work on any DB-API connection, and the line that says who did it."""

import os


def work(connection, table):
    cursor = connection.cursor()
    cursor.execute(
        f'CREATE TABLE IF NOT EXISTS {table} '
        '(id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)'
    )
    note = f'written by process {os.getpid()}'
    cursor.execute(f'INSERT INTO {table} (note) VALUES (%s)', (note,))
    connection.commit()
    cursor.execute(f'SELECT note FROM {table} WHERE id = %s', (cursor.lastrowid,))
    assert cursor.fetchone() == (note,)
    cursor.execute('SELECT CURRENT_USER(), VERSION()')
    user, version = cursor.fetchone()
    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_version'")
    _, tls = cursor.fetchone()
    print(f'logged in as {user} to {version} over {tls}')
    connection.close()
