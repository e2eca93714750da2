//! The words for true and false.

/// `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`, `t`/`f`, `y`/`n`, in any case.
#[inline]
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.len() {
        1..=5 => {}
        _ => return None,
    }
    match text.bytes().fold(EMPTY, pack) {
        TRUE | ONE | YES | ON | T | Y => Some(true),
        FALSE | ZERO | NO | OFF | F | N => Some(false),
        _ => None,
    }
}

/// No word yet; not zero, so that zeros in a word count.
const EMPTY: u64 = 1;

/// A short word in lower case as one number, which is compared at once.
const fn pack(word: u64, byte: u8) -> u64 {
    word << 8 | byte.to_ascii_lowercase() as u64
}

macro_rules! packed {
    ($($name:ident $word:literal)*) => {$(
        const $name: u64 = {
            let (mut packed, mut at) = (EMPTY, 0);
            while at < $word.len() {
                packed = pack(packed, $word[at]);
                at += 1;
            }
            packed
        };
    )*};
}
packed! {
    TRUE b"true" ONE b"1" YES b"yes" ON b"on" T b"t" Y b"y"
    FALSE b"false" ZERO b"0" NO b"no" OFF b"off" F b"f" N b"n"
}
