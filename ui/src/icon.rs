//! The icons: Lucide's, and the state glyphs of our own. A function's name is its file's.

use std::sync::LazyLock;

use iced::{
    Color, Element,
    widget::svg::{self, Handle, Svg},
};

use crate::{
    theme::{Tokens, tokens},
    widget::direction,
};

/// An icon, not yet sized or coloured.
#[derive(Clone, Copy, Debug)]
pub struct Icon(&'static LazyLock<Handle>);

impl PartialEq for Icon {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Icon {
    /// At this size, in a colour of the theme.
    #[must_use]
    pub fn colour<'a>(self, size: f32, pick: fn(&Tokens) -> Color) -> Svg<'a> {
        Svg::new((*self.towards().0).clone())
            .width(size)
            .height(size)
            .style(move |theme, _| svg::Style { color: Some(pick(tokens(theme))) })
    }

    /// The one that points the other way, where the window runs that way.
    fn towards(self) -> Self {
        if !direction::is_mirrored() {
            return self;
        }
        let pairs = [(arrow_left(), arrow_right()), (chevron_left(), chevron_right()), (panel_left(), panel_right())];
        let other = pairs.into_iter().find_map(|(one, other)| match self {
            icon if icon == one => Some(other),
            icon if icon == other => Some(one),
            _ => None,
        });
        other.unwrap_or(self)
    }

    /// In the colour of icons.
    #[must_use]
    pub fn muted<'a>(self, size: f32) -> Svg<'a> {
        self.colour(size, |t| t.muted)
    }

    /// In the colour of text.
    #[must_use]
    pub fn plain<'a>(self, size: f32) -> Svg<'a> {
        self.colour(size, |t| t.text)
    }
}

/// The application's own mark, in its own colours.
#[must_use]
pub fn app<'a, Message: 'a>(size: f32) -> Element<'a, Message> {
    static HANDLE: LazyLock<Handle> = LazyLock::new(|| Handle::from_memory(include_bytes!("../icons/app.svg").as_slice()));
    Svg::new(HANDLE.clone()).width(size).height(size).into()
}

macro_rules! icons {
    ($($name:ident = $file:literal,)*) => {$(
        #[doc = concat!("`", $file, "`")]
        #[must_use]
        pub fn $name() -> Icon {
            static HANDLE: LazyLock<Handle> =
                LazyLock::new(|| Handle::from_memory(include_bytes!(concat!("../icons/", $file)).as_slice()));
            Icon(&HANDLE)
        }
    )*};
}

icons! {
    activity = "activity.svg",
    arrow_down = "arrow-down.svg",
    arrow_left = "arrow-left.svg",
    arrow_right = "arrow-right.svg",
    arrow_up = "arrow-up.svg",
    arrow_up_down = "arrow-up-down.svg",
    bell = "bell.svg",
    bell_off = "bell-off.svg",
    bug = "bug.svg",
    camera = "camera.svg",
    check = "check.svg",
    chevron_down = "chevron-down.svg",
    chevron_left = "chevron-left.svg",
    chevron_right = "chevron-right.svg",
    chevron_up = "chevron-up.svg",
    chevrons = "chevrons-up-down.svg",
    circle_alert = "circle-alert.svg",
    circle_check = "circle-check.svg",
    circle_help = "circle-help.svg",
    circle_pause = "circle-pause.svg",
    circle_play = "circle-play.svg",
    circle_stop = "circle-stop.svg",
    circle_x = "circle-x.svg",
    circuit_board = "circuit-board.svg",
    clipboard = "clipboard.svg",
    clock = "clock.svg",
    columns = "columns-3-cog.svg",
    contrast = "contrast.svg",
    copy = "copy.svg",
    cpu = "cpu.svg",
    download = "download.svg",
    ellipsis = "ellipsis.svg",
    ethernet_port = "ethernet-port.svg",
    external_link = "external-link.svg",
    eye = "eye.svg",
    file_down = "file-down.svg",
    filter = "filter.svg",
    folder = "folder.svg",
    folder_open = "folder-open.svg",
    globe = "globe.svg",
    gpu = "gpu.svg",
    group = "group.svg",
    hard_drive = "hard-drive.svg",
    history = "history.svg",
    image = "image.svg",
    info = "info.svg",
    key_round = "key-round.svg",
    keyboard = "keyboard.svg",
    layers = "layers.svg",
    layout_grid = "layout-grid.svg",
    layout_list = "layout-list.svg",
    link = "link.svg",
    list = "list.svg",
    list_checks = "list-checks.svg",
    lock = "lock.svg",
    lock_open = "lock-open.svg",
    log_out = "log-out.svg",
    maximize_2 = "maximize-2.svg",
    memory_stick = "memory-stick.svg",
    menu = "menu.svg",
    minus = "minus.svg",
    monitor = "monitor.svg",
    monitor_play = "monitor-play.svg",
    moon = "moon.svg",
    moon_star = "moon-star.svg",
    mouse = "mouse.svg",
    network = "network.svg",
    notebook_pen = "notebook-pen.svg",
    octagon_x = "octagon-x.svg",
    package_x = "package-x.svg",
    panel_left = "panel-left.svg",
    panel_right = "panel-right.svg",
    pause = "pause.svg",
    pencil = "pencil.svg",
    play = "play.svg",
    plug_zap = "plug-zap.svg",
    plus = "plus.svg",
    power = "power.svg",
    power_off = "power-off.svg",
    radio = "radio.svg",
    refresh_cw = "refresh-cw.svg",
    rotate_ccw = "rotate-ccw.svg",
    rotate_cw = "rotate-cw.svg",
    save = "save.svg",
    scroll_text = "scroll-text.svg",
    search = "search.svg",
    server = "server.svg",
    settings = "settings.svg",
    shield_alert = "shield-alert.svg",
    shield_check = "shield-check.svg",
    skull = "skull.svg",
    sliders_horizontal = "sliders-horizontal.svg",
    square = "square.svg",
    square_check_big = "square-check-big.svg",
    star = "star.svg",
    sun = "sun.svg",
    tag = "tag.svg",
    terminal = "terminal.svg",
    ticket_x = "ticket-x.svg",
    trash_2 = "trash-2.svg",
    triangle_alert = "triangle-alert.svg",
    undo_2 = "undo-2.svg",
    unplug = "unplug.svg",
    usb = "usb.svg",
    user = "user.svg",
    users = "users.svg",
    volume_2 = "volume-2.svg",
    wifi = "wifi.svg",
    x = "x.svg",
    zap = "zap.svg",
    state_crashed = "state/crashed.svg",
    state_migrating = "state/migrating.svg",
    state_off = "state/off.svg",
    state_paused = "state/paused.svg",
    state_running = "state/running.svg",
    state_saved = "state/saved.svg",
}
