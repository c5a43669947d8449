//! Whatever comes in over the network, in whatever pieces: the packet reader of the MySQL server, and
//! the packets of a client that has not logged in yet.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| azure_mysql_emulator::fuzzing::mysql_packets(input));
