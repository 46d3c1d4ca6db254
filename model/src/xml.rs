//! The one bounded XML reader: every document of this crate goes through [`Tree::parse`].
//!
//! A tree holds positions into the text it was read from, so building one copies nothing and [`crate::patch`] can splice.

mod element;

pub use element::{Children, Element};

use crate::Error;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

/// Longest document, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting, in elements; the root counts.
pub const MAX_DEPTH: usize = 64;
/// Most attributes of one element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most tags, texts, comments, references … of one document.
pub const MAX_EVENTS: usize = 100_000;

const BYTE_ORDER_MARK: char = '\u{feff}';
const NONE: u32 = u32::MAX;

/// A well-formed document within the limits.
#[derive(Debug)]
pub struct Tree<'x> {
    text: &'x str,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
}

/// An element. Positions are bytes of the document; `u32` suffices for [`MAX_BYTES`].
#[derive(Debug)]
struct Node {
    parent: u32,
    first_child: u32,
    next: u32,
    start: u32,
    name_end: u32,
    /// After the `>` of the start tag.
    open_end: u32,
    /// Before the `<` of the end tag; equals `end` for `<a/>`.
    close_start: u32,
    end: u32,
    first_attribute: u32,
    last_attribute: u32,
}

#[derive(Debug)]
struct Attribute {
    name_start: u32,
    name_end: u32,
    value_start: u32,
    value_end: u32,
}

impl<'x> Tree<'x> {
    /// Reads a whole document with exactly one root element.
    ///
    /// # Errors
    /// `TooLarge`, `TooDeep`, `TooManyNodes`, `TooManyAttributes` beyond the limits above, `Doctype` for any document type
    /// declaration, `Malformed` for what XML forbids (unknown entities and control characters included), `Missing` without root.
    pub fn parse(text: &'x str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLarge { limit: MAX_BYTES });
        }
        if let Some(position) = forbidden_character(text) {
            return Err(Error::Malformed { position });
        }
        Builder::new(text).run()
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_, 'x> {
        Element::new(self, 0)
    }

    /// The document as it was given.
    #[must_use]
    pub const fn text(&self) -> &'x str {
        self.text
    }
}

struct Builder<'x> {
    text: &'x str,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    /// Open elements: index, and index of the last child so far.
    open: Vec<(u32, u32)>,
}

impl<'x> Builder<'x> {
    fn new(text: &'x str) -> Self {
        let guess = text.len() / 48;
        Self { text, nodes: Vec::with_capacity(guess), attributes: Vec::with_capacity(guess), open: Vec::with_capacity(MAX_DEPTH) }
    }

    fn run(mut self) -> Result<Tree<'x>, Error> {
        // quick-xml drops a byte order mark without counting it, which would shift every position.
        let body = self.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(self.text);
        let base = self.text.len() - body.len();
        let mut reader = Reader::from_str(body);
        reader.config_mut().check_comments = true;
        let mut start = base;
        for _ in 0..MAX_EVENTS {
            let event = reader.read_event().map_err(|_| Error::Malformed { position: base + offset(reader.error_position()) })?;
            let end = base + offset(reader.buffer_position());
            if matches!(event, Event::Eof) {
                return self.finish();
            }
            self.take(&event, start, end)?;
            start = end;
        }
        Err(Error::TooManyNodes { limit: MAX_EVENTS })
    }

    fn take(&mut self, event: &Event<'_>, start: usize, end: usize) -> Result<(), Error> {
        let malformed = Error::Malformed { position: start };
        match event {
            Event::Start(tag) => self.start(start, end, tag.name().as_ref().len(), false),
            Event::Empty(tag) => self.start(start, end, tag.name().as_ref().len(), true),
            Event::End(_) => self.end(start, end).ok_or(malformed),
            Event::Text(text) if self.open.is_empty() && !text.bytes().all(is_space) => Err(malformed),
            Event::CData(_) if self.open.is_empty() => Err(malformed),
            // Without a document type the five predefined entities and character references are all there is.
            Event::GeneralRef(_) if self.open.is_empty() => Err(malformed),
            Event::GeneralRef(_) => check_references(&self.text[start..end]).ok_or(malformed),
            Event::DocType(_) => Err(Error::Doctype),
            Event::Decl(_) if self.text[..start].trim_start_matches(BYTE_ORDER_MARK).is_empty() => Ok(()),
            Event::Decl(_) => Err(malformed),
            _ => Ok(()),
        }
    }

    fn start(&mut self, start: usize, end: usize, name_len: usize, is_empty: bool) -> Result<(), Error> {
        let malformed = Error::Malformed { position: start };
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::TooDeep { limit: MAX_DEPTH });
        }
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(malformed);
        }
        let name_end = start + 1 + name_len;
        if !self.text.get(start + 1..name_end).is_some_and(is_name) {
            return Err(malformed);
        }
        let first_attribute = self.attributes.len();
        self.attributes(start, name_end, if is_empty { end - 2 } else { end - 1 })?;
        let index = narrow(self.nodes.len());
        let parent = self.link(index);
        self.nodes.push(Node {
            parent,
            first_child: NONE,
            next: NONE,
            start: narrow(start),
            name_end: narrow(name_end),
            open_end: narrow(end),
            close_start: narrow(end),
            end: narrow(end),
            first_attribute: narrow(first_attribute),
            last_attribute: narrow(self.attributes.len()),
        });
        if !is_empty {
            self.open.push((index, NONE));
        }
        Ok(())
    }

    /// Makes `index` the next child of the innermost open element, which is returned.
    fn link(&mut self, index: u32) -> u32 {
        let Some((parent, last)) = self.open.last_mut() else { return NONE };
        match std::mem::replace(last, index) {
            NONE => self.nodes[*parent as usize].first_child = index,
            previous => self.nodes[previous as usize].next = index,
        }
        *parent
    }

    fn end(&mut self, start: usize, end: usize) -> Option<()> {
        let (index, _) = self.open.pop()?;
        let node = self.nodes.get_mut(index as usize)?;
        node.close_start = narrow(start);
        node.end = narrow(end);
        Some(())
    }

    fn attributes(&mut self, start: usize, name_end: usize, tag_end: usize) -> Result<(), Error> {
        let malformed = Error::Malformed { position: start };
        let tag = self.text.get(start..tag_end).ok_or(malformed)?;
        let origin = tag.as_ptr() as usize;
        for (count, attribute) in Attributes::new(tag, name_end - start).enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(Error::TooManyAttributes { limit: MAX_ATTRIBUTES });
            }
            let attribute = attribute.map_err(|_| malformed)?;
            let (name, value) = (attribute.key.0, attribute.value.as_ref());
            let is_plain = !value.bytes().any(|byte| byte == b'<' || byte == b'&');
            if !is_name(name) || !(is_plain || (!value.contains('<') && check_references(value).is_some())) {
                return Err(malformed);
            }
            // Both slices are parts of `tag`, so their addresses tell where they are.
            let name_start = start + (name.as_ptr() as usize - origin);
            let value_start = start + (value.as_ptr() as usize - origin);
            self.attributes.push(Attribute {
                name_start: narrow(name_start),
                name_end: narrow(name_start + name.len()),
                value_start: narrow(value_start),
                value_end: narrow(value_start + value.len()),
            });
        }
        Ok(())
    }

    fn finish(self) -> Result<Tree<'x>, Error> {
        if !self.open.is_empty() {
            return Err(Error::Malformed { position: self.text.len() });
        }
        if self.nodes.is_empty() {
            return Err(Error::Missing { what: "a root element" });
        }
        Ok(Tree { text: self.text, nodes: self.nodes, attributes: self.attributes })
    }
}

/// Positions fit: [`MAX_BYTES`] is checked before anything is counted.
#[allow(clippy::cast_possible_truncation)]
const fn narrow(position: usize) -> u32 {
    position as u32
}

#[allow(clippy::cast_possible_truncation)]
const fn offset(position: u64) -> usize {
    position as usize
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The names XML allows, a little wider outside ASCII.
pub(crate) fn is_name(name: &str) -> bool {
    let start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80;
    let mut bytes = name.bytes();
    bytes.next().is_some_and(start) && bytes.all(|byte| start(byte) || byte.is_ascii_digit() || byte == b'-' || byte == b'.')
}

/// Whether every reference of a raw text stands for a character that XML allows.
fn check_references(raw: &str) -> Option<()> {
    if !raw.contains('&') {
        return Some(());
    }
    let text = unescape(raw).ok()?;
    forbidden_character(&text).is_none().then_some(())
}

/// Position of the first character that XML 1.0 forbids.
fn forbidden_character(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let control = bytes.iter().position(|byte| *byte < 0x20 && !is_space(*byte));
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF; most documents have no byte of either.
    let odd = || bytes.contains(&0xef).then(|| text.find(['\u{fffe}', '\u{ffff}'])).flatten();
    control.or_else(odd)
}

#[cfg(test)]
mod tests;
