# One statement a line, in the session that is named before it; `a` where none is named.
# `b> …` leaves session b waiting, `b<` takes its answer.
# Connections
SELECT @@max_allowed_packet, @@autocommit, @@sql_mode, @@time_zone, @@character_set_client
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@collation_connection AS c
SET NAMES utf8mb4
SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
SELECT @@sql_mode, @@time_zone, @@collation_connection, 'x', CURRENT_USER()
SET character_set_results = NULL
SELECT 'x', CURRENT_USER(), @@time_zone, @@character_set_results
SHOW WARNINGS
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci'
SET character_set_client = utf8mb4, character_set_connection = utf8mb4, character_set_results = 'utf8mb4'
SET sql_mode = 'STRICT_TRANS_TABLES'
SHOW WARNINGS
SET sql_mode=CONCAT(@@sql_mode,',NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO')
SET @@session.autocommit = OFF
SELECT @@autocommit
SET autocommit = 1
SET autocommit = 2
SHOW WARNINGS
SET SESSION innodb_lock_wait_timeout = 1
SELECT @@innodb_lock_wait_timeout
SELECT @@transaction_isolation, @@session.transaction_read_only
SELECT @@character_set_client AS a, @@character_set_connection, @@character_set_results, @@character_set_server, @@collation_server, @@init_connect, @@interactive_timeout, @@license
SHOW VARIABLES LIKE 'autocommit'
SHOW VARIABLES LIKE 'sql_mode'
SHOW GLOBAL STATUS LIKE 'Ssl_version'
SHOW STATUS LIKE 'ssl_version'
SHOW SESSION STATUS LIKE 'Ssl_version'
# Values
SELECT 1, -1, 0, 12345678901, 'a', '', NULL, TRUE, FALSE AS f, 'é'
SELECT 9223372036854775807, -9223372036854775808
SELECT SLEEP(0), SLEEP(0.01), SLEEP(0) + 7, SLEEP(0) + 0
SELECT 1 AS x, 2 `y z`
SELECT 'it''s', 'a\'b\n\%', "q"
SELECT 1 /* c */, 2 -- d
SELECT 1 LIMIT 1
SELECT DATABASE(), SCHEMA(), LAST_INSERT_ID()
SET @x = 5, @y = 'abc'
SELECT @x, @y, @nope, @X AS Value
SET character_set_results = NULL
SELECT @y
SET NAMES utf8mb4
DO 1
DO SLEEP(0), 2
SELECT no_such_column
SELECT *
KILL 4000000000
SELECT 1; SELECT 'b'
SELECT 1;
;
# Tables
CREATE TABLE IF NOT EXISTS t (id INT AUTO_INCREMENT PRIMARY KEY, b BIGINT, o BOOLEAN, v VARCHAR(5) NOT NULL, x TEXT)
CREATE TABLE IF NOT EXISTS t (id INT)
SHOW WARNINGS
CREATE TABLE t (id INT)
CREATE TABLE `k` ( `id` bigint NOT NULL AUTO_INCREMENT, `n` integer, PRIMARY KEY (`id`) )
INSERT INTO k (n) VALUES (1)
SELECT * FROM k
DROP TABLE k
SELECT * FROM t
SELECT `t`.`id`, t.v, x.id FROM t
SELECT ID, V AS w, 1 AS one FROM t
INSERT INTO t (v) VALUES ('a')
SELECT v FROM t WHERE id = '1'
SELECT LAST_INSERT_ID()
INSERT INTO t (`v`, b) VALUES ('c', -7)
INSERT INTO t (id, v) VALUES (10, 'd')
INSERT INTO t (id, v) VALUES (0, 'e')
INSERT INTO t (id, v) VALUES (NULL, 'f')
INSERT INTO t (id, v) VALUES (1, 'dup')
SHOW WARNINGS
INSERT INTO t (v) VALUES ('after')
INSERT INTO t VALUES (1)
INSERT INTO t (nope) VALUES (1)
INSERT INTO t (b) VALUES (1)
INSERT INTO t (v) VALUES (NULL)
INSERT INTO t (v) VALUES ('toolong')
INSERT INTO t (v, o) VALUES ('a', 128)
INSERT INTO t (v, b) VALUES ('a', 9223372036854775807)
SELECT id, v, b, o, x FROM t
SELECT COUNT(*), 1 AS one FROM t
SELECT COUNT(*) FROM t WHERE v = 'A'
SELECT COUNT(*) FROM t WHERE id = 10
SELECT id FROM t
SELECT 1 FROM t LIMIT 2
SELECT id FROM t ORDER BY id DESC LIMIT 2
SELECT v FROM t ORDER BY t.id DESC LIMIT 1
SELECT id, v FROM t ORDER BY id
SELECT id, v FROM t WHERE v = 'A'
SELECT id FROM t WHERE (`t`.`id` = 1) AND (v = 'a' AND b = 2)
SELECT v FROM t WHERE `id` = 10 LIMIT 1
SELECT v FROM t WHERE id = 999
SELECT id FROM t WHERE id = 999
SELECT 1 FROM t ORDER BY id LIMIT 1
SELECT CURRENT_USER(), 1 FROM t WHERE v = 'nobody' LIMIT 1
SELECT nope FROM t
SELECT id FROM t WHERE nope = 1
SELECT id FROM t ORDER BY nope
SELECT * FROM nope
UPDATE t SET b = 5 WHERE id = 1
UPDATE t SET b = 5 WHERE id = 1
f: UPDATE t SET b = 5 WHERE id = 1
UPDATE t SET b = b + 1, x = 'y' WHERE id = 1
UPDATE t SET b = 1 WHERE id = 1 AND v = 'nobody'
UPDATE t SET v = NULL WHERE id = 1
UPDATE t SET o = 1000 WHERE id = 1
UPDATE t SET v = 'toolong' WHERE id = 1
UPDATE t SET nope = 1 WHERE id = 1
UPDATE t SET b = 1 WHERE id = 999
SELECT * FROM t WHERE id = 1
DELETE FROM t WHERE id = 1 AND v = 'nobody'
DELETE FROM t WHERE id = 1
DELETE FROM t WHERE id = 1
DELETE FROM nope WHERE id = 1
DROP TABLE t
DROP TABLE t
DROP TABLE IF EXISTS t
SHOW WARNINGS
CREATE TABLE z (n INT)
SELECT n FROM z
INSERT INTO z VALUES (1)
INSERT INTO z VALUES (NULL)
SELECT * FROM z
SELECT 1 FROM z
SELECT COUNT(*) FROM z
SELECT n FROM z WHERE n = 1
DROP TABLE z
# Transactions
CREATE TABLE t (id INT PRIMARY KEY, n INT)
SELECT * FROM t
INSERT INTO t VALUES (10, 0)
INSERT INTO t VALUES (20, 0)
INSERT INTO t VALUES (30, 0)
BEGIN
SELECT n FROM t WHERE id = 10
b: UPDATE t SET n = 1 WHERE id = 10
b: DELETE FROM t WHERE id = 30
b: INSERT INTO t VALUES (40, 0)
SELECT * FROM t
UPDATE t SET n = n + 10 WHERE id = 10
SELECT n FROM t WHERE id = 10
INSERT INTO t VALUES (10, 1)
SELECT * FROM t
ROLLBACK
SELECT * FROM t
START TRANSACTION
INSERT INTO t VALUES (50, 1)
DELETE FROM t WHERE id = 40
INSERT INTO t VALUES (40, 2)
SELECT * FROM t
COMMIT
SELECT * FROM t
BEGIN
SELECT COUNT(*) FROM t
b: CREATE TABLE young (id INT PRIMARY KEY)
# `SELECT * FROM young` is error 1412 here, too, but MySQL sends the columns before it.
COMMIT
SELECT COUNT(*) FROM t
DROP TABLE young
SET autocommit = 0
SELECT 1
SELECT n FROM t WHERE id = 20
UPDATE t SET n = 5 WHERE id = 20
SET autocommit = 1
SELECT n FROM t WHERE id = 20
BEGIN
INSERT INTO t VALUES (60, 0)
CREATE TABLE other (n INT)
ROLLBACK
SELECT id FROM t
DROP TABLE other
# Locks
b: SET innodb_lock_wait_timeout = 1
c: SET innodb_lock_wait_timeout = 30
BEGIN
UPDATE t SET n = 1 WHERE id = 10
b: UPDATE t SET n = 2 WHERE id = 20
b: UPDATE t SET n = 2 WHERE id = 10
b: SELECT n FROM t WHERE id = 10
c> UPDATE t SET n = n + 5 WHERE id = 10
COMMIT
c<
SELECT n FROM t WHERE id = 10
BEGIN
INSERT INTO t VALUES (70, 1)
b: INSERT INTO t VALUES (70, 2)
c> INSERT INTO t VALUES (70, 2)
COMMIT
c<
BEGIN
INSERT INTO t VALUES (80, 1)
c> INSERT INTO t VALUES (80, 2)
ROLLBACK
c<
BEGIN
DELETE FROM t WHERE id = 80
b: INSERT INTO t VALUES (80, 1)
c> INSERT INTO t VALUES (80, 3)
COMMIT
c<
SELECT * FROM t
BEGIN
UPDATE t SET n = 1 WHERE id = 200
b: INSERT INTO t VALUES (201, 1)
b: INSERT INTO t VALUES (15, 1)
b: UPDATE t SET n = 1 WHERE id = 202
COMMIT
BEGIN
INSERT INTO t VALUES (10, 1)
b: UPDATE t SET n = 3 WHERE id = 10
b: INSERT INTO t VALUES (10, 1)
ROLLBACK
c: BEGIN
BEGIN
UPDATE t SET n = 1 WHERE id = 10
c: UPDATE t SET n = 1 WHERE id = 20
c> UPDATE t SET n = 1 WHERE id = 10
UPDATE t SET n = 1 WHERE id = 20
c<
c: COMMIT
ROLLBACK
c: BEGIN
c: INSERT INTO t VALUES (91, 1)
c: UPDATE t SET n = 2 WHERE id = 10
BEGIN
UPDATE t SET n = 3 WHERE id = 20
c> UPDATE t SET n = 4 WHERE id = 20
UPDATE t SET n = 5 WHERE id = 10
c<
c: COMMIT
SELECT * FROM t
BEGIN
SELECT n FROM t WHERE id = 10
c> DROP TABLE t
COMMIT
c<
SELECT * FROM t
