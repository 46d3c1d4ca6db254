//! Values as a service sends them, read without trust: what has another type than expected is as if it were not there.

use std::collections::HashMap;

use dbus::machine::{Address, Tag};
use zbus::Variant;

/// Bytes of a text; the rest is left out. The service's own bound is 4096.
const LONGEST: usize = 8192;
/// Elements of a list of texts, tags, addresses or CPUs; the rest is left out.
pub(super) const MOST: usize = 1024;

/// A text, cut to a size that can be shown.
pub(super) fn bounded(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

pub(super) fn text(value: &Variant<'_>) -> Option<String> {
    match value {
        Variant::Str(text) => Some(bounded(text).to_owned()),
        Variant::ObjectPath(path) => Some(bounded(path.as_str()).to_owned()),
        _ => None,
    }
}

pub(super) const fn flag(value: &Variant<'_>) -> Option<bool> {
    match value {
        Variant::Bool(value) => Some(*value),
        _ => None,
    }
}

pub(super) const fn number(value: &Variant<'_>) -> Option<u32> {
    match value {
        Variant::U32(value) => Some(*value),
        _ => None,
    }
}

pub(super) const fn size(value: &Variant<'_>) -> Option<u64> {
    match value {
        Variant::U64(value) => Some(*value),
        _ => None,
    }
}

/// Any number without a sign.
pub(super) fn unsigned(value: &Variant<'_>) -> Option<u64> {
    Some(match value {
        Variant::U8(value) => (*value).into(),
        Variant::U16(value) => (*value).into(),
        Variant::U32(value) => (*value).into(),
        Variant::U64(value) => *value,
        _ => return None,
    })
}

pub(super) const fn signed(value: &Variant<'_>) -> Option<i32> {
    match value {
        Variant::I32(value) => Some(*value),
        _ => None,
    }
}

/// A part of a whole, 0…1.
pub(super) const fn share(value: &Variant<'_>) -> Option<f32> {
    match value {
        Variant::F64(value) => Some(part(*value)),
        _ => None,
    }
}

/// A part of a whole as 0…1, whatever was sent.
pub(super) const fn part(value: f64) -> f32 {
    // Not a number is neither.
    if value >= 1.0 {
        1.0
    } else if value > 0.0 {
        single(value)
    } else {
        0.0
    }
}

/// What cannot be negative or endless.
pub(super) const fn amount(value: f64) -> f32 {
    if value.is_finite() && value > 0.0 { single(value) } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "figures are drawn; seven digits are more than is seen")]
const fn single(value: f64) -> f32 {
    value as f32
}

fn elements<'a>(value: &'a Variant<'a>) -> Option<impl Iterator<Item = &'a Variant<'a>>> {
    match value {
        Variant::Array(array) => Some(array.inner().iter().take(MOST)),
        _ => None,
    }
}

pub(super) fn texts(value: &Variant<'_>) -> Option<Vec<String>> {
    Some(elements(value)?.filter_map(text).collect())
}

pub(super) fn numbers(value: &Variant<'_>) -> Option<Vec<u32>> {
    Some(elements(value)?.filter_map(number).collect())
}

pub(super) fn sizes(value: &Variant<'_>) -> Option<Vec<u64>> {
    Some(elements(value)?.filter_map(size).collect())
}

/// The fields of each structure of a list.
pub(super) fn structures<'a>(value: &'a Variant<'a>) -> Option<impl Iterator<Item = &'a [Variant<'a>]>> {
    let fields = |element: &'a Variant<'a>| match element {
        Variant::Structure(structure) => Some(structure.fields()),
        _ => None,
    };
    Some(elements(value)?.filter_map(fields))
}

/// Structures of so many texts each; what is none is left out.
fn rows<const N: usize>(value: &Variant<'_>) -> Option<Vec<[String; N]>> {
    let row = |fields: &[Variant<'_>]| fields.iter().map(text).collect::<Option<Vec<String>>>()?.try_into().ok();
    Some(structures(value)?.filter_map(row).collect())
}

pub(super) fn tags(value: &Variant<'_>) -> Option<Vec<Tag>> {
    Some(rows(value)?.into_iter().map(|[name, colour]| Tag { name, colour }).collect())
}

pub(super) fn pairs(value: &Variant<'_>) -> Option<Vec<(String, String)>> {
    Some(rows(value)?.into_iter().map(|[one, other]| (one, other)).collect())
}

pub(super) fn addresses(value: &Variant<'_>) -> Option<Vec<Address>> {
    Some(rows(value)?.into_iter().map(|[address, mac, source]| Address { address, mac, source }).collect())
}

/// Dictionaries of texts; what is none is left out.
pub(super) fn dictionaries(value: &Variant<'_>) -> Option<Vec<HashMap<String, String>>> {
    let texts = |dictionary: &Variant<'_>| match dictionary {
        Variant::Dict(all) => Some(all.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()),
        _ => None,
    };
    Some(elements(value)?.filter_map(texts).collect())
}

/// Dictionaries of anything.
pub(super) fn facts<'a>(value: &'a Variant<'a>) -> Option<Vec<HashMap<String, &'a Variant<'a>>>> {
    let inside = |value: &'a Variant<'a>| match value {
        Variant::Variant(inner) => &**inner,
        other => other,
    };
    let read = |dictionary: &'a Variant<'a>| match dictionary {
        Variant::Dict(all) => Some(all.iter().filter_map(|(name, value)| Some((text(name)?, inside(value)))).collect()),
        _ => None,
    };
    Some(elements(value)?.filter_map(read).collect())
}

/// A fact of an error as text: texts as they are, lists with commas, `None` for what has no plain form.
pub(super) fn shown(value: &Variant<'_>) -> Option<String> {
    Some(match value {
        Variant::Bool(value) => value.to_string(),
        Variant::U8(value) => value.to_string(),
        Variant::I16(value) => value.to_string(),
        Variant::U16(value) => value.to_string(),
        Variant::I32(value) => value.to_string(),
        Variant::U32(value) => value.to_string(),
        Variant::I64(value) => value.to_string(),
        Variant::U64(value) => value.to_string(),
        Variant::F64(value) => value.to_string(),
        Variant::Array(_) => elements(value)?.filter_map(text).collect::<Vec<_>>().join(", "),
        _ => text(value)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_what_they_can_be() {
        for (sent, read) in [(0.5, 0.5), (7.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0), (f64::INFINITY, 1.0)] {
            assert_eq!(part(sent).to_bits(), f32::to_bits(read), "{sent}");
        }
        assert_eq!(amount(f64::INFINITY).to_bits(), 0.0_f32.to_bits());
        assert_eq!(amount(f64::NAN).to_bits(), 0.0_f32.to_bits());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ä".repeat(LONGEST);
        assert_eq!(bounded(&long).len(), LONGEST);
        assert_eq!(bounded(&format!("a{long}")).len(), LONGEST - 1);
    }

    #[test]
    fn other_types_are_no_value() {
        assert_eq!(text(&Variant::from(1_u32)), None);
        assert_eq!(tags(&Variant::from(vec!["a"])), Some(Vec::new()));
        assert_eq!(tags(&Variant::from(vec![("a", "b")])).unwrap()[0].colour, "b");
        assert_eq!(addresses(&Variant::from(vec![("a", "b")])), Some(Vec::new()));
        assert_eq!(shown(&Variant::from(vec!["a", "b"])).unwrap(), "a, b");
    }
}
