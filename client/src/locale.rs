//! Words in the person's language.
//!
//! The words stand in Fluent files, one per crate and language. This crate's own are always there; others add theirs with
//! [`init`]. A key that the language lacks is said in English, and one that English lacks is said as it is.

mod catalogue;
mod choice;
mod direction;
mod words;

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use catalogue::Catalogue;
pub use catalogue::{differences, faults};
pub use choice::preferred;
pub use direction::isolated;
pub use words::{
    check, check_fact, check_reason, condition, error, fix, hand_over, job, job_done, job_failed, job_of, left_behind, libvirt, operation,
    operation_done, operation_failed, operation_running, plan_action, plan_kind, plan_reason, problem, reason, remaining, setting_problem,
    since, state, stop, unapplied, virtualisation, warning,
};

/// A value put into a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// As it is.
    Text(String),
    /// Chooses the plural form, too.
    Number(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl From<$type> for Value {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "nobody counts to 2^53")]
            fn from(number: $type) -> Self {
                Self::Number(number as f64)
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 usize i32 i64 f32 f64);

static CURRENT: LazyLock<RwLock<Arc<Catalogue>>> = LazyLock::new(|| RwLock::new(Arc::new(Catalogue::new(&["en".to_owned()], OWN))));

/// This crate's own words.
const OWN: &[(&str, &str)] = &[("en", include_str!("../locale/en/client.ftl")), ("de", include_str!("../locale/de/client.ftl"))];

/// Chooses the language and adds texts to those that are known: language, and the text of a Fluent file.
///
/// `None` and an empty text mean the language of the desktop: what [`preferred`] finds. May be called again, for more texts.
/// Until it is called the language is English.
///
/// ```
/// use client::{locale, t};
/// locale::init(Some("de"), &[("en", "hello = Hello { $name }"), ("de", "hello = Hallo { $name }")]);
/// assert_eq!(t!("hello", name = "Ada"), "Hallo Ada");
/// assert_eq!(client::unit::gib(12_670_153_523), "11,8");
/// locale::switch(Some("en"));
/// assert_eq!(t!("hello", name = "Ada"), "Hello Ada");
/// assert_eq!(t!("no-such-key"), "no-such-key");
/// ```
pub fn init(language: Option<&str>, resources: &[(&str, &str)]) {
    let wanted = choice::wanted(language);
    change(|catalogue| catalogue.with(&wanted, resources));
}

/// Another language for all that is said from now on; the texts stay.
pub fn switch(language: Option<&str>) {
    init(language, &[]);
}

/// The language that is spoken, such as `en` or `de`.
#[must_use]
pub fn language() -> String {
    current().language().to_owned()
}

/// Whether the language that is spoken is written from right to left.
#[must_use]
pub fn runs_from_right() -> bool {
    current().runs_from_right()
}

/// The languages there are words in.
#[must_use]
pub fn languages() -> Vec<String> {
    current().languages()
}

/// All keys of a language, sorted: for tests.
#[must_use]
pub fn keys(language: &str) -> Vec<String> {
    current().keys(language)
}

/// What stands before the decimals.
#[must_use]
pub fn decimal_separator() -> char {
    current().decimal_separator()
}

/// The text with this key.
#[must_use]
pub fn text(key: &str) -> String {
    current().text(key, &[])
}

/// The text with this key, with values put in.
#[must_use]
pub fn text_with(key: &str, values: &[(&str, Value)]) -> String {
    current().text(key, values)
}

/// The text with this key in a certain language, whatever is spoken.
#[must_use]
pub fn text_in(language: &str, key: &str, values: &[(&str, Value)]) -> String {
    current().text_in(language, key, values)
}

/// The text with the first of these keys that there is one for.
pub(crate) fn first_of(keys: &[&str], values: &[(&str, Value)]) -> String {
    current().first_of(keys, values)
}

fn current() -> Arc<Catalogue> {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn change(next: impl FnOnce(&Catalogue) -> Catalogue) {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    *current = Arc::new(next(&current));
}

/// `t!("key")` or `t!("key", name = value, count = 3)`: the text in the person's language.
#[macro_export]
macro_rules! t {
    ($key:expr) => { $crate::locale::text($key) };
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::locale::text_with($key, &[$((stringify!($name), $crate::locale::Value::from($value))),+])
    };
}
