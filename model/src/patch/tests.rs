use super::*;

const XML: &str = "<?xml version=\"1.0\"?>\r\n<!-- a & b -->\n<domain  type = 'kvm' >\n  <name>a &amp; b</name>\n  <title><![CDATA[x < y]]></title>\n  <empty />\n  <none></none>\n  <vcpu\n     current='1'>4</vcpu><a x='1'/>\n</domain>\n<!-- end -->\n";

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[test]
fn the_text_of_an_element_with_children_is_refused() {
    assert_eq!(set_text(XML, &Path::root(), "x"), Err(Error::Invalid { what: "a text where elements are" }));
}

#[test]
fn a_character_that_xml_forbids_is_refused() {
    for bad in ["\0", "\u{1b}", "\u{ffff}"] {
        assert_eq!(set_text(XML, &path("name"), bad), Err(Error::Invalid { what: "a character" }));
        assert_eq!(set_attribute(XML, &path("vcpu"), "current", bad), Err(Error::Invalid { what: "a character" }));
    }
}

#[test]
fn a_result_beyond_the_limits_is_refused() {
    let long = "x".repeat(crate::xml::MAX_BYTES);
    assert!(matches!(set_text(XML, &path("name"), &long), Err(Error::TooLarge { .. })));
}

#[test]
fn a_fragment_that_is_not_one_element_is_refused() {
    for bad in ["", "text", "<a/><b/>", "<a>", "</domain>", "<!DOCTYPE a><a/>", "<a/>x"] {
        assert!(insert_child(XML, &Path::root(), bad).is_err(), "{bad}");
    }
}

#[test]
fn the_root_is_neither_removed_nor_followed() {
    assert!(remove_element(XML, &Path::root()).is_err());
    assert!(insert_after(XML, &Path::root(), "<a/>").is_err());
}

#[test]
fn a_name_that_would_break_out_is_refused() {
    for bad in ["", "a b", "a=''", "a>", "1", "<"] {
        assert!(set_attribute(XML, &Path::root(), bad, "x").is_err(), "{bad}");
        assert!(put_text(XML, &Path::root(), bad, "x").is_err(), "{bad}");
        assert!(fragment(bad, &[], "x").is_err(), "{bad}");
    }
}

#[test]
fn a_text_is_replaced_and_nothing_else() {
    let edited = set_text(XML, &path("title"), "<a> & 'b' \"c\"\r").unwrap();
    assert_eq!(edited, XML.replace("<![CDATA[x < y]]>", "&lt;a&gt; &amp; &apos;b&apos; &quot;c&quot;&#13;"));
    let tree = Tree::parse(&edited).unwrap();
    assert_eq!(path("title").find(&tree).unwrap().text(), "<a> & 'b' \"c\"\r");
}

#[test]
fn an_empty_element_gets_text_and_keeps_its_tag() {
    assert_eq!(set_text(XML, &path("empty"), "1").unwrap(), XML.replace("<empty />", "<empty >1</empty>"));
    assert_eq!(set_text(XML, &path("none"), "1").unwrap(), XML.replace("<none></none>", "<none>1</none>"));
}

#[test]
fn an_attribute_is_replaced_added_and_removed() {
    assert_eq!(set_attribute(XML, &path("vcpu"), "current", "2").unwrap(), XML.replace("current='1'", "current='2'"));
    let both = "&quot;&apos;&#10;";
    assert_eq!(
        set_attribute(XML, &path("vcpu"), "current", "\"'\n").unwrap(),
        XML.replace("current='1'", &["current='", both, "'"].concat())
    );
    let added = set_attribute(XML, &Path::root(), "id", "7").unwrap();
    assert_eq!(added, XML.replace("type = 'kvm' >", "type = 'kvm' id=\"7\" >"));
    assert_eq!(remove_attribute(&added, &Path::root(), "id").unwrap(), XML);
    assert_eq!(remove_attribute(XML, &Path::root(), "type").unwrap(), XML.replace("  type = 'kvm' >", " >"));
    assert_eq!(remove_attribute(XML, &path("vcpu"), "current").unwrap(), XML.replace("\n     current='1'", ""));
    assert!(remove_attribute(XML, &path("vcpu"), "cpuset").is_err());
}

#[test]
fn a_child_is_indented_like_the_one_before_and_removed_without_trace() {
    let edited = insert_after(XML, &path("name"), "<!--c--><title2>x</title2>\n").unwrap();
    assert_eq!(edited, XML.replace("</name>", "</name>\n  <title2>x</title2>"));
    assert_eq!(remove_element(&edited, &path("title2")).unwrap(), XML);
    let edited = insert_child(XML, &Path::root(), "<b/>").unwrap();
    assert_eq!(edited, XML.replace("<a x='1'/>", "<a x='1'/><b/>"));
    assert_eq!(remove_element(&edited, &path("b")).unwrap(), XML);
    assert_eq!(insert_child(XML, &path("empty"), "<b/>").unwrap(), XML.replace("<empty />", "<empty ><b/></empty>"));
}

#[test]
fn indentation_keeps_the_line_ends_of_the_document() {
    let xml = "<a>\r\n\t<b/>\r\n</a>";
    assert_eq!(insert_child(xml, &Path::root(), "<c/>").unwrap(), "<a>\r\n\t<b/>\r\n\t<c/>\r\n</a>");
}

#[test]
fn putting_a_text_adds_changes_and_removes() {
    let xml = "<a>\n  <b/>\n</a>";
    let added = put_text(xml, &Path::root(), "t", "1 < 2").unwrap();
    assert_eq!(added, "<a>\n  <b/>\n  <t>1 &lt; 2</t>\n</a>");
    assert_eq!(put_text(&added, &Path::root(), "t", "3").unwrap(), "<a>\n  <b/>\n  <t>3</t>\n</a>");
    assert_eq!(put_text(&added, &Path::root(), "t", "").unwrap(), xml);
    assert_eq!(put_text(xml, &Path::root(), "t", "").unwrap(), xml);
    assert!(put_text(xml, &path("nowhere"), "t", "").is_err());
}

#[test]
fn a_fragment_escapes_what_it_is_given() {
    assert_eq!(fragment("a", &[("b", "<\"")], "&").unwrap(), "<a b=\"&lt;&quot;\">&amp;</a>");
    assert_eq!(fragment("a", &[], "").unwrap(), "<a/>");
}
