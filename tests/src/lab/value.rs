//! Values of the bus as words, and back.

use std::collections::HashMap;

use anyhow::{Context, bail};
use zbus::{Fd, Structure, Variant};

/// A value as text: plain where it is simple, parts separated by tabs and lines where not.
pub fn text(value: &Variant<'_>) -> String {
    match value {
        Variant::U8(number) => number.to_string(),
        Variant::Bool(is) => is.to_string(),
        Variant::I32(number) => number.to_string(),
        Variant::U32(number) => number.to_string(),
        Variant::I64(number) => number.to_string(),
        Variant::U64(number) => number.to_string(),
        Variant::F64(number) => number.to_string(),
        Variant::Str(text) => text.to_string(),
        Variant::ObjectPath(path) => path.to_string(),
        Variant::Variant(inner) => text(inner),
        Variant::Structure(parts) => parts.fields().iter().map(text).collect::<Vec<_>>().join("\t"),
        Variant::Array(items) => {
            let separator = if matches!(items.iter().next(), Some(Variant::Structure(_) | Variant::Str(_))) { "\n" } else { "," };
            items.iter().map(text).collect::<Vec<_>>().join(separator)
        }
        Variant::Dict(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| format!("{}={}", text(key), text(value))).collect();
            entries.sort();
            entries.join(" ")
        }
        other => format!("{other:?}"),
    }
}

/// `true`, `false`, a number, `[a,b]` or text.
pub fn option(key: &str, word: &str) -> Variant<'static> {
    if key == "tags" {
        let tags = word.split(',').filter(|tag| !tag.is_empty()).map(|tag| {
            let (name, colour) = tag.split_once('#').map_or((tag, String::new()), |(name, colour)| (name, format!("#{colour}")));
            (name.to_owned(), colour)
        });
        return Variant::from(tags.collect::<Vec<(String, String)>>());
    }
    if let Some(list) = word.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        let items: Vec<String> = list.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect();
        return Variant::from(items);
    }
    match (word, word.parse::<u32>()) {
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        // Titles and names stay text.
        (_, Ok(number)) if !matches!(key, "title" | "description" | "group" | "tag" | "mode") => number.into(),
        _ => Variant::from(word.to_owned()),
    }
}

/// The dictionary in `key=value` words; a `rom-file` is one of [`descriptor`].
pub fn options<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> anyhow::Result<Variant<'static>> {
    let mut map = HashMap::new();
    for word in words {
        let (key, value) = word.split_once('=').with_context(|| format!("{word} is not key=value"))?;
        map.insert(key.to_owned(), if key == "rom-file" { descriptor(value)? } else { option(key, value) });
    }
    Ok(Variant::from(map))
}

/// Opens `MODE:PATH`, where the mode is `r`, `w` (made anew), `rw` or `a`.
pub fn descriptor(word: &str) -> anyhow::Result<Variant<'static>> {
    let (mode, path) = word.split_once(':').context("MODE:PATH")?;
    let mut how = std::fs::OpenOptions::new();
    match mode {
        "r" => how.read(true),
        "w" => how.write(true).create(true).truncate(true),
        "rw" => how.read(true).write(true).create(true).truncate(false),
        "a" => how.append(true).create(true),
        _ => bail!("mode {mode}"),
    };
    let file = how.open(path).with_context(|| path.to_owned())?;
    Ok(Variant::Fd(Fd::from(std::os::fd::OwnedFd::from(file))))
}

/// The body of a message.
pub fn body(values: Vec<Variant<'static>>) -> anyhow::Result<Structure<'static>> {
    let mut builder = Structure::builder();
    for value in values {
        builder.push_value(value);
    }
    Ok(builder.build()?)
}
