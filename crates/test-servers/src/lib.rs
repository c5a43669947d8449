//! Real MySQL and MariaDB servers on loopback, for tests and the demo.
