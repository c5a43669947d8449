CREATE TABLE a (id INT NOT NULL AUTO_INCREMENT, name VARCHAR(50) DEFAULT 'x' COMMENT 'a name', PRIMARY KEY (id), KEY idx_name (name)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='things'
CREATE TABLE a (id INT)
CREATE TABLE IF NOT EXISTS a (id INT)
CREATE TABLE b (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, aid INT, CONSTRAINT fk_a FOREIGN KEY (aid) REFERENCES a (id) ON DELETE CASCADE, CHECK (aid > 0))
INSERT INTO b (aid) VALUES (1)
INSERT INTO a (name) VALUES ('one'), ('two')
INSERT INTO b (id, aid) VALUES (1, 1), (2, 2), (3, NULL)
INSERT INTO b (aid) VALUES (-1)
UPDATE b SET aid = 77 WHERE aid = 2
DELETE FROM a WHERE id = 1
DROP TABLE a
TRUNCATE a
CREATE TABLE r (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES r (id))
INSERT INTO r VALUES (1, NULL), (2, 1)
DELETE FROM r WHERE id = 1
UPDATE r SET id = 5 WHERE id = 1
ALTER TABLE a ADD COLUMN age INT NOT NULL DEFAULT 3, ADD COLUMN first INT FIRST, ADD COLUMN mid INT AFTER id
SELECT * FROM a ORDER BY id
ALTER TABLE a DROP COLUMN first
ALTER TABLE a RENAME COLUMN mid TO middle
ALTER TABLE a MODIFY COLUMN middle VARCHAR(10)
ALTER TABLE a CHANGE COLUMN middle mid2 BIGINT
ALTER TABLE a ADD UNIQUE INDEX u_age (age, name)
ALTER TABLE a DROP INDEX u_age
ALTER TABLE a ALTER COLUMN age SET DEFAULT 9
ALTER TABLE a DROP COLUMN nope
ALTER TABLE a ADD COLUMN name INT
ALTER TABLE nope ADD COLUMN x INT
INSERT INTO a (name) VALUES ('three')
SELECT * FROM a ORDER BY id
CREATE INDEX i1 ON a (age)
CREATE INDEX i1 ON a (age)
CREATE UNIQUE INDEX i2 ON a (name)
CREATE INDEX i3 ON a (nope)
DROP INDEX i1 ON a
DROP INDEX i1 ON a
RENAME TABLE a TO a2
SELECT COUNT(*) FROM a2
SELECT COUNT(*) FROM a
ALTER TABLE a2 RENAME TO a3
SHOW TABLES
SHOW COLUMNS FROM a3
DESCRIBE b
DROP TABLE IF EXISTS nope
DROP TABLE nope
DROP TABLE b, a3
CREATE TABLE e (id INT, id INT)
CREATE TABLE e (id INT PRIMARY KEY, x INT PRIMARY KEY)
CREATE TABLE e (id INT AUTO_INCREMENT)
CREATE TABLE e (a INT, KEY (b))
CREATE TABLE e (a INT NOT NULL DEFAULT NULL)
CREATE TABLE e (a INT DEFAULT 'x')
CREATE TABLE e (a TEXT DEFAULT 'x')
CREATE TABLE e (a DATETIME(7))
CREATE TABLE e (a VARCHAR(99999))
CREATE TABLE e (a INT, FOREIGN KEY (a) REFERENCES nope (id))
CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)
INSERT INTO _sqlx_migrations ( version, description, success, checksum, execution_time ) VALUES ( 1, 'x', FALSE, x'00ff', -1 )
UPDATE _sqlx_migrations SET success = TRUE WHERE version = 1
SELECT version, description, success, checksum, execution_time FROM _sqlx_migrations WHERE success = true ORDER BY version
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)
INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000')
CREATE TABLE IF NOT EXISTS `seaql_migrations` ( `version` varchar(255) NOT NULL PRIMARY KEY, `applied_at` bigint NOT NULL )
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'seaql_migrations'
SELECT table_name AS table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name
SELECT column_name, data_type, column_type, is_nullable, column_key, column_default, extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '_sqlx_migrations' ORDER BY ordinal_position
SELECT index_name, column_name, non_unique, seq_in_index FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'r' ORDER BY index_name
CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY, s VARCHAR(5))
INSERT INTO tmp VALUES (1,'x')
SELECT * FROM tmp
DROP TEMPORARY TABLE tmp
SELECT * FROM tmp
CREATE VIEW vw AS SELECT 1
CREATE TABLE c2 AS SELECT 1 AS one
DROP TABLE r
CREATE TABLE ci (name VARCHAR(5) COLLATE utf8mb4_bin UNIQUE)
INSERT INTO ci VALUES ('a'), ('A')
INSERT INTO ci VALUES ('a')
CREATE TABLE nn (id INT NULL, x INT NOT NULL)
ALTER TABLE nn MODIFY id INT NOT NULL
SHOW CREATE TABLE nn
