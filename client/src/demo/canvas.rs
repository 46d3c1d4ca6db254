//! Drawing in memory: enough for a screen that looks like one.

use super::letters;

/// The screen that is drawn, whatever the width that is asked for.
pub(super) const SCREEN: (f32, f32) = (1920.0, 1080.0);

pub(super) type Colour = [u8; 3];

/// A box: left, top, width, height on the screen.
pub(super) type Area = [f32; 4];

/// Pixels that the screen is scaled down to.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    scale: f32,
    pixels: Vec<u8>,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "pixels of at most 1920")]
impl Canvas {
    /// A black screen, `width` pixels wide.
    pub(super) fn new(width: u32) -> Self {
        let scale = width.clamp(1, 1920) as f32 / SCREEN.0;
        let (width, height) = ((SCREEN.0 * scale).round() as usize, ((SCREEN.1 * scale).round() as usize).max(1));
        Self { width, height, scale, pixels: vec![0; width * height * 3] }
    }

    /// The whole screen, from one colour at the top to another at the bottom.
    pub(super) fn gradient(&mut self, top: Colour, bottom: Colour) {
        for y in 0..self.height {
            let part = y as f32 / self.height as f32;
            let mixed = mix(top, bottom, part);
            for x in 0..self.width {
                self.blend(x, y, mixed, 1.0);
            }
        }
    }

    /// A box with hard edges; what is smaller than a pixel shows as much as it covers.
    pub(super) fn fill(&mut self, [x, y, w, h]: Area, colour: Colour, alpha: f32) {
        let (left, top, right, bottom) = (x * self.scale, y * self.scale, (x + w) * self.scale, (y + h) * self.scale);
        let overlap = |pixel: usize, from: f32, to: f32| ((pixel + 1) as f32).min(to) - (pixel as f32).max(from);
        for row in top.max(0.0) as usize..(bottom.ceil().max(0.0) as usize).min(self.height) {
            for column in left.max(0.0) as usize..(right.ceil().max(0.0) as usize).min(self.width) {
                let covered = overlap(row, top, bottom).max(0.0) * overlap(column, left, right).max(0.0);
                self.blend(column, row, colour, alpha * covered);
            }
        }
    }

    /// A box with round corners.
    pub(super) fn round(&mut self, [x, y, w, h]: Area, radius: f32, colour: Colour, alpha: f32) {
        let (half_width, half_height) = (w * self.scale / 2.0, h * self.scale / 2.0);
        let (middle_x, middle_y) = (x * self.scale + half_width, y * self.scale + half_height);
        let radius = (radius * self.scale).min(half_width).min(half_height);
        let (top, bottom) = ((middle_y - half_height - 1.0).max(0.0) as usize, (middle_y + half_height + 1.0).max(0.0) as usize);
        let (left, right) = ((middle_x - half_width - 1.0).max(0.0) as usize, (middle_x + half_width + 1.0).max(0.0) as usize);
        for row in top..bottom.min(self.height) {
            for column in left..right.min(self.width) {
                let from_x = ((column as f32 + 0.5 - middle_x).abs() - half_width + radius).max(0.0);
                let from_y = ((row as f32 + 0.5 - middle_y).abs() - half_height + radius).max(0.0);
                let distance = from_x.hypot(from_y) - radius;
                self.blend(column, row, colour, alpha * (0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }

    /// A line of text, each letter in a cell `size` high and 0.6 times as wide.
    pub(super) fn text(&mut self, x: f32, y: f32, size: f32, text: &str, colour: Colour) {
        let dot = size * 0.1;
        for (index, letter) in text.chars().enumerate() {
            let left = x + index as f32 * dot * 6.0;
            for (column, row, rows) in letters::runs(letter) {
                let (column, row, rows) = (f32::from(column), f32::from(row), f32::from(rows));
                self.fill([left + column * dot, y + (row + 1.0) * dot, dot, rows * dot], colour, 1.0);
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, alpha: f32) {
        let start = (y * self.width + x) * 3;
        let Some(pixel) = self.pixels.get_mut(start..start + 3) else { return };
        for (old, new) in pixel.iter_mut().zip(colour) {
            *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * alpha).round() as u8;
        }
    }

    /// As PNG.
    pub(super) fn into_png(self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn mix(from: Colour, to: Colour, part: f32) -> Colour {
    let [red, green, blue] = from;
    let channel = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * part) as u8;
    [channel(red, to[0]), channel(green, to[1]), channel(blue, to[2])]
}
