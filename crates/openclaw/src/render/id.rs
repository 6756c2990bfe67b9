//! Ids as people read them.

/// The beginning of a long id: enough to find it, and to name a node by it.
pub(crate) fn short(id: &str) -> &str {
    if id.len() > LONG && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        &id[..SHOWN]
    } else {
        id
    }
}

const LONG: usize = 16;
const SHOWN: usize = 12;

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn only_long_hashes_are_cut() {
        assert_eq!(short(&"ab".repeat(32)), "abababababab");
        assert_eq!(short("kitchen-pi-of-the-house"), "kitchen-pi-of-the-house");
        assert_eq!(short("abcdef"), "abcdef");
    }
}
