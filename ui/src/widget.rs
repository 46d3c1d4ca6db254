//! Widgets that know nothing of machines.

pub mod anchor;
pub mod catch;
pub mod cut;
pub mod direction;
pub mod divider;
pub mod dropdown;
pub mod focus;
pub mod ground;
pub mod holding;
pub mod press;
pub mod rest;
pub mod said;
pub mod scroll;
pub mod sheets;
pub mod spare;
pub mod target;
pub mod text;
pub mod wrap;

pub use anchor::anchored;
pub use catch::{Caught, catch};
pub use cut::cut;
pub use direction::{mirror, upright};
pub use divider::{Side, divider};
pub use dropdown::dropdown;
pub use focus::focusable;
pub use ground::ground;
pub use holding::holding;
pub use press::{Press, press_area};
pub use rest::resting;
pub use said::{Role, Said, spoken};
pub use scroll::scroll;
pub use sheets::sheets;
pub use spare::spare;
pub use target::target;
pub use text::{code, text};
