//! Edits of arbitrary documents: bytes outside the edit stay, and an edit with its inverse gives the same text.

// Helpers of tests may stop a test; the lint only knows the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::patch::{self, Path};
use model::xml::Tree;
use proptest::prelude::*;

/// Anything XML can carry.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![any::<char>(), proptest::sample::select(vec!['<', '>', '&', '"', '\'', '\r', '\n', '\t', ' ', ']', 'ä'])],
        0..24,
    )
    .prop_map(|characters| characters.into_iter().filter(|character| is_allowed(*character)).collect())
}

fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// White space, comments and the like that may stand between elements.
fn filler() -> impl Strategy<Value = String> {
    let parts = vec![
        "",
        " ",
        "\n  ",
        "\r\n\t",
        "<!-- a & <b> -->",
        "<![CDATA[ <x> && ]]>",
        "&amp;",
        "&#x20AC;",
        "text",
        "<?pi a='b'?>",
        "<q:x xmlns:q='urn:q' y=\"&lt;\"/>",
    ];
    proptest::collection::vec(proptest::sample::select(parts), 0..4).prop_map(|parts| parts.concat())
}

/// A document with a known element `t` in the middle of noise, in several spellings.
fn document() -> impl Strategy<Value = String> {
    let tag = vec!["<t>old</t>", "<t></t>", "<t a='1'>old</t>", "<t\n  a = \"x\"\r\n>&amp;<!-- c --><![CDATA[y]]></t >"];
    (
        filler(),
        filler(),
        proptest::sample::select(tag),
        filler(),
        filler(),
        prop_oneof![Just(""), Just("<?xml version='1.0'?>\n"), Just("\u{feff}<!-- c -->\r\n")],
    )
        .prop_map(|(one, two, tag, three, four, front)| format!("{front}<d>{one}<p>{two}{tag}{three}</p>{four}</d>\n"))
}

fn target() -> Path {
    Path::root().child("p").child("t")
}

proptest! {
    #[test]
    fn a_text_that_is_set_is_read_back_and_nothing_else_changes(xml in document(), value in text()) {
        let content = target().find(&Tree::parse(&xml).unwrap()).unwrap().content();
        let edited = patch::set_text(&xml, &target(), &value).unwrap();
        prop_assert!(edited.starts_with(&xml[..content.start]) && edited.ends_with(&xml[content.end..]));
        prop_assert_eq!(target().find(&Tree::parse(&edited).unwrap()).unwrap().text(), value.as_str());
    }

    #[test]
    fn an_attribute_that_is_added_and_removed_leaves_no_trace(xml in document(), value in text()) {
        let edited = patch::set_attribute(&xml, &target(), "new", &value).unwrap();
        prop_assert_eq!(target().find(&Tree::parse(&edited).unwrap()).unwrap().attribute("new").unwrap(), value.as_str());
        prop_assert_eq!(patch::remove_attribute(&edited, &target(), "new").unwrap(), xml);
    }

    #[test]
    fn an_attribute_that_is_changed_and_changed_back_leaves_no_trace(xml in document(), value in text()) {
        let with = patch::set_attribute(&xml, &target(), "a", "before").unwrap();
        let edited = patch::set_attribute(&with, &target(), "a", &value).unwrap();
        prop_assert_eq!(patch::set_attribute(&edited, &target(), "a", "before").unwrap(), with);
    }

    #[test]
    fn a_child_that_is_inserted_and_removed_leaves_no_trace(xml in document(), value in text()) {
        let fragment = patch::fragment("new", &[("a", &value)], &value).unwrap();
        for edited in [patch::insert_child(&xml, &target(), &fragment).unwrap(), patch::insert_after(&xml, &target(), &fragment).unwrap()] {
            let inside = target().child("new");
            let place = if inside.find(&Tree::parse(&edited).unwrap()).is_ok() { inside } else { Path::root().child("p").child("new") };
            prop_assert_eq!(place.find(&Tree::parse(&edited).unwrap()).unwrap().text(), value.as_str());
            prop_assert_eq!(patch::remove_element(&edited, &place).unwrap(), xml.as_str());
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(xml in any::<String>(), noise in "[<>/a&;!'\"= \\[\\]?-]{0,60}") {
        let _: [bool; 2] = [xml, noise].map(|text| Tree::parse(&text).is_ok());
    }
}
