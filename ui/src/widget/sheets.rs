//! What lies over a window. As iced's stack, but what is never seen gets no layer: a layer costs a mask of the whole window
//! for every part that is painted.

use iced::{
    Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree},
    },
};

/// `base`, and room for what lies over it.
#[must_use]
pub fn sheets<'a, Message>(base: impl Into<Element<'a, Message>>) -> Sheets<'a, Message> {
    Sheets { all: vec![base.into()], looks: vec![Look::Drawn] }
}

/// See [`sheets`].
pub struct Sheets<'a, Message> {
    all: Vec<Element<'a, Message>>,
    looks: Vec<Look>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// As it is: the base, and what makes layers of its own.
    Drawn,
    /// In a layer.
    Layered,
    Unseen,
}

impl<'a, Message> Sheets<'a, Message> {
    /// Lays this over the rest.
    #[must_use]
    pub fn push(self, sheet: impl Into<Element<'a, Message>>) -> Self {
        self.add(sheet, Look::Layered)
    }

    /// Lays this over the rest; when there is something to see of it, it makes a layer itself.
    #[must_use]
    pub fn push_layered(self, sheet: impl Into<Element<'a, Message>>) -> Self {
        self.add(sheet, Look::Drawn)
    }

    /// Lays this over the rest; it takes the pointer, or keeps a place, and is not drawn.
    #[must_use]
    pub fn push_unseen(self, sheet: impl Into<Element<'a, Message>>) -> Self {
        self.add(sheet, Look::Unseen)
    }

    fn add(mut self, sheet: impl Into<Element<'a, Message>>, look: Look) -> Self {
        self.all.push(sheet.into());
        self.looks.push(look);
        self
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Sheets<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        self.all.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.all);
    }

    fn size(&self) -> Size<Length> {
        self.all[0].as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let base = self.all[0].as_widget_mut().layout(&mut tree.children[0], renderer, limits);
        let size = base.size();
        let limits = layout::Limits::new(Size::ZERO, size);
        let over = self.all[1..].iter_mut().zip(&mut tree.children[1..]);
        let over: Vec<layout::Node> = over.map(|(sheet, tree)| sheet.as_widget_mut().layout(tree, renderer, &limits)).collect();
        layout::Node::with_children(size, std::iter::once(base).chain(over).collect())
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for ((sheet, tree), layout) in self.all.iter_mut().zip(&mut tree.children).zip(layout.children()) {
                sheet.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        mut cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        for ((sheet, tree), layout) in self.all.iter_mut().zip(&mut tree.children).zip(layout.children()).rev() {
            sheet.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
            if shell.is_event_captured() {
                return;
            }
            // What lies below does not see a pointer that this one wants.
            if !cursor.is_levitating()
                && sheet.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer) != mouse::Interaction::None
            {
                cursor = cursor.levitate();
            }
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let sheets = self.all.iter().zip(&tree.children).zip(layout.children()).rev();
        sheets
            .map(|((sheet, tree), layout)| sheet.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer))
            .find(|interaction| *interaction != mouse::Interaction::None)
            .unwrap_or_default()
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let sheets: Vec<_> = self.all.iter().zip(&tree.children).zip(layout.children()).zip(&self.looks).collect();
        let wants = |(((sheet, tree), layout), _): &(((&Element<'_, Message>, &Tree), Layout<'_>), &Look)| {
            sheet.as_widget().mouse_interaction(tree, *layout, cursor, viewport, renderer) != mouse::Interaction::None
        };
        // The uppermost that wants the pointer has it, with all above.
        let has_pointer = sheets.iter().rposition(wants).unwrap_or(0);
        for (index, (((sheet, tree), layout), look)) in sheets.into_iter().enumerate() {
            let cursor = if index < has_pointer { mouse::Cursor::Unavailable } else { cursor };
            let draw = |renderer: &mut Renderer| sheet.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
            match look {
                Look::Drawn => draw(renderer),
                Look::Layered => renderer.with_layer(*viewport, draw),
                Look::Unseen => {}
            }
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        overlay::from_children(&mut self.all, tree, layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Sheets<'a, Message>> for Element<'a, Message> {
    fn from(sheets: Sheets<'a, Message>) -> Self {
        Self::new(sheets)
    }
}
