//! Huge pages of a machine: which it wants, where, and how many.

use crate::cpus::{self, Pinning, with_child, without_empty};
use crate::patch::{self, Path};
use crate::unit::Bytes;
use crate::xml::{Element, Tree};
use crate::{Error, device::owned};

/// Pages of one size, for some nodes of the guest or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Bytes.
    pub size: u64,
    /// Nodes of the guest, sorted; empty for all.
    pub nodes: Vec<u32>,
}

/// Memory that has to be in huge pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Bytes of a page; 0 for the host's usual huge page.
    pub page_size: u64,
    /// Nodes of the host that it must be on, sorted; empty for any.
    pub nodes: Vec<u32>,
    /// Bytes.
    pub bytes: u64,
}

/// What the document of a machine needs: for each node of the guest, or for all its memory.
///
/// # Errors
/// `Invalid` for sizes that make no sense.
pub fn needs(xml: &str) -> Result<Vec<Need>, Error> {
    let tree = Tree::parse(xml)?;
    let root = tree.root();
    let Some(backing) = root.find(&["memoryBacking", "hugepages"]) else { return Ok(Vec::new()) };
    let pages = pages(&backing)?;
    let everywhere = Pinning::read(&root).nodes;
    let mut needs: Vec<Need> = Vec::new();
    for (cell, bytes) in cells(&root)? {
        let named = pages.iter().find(|page| page.nodes.contains(&cell)).or_else(|| pages.iter().find(|page| page.nodes.is_empty()));
        let page_size = match named {
            Some(page) => page.size,
            None if pages.is_empty() => 0,
            // Nodes that none is named for have ordinary pages.
            None => continue,
        };
        let own = root.child("numatune").and_then(|tune| {
            let mut nodes = tune.children_named("memnode");
            nodes.find(|node| owned(node, "cellid").parse() == Ok(cell)).map(|node| cpus::set(&owned(&node, "nodeset")))
        });
        needs.push(Need { page_size, nodes: own.unwrap_or_else(|| everywhere.clone()), bytes });
    }
    Ok(needs)
}

fn pages(backing: &Element<'_, '_>) -> Result<Vec<Page>, Error> {
    let page = |page: Element<'_, '_>| {
        let size = Bytes::parse(&owned(&page, "size"), page.attribute("unit").as_deref())?.0;
        Ok(Page { size, nodes: cpus::set(&owned(&page, "nodeset")) })
    };
    backing.children_named("page").map(page).collect()
}

/// The nodes of the guest and their memory; one without any of its own.
fn cells(root: &Element<'_, '_>) -> Result<Vec<(u32, u64)>, Error> {
    let invalid = Error::Invalid { what: "the memory of the machine" };
    let cells = root.find(&["cpu", "numa"]).into_iter().flat_map(|numa| numa.children_named("cell").collect::<Vec<_>>());
    let cell = |(index, cell): (usize, Element<'_, '_>)| {
        let id = cell.attribute("id").map_or_else(|| u32::try_from(index).ok(), |id| id.parse().ok()).ok_or(invalid)?;
        Ok((id, Bytes::parse(&owned(&cell, "memory"), cell.attribute("unit").as_deref())?.0))
    };
    let cells = cells.enumerate().map(cell).collect::<Result<Vec<_>, Error>>()?;
    if !cells.is_empty() {
        return Ok(cells);
    }
    let memory = root.child("memory").ok_or(invalid)?;
    Ok(vec![(0, Bytes::parse(&memory.text(), memory.attribute("unit").as_deref())?.0)])
}

/// Has a machine's document ask for these huge pages, in place of what it asked for; without any for the host's usual size.
///
/// # Errors
/// Those of [`patch`].
pub fn put(xml: &str, pages: &[Page]) -> Result<String, Error> {
    let xml = with_child(xml, &Path::root(), "memoryBacking")?;
    let backing = Path::root().child("memoryBacking");
    let mut xml = with_child(&xml, &backing, "hugepages")?;
    let all = backing.child("hugepages");
    xml = patch::replace_element(&xml, &all, "<hugepages/>")?;
    for page in pages {
        let size = (page.size >> 10).to_string();
        let nodes = cpus::list(&page.nodes);
        let mut attributes = vec![("size", size.as_str()), ("unit", "KiB")];
        if !nodes.is_empty() {
            attributes.push(("nodeset", &nodes));
        }
        xml = patch::insert_child(&xml, &all, &patch::fragment("page", &attributes, "")?)?;
    }
    Ok(xml)
}

/// Has it ask for none.
///
/// # Errors
/// Those of [`patch`].
pub fn clear(xml: &str) -> Result<String, Error> {
    let all = Path::root().child("memoryBacking").child("hugepages");
    match all.find(&Tree::parse(xml)?) {
        Ok(_) => without_empty(&patch::remove_element(xml, &all)?, "memoryBacking"),
        Err(Error::Missing { .. }) => Ok(xml.to_owned()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn machine(inner: &str) -> String {
        ["<domain><name>a</name><memory unit='GiB'>8</memory>", inner, "</domain>"].concat()
    }

    #[test]
    fn a_machine_without_huge_pages_needs_none_and_one_with_needs_all_its_memory() {
        assert_eq!(needs(&machine("")).unwrap(), []);
        let need = |page_size, nodes: &[u32]| vec![Need { page_size, nodes: nodes.to_vec(), bytes: 8 * GIB }];
        assert_eq!(needs(&machine("<memoryBacking><hugepages/></memoryBacking>")).unwrap(), need(0, &[]));
        let backing = "<memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>";
        let on = |nodes| machine(&[backing, "<numatune><memory mode='strict' nodeset='", nodes, "'/></numatune>"].concat());
        assert_eq!(needs(&on("1")).unwrap(), need(GIB, &[1]));
        assert_eq!(needs(&on("0-1")).unwrap(), need(GIB, &[0, 1]));
        assert!(needs(&machine(&backing.replace("'1'", "'-1'"))).is_err());
        assert!(needs(&machine(backing).replace(">8<", ">x<")).is_err());
    }

    #[test]
    fn each_node_of_the_guest_has_its_own_pages_and_place() {
        let xml = machine(
            "<memoryBacking><hugepages><page size='2048' nodeset='0'/><page size='1048576' nodeset='1'/></hugepages></memoryBacking>\
             <numatune><memory mode='strict' nodeset='0-1'/><memnode cellid='1' mode='strict' nodeset='1'/></numatune>\
             <cpu><numa><cell id='0' cpus='0' memory='3' unit='GiB'/><cell cpus='1' memory='4' unit='GiB'/>\
             <cell id='2' memory='1' unit='GiB'/></numa></cpu>",
        );
        let (first, second) =
            (Need { page_size: 2 << 20, nodes: vec![0, 1], bytes: 3 * GIB }, Need { page_size: GIB, nodes: vec![1], bytes: 4 * GIB });
        assert_eq!(needs(&xml).unwrap(), [first, second]);
    }

    #[test]
    fn pages_are_put_in_place_of_others_and_taken_away_again() {
        let xml = machine("\n  <memoryBacking>\n    <nosharepages/>\n    <hugepages><page size='4'/></hugepages>\n  </memoryBacking>");
        let pages = [Page { size: 2 << 20, nodes: vec![] }, Page { size: GIB, nodes: vec![1, 2] }];
        let put = put(&xml, &pages).unwrap();
        assert!(put.contains("<page size=\"2048\" unit=\"KiB\"/>") && put.contains("nodeset=\"1-2\""), "{put}");
        let cleared = clear(&put).unwrap();
        assert!(cleared.contains("<nosharepages/>") && !cleared.contains("hugepages"), "{cleared}");
        let plain = machine("");
        assert_eq!(clear(&super::put(&plain, &[]).unwrap()).unwrap(), plain);
        assert_eq!(clear(&plain).unwrap(), plain);
    }
}
