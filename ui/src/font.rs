//! The fonts that come with the application: Inter and JetBrains Mono under names of our own (see `fonts/README.md`).

use iced::{Font, font::Weight};

/// The files; nothing else is needed to draw any text of the application.
pub const FILES: [&[u8]; 4] = [
    include_bytes!("../fonts/Inter-Regular.ttf"),
    include_bytes!("../fonts/Inter-Medium.ttf"),
    include_bytes!("../fonts/Inter-SemiBold.ttf"),
    include_bytes!("../fonts/JetBrainsMono-Regular.ttf"),
];

const fn inter(weight: Weight) -> Font {
    Font { weight, ..Font::with_name("KVM Manager Sans") }
}

/// Default.
pub const BODY: Font = inter(Weight::Normal);
/// Names and buttons.
pub const MEDIUM: Font = inter(Weight::Medium);
/// Headings, what is selected.
pub const SEMIBOLD: Font = inter(Weight::Semibold);
/// Addresses, ids, code.
pub const MONO: Font = Font::with_name("KVM Manager Mono");
