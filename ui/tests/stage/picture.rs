//! Pictures of a window, and how they compare with those that were looked at.

use std::{fs, path::Path, time::Duration};

use iced::{Event, Rectangle, Size, advanced::widget, theme::Base as _, window};
use iced_test::core::{clipboard, renderer, renderer::Headless as _};

use super::Stage;

/// Set to write the references anew instead of comparing with them.
pub const RENEW: &str = "RENEW_PICTURES";
/// How long a picture may take to become what it shall be: screens of machines are fetched.
const UNTIL: Duration = Duration::from_secs(120);
/// For how long it has to stay the same while nothing is under way, so that it will not become that any more.
const STILL: Duration = Duration::from_secs(3);
/// What is said of a picture that was not waited for any longer, since it stayed the same.
const SETTLED: &str = "nothing more happens";
/// Where the references are.
const REFERENCES: &str = "ui/tests/snapshots";

/// What was drawn: red, green, blue and alpha of each pixel, row by row.
#[derive(PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Stage {
    /// The window in front, as it is now.
    pub fn picture(&mut self) -> Picture {
        let (at, moment) = (self.front(), self.moment);
        let theme = self.app.theme(self.windows[at].id).expect("a theme");
        let (base, size) = (theme.base(), self.windows[at].size);
        let scale = self.app.scale_factor(self.windows[at].id);
        let physical = Size::new(pixels(size.width * scale), pixels(size.height * scale));
        let pixels = self.with(at, |ui, renderer, cursor, messages| {
            // A text cursor blinks with the time that is told here: it is always the same.
            let redraw = Event::Window(window::Event::RedrawRequested(moment));
            let _ = ui.update(&[redraw], cursor, renderer, &mut clipboard::Null, messages);
            ui.draw(renderer, &theme, &renderer::Style { text_color: base.text_color }, cursor);
            renderer.screenshot(physical, scale, base.background_color)
        });
        Picture { width: physical.width, height: physical.height, pixels }
    }

    /// The window in front looks as in the reference of this name.
    ///
    /// # Panics
    /// If it does not, or there is no reference; what it looks like is then below `target/`.
    pub fn looks_like(&mut self, name: &str) {
        self.compared(name, REFERENCES, Self::picture);
    }

    /// The dialog that is open looks as in the reference of this name; what it lies over is left out.
    ///
    /// # Panics
    /// As [`Self::looks_like`].
    pub fn dialog_looks_like(&mut self, name: &str) {
        self.wait("a dialog", |stage| stage.dialog().is_some());
        self.compared(name, REFERENCES, Self::picture_of_dialog);
    }

    /// The window in front looks as in the picture of this name in the documents.
    ///
    /// # Panics
    /// As [`Self::looks_like`].
    pub fn is_in_documents(&mut self, name: &str) {
        self.compared(name, "docs/pictures", Self::picture);
    }

    /// Where the dialog is that is open in the window in front.
    pub fn dialog(&mut self) -> Option<Rectangle> {
        self.search(widget::Id::new(ui::dialog::SCOPE)).map(|dialog| dialog.bounds())
    }

    fn picture_of_dialog(&mut self) -> Picture {
        let (part, scale) = (self.dialog(), self.scale());
        let whole = self.picture();
        match part {
            Some(part) => whole.cut(part * scale),
            None => whole,
        }
    }

    fn compared(&mut self, name: &str, references: &str, take: fn(&mut Self) -> Picture) {
        let references = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(references);
        self.compare(name, &references, std::env::var_os(RENEW).is_some(), take).unwrap_or_else(|problem| panic!("{problem}"));
    }

    fn compare(&mut self, name: &str, references: &Path, renews: bool, take: fn(&mut Self) -> Picture) -> Result<(), String> {
        let reference = references.join(name).with_extension("png");
        if renews {
            self.finish();
            take(self).write(&reference);
            return Ok(());
        }
        let mut picture = take(self);
        let Some(wanted) = Picture::read(&reference) else { return Err(picture.refused(name, &reference, "there is no reference")) };
        let (mut waited, mut still) = (Duration::ZERO, Duration::ZERO);
        while picture != wanted {
            let is_settled = self.tasks == 0 && still > STILL;
            if is_settled || waited > UNTIL {
                let why = if is_settled { SETTLED } else { "it was waited for in vain" };
                return Err(picture.refused(name, &reference, &format!("{}, and {why}", picture.difference(&wanted))));
            }
            let glance = self.glance();
            let next = take(self);
            waited += glance;
            still = if self.tasks > 0 || next != picture { Duration::ZERO } else { still + glance };
            picture = next;
        }
        Ok(())
    }
}

impl Picture {
    fn read(path: &Path) -> Option<Self> {
        let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(path).ok()?)).read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut pixels).ok()?;
        pixels.truncate(info.buffer_size());
        Some(Self { width: info.width, height: info.height, pixels })
    }

    /// What is inside of these bounds.
    fn cut(&self, part: Rectangle) -> Self {
        let (left, top) = (pixels(part.x).min(self.width), pixels(part.y).min(self.height));
        let (right, bottom) = (pixels(part.x + part.width).min(self.width), pixels(part.y + part.height).min(self.height));
        let row = |y: u32| &self.pixels[((y * self.width + left) * 4) as usize..((y * self.width + right) * 4) as usize];
        Self { width: right - left, height: bottom - top, pixels: (top..bottom).flat_map(row).copied().collect() }
    }

    fn write(&self, path: &Path) {
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory for pictures");
        let file = std::io::BufWriter::new(fs::File::create(path).expect("a file for a picture"));
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_compression(png::Compression::Balanced);
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.pixels)).expect("a written picture");
    }

    /// Leaves the picture where it can be looked at, and says what is wrong with it.
    fn refused(&self, name: &str, reference: &Path, what: &str) -> String {
        let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures").join(name).with_extension("png");
        self.write(&actual);
        format!(
            "{name}: {what}. Compare {} with {}; if it is as it shall be, renew it with {RENEW}=1",
            actual.display(),
            reference.display()
        )
    }

    /// How many pixels differ, and where.
    fn difference(&self, wanted: &Self) -> String {
        if (wanted.width, wanted.height) != (self.width, self.height) {
            return "it has another size".to_owned();
        }
        let both = self.pixels.chunks(4).zip(wanted.pixels.chunks(4)).enumerate();
        let places: Vec<usize> = both.filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
        let width = self.width as usize;
        let range = |place: fn(usize, usize) -> usize| {
            let all = places.iter().map(|at| place(*at, width));
            (all.clone().min().unwrap_or_default(), all.max().unwrap_or_default())
        };
        let (x, y) = (range(|at, width| at % width), range(|at, width| at / width));
        format!("{} pixels differ, x {}..={}, y {}..={}", places.len(), x.0, x.1, y.0, y.1)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of windows")]
fn pixels(length: f32) -> u32 {
    length.round() as u32
}

/// Nothing passes that was not looked at, and nothing is waited for that will not come.
pub fn a_picture_is_refused_without_its_reference_and_if_it_differs(mut stage: Stage) {
    const GUARD: &str = "guard";
    let empty = tempfile::tempdir().unwrap();
    let problem = stage.compare(GUARD, empty.path(), false, Stage::picture).unwrap_err();
    assert!(problem.contains("there is no reference"), "{problem}");
    assert!(fs::read_dir(empty.path()).unwrap().next().is_none(), "no reference came to be");
    stage.compare(GUARD, empty.path(), true, Stage::picture).unwrap();
    stage.compare(GUARD, empty.path(), false, Stage::picture).unwrap();
    stage.key("ctrl+k");
    let problem = stage.compare(GUARD, empty.path(), false, Stage::picture).unwrap_err();
    assert!(problem.contains("pixels differ") && problem.contains(SETTLED), "{problem}");
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures").join(GUARD).with_extension("png");
    assert!(left.exists(), "the picture is there to look at");
    fs::remove_file(left).unwrap();
}
