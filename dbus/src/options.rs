//! The trailing `a{sv}` of every method: read by name and type, and nothing may be left over.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use zbus::{OwnedVariant, Type, Variant};

use crate::Error;

/// At most this many keys are looked at.
const MAX_KEYS: usize = 64;

/// A dictionary of options as it came over the bus.
#[derive(Debug, Default, Deserialize, Serialize, Type)]
#[zbus(signature = "a{sv}")]
pub struct Options(HashMap<String, OwnedVariant>);

impl Options {
    /// Starts reading. The number of keys is checked first.
    ///
    /// # Errors
    /// `InvalidArgument` if there are more keys than any method has.
    pub fn reader(self) -> Result<Reader, Error> {
        if self.0.len() > MAX_KEYS {
            return Err(Error::invalid_argument("options", "too many keys"));
        }
        Ok(Reader(self.0))
    }

    /// For methods that have no options yet: every key is refused.
    ///
    /// # Errors
    /// `InvalidArgument` naming the key.
    pub fn none(self) -> Result<(), Error> {
        self.reader()?.finish()
    }

    /// Adds an option on the client's side.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Variant<'static>>) -> Self {
        // A value made of owned data without descriptors always converts.
        if let Ok(value) = OwnedVariant::try_from(value.into()) {
            self.0.insert(key.to_owned(), value);
        }
        self
    }
}

/// Takes options out by name; [`Reader::finish`] refuses what was not asked for.
#[derive(Debug)]
pub struct Reader(HashMap<String, OwnedVariant>);

impl Reader {
    /// The value of `key`, or `None` if it is absent.
    ///
    /// # Errors
    /// `InvalidArgument` if it has another type.
    pub fn take<T: TryFrom<OwnedVariant>>(&mut self, key: &'static str) -> Result<Option<T>, Error> {
        self.0.remove(key).map(|value| T::try_from(value).map_err(|_| Error::invalid_argument(key, "wrong type"))).transpose()
    }

    /// The boolean `key`, false if absent.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not a boolean.
    pub fn flag(&mut self, key: &'static str) -> Result<bool, Error> {
        Ok(self.take(key)?.unwrap_or(false))
    }

    /// Ends reading.
    ///
    /// # Errors
    /// `InvalidArgument` naming a key that the method does not know: a typo must not be ignored.
    pub fn finish(self) -> Result<(), Error> {
        match self.0.into_keys().min() {
            None => Ok(()),
            Some(key) => Err(Error::invalid_argument(&key, "unknown option")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn unknown_keys_are_refused() {
        let mut reader = Options::default().with("paused", true).with("puased", true).reader().unwrap();
        assert!(reader.flag("paused").unwrap());
        let error = reader.finish().unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidArgument);
        assert_eq!(error.message, "Invalid argument puased: unknown option");
    }

    #[test]
    fn wrong_types_are_refused() {
        let mut reader = Options::default().with("paused", 1_u32).reader().unwrap();
        assert_eq!(reader.flag("paused").unwrap_err().kind, ErrorKind::InvalidArgument);
    }

    #[test]
    fn absent_flags_are_false() {
        assert!(!Options::default().reader().unwrap().flag("paused").unwrap());
    }

    #[test]
    fn a_flood_of_keys_is_refused_before_reading() {
        let many = (0..65).fold(Options::default(), |options, n| options.with(&format!("k{n}"), n));
        assert_eq!(many.reader().unwrap_err().kind, ErrorKind::InvalidArgument);
    }
}
