//! Introspection documents: reading them, and writing them with their texts.

use std::fmt::Write as _;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A method.
    Method,
    /// A signal.
    Signal,
    /// A property.
    Property,
}

/// An argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Argument {
    /// Name; the service has none for what methods return.
    pub name: String,
    /// Signature.
    pub signature: String,
    /// Whether a method returns it.
    pub is_output: bool,
}

/// A method, signal or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What it is.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// Arguments of a method or signal.
    pub arguments: Vec<Argument>,
    /// Signature and access of a property.
    pub property: Option<(String, String)>,
    /// Name and value.
    pub annotations: Vec<(String, String)>,
    /// The comment before it.
    pub text: String,
}

impl Member {
    /// Arguments that the caller gives.
    pub fn inputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| !argument.is_output)
    }
}

/// An interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Name.
    pub name: String,
    /// The comment before it.
    pub text: String,
    /// Members in their order.
    pub members: Vec<Member>,
}

impl Interface {
    /// The methods.
    pub fn methods(&self) -> impl Iterator<Item = &Member> {
        self.of(Kind::Method)
    }

    /// Members of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.kind == kind)
    }

    /// A member by kind and name.
    #[must_use]
    pub fn member(&self, kind: Kind, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.kind == kind && member.name == name)
    }
}

/// The interfaces of the object that a document describes; those of its children are left out.
///
/// # Panics
/// If it is not an introspection document.
#[must_use]
pub fn parse(xml: &str) -> Vec<Interface> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut text, mut depth) = (Vec::new(), String::new(), 0);
    loop {
        let event = reader.read_event().expect("an introspection document");
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Comment(comment) => text = comment.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n"),
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "node" => depth += i32::from(!is_empty),
            Event::Start(tag) | Event::Empty(tag) if depth == 1 => open(&mut found, &tag, std::mem::take(&mut text)),
            Event::End(tag) if tag.name().as_ref() == "node" => depth -= 1,
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn open(found: &mut Vec<Interface>, tag: &BytesStart<'_>, text: String) {
    let value = |name: &str| attribute(tag, name);
    let tag_name = tag.name();
    if tag_name.as_ref() == "interface" {
        found.push(Interface { name: value("name"), text, members: Vec::new() });
        return;
    }
    let members = &mut found.last_mut().expect("a member is in an interface").members;
    let kind = match tag_name.as_ref() {
        "method" => Kind::Method,
        "signal" => Kind::Signal,
        "property" => Kind::Property,
        "arg" => {
            let argument = Argument { name: value("name"), signature: value("type"), is_output: value("direction") == "out" };
            return members.last_mut().expect("an argument is in a member").arguments.push(argument);
        }
        "annotation" => return members.last_mut().expect("in a member").annotations.push((value("name"), value("value"))),
        other => panic!("unexpected <{other}>"),
    };
    let property = (kind == Kind::Property).then(|| (value("type"), value("access")));
    members.push(Member { kind, name: value("name"), arguments: Vec::new(), property, annotations: Vec::new(), text });
}

/// An attribute of an element, or empty.
///
/// # Panics
/// If the document is malformed.
#[must_use]
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.attributes().map(|attribute| attribute.expect("an attribute")).find(|attribute| attribute.key.as_ref() == name);
    found.map_or_else(String::new, |attribute| attribute.value.into_owned())
}

/// The document of an interface with its texts, in the form that `gdbus-codegen` reads.
#[must_use]
pub fn format(interface: &Interface) -> String {
    let mut xml = String::from(
        "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n \
         \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n",
    );
    comment(&mut xml, 2, &interface.text);
    // Writing to a string cannot fail.
    let _ = writeln!(xml, "  <interface name=\"{}\">", interface.name);
    for member in &interface.members {
        xml.push('\n');
        comment(&mut xml, 4, &member.text);
        format_member(&mut xml, member);
    }
    xml.push_str("  </interface>\n</node>\n");
    xml
}

fn comment(xml: &mut String, indent: usize, text: &str) {
    let margin = " ".repeat(indent);
    let _ = writeln!(xml, "{margin}<!--");
    for line in text.lines().map(str::trim) {
        let _ = if line.is_empty() { writeln!(xml) } else { writeln!(xml, "{margin}  {line}") };
    }
    let _ = writeln!(xml, "{margin}-->");
}

fn format_member(xml: &mut String, member: &Member) {
    let tag = match member.kind {
        Kind::Method => "method",
        Kind::Signal => "signal",
        Kind::Property => "property",
    };
    let _ = write!(xml, "    <{tag} name=\"{}\"", member.name);
    if let Some((signature, access)) = &member.property {
        let _ = write!(xml, " type=\"{signature}\" access=\"{access}\"");
    }
    if member.arguments.is_empty() && member.annotations.is_empty() {
        xml.push_str("/>\n");
        return;
    }
    xml.push_str(">\n");
    for Argument { name, signature, is_output } in &member.arguments {
        let name = if name.is_empty() { String::new() } else { format!(" name=\"{name}\"") };
        let direction = match (member.kind, is_output) {
            (Kind::Method, true) => " direction=\"out\"",
            (Kind::Method, false) => " direction=\"in\"",
            _ => "",
        };
        let _ = writeln!(xml, "      <arg{name} type=\"{signature}\"{direction}/>");
    }
    for (name, value) in &member.annotations {
        let _ = writeln!(xml, "      <annotation name=\"{name}\" value=\"{value}\"/>");
    }
    let _ = writeln!(xml, "    </{tag}>");
}
