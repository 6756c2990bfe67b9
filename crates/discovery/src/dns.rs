//! What is common to DNS packets of both kinds.

use simple_dns::Packet;

/// Reads a packet, unless its header counts more records than could stand in so few bytes: the
/// reader makes place for as many as are counted.
///
/// Names that point in circles end there too, for a pointer may only lead back and a name has at
/// most 255 bytes.
pub(crate) fn parse(bytes: &[u8]) -> Option<Packet<'_>> {
    /// A root name, a type and a class.
    const SMALLEST: usize = 5;
    let (header, rest) = bytes.split_first_chunk::<12>()?;
    let counts = header[4..].chunks_exact(2);
    let records: usize = counts
        .map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    if records * SMALLEST > rest.len() {
        return None;
    }
    Packet::parse(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_cannot_be_are_no_packet() {
        let liar = [
            0, 7, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ];
        assert!(parse(&liar).is_none());
        assert!(parse(&liar[..11]).is_none());
        assert!(parse(&[0; 12]).is_some());
    }
}
