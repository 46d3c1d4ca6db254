//! The fonts that come with the application: Inter and JetBrains Mono under names of our own (see `fonts/README.md`).

use iced::{Font, font::Weight};

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
