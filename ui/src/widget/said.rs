//! What a screen reader says of a part of a window: its name, its kind, how it is. Parts say it when they are asked, so that
//! nothing is put together while nobody listens.

mod spoken;

use iced::{
    Rectangle,
    advanced::widget::{Id, Operation},
};

pub use spoken::{Spoken, hinted, spoken};

/// What kind of part it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// A window of its own.
    Window,
    /// What has to be answered before the window goes on.
    Dialog,
    /// A part of a window that `F6` walks to.
    Region,
    /// Rows of which one has the keyboard.
    List,
    /// A row, a card or an entry of a list.
    Row,
    /// Commands to choose from.
    Menu,
    /// One of them.
    MenuItem,
    /// Does something.
    #[default]
    Button,
    /// On or off.
    Switch,
    /// Ticked or not.
    Check,
    /// One of several, of which one is on.
    Choice,
    /// Shows one of several pages.
    Tab,
    /// The head of a column, which sorts by it.
    ColumnHead,
    /// A number between two others.
    Slider,
    /// Text that is typed.
    Field,
    /// Text that nobody may hear.
    Secret,
    /// The edge between two panes.
    Edge,
    /// A line that comes by itself and is read out.
    Notice,
    /// Words.
    Label,
}

impl Role {
    /// Whether words in it are parts of their own, not its name.
    #[must_use]
    pub const fn holds_others(self) -> bool {
        matches!(self, Self::Window | Self::Dialog | Self::Region | Self::List | Self::Menu)
    }
}

/// A number that can be changed, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub now: f64,
    /// What it can be at least.
    pub least: f64,
    /// What it can be at most.
    pub most: f64,
}

/// What is said of one part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Its kind.
    pub role: Role,
    /// Its name; without, the words in it are.
    pub name: Option<String>,
    /// What tells it from the others of its kind beside it, if their order does not.
    pub key: Option<String>,
    /// Ticked, switched on, or the chosen one.
    pub is_on: Option<bool>,
    /// Unfolded.
    pub is_open: Option<bool>,
    /// Part of a selection.
    pub is_selected: Option<bool>,
    /// The keyboard is here while what is around it has the focus.
    pub is_current: bool,
    /// Takes every key while it is there, whatever has the focus.
    pub takes_keys: bool,
    /// Can do nothing now.
    pub is_off: bool,
    /// Can be pressed.
    pub is_pressable: bool,
    /// What is typed.
    pub text: Option<String>,
    /// What it is set to.
    pub value: Option<Value>,
}

impl Said {
    /// A part of this kind.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self { role, ..Self::default() }
    }

    /// A part of this kind with a name.
    #[must_use]
    pub fn named(role: Role, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::new(role) }
    }

    /// A switch, a tick, a choice or a tab, and whether it is on.
    #[must_use]
    pub fn on(self, is_on: bool) -> Self {
        Self { is_on: Some(is_on), ..self }
    }

    /// Whether it is unfolded.
    #[must_use]
    pub fn open(self, is_open: bool) -> Self {
        Self { is_open: Some(is_open), ..self }
    }

    /// Whether it is selected, and whether the keyboard is on it.
    #[must_use]
    pub fn selected(self, is_selected: bool, is_current: bool) -> Self {
        Self { is_selected: Some(is_selected), is_current, ..self }
    }

    /// What tells it from its neighbours.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// The keyboard is on it.
    #[must_use]
    pub fn current(self, is_current: bool) -> Self {
        Self { is_current, ..self }
    }

    /// What is typed in it.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// What it is set to.
    #[must_use]
    pub fn value(self, now: f64, least: f64, most: f64) -> Self {
        Self { value: Some(Value { now, least, most }), ..self }
    }
}

/// Whether somebody wants to hear what is said. A part shows it to the operation that walks over it.
#[derive(Debug, Default)]
pub struct Asked(pub bool);

/// What a part says, and whether whoever hears it presses it.
#[derive(Debug)]
pub struct Told {
    /// What is said.
    pub said: Said,
    /// Set by an operation that acts for a person.
    pub is_pressed: bool,
}

/// The word that is shown while the pointer rests on what follows.
#[derive(Debug)]
pub struct Hint(pub String);

/// Which row of the menu before has the keyboard.
#[derive(Debug)]
pub struct Marked(pub usize);

/// Says what a part is, if the operation wants to hear it; whether it was pressed.
pub fn tell(operation: &mut dyn Operation, id: Option<&Id>, bounds: Rectangle, say: impl FnOnce() -> Said) -> bool {
    let mut asked = Asked::default();
    operation.custom(id, bounds, &mut asked);
    if !asked.0 {
        return false;
    }
    let mut told = Told { said: say(), is_pressed: false };
    operation.custom(id, bounds, &mut told);
    told.is_pressed
}
