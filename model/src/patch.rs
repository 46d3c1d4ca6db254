//! Edits of one place in a document that keep every other byte: comments, CDATA, entities, quotes, line ends and whatever
//! else libvirt or a person wrote and this crate does not model.
//!
//! Values are always escaped; a fragment must be one well-formed element. Every result was read again within the limits of
//! [`crate::xml`], so it is well-formed.

mod path;

pub use path::Path;

use crate::Error;
use crate::xml::{Element, Tree, is_name};
use quick_xml::escape::escape;
use std::ops::Range;

/// Replaces the text of the element at `path`; comments and CDATA inside it are part of what is replaced.
///
/// # Errors
/// Those of [`Tree::parse`] for the document and for the result; `Missing` or `Invalid` when `path` does not lead to exactly
/// one element; `Invalid` when that has child elements or `text` has characters that XML forbids.
pub fn set_text(xml: &str, path: &Path, text: &str) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let element = path.find(&tree)?;
    if element.children().next().is_some() {
        return Err(Error::Invalid { what: "a text where elements are" });
    }
    let text = escape_text(text);
    if element.is_self_closing() {
        let end = element.span().end;
        return splice(xml, end - 2..end, &[">", &text, "</", element.name(), ">"]);
    }
    splice(xml, element.content(), &[&text])
}

/// Replaces the value of an attribute of the element at `path`, or adds it behind the others.
///
/// # Errors
/// As [`set_text`]; `Invalid` when `name` is no name.
pub fn set_attribute(xml: &str, path: &Path, name: &str, value: &str) -> Result<String, Error> {
    if !is_name(name) {
        return Err(Error::Invalid { what: "the name of an attribute" });
    }
    let tree = Tree::parse(xml)?;
    let element = path.find(&tree)?;
    let value = escape_value(value);
    if let Some(span) = element.value_span(name) {
        return splice(xml, span, &[&value]);
    }
    let last = element.attributes().last().and_then(|(name, _)| element.value_span(name));
    // Behind the closing quote.
    let position = last.map_or(element.name_span().end, |span| span.end + 1);
    splice(xml, position..position, &[" ", name, "=\"", &value, "\""])
}

/// Takes an attribute away together with the space before it.
///
/// # Errors
/// As [`set_text`]; `Missing` without such an attribute.
pub fn remove_attribute(xml: &str, path: &Path, name: &str) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let element = path.find(&tree)?;
    let value = element.value_span(name).ok_or(Error::Missing { what: "the attribute to remove" })?;
    let before = &xml[..value.start - 1];
    // Between the name and the quote stand `=` and perhaps spaces.
    let equals = before.rfind('=').ok_or(Error::Malformed { position: value.start })?;
    let start = before[..equals].trim_end().len() - name.len();
    splice(xml, xml[..start].trim_end().len()..value.end + 1, &[])
}

/// Adds an element as the last child of the element at `parent`, indented like the last child before.
///
/// # Errors
/// As [`set_text`]; also those of [`Tree::parse`] for `fragment`.
pub fn insert_child(xml: &str, parent: &Path, fragment: &str) -> Result<String, Error> {
    let fragment = element_text(fragment)?;
    let tree = Tree::parse(xml)?;
    let element = parent.find(&tree)?;
    if let Some(last) = element.children().last() {
        return after(xml, &last, fragment);
    }
    if element.is_self_closing() {
        let end = element.span().end;
        return splice(xml, end - 2..end, &[">", fragment, "</", element.name(), ">"]);
    }
    let start = element.content().start;
    splice(xml, start..start, &[fragment])
}

/// Adds an element behind the element at `sibling`, indented like it.
///
/// # Errors
/// As [`insert_child`]; `Invalid` when `sibling` is the root.
pub fn insert_after(xml: &str, sibling: &Path, fragment: &str) -> Result<String, Error> {
    let fragment = element_text(fragment)?;
    let tree = Tree::parse(xml)?;
    let element = sibling.find(&tree)?;
    if element.parent().is_none() {
        return Err(Error::Invalid { what: "a place behind the root element" });
    }
    after(xml, &element, fragment)
}

/// Adds an element before the element at `sibling`, indented like it: where [`remove_element`] took one away.
///
/// # Errors
/// As [`insert_after`].
pub fn insert_before(xml: &str, sibling: &Path, fragment: &str) -> Result<String, Error> {
    let fragment = element_text(fragment)?;
    let tree = Tree::parse(xml)?;
    let element = sibling.find(&tree)?;
    if element.parent().is_none() {
        return Err(Error::Invalid { what: "a place before the root element" });
    }
    let start = element.span().start;
    let indentation = indentation(xml, start);
    let position = start - indentation.len();
    splice(xml, position..position, &[indentation, fragment])
}

/// Puts another element in the place of the element at `path`.
///
/// # Errors
/// As [`insert_child`].
pub fn replace_element(xml: &str, path: &Path, fragment: &str) -> Result<String, Error> {
    let fragment = element_text(fragment)?;
    let tree = Tree::parse(xml)?;
    splice(xml, path.find(&tree)?.span(), &[fragment])
}

/// Takes the element at `path` away, together with the line break and indentation before it, so that [`insert_child`] and
/// this are inverse (except that a parent written `<a/>` becomes `<a></a>`).
///
/// # Errors
/// As [`set_text`]; `Invalid` when `path` is the root.
pub fn remove_element(xml: &str, path: &Path) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let element = path.find(&tree)?;
    if element.parent().is_none() {
        return Err(Error::Invalid { what: "the removal of the root element" });
    }
    let span = element.span();
    splice(xml, span.start - indentation(xml, span.start).len()..span.end, &[])
}

/// Gives the element at `parent` a child `name` with this text: changes the one that is there, adds one where none is, and
/// removes it when `text` is empty. This is how a title or a description is set.
///
/// # Errors
/// As [`set_text`]; `Invalid` when `name` is no name.
pub fn put_text(xml: &str, parent: &Path, name: &str, text: &str) -> Result<String, Error> {
    if !is_name(name) {
        return Err(Error::Invalid { what: "the name of an element" });
    }
    let child = parent.clone().child(name);
    let exists = match child.find(&Tree::parse(xml)?) {
        Ok(_) => true,
        Err(Error::Missing { .. }) => false,
        Err(error) => return Err(error),
    };
    match (exists, text.is_empty()) {
        (true, true) => remove_element(xml, &child),
        (true, false) => set_text(xml, &child, text),
        (false, false) => insert_child(xml, parent, &["<", name, ">", &escape_text(text), "</", name, ">"].concat()),
        // Also refuses a path that leads nowhere.
        (false, true) => parent.find(&Tree::parse(xml)?).map(|_| xml.to_owned()),
    }
}

/// An element with one text, escaped; the building block of fragments. `attributes` are pairs of name and value.
///
/// # Errors
/// `Invalid` when a name is none.
pub fn fragment(name: &str, attributes: &[(&str, &str)], text: &str) -> Result<String, Error> {
    if !is_name(name) || !attributes.iter().all(|(name, _)| is_name(name)) {
        return Err(Error::Invalid { what: "the name of an element or attribute" });
    }
    let mut xml = ["<", name].concat();
    for (name, value) in attributes {
        xml.extend([" ", name, "=\"", &escape_value(value), "\""]);
    }
    if text.is_empty() {
        xml.push_str("/>");
    } else {
        xml.extend([">", &escape_text(text), "</", name, ">"]);
    }
    Ok(xml)
}

fn after(xml: &str, sibling: &Element<'_, '_>, fragment: &str) -> Result<String, Error> {
    let span = sibling.span();
    splice(xml, span.end..span.end, &[indentation(xml, span.start), fragment])
}

/// The line break and the blanks right before a position; empty when something else stands on that line.
fn indentation(xml: &str, position: usize) -> &str {
    let line = xml[..position].trim_end_matches([' ', '\t']);
    let start = match line.strip_suffix('\n') {
        Some(before) => before.strip_suffix('\r').unwrap_or(before).len(),
        None => position,
    };
    &xml[start..position]
}

/// One element without anything around it.
fn element_text(fragment: &str) -> Result<&str, Error> {
    let tree = Tree::parse(fragment)?;
    Ok(&fragment[tree.root().span()])
}

fn splice(xml: &str, span: Range<usize>, parts: &[&str]) -> Result<String, Error> {
    let added: usize = parts.iter().map(|part| part.len()).sum();
    let mut result = String::with_capacity(xml.len() + added);
    result.push_str(&xml[..span.start]);
    result.extend(parts.iter().copied());
    result.push_str(&xml[span.end..]);
    match Tree::parse(&result) {
        Ok(_) => Ok(result),
        // Spliced text can only be ill-formed through a character that XML has no way to write.
        Err(Error::Malformed { .. }) => Err(Error::Invalid { what: "a character" }),
        Err(error) => Err(error),
    }
}

/// A carriage return would be read back as a line feed, so it is written as a reference.
fn escape_text(text: &str) -> String {
    escape(text).replace('\r', "&#13;")
}

/// In attributes line feeds and tabs would be read back as spaces.
fn escape_value(value: &str) -> String {
    escape_text(value).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests;
