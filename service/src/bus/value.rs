//! Values of properties as they are in a record. Lists of all machines are made of them: a [`Variant`] of each would be allocated, and
//! written with a type that is worked out anew, for every property of every machine.

use std::collections::HashMap;

use dbus::machine::{Address, Tag};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use uuid::Uuid;
use zbus::{Signature, Type, Variant};

/// The value of one property; on the wire a `v`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Bool(bool),
    U32(u32),
    U64(u64),
    Text(&'a str),
    Uuid(Uuid),
    Texts(&'a [Box<str>]),
    Tags(&'a [Tag]),
    Addresses(&'a [Address]),
    /// A list of things with what is known of each.
    Facts(Vec<HashMap<&'static str, Variant<'static>>>),
    /// The same, where all that is known are texts.
    Named(Vec<HashMap<&'static str, String>>),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => typed("b", value, serializer),
            Self::U32(value) => typed("u", value, serializer),
            Self::U64(value) => typed("t", value, serializer),
            Self::Text(value) => typed("s", value, serializer),
            Self::Uuid(value) => typed("s", &*value.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()), serializer),
            Self::Texts(values) => typed("as", values, serializer),
            Self::Tags(values) => typed("a(ss)", values, serializer),
            Self::Addresses(values) => typed("a(sss)", values, serializer),
            Self::Facts(values) => typed("aa{sv}", values, serializer),
            Self::Named(values) => typed("aa{ss}", values, serializer),
        }
    }
}

impl Type for Value<'_> {
    const SIGNATURE: &'static Signature = &Signature::Variant;
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::U32(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::U64(value)
    }
}

/// As the library writes a variant, but with a type that is known already: working it out costs as much as writing the value.
fn typed<S: Serializer>(signature: &'static str, value: &(impl Serialize + ?Sized), serializer: S) -> Result<S::Ok, S::Error> {
    let mut structure = serializer.serialize_struct("Variant", 2)?;
    structure.serialize_field("signature", signature)?;
    structure.serialize_field("value", value)?;
    structure.end()
}

#[cfg(test)]
mod tests {
    use zbus::wire::{LE, serialized::Context, to_bytes};

    use super::{super::properties::structures, *};

    fn written(value: &(impl Serialize + Type)) -> Vec<u8> {
        to_bytes(Context::new(LE, 0), value).unwrap().bytes().to_vec()
    }

    #[test]
    fn every_kind_of_value_is_written_as_the_librarys_variant_of_it_is() {
        let (uuid, text) = (Uuid::from_u128(7), |text: &str| Box::<str>::from(text));
        let (texts, none) = ([text("a"), text("bc")], Vec::<&str>::new());
        let tags = [Tag { name: "a".into(), colour: "#112233".into() }];
        let addresses = [Address { address: "10.0.0.1/8".into(), mac: String::new(), source: "arp".into() }];
        let facts = || vec![HashMap::from([("a", Variant::from(true))])];
        let named = || vec![HashMap::from([("part", "device".to_owned())])];
        let pairs: [(Value<'_>, Variant<'_>); 12] = [
            (Value::Bool(true), true.into()),
            (Value::U32(7), 7_u32.into()),
            (Value::U64(1 << 40), (1_u64 << 40).into()),
            (Value::Text("text"), "text".into()),
            (Value::Uuid(uuid), uuid.to_string().into()),
            (Value::Texts(&texts), vec!["a", "bc"].into()),
            (Value::Texts(&[]), none.into()),
            (Value::Tags(&tags), structures(&tags)),
            (Value::Tags(&[]), structures::<Tag>(&[])),
            (Value::Addresses(&addresses), structures(&addresses)),
            (Value::Facts(facts()), facts().into()),
            (Value::Named(named()), named().into()),
        ];
        for (value, variant) in pairs {
            assert_eq!(written(&value), written(&variant), "{value:?}");
        }
    }
}
