//! What a screen reader that asks is answered: one function of the tree and the call. Objects are not registered anywhere, so
//! none is left behind when its part goes.

mod text;

use std::collections::HashMap;

use zbus::{Message, ObjectPath, Variant, message::Header};

use super::{
    act::{Act, Deed},
    atspi::{self, CACHE_PATH, NULL_PATH, interface},
    tree::{Id, Node, ROOT, Tree},
};
use crate::widget::{Role, said::Value};

/// An object on the bus: the name of its program, and its path.
pub(super) type Reference<'a> = (&'a str, ObjectPath<'a>);

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const INTROSPECTABLE: &str = "org.freedesktop.DBus.Introspectable";
const PEER: &str = "org.freedesktop.DBus.Peer";
const UNKNOWN_OBJECT: &str = "org.freedesktop.DBus.Error.UnknownObject";
const UNKNOWN_METHOD: &str = "org.freedesktop.DBus.Error.UnknownMethod";
const INVALID_ARGUMENTS: &str = "org.freedesktop.DBus.Error.InvalidArgs";
/// Coordinates of the parent; the others are those of the window, for nobody may know where on a screen a window is.
const OF_PARENT: u32 = 2;
const LAYER_WIDGET: u32 = 3;
const LAYER_WINDOW: u32 = 7;

/// Who answers.
#[derive(Clone, Debug)]
pub struct Own {
    /// Our name on the bus.
    pub name: String,
    /// What the registry put us below: a name and a path.
    pub desktop: (String, String),
}

/// An answer, and what is to be done.
#[derive(Debug)]
pub struct Answer {
    /// What goes back.
    pub message: Message,
    /// What the caller does to a part.
    pub act: Option<Act>,
}

/// Answers a call.
///
/// # Errors
/// When the answer cannot be put into a message.
pub fn answer(tree: &Tree, own: &Own, call: &Message) -> zbus::Result<Answer> {
    let header = call.header();
    let asked = Asked { tree, own, call, header: &header };
    asked.answer()
}

/// A call, and what answers it.
pub(super) struct Asked<'a> {
    pub(super) tree: &'a Tree,
    own: &'a Own,
    call: &'a Message,
    header: &'a Header<'a>,
}

impl Asked<'_> {
    fn answer(&self) -> zbus::Result<Answer> {
        let path = self.header.path().map(ObjectPath::as_str).unwrap_or_default();
        let member = self.header.member().map(|member| member.as_str().to_owned()).unwrap_or_default();
        let called = self.header.interface().map(|interface| interface.as_str().to_owned()).unwrap_or_default();
        match called.as_str() {
            PEER => return self.with(&()),
            interface::CACHE if path == CACHE_PATH => return self.cache(&member),
            _ => {}
        }
        let Some(id) = atspi::id(path).filter(|id| *id == ROOT || self.tree.get(*id).is_some()) else {
            return self.refuse(UNKNOWN_OBJECT);
        };
        match called.as_str() {
            PROPERTIES => self.property(id, &member),
            INTROSPECTABLE => self.with(&self.introspect(id)),
            interface::APPLICATION if id == ROOT && member == "GetLocale" => self.with(&locale()),
            interface::ACCESSIBLE => self.accessible(id, &member),
            _ => match self.tree.get(id) {
                Some(node) if atspi::interfaces(node).contains(&called.as_str()) => self.of_node(id, node, &called, &member),
                _ => self.refuse(UNKNOWN_METHOD),
            },
        }
    }

    pub(super) fn with<B: serde::Serialize + zbus::DynamicType>(&self, body: &B) -> zbus::Result<Answer> {
        Ok(Answer { message: Message::method_return(self.header).build(body)?, act: None })
    }

    pub(super) fn refuse(&self, error: &'static str) -> zbus::Result<Answer> {
        Ok(Answer {
            message: Message::error(self.header, error).build(&"There is no such part any more, or it cannot do this")?,
            act: None,
        })
    }

    pub(super) fn unknown(&self) -> zbus::Result<Answer> {
        self.refuse(UNKNOWN_METHOD)
    }

    /// The arguments, if they are what is expected.
    pub(super) fn arguments<T: for<'d> serde::Deserialize<'d> + zbus::Type>(&self) -> Option<T> {
        self.call.body().deserialize::<T>().ok()
    }

    fn reference(&self, id: Option<Id>) -> Reference<'_> {
        let path = id.map_or_else(|| NULL_PATH.to_owned(), atspi::path);
        (&self.own.name, ObjectPath::from_string_unchecked(path))
    }

    fn parent(&self, id: Id) -> Reference<'_> {
        match self.tree.get(id) {
            Some(node) => self.reference(Some(node.parent)),
            None => (&self.own.desktop.0, ObjectPath::from_string_unchecked(self.own.desktop.1.clone())),
        }
    }

    fn cache(&self, member: &str) -> zbus::Result<Answer> {
        match member {
            // Nothing at once: a client asks for what it wants to say.
            "GetItems" => self.with(&(Vec::<CacheItem<'_>>::new(),)),
            _ => self.unknown(),
        }
    }

    fn introspect(&self, id: Id) -> String {
        let all = self.tree.get(id).map_or_else(|| vec![interface::ACCESSIBLE, interface::APPLICATION], atspi::interfaces);
        let all: String = all.into_iter().map(|name| format!("<interface name=\"{name}\"/>")).collect();
        format!("<node>{all}</node>")
    }

    // ----- properties -----

    fn property(&self, id: Id, member: &str) -> zbus::Result<Answer> {
        match member {
            "Get" => match self.arguments::<(String, String)>().and_then(|(interface, name)| self.value_of(id, &interface, &name)) {
                Some(value) => self.with(&value),
                None => self.refuse(INVALID_ARGUMENTS),
            },
            "GetAll" => {
                let Some(interface) = self.arguments::<String>() else { return self.refuse(INVALID_ARGUMENTS) };
                let all: HashMap<&str, Variant<'_>> =
                    property_names(&interface).iter().filter_map(|name| Some((*name, self.value_of(id, &interface, name)?))).collect();
                self.with(&all)
            }
            // The registry gives each application a number.
            "Set" if id == ROOT => self.with(&()),
            _ => self.unknown(),
        }
    }

    fn value_of(&self, id: Id, of: &str, name: &str) -> Option<Variant<'_>> {
        let node = self.tree.get(id);
        Some(match (of, name) {
            (interface::ACCESSIBLE, "Name") => node.map_or_else(|| "KVM Manager".to_owned(), |node| node.name.clone()).into(),
            (interface::ACCESSIBLE, "Description") => node.map(|node| node.description.clone()).unwrap_or_default().into(),
            (interface::ACCESSIBLE, "Parent") => structure(self.parent(id)),
            (interface::ACCESSIBLE, "ChildCount") => whole(self.tree.children(id).len()).into(),
            (interface::ACCESSIBLE, "Locale") => locale().into(),
            (interface::ACCESSIBLE, "AccessibleId") => node.and_then(|node| node.said.key.clone()).unwrap_or_default().into(),
            (interface::ACCESSIBLE, "HelpText") => String::new().into(),
            (interface::APPLICATION, "ToolkitName") if id == ROOT => "iced".into(),
            (interface::APPLICATION, "Version" | "ToolkitVersion") if id == ROOT => env!("CARGO_PKG_VERSION").into(),
            (interface::APPLICATION, "AtspiVersion") if id == ROOT => "2.1".into(),
            (interface::APPLICATION, "Id") if id == ROOT => 0_i32.into(),
            (interface::ACTION, "NActions") => 1_i32.into(),
            (interface::VALUE, "MinimumValue") => node?.said.value?.least.into(),
            (interface::VALUE, "MaximumValue") => node?.said.value?.most.into(),
            (interface::VALUE, "CurrentValue") => node?.said.value?.now.into(),
            (interface::VALUE, "MinimumIncrement") => node?.said.value.map(|Value { .. }| 0.0)?.into(),
            (interface::VALUE, "Text") => node?.said.text.clone().unwrap_or_default().into(),
            (interface::TEXT, "CharacterCount") => whole(atspi::text(node?)?.chars().count()).into(),
            (interface::TEXT, "CaretOffset") => whole(atspi::text(node?)?.chars().count()).into(),
            _ => return None,
        })
    }

    // ----- methods -----

    fn accessible(&self, id: Id, member: &str) -> zbus::Result<Answer> {
        let node = self.tree.get(id);
        let (role, role_name) = node.map_or((atspi::ROLE_APPLICATION, "application"), |node| atspi::role(node.said.role));
        let children = self.tree.children(id);
        match member {
            "GetChildren" => self.with(&(children.iter().map(|id| self.reference(Some(*id))).collect::<Vec<_>>(),)),
            "GetChildAtIndex" => {
                let at = self.arguments::<i32>().and_then(|at| usize::try_from(at).ok());
                self.with(&(self.reference(at.and_then(|at| children.get(at)).copied()),))
            }
            "GetIndexInParent" => {
                let siblings = node.map_or(&[][..], |node| self.tree.children(node.parent));
                self.with(&siblings.iter().position(|other| *other == id).map_or(-1, whole))
            }
            "GetRelationSet" => self.with(&(Vec::<(u32, Vec<Reference<'_>>)>::new(),)),
            "GetRole" => self.with(&role),
            "GetRoleName" | "GetLocalizedRoleName" => self.with(&role_name),
            "GetState" => {
                let states = node.map_or(0, |node| atspi::states(self.tree, id, node));
                self.with(&(halves(states),))
            }
            "GetAttributes" => self.with(&HashMap::from([("toolkit", "iced")])),
            "GetApplication" => self.with(&(self.reference(Some(ROOT)),)),
            "GetInterfaces" => {
                let all = node.map_or_else(|| vec![interface::ACCESSIBLE, interface::APPLICATION], atspi::interfaces);
                self.with(&all)
            }
            _ => self.unknown(),
        }
    }

    fn of_node(&self, id: Id, node: &Node, of: &str, member: &str) -> zbus::Result<Answer> {
        match of {
            interface::COMPONENT => self.component(id, node, member),
            interface::ACTION => self.action(id, node, member),
            interface::TEXT => self.text(node, member),
            _ => self.unknown(),
        }
    }

    fn component(&self, id: Id, node: &Node, member: &str) -> zbus::Result<Answer> {
        let (x, y, width, height) = self.extents(node, self.arguments::<u32>().unwrap_or_default());
        match member {
            "GetExtents" => self.with(&((x, y, width, height),)),
            "GetPosition" => self.with(&(x, y)),
            "GetSize" => self.with(&(width, height)),
            "Contains" => {
                let at = self.arguments::<(i32, i32, u32)>();
                self.with(&at.is_some_and(|(at_x, at_y, of)| contains(self.extents(node, of), at_x, at_y)))
            }
            "GetAccessibleAtPoint" => {
                let Some((x, y, _)) = self.arguments::<(i32, i32, u32)>() else { return self.refuse(INVALID_ARGUMENTS) };
                self.with(&(self.reference(self.part_at(id, x, y)),))
            }
            "GetLayer" => self.with(&if node.said.role == Role::Window { LAYER_WINDOW } else { LAYER_WIDGET }),
            "GetMDIZOrder" => self.with(&0_i16),
            "GetAlpha" => self.with(&1.0_f64),
            "GrabFocus" => self.act(id, node, if node.said.role == Role::Row { Deed::Press } else { Deed::Focus }),
            "ScrollTo" | "ScrollToPoint" | "SetExtents" | "SetPosition" | "SetSize" => self.with(&false),
            _ => self.unknown(),
        }
    }

    fn part_at(&self, mut id: Id, x: i32, y: i32) -> Option<Id> {
        let is_there = |id: &&Id| self.tree.get(**id).is_some_and(|node| contains(self.extents(node, 1), x, y));
        if !is_there(&&id) {
            return None;
        }
        while let Some(child) = self.tree.children(id).iter().rev().find(is_there) {
            id = *child;
        }
        Some(id)
    }

    /// Left, top, width and height in pixels.
    fn extents(&self, node: &Node, of: u32) -> (i32, i32, i32, i32) {
        let origin = self.tree.get(node.parent).filter(|_| of == OF_PARENT).map(|parent| parent.bounds.position()).unwrap_or_default();
        let scale = |points: f32| {
            #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
            let pixels = (points * self.tree.scale).round() as i32;
            pixels
        };
        (scale(node.bounds.x - origin.x), scale(node.bounds.y - origin.y), scale(node.bounds.width), scale(node.bounds.height))
    }

    fn action(&self, id: Id, node: &Node, member: &str) -> zbus::Result<Answer> {
        if !matches!(member, "GetActions") && self.arguments::<i32>() != Some(0) {
            return if member == "DoAction" { self.with(&false) } else { self.refuse(INVALID_ARGUMENTS) };
        }
        match member {
            "DoAction" => self.act(id, node, Deed::Press),
            "GetActions" => self.with(&(vec![("click", "", "")],)),
            "GetName" | "GetLocalizedName" => self.with(&"click"),
            "GetDescription" | "GetKeyBinding" => self.with(&""),
            _ => self.unknown(),
        }
    }

    fn act(&self, id: Id, node: &Node, deed: Deed) -> zbus::Result<Answer> {
        let can = if deed == Deed::Press { node.said.is_pressable } else { node.is_focusable };
        let answer = self.with(&(can && node.place > 0))?;
        let act = (can && node.place > 0).then(|| Act { id, name: node.name.clone(), deed });
        Ok(Answer { act, ..answer })
    }
}

type CacheItem<'a> = (Reference<'a>, Reference<'a>, Reference<'a>, i32, i32, Vec<String>, String, u32, String, Vec<u32>);

const fn property_names(interface: &str) -> &'static [&'static str] {
    match interface.as_bytes() {
        b"org.a11y.atspi.Accessible" => &["Name", "Description", "Parent", "ChildCount", "Locale", "AccessibleId", "HelpText"],
        b"org.a11y.atspi.Application" => &["ToolkitName", "Version", "ToolkitVersion", "AtspiVersion", "Id"],
        b"org.a11y.atspi.Action" => &["NActions"],
        b"org.a11y.atspi.Value" => &["MinimumValue", "MaximumValue", "CurrentValue", "MinimumIncrement", "Text"],
        b"org.a11y.atspi.Text" => &["CharacterCount", "CaretOffset"],
        _ => &[],
    }
}

fn structure<'a>((name, path): Reference<'a>) -> Variant<'a> {
    Variant::from((name.to_owned(), path))
}

fn locale() -> String {
    client::locale::language()
}

fn contains((left, top, width, height): (i32, i32, i32, i32), x: i32, y: i32) -> bool {
    x >= left && y >= top && x < left.saturating_add(width) && y < top.saturating_add(height)
}

/// What a count is on the bus.
pub(super) fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// 64 bits as two numbers, the lower one first.
fn halves(states: u64) -> Vec<u32> {
    let [low, high] = [states & u64::from(u32::MAX), states >> 32].map(|half| u32::try_from(half).unwrap_or_default());
    vec![low, high]
}

#[cfg(test)]
mod tests;
