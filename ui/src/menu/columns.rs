//! The menu of the table's head: which columns are shown. It stays open, for there may be several to choose.

use client::{
    settings::{COLUMNS, Settings},
    t,
};
use iced::Point;

use super::{Menu, entry::Row};
use crate::action::Action;

impl Menu {
    /// The columns of the table, at a place of the window.
    #[must_use]
    pub fn columns(settings: &Settings, at: Point) -> Self {
        Self { settings: Some(Box::new(settings.clone())), ..Self::of_rows(at, rows(settings)) }
    }

    /// Shows the column at this place of the menu, or hides it.
    pub(super) fn toggle_column(&mut self, place: usize) -> Action {
        let (Some(settings), Some(id)) = (&mut self.settings, COLUMNS.get(place)) else {
            return Action::None;
        };
        let columns = &mut settings.table.columns;
        match columns.iter().position(|column| column == id) {
            Some(shown) => drop(columns.remove(shown)),
            None => columns.push((*id).to_owned()),
        }
        let settings = settings.clone();
        self.rows = rows(&settings);
        Action::Settings(settings)
    }
}

fn rows(settings: &Settings) -> Vec<Row> {
    let column =
        |id: &&str| Row::Column { label: t!(&format!("column-{id}")), is_on: settings.table.columns.iter().any(|shown| shown == id) };
    COLUMNS.iter().map(column).collect()
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::{
        app,
        dialog::test,
        menu::{Message, key},
    };

    const WINDOW: Size = Size::new(900.0, 600.0);

    fn columns(action: Action) -> Vec<String> {
        let Action::Settings(settings) = action else { panic!("{action:?}") };
        settings.table.columns
    }

    #[test]
    fn a_column_is_hidden_and_comes_back_at_the_end_while_the_menu_stays() {
        test::speak();
        let (model, settings) = (test::model(), Settings::default());
        let mut menu = Menu::columns(&settings, Point::new(300.0, 90.0));
        let mut window = test::window(menu.layer(&model, &settings, WINDOW), WINDOW);
        window.click("Memory").unwrap();
        let said: Vec<_> = window.into_messages().collect();
        let [.., app::Message::Menu(message)] = said.as_slice() else { panic!("{said:?}") };
        let (action, is_over) = menu.update(*message);
        let hidden = columns(action);
        assert!(!is_over && !hidden.contains(&"memory".to_owned()));
        let back = columns(menu.update(*message).0);
        assert_eq!(back.last().map(String::as_str), Some("memory"));
        test::draw("menu-columns", WINDOW, || menu.layer(&model, &settings, WINDOW));
    }

    #[test]
    fn what_is_not_shown_at_first_can_be_chosen() {
        test::speak();
        let (model, settings) = (test::model(), Settings::default());
        let mut menu = Menu::columns(&settings, Point::new(300.0, 90.0));
        for (label, id) in [("Last start", "started"), ("Guest agent", "agent")] {
            let mut window = test::window(menu.layer(&model, &settings, WINDOW), WINDOW);
            window.click(label).unwrap();
            let said: Vec<_> = window.into_messages().collect();
            let [.., app::Message::Menu(message)] = said.as_slice() else { panic!("{said:?}") };
            assert_eq!(columns(menu.update(*message).0).last().map(String::as_str), Some(id));
        }
    }

    #[test]
    fn columns_are_chosen_with_keys() {
        use iced::keyboard::{Key, key::Named};
        test::speak();
        let mut menu = Menu::columns(&Settings::default(), Point::ORIGIN);
        let _ = menu.update(key(&Key::Named(Named::ArrowDown)).unwrap());
        let (action, _) = menu.update(Message::Press);
        assert!(!columns(action).contains(&"cpu".to_owned()));
    }
}
