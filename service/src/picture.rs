//! Pictures as QEMU delivers them: read, made smaller, written as PNG.

/// The largest side of a picture, in pixels.
const LARGEST_SIDE: usize = 8192;

/// Pixels, three bytes each, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let fits = (1..=LARGEST_SIDE).contains(&width) && (1..=LARGEST_SIDE).contains(&height) && pixels.len() == width * height * 3;
        fits.then_some(Self { width, height, pixels })
    }

    /// Reads a binary PPM (`P6`) with 8 bits per channel.
    #[must_use]
    pub fn from_ppm(mut bytes: Vec<u8>) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"P6")?;
        let mut numbers = [0; 3];
        for number in &mut numbers {
            (*number, rest) = ppm_number(rest)?;
        }
        let [width, height, 255] = numbers else { return None };
        // One white space byte separates the header from the pixels.
        let start = bytes.len() - rest.len() + 1;
        let length = width.checked_mul(height)?.checked_mul(3)?;
        if bytes.len().checked_sub(start)? < length {
            return None;
        }
        bytes.drain(..start);
        bytes.truncate(length);
        Self::new(width, height, bytes)
    }

    /// Reads a PNG of 8-bit RGB or RGBA.
    #[must_use]
    pub fn from_png(bytes: &[u8]) -> Option<Self> {
        let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), png::Limits { bytes: 256 << 20 });
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        if width > LARGEST_SIDE || height > LARGEST_SIDE {
            return None;
        }
        let mut buffer = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut buffer).ok()?;
        buffer.truncate(frame.buffer_size());
        let pixels = match frame.color_type {
            png::ColorType::Rgb => buffer,
            png::ColorType::Rgba => buffer.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
            png::ColorType::Grayscale => buffer.iter().flat_map(|value| [*value; 3]).collect(),
            png::ColorType::GrayscaleAlpha => buffer.chunks_exact(2).flat_map(|pixel| [pixel[0]; 3]).collect(),
            png::ColorType::Indexed => return None,
        };
        Self::new(width, height, pixels)
    }

    /// The picture with at most `width` columns, each pixel the mean of those it stands for.
    #[must_use]
    pub fn narrowed(self, width: u32) -> Self {
        let width = width as usize;
        if width == 0 || width >= self.width {
            return self;
        }
        let height = (self.height * width / self.width).max(1);
        let mut pixels = Vec::with_capacity(width * height * 3);
        for row in 0..height {
            let rows = row * self.height / height..((row + 1) * self.height / height).max(row * self.height / height + 1);
            for column in 0..width {
                let columns = column * self.width / width..((column + 1) * self.width / width).max(column * self.width / width + 1);
                pixels.extend(self.mean(rows.clone(), columns));
            }
        }
        Self { width, height, pixels }
    }

    fn mean(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> [u8; 3] {
        let mut sums = [0_usize; 3];
        let count = rows.len() * columns.len();
        for row in rows {
            let line = &self.pixels[(row * self.width + columns.start) * 3..(row * self.width + columns.end) * 3];
            for pixel in line.chunks_exact(3) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += usize::from(*value);
                }
            }
        }
        sums.map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX))
    }

    /// As a PNG file.
    #[must_use]
    pub fn to_png(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header().ok()?.write_image_data(&self.pixels).ok()?;
        Some(bytes)
    }
}

/// A decimal number after white space and comments; returns what follows it.
fn ppm_number(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    loop {
        match bytes.first()? {
            b'#' => bytes = &bytes[bytes.iter().position(|byte| *byte == b'\n')?..],
            byte if byte.is_ascii_whitespace() => bytes = &bytes[1..],
            _ => break,
        }
    }
    let length = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    let number = std::str::from_utf8(&bytes[..length]).ok()?.parse().ok()?;
    Some((number, &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_from_qemu_becomes_a_png_with_the_same_pixels() {
        let ppm = b"P6\n# made by a test\n2 1\n255\n\x01\x02\x03\xff\xfe\xfd";
        let picture = Picture::from_ppm(ppm.to_vec()).unwrap();
        assert_eq!(Picture::from_png(&picture.to_png().unwrap()).unwrap(), picture);
        assert_eq!(picture.pixels, [1, 2, 3, 255, 254, 253]);
    }

    #[test]
    fn pictures_that_lie_about_their_size_are_refused() {
        for bad in [
            &b"P6 2 1 255\n\x01"[..],
            b"P6 99999999999999999999 1 255\n",
            b"P6 18446744073709551615 2 255\n",
            b"P6 9000 1 255\n",
            b"P6 0 0 255\n",
            b"P5 1 1 255\n\x01",
            b"P6",
            b"",
        ] {
            assert_eq!(Picture::from_ppm(bad.to_vec()), None);
        }
    }

    #[test]
    fn a_thumbnail_is_the_mean_of_what_it_stands_for() {
        let picture = Picture::new(4, 2, [[10_u8; 3], [20; 3], [30; 3], [40; 3]].concat().repeat(2)).unwrap();
        let small = picture.narrowed(2);
        assert_eq!((small.width, small.height), (2, 1));
        assert_eq!(small.pixels, [[15_u8; 3], [35; 3]].concat());
    }
}
