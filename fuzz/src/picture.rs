//! The target for pictures of a machine's screen as QEMU sends them. This file is also compiled into `tests/picture.rs`, so that the corpus
//! runs on every `cargo test`; `crate::reader` is the service's module in both.

use crate::reader::Picture;

/// What was read as a picture, in whichever format, is the same after it was written, and can be made smaller.
pub fn picture(input: &[u8]) {
    for picture in [Picture::from_ppm(input.to_vec()), Picture::from_png(input)].into_iter().flatten() {
        let narrow = picture.clone().narrowed(3);
        for picture in [picture, narrow] {
            let written = picture.to_png().expect("what was read can be written");
            assert_eq!(Picture::from_png(&written).as_ref(), Some(&picture));
        }
    }
}
