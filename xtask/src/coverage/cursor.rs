//! Reads numbers and bytes from the front of a slice.

/// What is left to read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a>(&'a [u8]);

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What reading returns.
pub(super) type Read<T> = Result<T, Malformed>;

/// A malformed file, in words.
pub(super) fn malformed<T>(what: impl Into<String>) -> Read<T> {
    Err(Malformed(what.into()))
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// From this offset of the bytes on.
    pub(super) fn at(bytes: &'a [u8], offset: usize) -> Read<Self> {
        match bytes.get(offset..) {
            Some(rest) => Ok(Self(rest)),
            None => malformed(format!("nothing at offset {offset}")),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&mut self, len: usize) -> Read<&'a [u8]> {
        match self.0.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.0 = rest;
                Ok(bytes)
            }
            None => malformed(format!("{len} bytes wanted, {} left", self.0.len())),
        }
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(super) fn u16(&mut self) -> Read<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length or an offset.
    pub(super) fn size(&mut self) -> Read<usize> {
        match usize::try_from(self.u64()?) {
            Ok(size) => Ok(size),
            Err(_) => malformed("a size beyond the address space"),
        }
    }

    /// An unsigned number of seven bits a byte, the lowest first.
    pub(super) fn leb128(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        malformed("a number of more than 64 bits")
    }

    /// The same, as a length or an index.
    pub(super) fn leb_size(&mut self) -> Read<usize> {
        match usize::try_from(self.leb128()?) {
            Ok(size) => Ok(size),
            Err(_) => malformed("a size beyond the address space"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn numbers_are_read_lowest_byte_first() {
        let mut cursor = Cursor::new(&[1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(cursor.u16(), Ok(1));
        assert_eq!(cursor.u32(), Ok(2));
        assert_eq!(cursor.u64(), Ok(3));
        assert!(cursor.is_empty());
        assert!(cursor.u16().is_err());
    }

    #[test]
    fn numbers_of_seven_bits() {
        let mut cursor = Cursor::new(&[0x7f, 0xe5, 0x8e, 0x26]);
        assert_eq!(cursor.leb128(), Ok(127));
        assert_eq!(cursor.leb128(), Ok(624_485));
        assert!(Cursor::new(&[0x80]).leb128().is_err());
        assert!(Cursor::new(&[0xff; 11]).leb128().is_err());
        assert!(Cursor::at(&[1, 2], 3).is_err());
    }
}
