use super::{NONE, Tree};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use std::borrow::Cow;
use std::ops::Range;

/// A view of one element of a [`Tree`].
#[derive(Clone, Copy, Debug)]
pub struct Element<'t, 'x> {
    tree: &'t Tree<'x>,
    index: u32,
}

impl<'t, 'x> Element<'t, 'x> {
    pub(super) const fn new(tree: &'t Tree<'x>, index: u32) -> Self {
        Self { tree, index }
    }

    fn node(&self) -> &'t super::Node {
        &self.tree.nodes[self.index as usize]
    }

    fn slice(&self, start: u32, end: u32) -> &'x str {
        &self.tree.text[start as usize..end as usize]
    }

    /// The name as written, with its prefix.
    #[must_use]
    pub fn name(&self) -> &'x str {
        let node = self.node();
        self.slice(node.start + 1, node.name_end)
    }

    /// The name without its prefix.
    #[must_use]
    pub fn local_name(&self) -> &'x str {
        let name = self.name();
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// The URI of the namespace that the element's prefix stands for, or of the default namespace; `None` when there is none.
    #[must_use]
    pub fn namespace(&self) -> Option<Cow<'x, str>> {
        let prefix = self.name().split_once(':').map(|(prefix, _)| prefix);
        let mut element = Some(*self);
        while let Some(current) = element {
            let declared = current.raw_attributes().find(|(name, _)| match prefix {
                Some(prefix) => name.strip_prefix("xmlns:") == Some(prefix),
                None => *name == "xmlns",
            });
            if let Some((_, value)) = declared {
                return Some(plain(value)).filter(|uri| !uri.is_empty());
            }
            element = current.parent();
        }
        None
    }

    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let parent = self.node().parent;
        (parent != NONE).then(|| Self::new(self.tree, parent))
    }

    /// The child elements in document order.
    #[must_use]
    pub fn children(&self) -> Children<'t, 'x> {
        Children { tree: self.tree, next: self.node().first_child }
    }

    /// The child elements of this name (as written).
    pub fn children_named<'n>(&self, name: &'n str) -> impl Iterator<Item = Self> + use<'t, 'x, 'n> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first child element of this name (as written).
    #[must_use]
    pub fn child(&self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// The first element below along these names.
    #[must_use]
    pub fn find(&self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(*self, |element, name| element.child(name))
    }

    /// The value of an attribute, references resolved.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'x, str>> {
        self.raw_attributes().find(|(key, _)| *key == name).map(|(_, value)| plain(value))
    }

    /// All attributes in document order, references resolved; namespace declarations are among them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'x str, Cow<'x, str>)> + use<'t, 'x> {
        self.raw_attributes().map(|(name, value)| (name, plain(value)))
    }

    fn raw_attributes(&self) -> impl Iterator<Item = (&'x str, &'x str)> + use<'t, 'x> {
        let (node, text) = (self.node(), self.tree.text);
        self.tree.attributes[node.first_attribute as usize..node.last_attribute as usize].iter().map(move |attribute| {
            let name = &text[attribute.name_start as usize..attribute.name_end as usize];
            (name, &text[attribute.value_start as usize..attribute.value_end as usize])
        })
    }

    /// The text directly inside: references resolved, CDATA included, comments and child elements left out, lines ended by `\n`.
    #[must_use]
    pub fn text(&self) -> Cow<'x, str> {
        let node = self.node();
        let content = &self.tree.text[self.content()];
        if node.first_child == NONE && !content.contains('<') { lines(content) } else { Cow::Owned(mixed(content)) }
    }

    /// Where the whole element is in the text.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// Where the start tag is, from `<` to behind `>`.
    #[must_use]
    pub fn open_tag(&self) -> Range<usize> {
        self.node().start as usize..self.node().open_end as usize
    }

    /// Where the content is; empty for `<a/>`.
    #[must_use]
    pub fn content(&self) -> Range<usize> {
        self.node().open_end as usize..self.node().close_start as usize
    }

    /// Whether the element is written `<a/>`.
    #[must_use]
    pub fn is_self_closing(&self) -> bool {
        self.node().open_end == self.node().end
    }

    /// Where the raw value of an attribute is, between its quotes.
    #[must_use]
    pub fn value_span(&self, name: &str) -> Option<Range<usize>> {
        let (node, text) = (self.node(), self.tree.text);
        self.tree.attributes[node.first_attribute as usize..node.last_attribute as usize]
            .iter()
            .find(|attribute| &text[attribute.name_start as usize..attribute.name_end as usize] == name)
            .map(|attribute| attribute.value_start as usize..attribute.value_end as usize)
    }

    /// Where the name as written is.
    #[must_use]
    pub fn name_span(&self) -> Range<usize> {
        self.node().start as usize + 1..self.node().name_end as usize
    }
}

/// The child elements of an [`Element`].
#[derive(Clone, Debug)]
pub struct Children<'t, 'x> {
    tree: &'t Tree<'x>,
    next: u32,
}

impl<'t, 'x> Iterator for Children<'t, 'x> {
    type Item = Element<'t, 'x>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        if index == NONE {
            return None;
        }
        self.next = self.tree.nodes[index as usize].next;
        Some(Element::new(self.tree, index))
    }
}

/// An attribute value as XML defines it: references resolved, line ends and tabs turned into spaces.
fn plain(raw: &str) -> Cow<'_, str> {
    // One pass over the bytes answers for nearly every value.
    if !raw.bytes().any(|byte| byte < b' ' || byte == b'&') {
        return Cow::Borrowed(raw);
    }
    let spaced = raw.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
    Cow::Owned(plain_text(&spaced).into_owned())
}

/// The references were checked when the tree was built, so the raw text is only ever a fallback.
fn plain_text(raw: &str) -> Cow<'_, str> {
    unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// Line ends are unified before references are resolved: a carriage return written as a reference stays one.
fn lines(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\r') {
        return plain_text(raw);
    }
    Cow::Owned(plain_text(&unify(raw)).into_owned())
}

fn unify(raw: &str) -> String {
    raw.replace("\r\n", "\n").replace('\r', "\n")
}

fn mixed(content: &str) -> String {
    let mut reader = Reader::from_str(content);
    // The content starts inside an element; a byte order mark there is text, but quick-xml drops it. Nothing depends on it.
    let (mut depth, mut text) = (0_usize, String::new());
    // Well-formedness was checked, so an error cannot occur; stopping is the harmless answer if it did.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(part) if depth == 0 => text.push_str(&unify(&part)),
            Event::CData(part) if depth == 0 => text.push_str(&unify(&part)),
            Event::GeneralRef(part) if depth == 0 => push_reference(&mut text, &part),
            _ => {}
        }
    }
    text
}

fn push_reference(text: &mut String, name: &str) {
    let raw = ["&", name, ";"].concat();
    text.push_str(&plain_text(&raw));
}
