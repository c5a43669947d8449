//! What the fuzz targets call. Nothing here is meant for anybody else.

use crate::mysql;

/// Feeds the input to the MySQL server's packet reader in pieces whose length the input decides, and
/// each packet to what reads a client's packets during a login and as parameters of a prepared
/// statement.
///
/// # Panics
///
/// If the reader asks for nothing while a packet is incomplete, which would make a connection wait
/// for ever.
pub fn mysql_packets(input: &[u8]) {
    mysql::feed(input);
}
