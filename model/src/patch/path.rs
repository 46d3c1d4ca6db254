use crate::Error;
use crate::xml::{Element, Tree, is_name};
use std::str::FromStr;

/// Leads from the root to one element: names of elements, each with conditions on itself or on its children.
///
/// Built step by step, where values may be anything, or read from text, where a value must not contain `]`:
///
/// ```
/// # use model::patch::Path;
/// let built = Path::root().child("devices").child("disk").with(&["target"], "dev", "vda");
/// let read: Path = "devices/disk[target@dev=vda]".parse()?;
/// assert_eq!(built, read);
/// # Ok::<(), model::Error>(())
/// ```
///
/// Conditions in text: `[@type=kvm]` an attribute, `[target@dev=vda]` or `[a/b@c=d]` one of a child, `[name=x]` the text of a
/// child, `[2]` the second of those that match, `[{uri}]` the namespace (then the name is the local one).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    name: String,
    conditions: Vec<Condition>,
    /// From 1.
    position: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Attribute { below: Vec<String>, name: String, value: String },
    Text { below: Vec<String>, value: String },
    Namespace(String),
}

impl Path {
    /// The root element itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// One step down, to a child of this name as written.
    #[must_use]
    pub fn child(mut self, name: &str) -> Self {
        self.steps.push(Step { name: name.to_owned(), conditions: Vec::new(), position: None });
        self
    }

    /// The last step must have an attribute of this value, in itself (`below` empty) or in a child.
    #[must_use]
    pub fn with(self, below: &[&str], attribute: &str, value: &str) -> Self {
        self.condition(Condition::Attribute { below: owned(below), name: attribute.to_owned(), value: value.to_owned() })
    }

    /// The last step must have a child of this text.
    #[must_use]
    pub fn with_text(self, below: &[&str], value: &str) -> Self {
        self.condition(Condition::Text { below: owned(below), value: value.to_owned() })
    }

    /// The last step must be in this namespace, whatever the prefix; its name is then the local one.
    #[must_use]
    pub fn within(self, uri: &str) -> Self {
        self.condition(Condition::Namespace(uri.to_owned()))
    }

    /// Of several elements that the last step matches, the one at this position, from 1.
    #[must_use]
    pub fn at(mut self, position: usize) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.position = Some(position);
        }
        self
    }

    fn condition(mut self, condition: Condition) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.conditions.push(condition);
        }
        self
    }

    /// The one element that this path leads to.
    ///
    /// # Errors
    /// `Missing` when there is none, `Invalid` when there are several: an edit must not guess.
    pub fn find<'t, 'x>(&self, tree: &'t Tree<'x>) -> Result<Element<'t, 'x>, Error> {
        self.steps.iter().try_fold(tree.root(), |element, step| step.find(&element))
    }
}

impl Step {
    fn find<'t, 'x>(&self, parent: &Element<'t, 'x>) -> Result<Element<'t, 'x>, Error> {
        let mut matches = parent.children().filter(|child| self.matches(child));
        if let Some(position) = self.position {
            let found = position.checked_sub(1).and_then(|index| matches.nth(index));
            return found.ok_or(MISSING);
        }
        let found = matches.next().ok_or(MISSING)?;
        if matches.next().is_some() { Err(Error::Invalid { what: "a path to several elements" }) } else { Ok(found) }
    }

    fn matches(&self, element: &Element<'_, '_>) -> bool {
        let is_local = self.conditions.iter().any(|condition| matches!(condition, Condition::Namespace(_)));
        let name = if is_local { element.local_name() } else { element.name() };
        name == self.name && self.conditions.iter().all(|condition| condition.holds(element))
    }
}

const MISSING: Error = Error::Missing { what: "the element at the path" };

impl Condition {
    fn holds(&self, element: &Element<'_, '_>) -> bool {
        match self {
            Self::Attribute { below, name, value } => {
                any(element, below, &|found| found.attribute(name).is_some_and(|text| text == value.as_str()))
            }
            Self::Text { below, value } => any(element, below, &|found| found.text() == value.as_str()),
            Self::Namespace(uri) => element.namespace().is_some_and(|found| found == uri.as_str()),
        }
    }
}

/// Whether some element below along these names passes; with several children of a name each is tried.
fn any(element: &Element<'_, '_>, below: &[String], test: &dyn Fn(&Element<'_, '_>) -> bool) -> bool {
    match below.split_first() {
        None => test(element),
        Some((name, rest)) => element.children_named(name).any(|child| any(&child, rest, test)),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl FromStr for Path {
    type Err = Error;

    /// # Errors
    /// `Invalid` when the text is no path.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut path = Self::root();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['/', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if !is_name(name) {
                return Err(INVALID);
            }
            path = path.child(name);
            rest = after;
            while let Some(after) = rest.strip_prefix('[') {
                let (condition, after) = after.split_once(']').ok_or(INVALID)?;
                path = read(path, condition)?;
                rest = after;
            }
            rest = match rest.strip_prefix('/') {
                Some("") => return Err(INVALID),
                Some(after) => after,
                None if rest.is_empty() => rest,
                None => return Err(INVALID),
            };
        }
        Ok(path)
    }
}

const INVALID: Error = Error::Invalid { what: "a path" };

fn read(path: Path, condition: &str) -> Result<Path, Error> {
    if let Some(uri) = condition.strip_prefix('{') {
        return uri.strip_suffix('}').map(|uri| path.within(uri)).ok_or(INVALID);
    }
    if let Ok(position) = condition.parse::<usize>() {
        return if position > 0 { Ok(path.at(position)) } else { Err(INVALID) };
    }
    let (left, value) = condition.split_once('=').ok_or(INVALID)?;
    let (below, attribute) = match left.split_once('@') {
        Some((below, attribute)) => (below, Some(attribute)),
        None => (left, None),
    };
    let below: Vec<&str> = if below.is_empty() { Vec::new() } else { below.split('/').collect() };
    let names = below.iter().copied().chain(attribute);
    if !names.clone().all(is_name) || names.count() == 0 {
        return Err(INVALID);
    }
    Ok(match attribute {
        Some(attribute) => path.with(&below, attribute, value),
        None => path.with_text(&below, value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str =
        "<d><devices><disk type='file'><target dev='vda'/></disk><disk><target dev='a]b/c'/><x><y>t</y></x></disk></devices></d>";

    fn span(path: &Path) -> Result<usize, Error> {
        let tree = Tree::parse(XML)?;
        path.find(&tree).map(|element| element.span().start)
    }

    #[test]
    fn text_that_is_no_path_is_refused() {
        for text in ["/", "a/", "/a", "a//b", "a[", "a[]", "a[b", "a[@=x]", "a[b]", "a[0]", "a[@b=c]d", "a b", "a[{u]", "1a"] {
            assert_eq!(text.parse::<Path>(), Err(INVALID), "{text}");
        }
    }

    #[test]
    fn a_path_to_several_elements_is_refused() {
        assert_eq!(span(&"devices/disk".parse().unwrap()), Err(Error::Invalid { what: "a path to several elements" }));
    }

    #[test]
    fn a_path_to_nothing_is_refused() {
        for text in ["devices/disk[3]", "devices/disk[target@dev=vdb]", "nothing", "devices/disk[{urn:x}]"] {
            assert_eq!(span(&text.parse().unwrap()), Err(MISSING), "{text}");
        }
    }

    #[test]
    fn conditions_select_among_equal_names() {
        let first = XML.find("<disk type").unwrap();
        let second = XML.find("<disk>").unwrap();
        for text in
            ["devices/disk[1]", "devices/disk[@type=file]", "devices/disk[target@dev=vda]", "devices/disk[@type=file][target@dev=vda][1]"]
        {
            assert_eq!(span(&text.parse().unwrap()), Ok(first), "{text}");
        }
        assert_eq!(span(&"devices/disk[x/y=t]".parse().unwrap()), Ok(second));
        assert_eq!(span(&Path::root().child("devices").child("disk").with(&["target"], "dev", "a]b/c")), Ok(second));
        assert_eq!(span(&Path::root()), Ok(0));
    }
}
