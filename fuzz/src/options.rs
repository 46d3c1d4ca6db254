//! The target for dictionaries of options as they come over the bus. This file is also compiled into `tests/options.rs`, so
//! that the corpus runs on every `cargo test`; it uses nothing but the public API of `dbus`.

use dbus::{Error, ErrorKind, Options, Reader, machine::Tag};
use zbus::wire::{
    Endian,
    serialized::{Context, Data},
};

/// The first byte chooses the byte order, the rest is an `a{sv}`. Whatever it holds is read or refused by name, and what the
/// refusal echoes is short and printable.
pub fn options(input: &[u8]) {
    let Some((order, bytes)) = input.split_first() else { return };
    let endian = if order % 2 == 0 { Endian::Little } else { Endian::Big };
    for read in [start, shutdown, metadata, delete, anything] {
        let data = Data::new(bytes.to_vec(), Context::new(endian, 0));
        let Ok((options, _)) = data.deserialize::<Options>() else { return };
        let read = options.reader().and_then(|mut reader| {
            read(&mut reader)?;
            reader.finish()
        });
        if let Err(error) = read {
            check(&error);
        }
    }
}

fn start(reader: &mut Reader) -> Result<(), Error> {
    for key in ["paused", "force-boot", "discard-saved-state", "graceful", "bypass-cache", "permanent"] {
        reader.flag(key)?;
    }
    Ok(())
}

fn shutdown(reader: &mut Reader) -> Result<(), Error> {
    reader.take::<String>("mode")?;
    for key in ["timeout", "lines", "screen", "width"] {
        reader.take::<u32>(key)?;
    }
    Ok(())
}

fn metadata(reader: &mut Reader) -> Result<(), Error> {
    for key in ["title", "description", "group", "target", "tag"] {
        reader.take::<String>(key)?;
    }
    reader.take::<Vec<Tag>>("tags")?;
    reader.take::<bool>("locked").map(drop)
}

fn delete(reader: &mut Reader) -> Result<(), Error> {
    reader.take::<Vec<String>>("volumes")?;
    reader.flag("force-off").map(drop)
}

fn anything(_: &mut Reader) -> Result<(), Error> {
    Ok(())
}

fn check(error: &Error) {
    assert_eq!(error.kind, ErrorKind::InvalidArgument);
    let is_printable = |text: &str| text.chars().all(|character| character.is_ascii_graphic() || character == ' ');
    assert!(error.message.len() <= 160 && is_printable(&error.message), "{error:?}");
    let argument = error.facts.get("argument").and_then(|argument| argument.downcast_ref::<&str>().ok());
    assert!(argument.is_some_and(|argument| argument.len() <= 64 && is_printable(argument)), "{error:?}");
    assert!(error.facts.contains_key("reason"));
}
