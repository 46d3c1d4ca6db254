//! How large text is, and with it everything else.

use serde::{Deserialize, Serialize};

/// Percent of the usual size, from 90 to 150; what is beyond them counts as the nearer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct TextSize(u32);

impl TextSize {
    /// What settings offer and keys walk through.
    pub const STEPS: [Self; 6] = [Self(90), Self(100), Self(110), Self(125), Self(140), Self(150)];

    /// Percent.
    #[must_use]
    pub const fn percent(self) -> u32 {
        self.0
    }

    /// Times the usual size.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "150 at most")]
    pub const fn factor(self) -> f32 {
        self.0 as f32 / 100.0
    }

    /// The next larger step; the largest has none and stays.
    #[must_use]
    pub fn larger(self) -> Self {
        Self::STEPS.into_iter().find(|step| *step > self).unwrap_or(self)
    }

    /// The next smaller step; the smallest has none and stays.
    #[must_use]
    pub fn smaller(self) -> Self {
        Self::STEPS.into_iter().rfind(|step| *step < self).unwrap_or(self)
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

impl From<u32> for TextSize {
    fn from(percent: u32) -> Self {
        Self(percent.clamp(90, 150))
    }
}

impl From<TextSize> for u32 {
    fn from(size: TextSize) -> Self {
        size.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_up_and_down_and_end() {
        let mut size = TextSize::from(90);
        for step in TextSize::STEPS.into_iter().skip(1) {
            assert_eq!((size.larger(), step.smaller()), (step, size));
            size = step;
        }
        assert_eq!((size.larger(), TextSize::from(90).smaller()), (size, TextSize::from(90)));
        // One that was written by hand.
        assert_eq!((TextSize::from(120).larger().percent(), TextSize::from(120).smaller().percent()), (125, 110));
    }

    #[test]
    fn what_is_written_is_read_within_bounds() {
        let read = |text: &str| crate::settings::Appearance::clone(&toml::from_str(text).unwrap()).text_size.percent();
        assert_eq!([read("text-size = 125"), read("text-size = 7"), read("text-size = 4000"), read("")], [125, 90, 150, 100]);
        assert!(toml::to_string(&crate::settings::Appearance::default()).unwrap().contains("text-size = 100"));
    }
}
