//! What a screen reader hears of the stage.

use iced_test::core::widget::operation;
use ui::{
    app::App,
    speech::{
        act::{Act, Deed, Find},
        tree::{Id, Node, Tree},
    },
    widget::Role,
};

use super::Stage;

impl Stage {
    /// The windows and what is in them, as they are told.
    pub fn heard(&mut self) -> Tree {
        let mut collect = App::collect();
        for at in 0..self.windows.len() {
            self.with(at, |ui, renderer, _, _| ui.operate(renderer, &mut operation::black_box(&mut collect)));
        }
        self.app.told(&collect.tree())
    }

    /// The parts of this kind, in the order in which they are read.
    pub fn heard_of(&mut self, role: Role) -> Vec<String> {
        let tree = self.heard();
        tree.in_order()
            .into_iter()
            .filter_map(|id| tree.get(id))
            .filter(|node| node.said.role == role)
            .map(|node| node.name.clone())
            .collect()
    }

    /// What has the focus.
    pub fn focused(&mut self) -> Option<Node> {
        let tree = self.heard();
        tree.get(tree.focus()?).cloned()
    }

    /// A part by its kind and name.
    pub fn part(&mut self, role: Role, name: &str) -> Option<(Id, Node)> {
        let tree = self.heard();
        let is_it = |id: &Id| tree.get(*id).is_some_and(|node| node.said.role == role && node.name == name);
        let id = tree.in_order().into_iter().find(is_it)?;
        Some((id, tree.get(id)?.clone()))
    }

    /// Does something to a part, as a screen reader asks for it.
    pub fn act(&mut self, act: Act) {
        self.operate(Box::new(operation::map(Find::new(App::collect(), act), |_| ())));
        self.input(iced::Event::Window(iced::window::Event::RedrawRequested(std::time::Instant::now())));
        self.settle();
    }

    /// Presses what is called so.
    pub fn press(&mut self, role: Role, name: &str) {
        let (id, node) = self.part(role, name).unwrap_or_else(|| panic!("no {role:?} {name}"));
        self.act(Act { id, name: node.name, deed: Deed::Press });
    }
}
