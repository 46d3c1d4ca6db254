//! The main window: places at the left, machines in the middle, details at the right.

pub mod arrange;
mod drag;
mod filter;
mod grid;
mod header;
mod hover;
mod machine_row;
mod order;
pub mod part;
mod place_menu;
mod selection;
mod sidebar;
mod status;
mod table;
mod view;
mod walk;

use client::settings::Settings;
use iced::{
    Size, Subscription, Task,
    keyboard::{self, Modifiers, key::Named},
    widget::{self, scrollable},
    window,
};

use crate::{
    action::Action,
    app,
    command::Command,
    component::{Thumbnails, hand_over, thumbnails::Fetched},
    model::{Key, Model, Pictures},
    place::{Part, Place},
    screen::{
        details::{self, Details},
        devices, memory, readiness,
        welcome::{self, Welcome},
    },
    tour,
    widget::{Press, Side, direction, focus},
    window::Layout,
};
use arrange::{Arranged, Filter, Wish};
use part::Input;
pub use selection::Move;
use selection::Selection;
use sidebar::Places;
use view::Width;

/// The panes that F6 walks.
pub const PANES: &[&str] = &["header", "sidebar", "filter", "list", "memory-bar", "details", "status", tour::PANE];

const LIST: &str = "list-of-machines";
pub(crate) const SEARCH: &str = "find";

/// The state of the main window.
#[derive(Debug)]
pub struct Screen {
    place: Place,
    filter: Filter,
    search: String,
    arranged: Arranged,
    places: Places,
    selection: Selection,
    // Where the list is scrolled to, and how much of it is seen.
    offset: f32,
    height: f32,
    // How often it was scrolled.
    scrolls: u64,
    // What `arranged` was made from.
    revision: Option<u64>,
    // Where the keyboard is: the row has a ring then.
    has_ring: bool,
    details: Details,
    devices: devices::Devices,
    welcome: Welcome,
    // In windows without room for the pane, it lies over the list while this is on.
    details_over: bool,
    thumbnails: Thumbnails,
    hover: hover::Hover,
    size: Size,
    drag: drag::Drag,
    memory: memory::Screen,
    readiness: readiness::Screen,
    // Where the sidebar is scrolled to.
    places_offset: f32,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A command that belongs here.
    Command(Command),
    /// A command on what is selected.
    Run(Command),
    /// Another place.
    Show(Place),
    /// Another filter.
    Filter(Filter),
    /// Something typed into the search field.
    Search(String),
    /// A row was pressed.
    Pressed(Key, Press),
    /// A screen reader chose a row.
    Chosen(Key),
    /// The head of a group was pressed.
    Fold(String),
    /// A key moves in the list.
    Move(Move, bool),
    /// On or back: unfolds or folds the group of the list, moves in the grid.
    Side(bool, bool),
    /// Unfolds or folds the group of the current machine, in the list and in the grid.
    Unfold(bool),
    /// A letter goes to the next machine that begins with it.
    Letter(char),
    /// Adds the current row to the selection, or takes it out.
    Toggle,
    /// The menu key.
    MenuKey,
    /// The menu of the selection, at a place.
    Menu(Press),
    /// The menu of a host, group or tag in the sidebar, at a place or beside it.
    PlaceMenu(Place, Option<iced::Point>),
    /// The sidebar was scrolled so far.
    PlacesScrolled(f32),
    /// Another name for a host, or the question whether it shall go.
    EditHost(client::host::Id, bool),
    /// A command on these machines.
    RunOn(Command, Vec<Key>),
    /// The menu of the columns, at a place or where the head is.
    Columns(Option<iced::Point>),
    /// The application's own menu.
    AppMenu(Press),
    /// Another column to sort by.
    Sort(&'static str),
    /// Another way to group.
    GroupBy,
    /// The list was scrolled.
    Scrolled(scrollable::Viewport),
    /// No search, no filter, every place.
    ShowAll,
    /// Autostart of one machine.
    Autostart(Key),
    /// Esc.
    Escape,
    /// A job is no longer wanted.
    CancelJob(Key, String),
    /// In the devices of a host.
    Devices(devices::Message),
    /// In the details pane.
    Details(details::Message),
    /// In what stands in the place of the list.
    Welcome(welcome::Message),
    /// On the page of a host's memory.
    Memory(memory::Message),
    /// On the page of what a host lacks.
    Readiness(readiness::Message),
    /// Time for new pictures in the grid.
    Tick,
    /// A picture for the grid.
    Thumbnail(Fetched),
    /// Where the pointer rests.
    Hover(hover::Message),
    /// On the note of a machine that has the screen of its host.
    HandOver(hand_over::Press),
    /// What is dragged, and where.
    Drag(drag::Message),
    /// The edge of a pane was moved: the side of the pane, and its width.
    Width(Side, f32),
    /// The window's own buttons and edges.
    Window(window::Id, Frame),
}

/// What the header does as a title bar.
#[derive(Clone, Copy, Debug)]
pub enum Frame {
    /// Move it.
    Drag,
    /// Fill the screen, or not.
    Maximize,
    /// Out of sight.
    Minimize,
    /// Close it.
    Close,
    /// Make it larger or smaller.
    Resize(window::Direction),
}

impl Screen {
    /// The window as it was left.
    #[must_use]
    pub fn new(_settings: &Settings, layout: &Layout) -> Self {
        Self {
            place: Place::All,
            filter: Filter::All,
            search: String::new(),
            arranged: Arranged::default(),
            places: Places::default(),
            selection: Selection::default(),
            offset: 0.0,
            height: layout.main.1,
            scrolls: 0,
            revision: None,
            has_ring: false,
            details: Details::new(|message| app::Message::Main(Message::Details(message))),
            devices: devices::Devices::default(),
            welcome: Welcome::default(),
            details_over: false,
            thumbnails: Thumbnails::new(grid::PICTURE, false),
            hover: hover::Hover::default(),
            size: Size::new(layout.main.0, layout.main.1),
            drag: drag::Drag::default(),
            memory: memory::Screen::default(),
            readiness: readiness::Screen::default(),
            places_offset: 0.0,
        }
    }

    /// What is selected; nothing while no machines are listed, for nobody sees what it would be.
    #[must_use]
    pub fn targets(&self) -> Vec<Key> {
        if matches!(self.place, Place::Part(..)) { Vec::new() } else { self.selection.keys() }
    }

    /// Gives the focus to the list.
    pub fn focus_list(&self) -> Task<app::Message> {
        focus::take(if matches!(self.place, Place::Part(_, Part::Devices)) { devices::LIST } else { LIST })
    }

    /// Machines came, went or changed, or settings did.
    pub fn model_changed(&mut self, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        if self.revision != Some(model.revision()) || order::is_by_figure(settings, &self.place) {
            self.arrange(model, settings, layout);
        }
        self.hover.follow(model);
        self.shown(model, settings, layout)
    }

    /// The settings changed: order, groups, columns.
    pub fn settings_changed(&mut self, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        self.revision = None;
        self.model_changed(model, settings, layout)
    }

    /// What has to be read to show what the window shows now.
    fn shown(&mut self, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        let details = self.details.show(model, &self.targets());
        let pictures = if settings.table.grid { self.first_pictures(model, layout) } else { Task::none() };
        let pictures = if pictures.units() == 0 { Action::None } else { Action::Task(pictures) };
        one(vec![details, pictures, self.parts_follow(model)])
    }

    /// The window has another size.
    pub fn resized(&mut self, size: Size) {
        self.size = size;
    }

    fn arrange(&mut self, model: &Model, settings: &Settings, layout: &Layout) {
        let wish = Wish { place: &self.place, search: &self.search, filter: self.filter, table: &settings.table, folded: &layout.folded };
        self.arranged = arrange::arrange(model, wish);
        if self.revision != Some(model.revision()) {
            self.places = Places::of(model);
        }
        self.revision = Some(model.revision());
        self.leave_lost_part(model);
        self.selection.keep(|key| model.machine(key).is_some());
        if self.selection.is_empty() {
            let first = self.arranged.machines().next().cloned();
            self.selection.only(first);
        }
    }

    /// Takes a message in.
    pub fn update(&mut self, model: &Model, settings: &Settings, layout: &mut Layout, message: Message) -> Action {
        let action = self.take(model, settings, layout, message);
        one(vec![action, self.shown(model, settings, layout)])
    }

    fn take(&mut self, model: &Model, settings: &Settings, layout: &mut Layout, message: Message) -> Action {
        if let Place::Part(_, part) = &self.place
            && let Some(input) = Input::of(&message)
        {
            return self.part_takes(*part, input, model);
        }
        match message {
            Message::Command(command) => return self.command(command, model, settings, layout),
            Message::Run(command) => return Action::Run(command, self.targets()),
            Message::Show(place) => {
                self.place = place;
                self.offset = 0.0;
            }
            Message::Filter(filter) => self.filter = if self.filter == filter { Filter::All } else { filter },
            Message::Search(text) => self.search = text,
            Message::ShowAll => {
                self.search.clear();
                (self.place, self.filter) = (Place::All, Filter::All);
            }
            Message::Pressed(key, press) => return self.pressed(key, press, model),
            Message::Chosen(key) => {
                self.selection.only(Some(key));
                return Action::Task(self.focus_list());
            }
            Message::Drag(message) => return self.dragged(message, model),
            Message::Fold(id) => walk::fold(&mut layout.folded, id),
            Message::Unfold(is_open) => return self.unfold(is_open, model, settings, layout),
            Message::Move(step, extend) => return self.moved(step, extend, settings, layout),
            Message::Side(right, extend) => return self.side(right, extend, model, settings, layout),
            Message::Letter(letter) => return self.letter(letter, model, settings, layout),
            Message::Toggle => self.selection.toggle_current(),
            Message::HandOver(press) => return press.action(),
            Message::MenuKey => return Action::Menu(iced::Point::new(layout.sidebar + 120.0, 160.0), self.targets()),
            Message::Menu(press) => return Action::Menu(press.at, self.targets()),
            Message::PlaceMenu(place, at) => return self.place_menu(&place, at, model),
            Message::PlacesScrolled(offset) => {
                self.places_offset = offset;
                return Action::None;
            }
            Message::EditHost(host, is_going) => return place_menu::hosts(model, &host, is_going),
            Message::RunOn(command, keys) => return Action::Run(command, keys),
            Message::Columns(at) => {
                return Action::ColumnMenu(at.unwrap_or_else(|| iced::Point::new(layout.sidebar + 120.0, 118.0)));
            }
            Message::AppMenu(press) => return Action::AppMenu(press.at),
            Message::Sort(column) => return order::sort(settings, &self.place, column),
            Message::GroupBy => return order::group_by(settings),
            Message::Scrolled(viewport) => {
                self.offset = viewport.absolute_offset().y;
                self.height = viewport.bounds().height;
                self.scrolls += 1;
                return Action::None;
            }
            Message::Width(side, width) => {
                *(if side == Side::Left { &mut layout.sidebar } else { &mut layout.details }) = width;
                return Action::None;
            }
            Message::Autostart(key) => return Action::Run(Command::ToggleAutostart, vec![key]),
            Message::Escape => return self.escape(model, settings, layout),
            Message::CancelJob(key, job) => return Action::Call(crate::action::Call::Cancel(key.host, job)),
            Message::Window(id, frame) => return header::frame_action(id, frame),
            Message::Hover(message) => return self.hovers(message, model),
            Message::Devices(message) => return self.devices.update(model, message),
            Message::Details(message) => return self.details.update(model, settings, message),
            Message::Welcome(message) => {
                return self.welcome.update(message, model, |message| app::Message::Main(Message::Welcome(message)));
            }
            Message::Memory(message) => return self.memory_takes(message, model),
            Message::Readiness(message) => return self.readiness_takes(message, model),
            Message::Tick => return Action::Task(self.fetch_pictures(model, layout)),
            Message::Thumbnail(fetched) => return Action::Task(self.thumbnails.fetched(model, fetched).map(picture)),
        }
        self.arrange(model, settings, layout);
        Action::None
    }

    fn command(&mut self, command: Command, model: &Model, settings: &Settings, layout: &mut Layout) -> Action {
        match command {
            Command::Find => return Action::Task(widget::operation::focus(SEARCH)),
            Command::SelectAll => self.selection.all(self.arranged.machines().cloned()),
            Command::ToggleSidebar => layout.shows_sidebar = !layout.shows_sidebar,
            Command::ToggleDetails if Width::of(self.size.width) == Width::Wide => layout.shows_details = !layout.shows_details,
            Command::ToggleDetails => self.details_over = !self.details_over,
            Command::ShowMachines => {
                self.place = Place::All;
                self.arrange(model, settings, layout);
                return Action::Task(self.focus_list());
            }
            Command::ToggleGrid => {
                let mut settings = settings.clone();
                settings.table.grid = !settings.table.grid;
                return Action::Settings(Box::new(settings));
            }
            command => {
                return Part::of(command).map_or(Action::None, |part| self.go_to_part(part, model, settings, layout));
            }
        }
        Action::None
    }

    fn pressed(&mut self, key: Key, press: Press, model: &Model) -> Action {
        self.has_ring = false;
        // What scrolls counts from its own top.
        let at = iced::Point::new(press.at.x, press.at.y - self.offset);
        let is_in = self.selection.contains(&key);
        match press.button {
            iced::mouse::Button::Right => {
                if !is_in {
                    self.selection.only(Some(key));
                }
                Action::Menu(at, self.targets())
            }
            iced::mouse::Button::Left if press.is_double => Action::Run(Command::Open, vec![key]),
            iced::mouse::Button::Left => {
                if press.modifiers.shift() {
                    self.selection.extend_to(&key, &self.arranged);
                } else if press.modifiers.control() {
                    self.selection.toggle(&key);
                } else {
                    return Action::Task(self.hold(press, at, &key, model));
                }
                Action::Task(self.focus_list())
            }
            _ => Action::None,
        }
    }

    fn escape(&mut self, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        if std::mem::take(&mut self.drag).is_carried() {
            return Action::None;
        }
        if self.search.is_empty() {
            self.filter = Filter::All;
        }
        self.search.clear();
        self.arrange(model, settings, layout);
        Action::Task(self.focus_list())
    }

    /// What it listens to.
    pub fn subscription(&self, model: &Model, settings: &Settings) -> Subscription<Message> {
        let details = self.details.subscription(model, settings).map(Message::Details);
        let details = Subscription::batch([details, self.welcome.subscription(model).map(Message::Welcome)]);
        let seconds = settings.figures.thumbnail_interval;
        if !settings.table.grid || model.pictures() != Pictures::On {
            return details;
        }
        Subscription::batch([details, iced::time::every(std::time::Duration::from_secs(seconds.into())).map(|_| Message::Tick)])
    }
}

/// Several as one, as plain as it can be.
fn one(mut actions: Vec<Action>) -> Action {
    actions.retain(|action| !matches!(action, Action::None));
    if actions.len() > 1 { Action::Batch(actions) } else { actions.pop().unwrap_or_default() }
}

fn picture(fetched: Fetched) -> app::Message {
    app::Message::Main(Message::Thumbnail(fetched))
}

/// A key that nothing else took: the list's, wherever the focus is.
#[must_use]
pub fn key(key: &keyboard::Key, modifiers: Modifiers) -> Option<Message> {
    match key {
        keyboard::Key::Named(Named::Escape) => Some(Message::Escape),
        keyboard::Key::Character(text) if text == "/" => Some(Message::Command(Command::Find)),
        _ => list_key(key, modifiers),
    }
}

/// What a key does in the list.
fn list_key(key: &keyboard::Key, modifiers: Modifiers) -> Option<Message> {
    let extend = modifiers.shift();
    Some(match key {
        keyboard::Key::Named(Named::ArrowUp) => Message::Move(Move::By(-1), extend),
        keyboard::Key::Named(Named::ArrowDown) => Message::Move(Move::By(1), extend),
        keyboard::Key::Named(Named::PageUp) => Message::Move(Move::Pages(-1), extend),
        keyboard::Key::Named(Named::PageDown) => Message::Move(Move::Pages(1), extend),
        keyboard::Key::Named(Named::ArrowLeft | Named::ArrowRight) if modifiers.control() => Message::Unfold(direction::onwards(key)?),
        keyboard::Key::Named(Named::ArrowLeft | Named::ArrowRight) => Message::Side(direction::onwards(key)?, extend),
        keyboard::Key::Named(Named::Home) => Message::Move(Move::First, extend),
        keyboard::Key::Named(Named::End) => Message::Move(Move::Last, extend),
        keyboard::Key::Named(Named::Space) => Message::Toggle,
        keyboard::Key::Named(Named::ContextMenu) => Message::MenuKey,
        keyboard::Key::Named(Named::F10) if extend => Message::MenuKey,
        // "/" is for the search, from the list as well.
        keyboard::Key::Character(text) if text != "/" && (modifiers.is_empty() || modifiers == Modifiers::SHIFT) => {
            Message::Letter(text.chars().next()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
#[path = "main/tests.rs"]
mod tests;
