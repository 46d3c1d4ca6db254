//! The last minute of a machine's figures.

use std::collections::VecDeque;

use client::Point;

/// How many points the small charts show.
pub const LENGTH: usize = 30;

/// What a host's own figures stand under among those of its machines: no machine has this identity.
pub const HOST: client::Uuid = client::Uuid::nil();

/// The last points, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Figures(VecDeque<Point>);

impl Figures {
    /// Takes one in; the oldest goes.
    pub fn push(&mut self, point: Point) {
        if self.0.len() == LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(point);
    }

    /// The newest.
    #[must_use]
    pub fn last(&self) -> Option<&Point> {
        self.0.back()
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Point> {
        self.0.iter()
    }
}
