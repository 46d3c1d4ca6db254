//! From PNG to pixels of the size they are drawn in.

use std::io::Cursor;

use client::Error;
use iced::widget::image::Handle;
use png::{ColorType, Decoder, Limits, Transformations};

use super::Picture;

/// No screen has more bytes than this in RGBA; who sends more is not trusted.
const MOST_BYTES: usize = 256 << 20;

/// A picture out of a PNG, `width` pixels wide at most. With `is_whole` it is as large as the machine's screen.
///
/// # Errors
/// When it is no PNG, or a monstrous one.
pub fn decode(png: &[u8], width: u32, is_whole: bool) -> Result<Picture, Error> {
    let failed = |error: png::DecodingError| Error::Other(error.to_string());
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: MOST_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(failed)?;
    let length = reader.output_buffer_size().filter(|length| *length <= MOST_BYTES);
    let mut pixels = vec![0; length.ok_or_else(|| Error::Other("The picture is too large".to_owned()))?];
    let frame = reader.next_frame(&mut pixels).map_err(failed)?;
    pixels.truncate(frame.buffer_size());
    if frame.color_type == ColorType::GrayscaleAlpha {
        pixels = pixels.chunks_exact(2).flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect();
    }
    let screen = (frame.width, frame.height);
    let (pixels, size) = shrink(pixels, screen, width);
    let handle = Handle::from_rgba(size.0, size.1, pixels);
    Ok(Picture { handle, size, screen: is_whole.then_some(screen) })
}

/// Each pixel is the mean of those that it replaces, so that small text does not flicker from picture to picture.
fn shrink(pixels: Vec<u8>, (width, height): (u32, u32), wanted: u32) -> (Vec<u8>, (u32, u32)) {
    if width <= wanted || wanted == 0 {
        return (pixels, (width, height));
    }
    let (from, rows) = (width as usize, height as usize);
    let to = wanted as usize;
    let to_rows = (rows * to / from).max(1);
    let mut small = Vec::with_capacity(to * to_rows * 4);
    for y in 0..to_rows {
        let (top, bottom) = (y * rows / to_rows, ((y + 1) * rows / to_rows).max(y * rows / to_rows + 1));
        for x in 0..to {
            let (left, right) = (x * from / to, (x + 1) * from / to);
            let mut sum = [0_usize; 4];
            for row in top..bottom {
                for pixel in pixels[(row * from + left) * 4..(row * from + right) * 4].chunks_exact(4) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += usize::from(*part));
                }
            }
            let count = (bottom - top) * (right - left);
            small.extend(sum.map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)));
        }
    }
    (small, (wanted, u32::try_from(to_rows).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, colour: ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(colour);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        file
    }

    fn bytes(picture: &Picture) -> Vec<u8> {
        match &picture.handle {
            Handle::Rgba { pixels, .. } => pixels.to_vec(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_wide_picture_becomes_as_wide_as_wanted_and_keeps_its_shape() {
        let picture = decode(&png(4, 2, ColorType::Rgb, &[200; 24]), 2, true).unwrap();
        assert_eq!((picture.size, picture.screen), ((2, 1), Some((4, 2))));
        assert_eq!(bytes(&picture), [200, 200, 200, 255, 200, 200, 200, 255]);
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let picture = decode(&png(1, 1, ColorType::Grayscale, &[7]), 300, false).unwrap();
        assert_eq!((picture.size, picture.screen, bytes(&picture)), ((1, 1), None, vec![7, 7, 7, 255]));
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(decode(b"no picture", 10, false).is_err());
        let cut = &png(4, 4, ColorType::Rgb, &[9; 48])[..40];
        assert!(decode(cut, 10, false).is_err());
    }
}
