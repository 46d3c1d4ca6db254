use super::*;

fn refused(xml: &str) -> Error {
    Tree::parse(xml).map(|_| ()).unwrap_err()
}

#[test]
fn a_document_type_declaration_is_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x 'xxxx'><!ENTITY y '&x;&x;'>]><a>&y;</a>";
    let file = "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>";
    for xml in [bomb, file, "<!DOCTYPE a><a/>", "<!doctype a><a/>", "<a><!DOCTYPE a></a>"] {
        assert_eq!(refused(xml), Error::Doctype, "{xml}");
    }
    assert!(matches!(refused("<a><!ENTITY x 'y'></a>"), Error::Malformed { .. }));
}

#[test]
fn an_unknown_entity_is_refused() {
    for xml in [
        "<a>&x;</a>",
        "<a b='&x;'/>",
        "<a>&amp</a>",
        "<a b='&'/>",
        "<a>&</a>",
        "<a>&#xD800;</a>",
        "<a>&#0;</a>",
        "<a>&#27;</a>",
        "<a b='&#1;'/>",
        "<a>&#xFFFF;</a>",
    ] {
        assert!(matches!(refused(xml), Error::Malformed { .. }), "{xml}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let cases = [
        "<a",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a b/>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<1/>",
        "<a><!-- -- --></a>",
        "<a>\u{0}</a>",
        "<a>\u{1b}</a>",
        "<a>\u{ffff}</a>",
        "<a/><![CDATA[x]]>",
        "<a><?xml version='1.0'?></a>",
        "<a\"/>",
        "< a/>",
        "<a/>&amp;",
        "<a b='1",
    ];
    for xml in cases {
        assert!(matches!(refused(xml), Error::Malformed { .. }), "{xml}");
    }
    for xml in ["", " ", "<!-- a -->", "<?xml version='1.0'?>"] {
        assert_eq!(refused(xml), Error::Missing { what: "a root element" }, "{xml}");
    }
}

#[test]
fn a_document_beyond_a_limit_is_refused_and_one_at_the_limit_is_read() {
    let nested = |depth: usize| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
    assert_eq!(refused(&nested(65)), Error::TooDeep { limit: 64 });
    assert!(Tree::parse(&nested(64)).is_ok());
    let attributes = |count: usize| ["<a", &(0..count).map(|index| format!(" a{index}=''")).collect::<String>(), "/>"].concat();
    assert_eq!(refused(&attributes(257)), Error::TooManyAttributes { limit: 256 });
    assert!(Tree::parse(&attributes(256)).is_ok());
    let wide = |count: usize| ["<a>", &"<b/>".repeat(count), "</a>"].concat();
    assert_eq!(refused(&wide(100_000)), Error::TooManyNodes { limit: 100_000 });
    assert!(Tree::parse(&wide(99_997)).is_ok());
    let long = |length: usize| ["<a>", &"x".repeat(length - 7), "</a>"].concat();
    assert_eq!(refused(&long(MAX_BYTES + 1)), Error::TooLarge { limit: MAX_BYTES });
    assert!(Tree::parse(&long(MAX_BYTES)).is_ok());
}

#[test]
fn an_error_tells_where_but_not_what() {
    let error = refused("<a>&geheim;</a>");
    assert_eq!(error, Error::Malformed { position: 3 });
    assert_eq!(error.to_string(), "The document is not well-formed at byte 3");
}

#[test]
fn positions_are_exact_even_behind_a_byte_order_mark() {
    for xml in ["<a x='1'><b>t</b><c/></a>", "\u{feff}<?xml version='1.0'?>\n<!-- ä -->\n<a x='1'>ü<b>t</b>&amp;<c/></a>\n"] {
        let tree = Tree::parse(xml).unwrap();
        let root = tree.root();
        assert!(xml[root.span()].starts_with("<a x") && xml[root.span()].ends_with("</a>"));
        assert_eq!(&xml[root.open_tag()], "<a x='1'>");
        assert_eq!(&xml[root.value_span("x").unwrap()], "1");
        assert_eq!(&xml[root.child("b").unwrap().span()], "<b>t</b>");
        assert_eq!(&xml[root.child("b").unwrap().content()], "t");
        assert_eq!(&xml[root.child("c").unwrap().span()], "<c/>");
        assert!(root.child("c").unwrap().is_self_closing());
    }
}

#[test]
fn text_has_references_resolved_and_markup_left_out() {
    let tree = Tree::parse("<a> 1 &lt; <!-- no --><![CDATA[<&amp;>]]>\r\n&#x41;<b>no</b>&#13;</a>").unwrap();
    assert_eq!(tree.root().text(), " 1 < <&amp;>\nA\r");
    let tree = Tree::parse("<a>x\r\ny&#13;&quot;</a>").unwrap();
    assert_eq!(tree.root().text(), "x\ny\r\"");
    let tree = Tree::parse("<a b='x\n\ty&#10;&apos;'/>").unwrap();
    assert_eq!(tree.root().attribute("b").unwrap(), "x  y\n'");
}

#[test]
fn a_namespace_is_found_by_its_nearest_declaration() {
    let tree = Tree::parse("<a xmlns='urn:d' xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c/></p:b><p:d/><e xmlns=''/><q:f/></a>").unwrap();
    let namespaces: Vec<_> = tree.root().children().map(|child| child.namespace().map(std::borrow::Cow::into_owned)).collect();
    assert_eq!(namespaces, [Some("urn:2".to_owned()), Some("urn:1".to_owned()), None, None]);
    assert_eq!(tree.root().namespace().unwrap(), "urn:d");
    assert_eq!(tree.root().children().next().unwrap().children().next().unwrap().namespace().unwrap(), "urn:2");
    assert_eq!(tree.root().children().next().unwrap().local_name(), "b");
}
