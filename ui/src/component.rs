//! Parts that know what a machine is, and the few controls that every screen is made of.

pub mod badge;
pub mod chart;
pub mod control;
pub mod device;
pub mod glyph;
pub mod hand_over;
pub mod hover_chart;
pub mod left;
pub mod machine_card;
pub mod menu_button;
pub mod meter;
pub mod note;
pub mod segments;
pub mod skeleton;
pub mod sparkline;
pub mod thing;
pub mod thumbnail;
pub mod thumbnails;
pub mod window_frame;

pub use badge::{badge, state_badge};
pub use control::{Button, Kind, caps, icon_button, switch};
pub use glyph::{condition_colour, condition_icon, os_tile, state_glyph, tag_chip};
pub use hand_over::hand_over;
pub use hover_chart::{cpu_on_hover, host_on_hover};
pub use left::left;
pub use machine_card::machine_card;
pub use menu_button::{command_menu, more_button, small_button, square_button};
pub use meter::meter;
pub use note::note;
pub use segments::{segments, wrapped_segments};
pub use sparkline::{sparkline, timeline};
pub use thumbnail::thumbnail;
pub use thumbnails::Thumbnails;
