//! The words and numbers of AT-SPI2, the protocol of screen readers: <https://gitlab.gnome.org/GNOME/at-spi2-core>, `xml/` and
//! `atspi/atspi-constants.h`.

use super::tree::{Id, Node, ROOT, Tree};
use crate::widget::Role;

/// The object of the application.
pub const ROOT_PATH: &str = "/org/a11y/atspi/accessible/root";
/// What the others are below.
pub const PREFIX: &str = "/org/a11y/atspi/accessible/";
/// What stands for no object.
pub const NULL_PATH: &str = "/org/a11y/atspi/null";
/// Where a client may ask for everything at once.
pub const CACHE_PATH: &str = "/org/a11y/atspi/cache";

/// The object of a part.
#[must_use]
pub fn path(id: Id) -> String {
    if id == ROOT { ROOT_PATH.to_owned() } else { format!("{PREFIX}{id}") }
}

/// The part of an object.
#[must_use]
pub fn id(path: &str) -> Option<Id> {
    if path == ROOT_PATH { Some(ROOT) } else { path.strip_prefix(PREFIX)?.parse().ok().filter(|id| *id != ROOT) }
}

/// Interfaces.
pub mod interface {
    /// Every object.
    pub const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
    /// The root alone.
    pub const APPLICATION: &str = "org.a11y.atspi.Application";
    /// What has a place.
    pub const COMPONENT: &str = "org.a11y.atspi.Component";
    /// What can be pressed.
    pub const ACTION: &str = "org.a11y.atspi.Action";
    /// What has a number.
    pub const VALUE: &str = "org.a11y.atspi.Value";
    /// What has text.
    pub const TEXT: &str = "org.a11y.atspi.Text";
    /// Everything at once.
    pub const CACHE: &str = "org.a11y.atspi.Cache";
    /// Signals of parts.
    pub const OBJECT_EVENT: &str = "org.a11y.atspi.Event.Object";
    /// Signals of windows.
    pub const WINDOW_EVENT: &str = "org.a11y.atspi.Event.Window";
}

/// The number of `APPLICATION`.
pub const ROLE_APPLICATION: u32 = 75;

/// The number and the name of a role.
#[must_use]
pub const fn role(role: Role) -> (u32, &'static str) {
    match role {
        Role::Window => (23, "frame"),
        Role::Dialog => (16, "dialog"),
        Role::Region => (39, "panel"),
        Role::List => (31, "list"),
        Role::Row => (32, "list item"),
        Role::Menu => (33, "menu"),
        Role::MenuItem => (35, "menu item"),
        Role::Button => (43, "push button"),
        Role::Switch => (62, "toggle button"),
        Role::Check => (7, "check box"),
        Role::Choice => (44, "radio button"),
        Role::Tab => (37, "page tab"),
        Role::ColumnHead => (57, "table column header"),
        Role::Slider => (51, "slider"),
        Role::Field => (79, "entry"),
        Role::Secret => (40, "password text"),
        Role::Edge => (50, "separator"),
        Role::Notice => (101, "notification"),
        Role::Label => (29, "label"),
    }
}

/// A state that a part may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// The window with the keyboard.
    Active = 1,
    /// Ticked.
    Checked = 4,
    /// Can be typed in.
    Editable = 7,
    /// Can do something.
    Enabled = 8,
    /// Can be unfolded.
    Expandable = 9,
    /// Is.
    Expanded = 10,
    /// Can have the focus.
    Focusable = 11,
    /// Has it.
    Focused = 12,
    /// Has to be answered first.
    Modal = 16,
    /// Switched on.
    Pressed = 20,
    /// Can be selected.
    Selectable = 22,
    /// Is.
    Selected = 23,
    /// Can do something.
    Sensitive = 24,
    /// Is in the window.
    Showing = 25,
    /// One line of text.
    SingleLine = 26,
    /// Is not hidden.
    Visible = 30,
    /// Can be ticked.
    Checkable = 41,
}

impl State {
    /// Those that can change while a part stays.
    pub const CHANGING: [Self; 8] =
        [Self::Active, Self::Checked, Self::Enabled, Self::Expanded, Self::Focused, Self::Pressed, Self::Selected, Self::Sensitive];

    /// Its name in signals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Checked => "checked",
            Self::Editable => "editable",
            Self::Enabled => "enabled",
            Self::Expandable => "expandable",
            Self::Expanded => "expanded",
            Self::Focusable => "focusable",
            Self::Focused => "focused",
            Self::Modal => "modal",
            Self::Pressed => "pressed",
            Self::Selectable => "selectable",
            Self::Selected => "selected",
            Self::Sensitive => "sensitive",
            Self::Showing => "showing",
            Self::SingleLine => "single-line",
            Self::Visible => "visible",
            Self::Checkable => "checkable",
        }
    }
}

/// The states of a part, a bit each.
#[must_use]
pub fn states(tree: &Tree, id: Id, node: &Node) -> u64 {
    let said = &node.said;
    let is_focused = tree.focus() == Some(id);
    let is_switch = said.role == Role::Switch;
    let is_typed = matches!(said.role, Role::Field | Role::Secret);
    let is_set = said.is_on == Some(true);
    let chosen = if matches!(said.role, Role::Tab) { said.is_on } else { said.is_selected };
    [
        (State::Visible, true),
        (State::Showing, true),
        (State::Enabled, !said.is_off),
        (State::Sensitive, !said.is_off),
        (State::Active, said.role == Role::Window && tree.active == Some(id)),
        (State::Modal, said.role == Role::Dialog),
        (State::Focusable, node.is_focusable || is_focused || said.role == Role::Row),
        (State::Focused, is_focused),
        (State::Checkable, said.is_on.is_some() && said.role != Role::Tab),
        (State::Checked, is_set && said.role != Role::Tab),
        (State::Pressed, is_set && is_switch),
        (State::Selectable, chosen.is_some()),
        (State::Selected, chosen == Some(true)),
        (State::Expandable, said.is_open.is_some()),
        (State::Expanded, said.is_open == Some(true)),
        (State::Editable, is_typed && !said.is_off),
        (State::SingleLine, is_typed),
    ]
    .into_iter()
    .filter(|(_, is_so)| *is_so)
    .fold(0, |all, (state, _)| all | 1 << (state as u64))
}

/// The interfaces of a part.
#[must_use]
pub fn interfaces(node: &Node) -> Vec<&'static str> {
    let said = &node.said;
    let mut all = vec![interface::ACCESSIBLE, interface::COMPONENT];
    if said.is_pressable && !said.is_off {
        all.push(interface::ACTION);
    }
    if said.value.is_some() {
        all.push(interface::VALUE);
    }
    if text(node).is_some() {
        all.push(interface::TEXT);
    }
    all
}

/// What can be read of a part letter by letter. Of what is secret, only how long it is.
#[must_use]
pub fn text(node: &Node) -> Option<String> {
    match node.said.role {
        Role::Field => Some(node.said.text.clone().unwrap_or_default()),
        Role::Secret => Some("•".repeat(node.said.text.as_ref().map_or(0, |text| text.chars().count()))),
        Role::Label => Some(node.name.clone()),
        _ => None,
    }
}
