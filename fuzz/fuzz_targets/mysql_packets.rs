//! Whatever comes in over the network, in whatever pieces: the packet reader of the MySQL server, the
//! packets of a client that logs in, and the parameters of a prepared statement.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| azure_mysql_emulator::fuzzing::mysql_packets(input));
