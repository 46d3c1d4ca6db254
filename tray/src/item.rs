//! The item in the panel: what ksni asks for, answered from a picture of the state.

use ksni::{
    Icon, MenuItem, Status, ToolTip, Tray,
    menu::{CheckmarkItem, StandardItem, SubMenu},
};
use tokio::sync::mpsc::UnboundedSender;

use crate::{action::Action, app::Input, icon, menu::Entry};

/// What the panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// "KVM Manager · 10 running"
    pub title: String,
    /// "10 running · CPU 34 %"
    pub summary: String,
    /// A machine crashed and nobody has looked after it.
    pub wants_attention: bool,
    /// The menu.
    pub entries: Vec<Entry>,
}

/// The item in the panel.
#[derive(Debug)]
pub struct Item {
    /// What it shows.
    pub view: View,
    inputs: UnboundedSender<Input>,
}

impl Item {
    /// An item that tells of clicks to `inputs`.
    #[must_use]
    pub fn new(view: View, inputs: UnboundedSender<Input>) -> Self {
        Self { view, inputs }
    }

    /// The same once more.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { view: self.view.clone(), inputs: self.inputs.clone() }
    }

    fn ask(&self, action: Action) {
        self.tell(Input::Clicked(action, ksni::current_xdg_activation_token()));
    }

    fn tell(&self, input: Input) {
        // If nobody takes it, the tray is ending.
        let _ = self.inputs.send(input);
    }
}

impl Tray for Item {
    fn id(&self) -> String {
        "org.kvmmanager.Tray".to_owned()
    }

    fn title(&self) -> String {
        self.view.title.clone()
    }

    fn category(&self) -> ksni::Category {
        ksni::Category::SystemServices
    }

    fn status(&self) -> Status {
        if self.view.wants_attention { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_name(&self) -> String {
        // Many panels know no icon for attention: they show the pixels with the mark.
        if self.view.wants_attention { String::new() } else { icon::NAME.to_owned() }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icon::pixmaps(self.view.wants_attention)
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        icon::pixmaps(true)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: client::t!("tray-title"), description: crate::text::escaped(&self.view.summary), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.ask(Action::Open);
    }

    fn menu_about_to_show(&mut self) {
        self.tell(Input::MenuShown);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.view.entries.iter().map(menu_item).collect()
    }

    fn watcher_online(&self) {
        tracing::info!("A panel is there");
    }

    fn watcher_offline(&self, reason: ksni::OfflineReason) -> bool {
        tracing::info!(?reason, "No panel is there: waiting for one");
        true
    }
}

fn menu_item(entry: &Entry) -> MenuItem<Item> {
    match entry.clone() {
        Entry::Separator => MenuItem::Separator,
        Entry::Turn => StandardItem { visible: false, ..StandardItem::default() }.into(),
        Entry::Head(label) => StandardItem { label, enabled: false, ..StandardItem::default() }.into(),
        Entry::Item { label, icon, action } => {
            let enabled = action.is_some();
            let activate = Box::new(move |item: &mut Item| {
                if let Some(action) = &action {
                    item.ask(action.clone());
                }
            });
            StandardItem { label, icon_name: icon.to_owned(), enabled, activate, ..StandardItem::default() }.into()
        }
        Entry::Check { label, checked, action } => {
            let activate = Box::new(move |item: &mut Item| item.ask(action.clone()));
            CheckmarkItem { label, checked, activate, ..CheckmarkItem::default() }.into()
        }
        Entry::Submenu { label, icon, entries } => {
            let submenu = entries.iter().map(menu_item).collect();
            SubMenu { label, icon_name: icon.to_owned(), submenu, ..SubMenu::default() }.into()
        }
    }
}
