# One statement a line, in the session that is named before it; `a` where none is named.
# `b> …` leaves session b waiting, `b<` takes its answer.
# Connections
SELECT @@max_allowed_packet, @@autocommit, @@sql_mode, @@time_zone, @@character_set_client
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@collation_connection AS c, @@global.autocommit
SET NAMES utf8mb4
SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
SELECT @@sql_mode, @@time_zone, @@collation_connection, 'x', CONCAT('a', 'b'), CURRENT_USER()
SET character_set_results = NULL
SELECT 'x', CURRENT_USER(), @@time_zone, @@character_set_results
SHOW WARNINGS
SET NAMES utf8
SHOW WARNINGS
SELECT 'x', CURRENT_USER(), @@character_set_client
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci'
SET character_set_client = utf8mb4, character_set_connection = utf8mb4, character_set_results = 'utf8mb4'
SET CHARACTER SET utf8mb4
SET sql_mode = 'STRICT_TRANS_TABLES'
SHOW WARNINGS
SET sql_mode = DEFAULT
SET @@session.autocommit = OFF
SELECT @@autocommit
SET autocommit = 1, foreign_key_checks = 0
SELECT @@foreign_key_checks
SET autocommit = 2
SHOW WARNINGS
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
SET SESSION innodb_lock_wait_timeout = 1
SELECT @@innodb_lock_wait_timeout
SELECT @@transaction_isolation, @@session.transaction_read_only, @@auto_increment_offset
SHOW VARIABLES LIKE 'autocommit'
SHOW GLOBAL VARIABLES LIKE 'sql_mode'
SHOW STATUS LIKE 'ssl_version'
SHOW SESSION STATUS LIKE 'Ssl_version'
# Values
SELECT 1, -1, 0, 12345678901, 'a', '', NULL, TRUE, FALSE AS f, 'é'
SELECT 18446744073709551615, 9223372036854775807, -9223372036854775808
SELECT 1+1, 1 + 2 + 3, -5 + 3, SLEEP(0) + 7
SELECT 1 AS x, 2 `y z`, 'a' AS 'b c'
SELECT 'it''s', 'a\'b\n\%', "q", ' x'
SELECT 1 /* c */, 2 -- d
SELECT 1 FROM DUAL LIMIT 1
SELECT 1 LIMIT 0
SELECT DATABASE(), SCHEMA(), CONCAT('a', NULL)
SELECT LAST_INSERT_ID(), ROW_COUNT()
SET @x = 5, @y = 'abc', @z = NULL
SELECT @x, @y, @z, @nope, @X AS Value
DO 1
DO SLEEP(0), 2
SELECT no_such_column
SELECT *
KILL 4000000000
SELECT 1; SELECT 'b'
SELECT 1;
;
# Tables
CREATE TABLE IF NOT EXISTS t (id INT AUTO_INCREMENT PRIMARY KEY, b BIGINT, s SMALLINT, y TINYINT, o BOOLEAN, v VARCHAR(50) NOT NULL, x TEXT, d INT NOT NULL DEFAULT 7, w VARCHAR(5) DEFAULT 'abc', ub BIGINT UNSIGNED, ui INT UNSIGNED, us SMALLINT UNSIGNED, ut TINYINT UNSIGNED) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
CREATE TABLE IF NOT EXISTS t (id INT)
SHOW WARNINGS
CREATE TABLE t (id INT)
SELECT * FROM t
SELECT id, t.v, x.id FROM t x
SELECT id AS k, x.v FROM t AS x WHERE x.id = 1
INSERT INTO t (v) VALUES ('a'), ('b')
SELECT LAST_INSERT_ID(), ROW_COUNT()
INSERT INTO t (v) VALUES ('c')
INSERT INTO t (id, v) VALUES (10, 'd')
INSERT INTO t (id, v) VALUES (0, 'e')
INSERT INTO t (id, v) VALUES (NULL, 'f'), (20, 'g'), (NULL, 'h')
INSERT INTO t (id, v) VALUES (DEFAULT, 'z')
INSERT INTO t (id, v) VALUES (30, 'z'), (NULL, 'y')
INSERT INTO t (v) VALUES ('after')
INSERT INTO t (id, v) VALUES (1, 'dup')
SHOW WARNINGS
INSERT INTO t VALUES (1)
INSERT INTO t (nope) VALUES (1)
INSERT INTO t (id, id) VALUES (1, 1)
INSERT INTO t (b) VALUES (1)
INSERT INTO t (v) VALUES (NULL)
INSERT INTO t (v) VALUES ('a'), (NULL)
INSERT INTO t (v, w) VALUES ('a', 'toolong')
INSERT INTO t (v, w) VALUES ('a', 'trail   ')
SHOW WARNINGS
INSERT INTO t (v, y) VALUES ('a', 128)
INSERT INTO t (v, ui) VALUES ('a', -1)
INSERT INTO t (v, ub, us, ut) VALUES ('a', 18446744073709551615, 65535, 255)
INSERT INTO t (v, b) VALUES ('a', 'x')
SELECT id, v, w, d, ub FROM t
SELECT COUNT(*), 1 AS one FROM t
SELECT COUNT(*) FROM t WHERE id > 5
SELECT id FROM t ORDER BY id DESC LIMIT 2 OFFSET 1
SELECT v FROM t ORDER BY t.id DESC LIMIT 1
SELECT id FROM t LIMIT 1, 2
SELECT id, v FROM t WHERE v = 'A'
SELECT id FROM t WHERE v <> 'a' AND NOT id = 2
SELECT id FROM t WHERE b IS NULL AND NOT id = 2 OR id > 20
SELECT id FROM t WHERE d = 7 AND (id < 3 OR id >= 30)
SELECT id FROM t WHERE b = NULL
SELECT nope FROM t
SELECT id FROM t WHERE nope = 1
SELECT id FROM t ORDER BY nope
SELECT id FROM t AS x WHERE t.id = 1
SELECT * FROM nope
UPDATE t SET b = 5 WHERE id = 1
UPDATE t SET b = 5 WHERE id = 1
f: UPDATE t SET b = 5 WHERE id = 1
UPDATE t SET b = b + 1, s = 3 WHERE id = 1
UPDATE t SET b = 9223372036854775807 WHERE id = 2
UPDATE t SET b = b + 1 WHERE id = 2
UPDATE t SET d = DEFAULT, w = 'x' WHERE id = 2
UPDATE t SET s = 4
UPDATE t SET s = 4 WHERE s = 4
UPDATE t SET v = NULL WHERE id = 1
UPDATE t SET y = 1000 WHERE id = 1
UPDATE t SET w = 'toolong' WHERE id = 1
UPDATE t SET w = 'cut      ' WHERE id = 1
SHOW WARNINGS
UPDATE t SET nope = 1
UPDATE t SET b = 1 WHERE id = 999
SELECT b, s, w, d FROM t WHERE id = 1
DELETE FROM t WHERE id = 1
DELETE FROM t WHERE id = 1
DELETE FROM t WHERE v = 'nobody'
DELETE FROM t
DELETE FROM nope
DROP TABLE t
DROP TABLE t
DROP TABLE IF EXISTS t
SHOW WARNINGS
CREATE TABLE z (a INT PRIMARY KEY, b INT PRIMARY KEY)
CREATE TABLE z (a INT, a INT)
CREATE TABLE z (a INT AUTO_INCREMENT)
CREATE TABLE z (a INT NULL PRIMARY KEY)
CREATE TABLE z (a VARCHAR(20000))
CREATE TABLE z (b INT NOT NULL DEFAULT NULL)
CREATE TABLE z (a TINYINT DEFAULT 300)
CREATE TABLE z (a INT, PRIMARY KEY (b))
CREATE TABLE z (a TEXT DEFAULT 'x')
CREATE TABLE `a ` (a INT)
CREATE TABLE z (`a ` INT)
CREATE TABLE z (n INT)
SELECT n FROM z
INSERT INTO z VALUES (1), (2), (NULL)
SELECT * FROM z
SELECT n FROM z ORDER BY n DESC
SELECT COUNT(*) FROM z
UPDATE z SET n = n + 1
DELETE FROM z WHERE n IS NULL
DROP TABLE z
CREATE TABLE auto (a TINYINT AUTO_INCREMENT PRIMARY KEY, b INT)
INSERT INTO auto VALUES (127, 1)
INSERT INTO auto (b) VALUES (1)
INSERT INTO auto VALUES (-5, 1)
DROP TABLE auto
# Transactions
CREATE TABLE t (id INT PRIMARY KEY, n INT)
SELECT * FROM t
INSERT INTO t VALUES (10, 0), (20, 0), (30, 0)
BEGIN
SELECT n FROM t WHERE id = 10
b: UPDATE t SET n = 1 WHERE id = 10
SELECT n FROM t WHERE id = 10
UPDATE t SET n = n + 10 WHERE id = 10
SELECT n FROM t WHERE id = 10
ROLLBACK
SELECT n FROM t WHERE id = 10
START TRANSACTION READ WRITE
INSERT INTO t VALUES (40, 1), (10, 1)
SELECT COUNT(*) FROM t
COMMIT
START TRANSACTION READ ONLY
INSERT INTO t VALUES (41, 1)
COMMIT
START TRANSACTION WITH CONSISTENT SNAPSHOT
b: DELETE FROM t WHERE id = 30
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
INSERT INTO t VALUES (50, 0)
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
b: UPDATE t SET n = 9
b: SELECT n FROM t WHERE id = 10
c> UPDATE t SET n = n + 5 WHERE id = 10
COMMIT
c<
SELECT n FROM t WHERE id = 10
BEGIN
INSERT INTO t VALUES (60, 1)
b: INSERT INTO t VALUES (60, 2)
c> INSERT INTO t VALUES (60, 2)
COMMIT
c<
BEGIN
INSERT INTO t VALUES (70, 1)
c> INSERT INTO t VALUES (70, 2)
ROLLBACK
c<
BEGIN
UPDATE t SET n = 1 WHERE id = 200
b: INSERT INTO t VALUES (201, 1)
b: INSERT INTO t VALUES (15, 1)
b: UPDATE t SET n = 1 WHERE id = 202
COMMIT
BEGIN
UPDATE t SET n = 1 WHERE n = 77
b: INSERT INTO t VALUES (1, 1)
b: UPDATE t SET n = 1 WHERE id = 10
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
BEGIN
SELECT n FROM t WHERE id = 10
c> DROP TABLE t
COMMIT
c<
SELECT * FROM t
