//! The icon as pixels, for panels whose icon theme does not have ours: a screen with a triangle on it, and a red disc in its
//! corner when somebody should look.

use ksni::Icon;

/// The icon's name in icon themes.
pub const NAME: &str = "org.kvmmanager.Manager-tray-symbolic";

const SIZES: [i32; 3] = [16, 24, 48];
/// Each pixel is looked at this many times in each direction.
const FINENESS: i32 = 4;

/// Red, green, blue.
type Colour = [u8; 3];
const BLUE: Colour = [0x2f, 0x5f, 0xd9];
const WHITE: Colour = [0xff, 0xff, 0xff];
const RED: Colour = [0xd0, 0x1f, 0x2e];

/// The icon in the sizes of panels.
#[must_use]
pub fn pixmaps(attention: bool) -> Vec<Icon> {
    SIZES.map(|size| Icon { width: size, height: size, data: draw(size, attention) }).to_vec()
}

/// ARGB, most significant byte first.
fn draw(size: i32, attention: bool) -> Vec<u8> {
    (0..size * size).flat_map(|at| pixel(at % size, at / size, size, attention)).collect()
}

fn pixel(x: i32, y: i32, size: i32, attention: bool) -> [u8; 4] {
    let (mut sum, mut covered) = ([0_i32; 3], 0);
    for step in 0..FINENESS * FINENESS {
        // In parts of 480, so that every size has whole numbers.
        let part = |at: i32, step: i32| (at * FINENESS + step) * 480 / (size * FINENESS) + 240 / (size * FINENESS);
        if let Some(colour) = colour(part(x, step % FINENESS), part(y, step / FINENESS), attention) {
            covered += 1;
            for (sum, part) in sum.iter_mut().zip(colour) {
                *sum += i32::from(part);
            }
        }
    }
    let byte = |value: i32| u8::try_from(value).unwrap_or(u8::MAX);
    let mean = |sum: i32| byte(sum / covered.max(1));
    [byte(covered * 255 / (FINENESS * FINENESS)), mean(sum[0]), mean(sum[1]), mean(sum[2])]
}

/// What is at a place of a square of 480.
fn colour(x: i32, y: i32, attention: bool) -> Option<Colour> {
    let disc = |at: (i32, i32), radius: i32| (x - at.0).pow(2) + (y - at.1).pow(2) <= radius * radius;
    if attention && disc((370, 370), 140) {
        return if disc((370, 370), 110) { Some(RED) } else { None };
    }
    if is_in_rounded(x, y, (30, 60), (450, 420), 70) {
        let is_in_triangle = (180..=330).contains(&x) && (y - 240).abs() <= (330 - x) * 2 / 3;
        return Some(if is_in_triangle { WHITE } else { BLUE });
    }
    None
}

fn is_in_rounded(x: i32, y: i32, from: (i32, i32), to: (i32, i32), radius: i32) -> bool {
    let nearest = (x.clamp(from.0 + radius, to.0 - radius), y.clamp(from.1 + radius, to.1 - radius));
    (x - nearest.0).pow(2) + (y - nearest.1).pow(2) <= radius * radius
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_all_its_pixels() {
        for icon in pixmaps(false) {
            assert_eq!(icon.data.len(), usize::try_from(icon.width * icon.height * 4).unwrap());
        }
    }

    #[test]
    fn corners_are_clear_and_the_middle_is_not() {
        let size = 24;
        assert_eq!(pixel(0, 0, size, false)[0], 0);
        assert_eq!(pixel(12, 12, size, false)[0], 255);
        assert_eq!(pixel(4, 12, size, false), [255, BLUE[0], BLUE[1], BLUE[2]]);
    }

    #[test]
    fn attention_is_seen_by_shape_and_colour() {
        assert_ne!(draw(24, true), draw(24, false));
        assert_eq!(pixel(18, 18, 24, true), [255, RED[0], RED[1], RED[2]]);
    }
}
