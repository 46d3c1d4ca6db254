//! What the screens of the machines show.

use super::{
    canvas::{Canvas, Colour, SCREEN},
    figures::unit,
    guest::Guest,
};

/// What kind of thing is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scene {
    /// A text console with a prompt to log in.
    #[default]
    Console,
    /// The log of a build.
    Build,
    /// A Linux desktop.
    Desktop,
    /// Windows.
    Windows,
}

const WHITE: Colour = [255, 255, 255];
const GREY: Colour = [170, 176, 186];
const GREEN: Colour = [74, 203, 122];
const AMBER: Colour = [242, 179, 61];
const BLUE: Colour = [107, 155, 255];
const DARK: Colour = [23, 26, 31];

/// The machine's screen as PNG, `width` pixels wide.
pub(super) fn picture(guest: &Guest, width: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut canvas = Canvas::new(width);
    match guest.scene {
        Scene::Console => console(&mut canvas, guest),
        Scene::Build => build(&mut canvas, guest.seed()),
        Scene::Desktop => desktop(&mut canvas, guest),
        Scene::Windows => windows(&mut canvas),
    }
    canvas.into_png()
}

fn console(canvas: &mut Canvas, guest: &Guest) {
    let units = ["Network", "Journal Service", "OpenSSH server", "Time Synchronization", "Login Service", "Disk Checks", "Multi-User"];
    let mut y = 24.0;
    for line in 0..22_u64 {
        let what = pick(&units, unit(guest.seed() ^ line));
        canvas.text(24.0, y, 34.0, "[  OK  ]", GREEN);
        canvas.text(216.0, y, 34.0, &format!("Started {what} of {}.", guest.machine.os_name), GREY);
        y += 38.0;
    }
    let address = guest.machine.address().unwrap_or_default();
    canvas.text(24.0, y + 38.0, 34.0, &format!("{} on tty1, {address}", guest.machine.os_name), WHITE);
    canvas.text(24.0, y + 114.0, 34.0, &format!("{} login:", guest.machine.name), WHITE);
    canvas.fill([24.0 + (f32::from(small(guest.machine.name.len())) + 8.0) * 20.4, y + 116.0, 18.0, 30.0], WHITE, 1.0);
}

fn build(canvas: &mut Canvas, seed: u64) {
    canvas.gradient([18, 20, 24], [18, 20, 24]);
    let steps = ["Compiling", "Checking", "Linking", "Testing", "Uploading", "Restoring"];
    let mut y = 20.0;
    for line in 0..28_u64 {
        let random = |what: u64| unit(seed ^ (line * 8 + what));
        let colour = pick(&[GREEN, GREEN, BLUE, AMBER], random(1));
        canvas.text(30.0, y, 32.0, &format!("{:>10}", pick(&steps, random(2))), colour);
        let crates = ["runner-core", "serde", "protocol-types", "integration", "object-store", "tls-backend"];
        canvas.text(260.0, y, 32.0, &format!("{} v{line}.4.1 in target/release", pick(&crates, random(3))), GREY);
        y += 35.0;
    }
    canvas.round([30.0, 1026.0, 1860.0, 26.0], 13.0, [43, 49, 58], 1.0);
    canvas.round([30.0, 1026.0, 1350.0, 26.0], 13.0, GREEN, 1.0);
}

fn desktop(canvas: &mut Canvas, guest: &Guest) {
    canvas.gradient([36, 48, 92], [122, 74, 130]);
    for (x, size, alpha) in [(1180.0, 900.0, 0.16), (1420.0, 700.0, 0.18), (300.0, 560.0, 0.10)] {
        canvas.round([x, 420.0, size, size], size, [255, 190, 150], alpha);
    }
    canvas.fill([0.0, 0.0, SCREEN.0, 40.0], [16, 17, 20], 1.0);
    canvas.text(910.0, 4.0, 30.0, "10:24", WHITE);
    canvas.round([150.0, 120.0, 1020.0, 660.0], 16.0, [12, 14, 18], 0.25);
    canvas.round([140.0, 110.0, 1020.0, 660.0], 16.0, [250, 250, 251], 1.0);
    canvas.fill([140.0, 160.0, 240.0, 590.0], [235, 237, 241], 1.0);
    for row in 0..7_u8 {
        let y = 186.0 + f32::from(row) * 56.0;
        canvas.text(170.0, y, 28.0, pick(&["Home", "Documents", "Projects", "Music"], unit(u64::from(row))), [75, 84, 98]);
        for column in 0..4_u8 {
            let colour = pick(&[BLUE, AMBER, GREEN, [168, 57, 143]], unit(guest.seed() ^ u64::from(row * 4 + column)));
            if row % 2 == 0 {
                canvas.round([430.0 + f32::from(column) * 180.0, y, 110.0, 86.0], 10.0, colour, 0.85);
            }
        }
    }
    canvas.round([880.0, 420.0, 900.0, 560.0], 16.0, DARK, 1.0);
    canvas.fill([880.0, 470.0, 900.0, 2.0], [53, 59, 69], 1.0);
    for line in 0..11_u8 {
        let y = 496.0 + f32::from(line) * 42.0;
        canvas.text(910.0, y, 30.0, &format!("{} $", guest.machine.name), GREEN);
        canvas.text(1210.0, y, 30.0, pick(&["git status", "cargo test", "ls", "make check"], unit(u64::from(line) + 40)), WHITE);
    }
}

fn windows(canvas: &mut Canvas) {
    canvas.gradient([148, 193, 240], [28, 74, 168]);
    for (x, y, size) in [(900.0, 280.0, 760.0), (1120.0, 200.0, 700.0), (1240.0, 420.0, 720.0), (820.0, 520.0, 620.0)] {
        canvas.round([x, y, size, size * 0.62], size * 0.31, [60, 130, 235], 0.35);
        canvas.round([x + 60.0, y + 50.0, size * 0.7, size * 0.4], size * 0.2, [150, 200, 255], 0.25);
    }
    canvas.round([190.0, 150.0, 1180.0, 740.0], 18.0, [10, 14, 24], 0.3);
    canvas.round([180.0, 140.0, 1180.0, 740.0], 18.0, DARK, 1.0);
    canvas.fill([180.0, 200.0, 210.0, 640.0], [31, 35, 42], 1.0);
    for row in 0..8_u8 {
        canvas.round([206.0, 236.0 + f32::from(row) * 56.0, 150.0, 18.0], 9.0, [92, 101, 114], 1.0);
    }
    canvas.round([430.0, 210.0, 890.0, 360.0], 12.0, [33, 74, 66], 1.0);
    canvas.round([1130.0, 250.0, 90.0, 90.0], 45.0, AMBER, 1.0);
    for (x, size) in [(480.0_f32, 230.0_f32), (700.0, 170.0), (900.0, 250.0)] {
        // A mountain is a stack of slices that grow narrower.
        for slice in 0..25_u8 {
            let part = f32::from(slice) / 25.0;
            canvas.fill([x + size * part * 0.5, 570.0 - size * part, size * 1.5 * (1.0 - part), size / 24.0], [22, 50, 46], 1.0);
        }
    }
    for (column, colour) in (0..4_u8).zip([[90, 60, 140], [50, 90, 150], [160, 80, 60], [70, 120, 90]]) {
        canvas.round([430.0 + f32::from(column) * 228.0, 610.0, 206.0, 220.0], 12.0, colour, 1.0);
    }
    canvas.fill([0.0, 1016.0, SCREEN.0, 64.0], [232, 238, 248], 1.0);
    for (icon, colour) in (0..7_u8).zip([BLUE, [60, 90, 200], AMBER, GREEN, [40, 60, 160], DARK, [196, 34, 43]]) {
        canvas.round([744.0 + f32::from(icon) * 66.0, 1028.0, 40.0, 40.0], 8.0, colour, 1.0);
    }
    canvas.text(1790.0, 1032.0, 30.0, "10:24", DARK);
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index of a short list")]
fn pick<T: Copy + Default>(list: &[T], random: f64) -> T {
    list.get((random * list.len() as f64) as usize).copied().unwrap_or_default()
}

fn small(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}
