//! The pane beside: who uses pages, and how they are there after a restart.

use client::{
    hugepages::{HugePages, Pages, User},
    t,
    tuning::{AtBoot, BootPages},
    unit,
};
use iced::{
    Alignment, Background, Border, Element, Length, Theme,
    widget::{Column, column, container, row, rule, scrollable},
};

use super::{Message, Screen};
use crate::{
    action::MemoryChange,
    component::{Button, Kind, badge, state_glyph},
    font, icon,
    model::HostModel,
    theme::{self, size, space, tokens},
    widget::{
        cut,
        scroll::{WIDE, scroll},
        text,
    },
};

impl Screen {
    /// The pane of the page.
    pub fn pane<'a>(&'a self, host: &'a HostModel) -> Element<'a, Message> {
        let Some(pages) = host.pages.as_deref() else { return iced::widget::space().into() };
        let mut users = column![title(t!("memory-users"))].spacing(space::S);
        if self.users.as_ref().is_some_and(Vec::is_empty) {
            users = users.push(said(t!("memory-users-none")));
        }
        for user in self.users.iter().flatten() {
            users = users.push(card(user, host, pages));
        }
        let line = || rule::horizontal(1).style(theme::container::line);
        let mut all = column![container(users).padding(space::L)];
        if let Some(kept) = host.at_boot.as_deref().filter(|at_boot| !at_boot.pages.is_empty()) {
            all = all.push(line()).push(container(kept_pages(kept, super::can_change(host) && self.queue.is_empty())).padding(space::L));
        }
        let all = all.push(line()).push(container(at_boot(pages)).padding(space::L));
        scroll(scrollable(all).width(Length::Fill).height(Length::Fill), WIDE)
    }
}

fn title<'a>(words: String) -> text::Text<'a> {
    text(words).size(13).font(font::SEMIBOLD)
}

fn said<'a>(words: String) -> text::Text<'a> {
    text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::muted)
}

/// Who it is, what it has or wants, and whether that is there.
fn card<'a>(user: &'a User, host: &'a HostModel, pages: &HugePages) -> Element<'a, Message> {
    let machine = user.machine.and_then(|id| host.machines.get(&id));
    let glyph: Element<'a, Message> = match machine {
        Some(machine) => state_glyph(machine.condition(), 16.0),
        None => icon::terminal().muted(16.0).into(),
    };
    let name = machine.map_or(user.name.as_str(), client::Machine::label);
    let count = user.bytes.checked_div(user.page_size);
    let told = match count {
        Some(count) => t!("memory-user-pages", count = unit::count(count), size = unit::size(user.page_size)),
        None => unit::size(user.bytes),
    };
    let words = column![cut(name).font(font::SEMIBOLD), text(told).size(12).style(theme::muted), standing(user, count, pages)].spacing(3);
    let content = row![container(glyph).padding([1.0, 0.0]), words.width(Length::Fill)].spacing(space::S);
    container(content).padding([10.0, space::M]).width(Length::Fill).style(theme::container::card).into()
}

fn standing<'a>(user: &User, count: Option<u64>, pages: &HugePages) -> Element<'a, Message> {
    let free = pages.idle(user.page_size, None);
    if user.is_active {
        return badge(icon::circle_check(), t!("memory-user-has"), |t| t.running_soft, |t| t.running);
    }
    match count {
        Some(count) if count > free => {
            let words = t!("memory-user-lacks", missing = unit::count(count - free));
            badge(icon::triangle_alert(), words, |t| t.paused_soft, |t| t.paused)
        }
        _ => badge(icon::circle_pause(), t!("memory-user-off"), |t| t.off_soft, |t| t.off),
    }
}

/// What is reserved at each start, and how that went.
fn kept_pages<'a>(at_boot: &AtBoot, can: bool) -> Element<'a, Message> {
    let mut part = Column::new().spacing(space::S).push(title(t!("memory-kept")));
    for pages in &at_boot.pages {
        let where_ = pages.node.map_or_else(|| t!("memory-everywhere"), |node| t!("memory-on-node", node = node));
        let words = t!("memory-kept-line", count = unit::count(pages.count), size = unit::size(pages.size), where = where_);
        let none = Pages { size: pages.size, count: 0, node: pages.node };
        let drop = Button::new(Kind::Link, t!("memory-kept-drop")).line().hint(t!("memory-asks"));
        let drop = drop.on_press_maybe(can.then_some(Message::Set(MemoryChange::AtBoot(none))));
        part = part.push(column![text(words).size(12), said(outcome(pages)), row![drop]].spacing(2));
    }
    part.into()
}

/// What came of it at this start.
fn outcome(pages: &BootPages) -> String {
    match pages.outcome.as_str() {
        "reserved" => t!("memory-outcome-reserved"),
        "refused" => t!("memory-outcome-refused"),
        "too-few" => t!("memory-outcome-too-few", count = pages.reasons.first().cloned().unwrap_or_default()),
        "gone" => t!("memory-outcome-gone"),
        "failed" => t!("memory-outcome-failed"),
        _ => t!("memory-outcome-none"),
    }
}

/// The arguments that have the kernel reserve at boot what is reserved now.
fn arguments(pages: &HugePages) -> Vec<String> {
    let nodes: std::collections::BTreeSet<u32> = pages.pools.iter().map(|pool| pool.node).collect();
    let sizes = pages.sizes.iter().filter(|size| size.total > size.surplus);
    sizes
        .map(|size| {
            let here = pages.pools.iter().filter(|pool| pool.page_size == size.page_size && pool.total > pool.surplus);
            let count = if nodes.len() > 1 {
                here.map(|pool| format!("{}:{}", pool.node, pool.total - pool.surplus)).collect::<Vec<_>>().join(",")
            } else {
                (size.total - size.surplus).to_string()
            };
            format!("hugepagesz={} hugepages={count}", kernel_size(size.page_size))
        })
        .collect()
}

/// A size as the kernel writes it: `2M`, `1G`.
fn kernel_size(bytes: u64) -> String {
    [("G", 1_u64 << 30), ("M", 1 << 20)]
        .into_iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit))
        .map_or_else(|| format!("{}K", bytes >> 10), |(letter, unit)| format!("{}{letter}", bytes / unit))
}

fn at_boot<'a>(pages: &HugePages) -> Element<'a, Message> {
    let lines = arguments(pages);
    let mut part = Column::new().spacing(space::S).push(title(t!("memory-boot")));
    if lines.is_empty() {
        return part.push(said(t!("memory-boot-none"))).into();
    }
    let all = lines.join(" ");
    part = part.push(said(t!("memory-boot-text"))).push(well(lines.join("\n")));
    let copy = Button::new(Kind::Secondary, t!("memory-copy")).icon(icon::copy()).compact().on_press(Message::Copy(all));
    part.push(row![copy].align_y(Alignment::Center)).into()
}

fn well<'a>(code: String) -> Element<'a, Message> {
    let style = |theme: &Theme| {
        let t = tokens(theme);
        let border = Border { color: t.line, width: 1.0, radius: size::RADIUS.into() };
        container::Style { background: Some(Background::Color(t.sunken)), border, ..container::Style::default() }
    };
    let code = crate::widget::code(code).line_height(text::LineHeight::Absolute(18.into()));
    container(code).padding([space::S, space::M]).width(Length::Fill).style(style).into()
}

#[cfg(test)]
mod tests {
    use client::hugepages::{Pool, Size};

    use super::*;

    #[test]
    fn the_kernels_arguments_are_what_is_reserved_now_without_surplus() {
        let pool = |page_size, node, total, surplus| Pool { page_size, node, total, free: 0, surplus };
        let size = |page_size, total, surplus| Size { page_size, total, surplus, ..Size::default() };
        let mut pages = HugePages {
            sizes: vec![size(2 << 20, 10, 2), size(1 << 30, 5, 0), size(64 << 10, 0, 0)],
            pools: vec![pool(2 << 20, 0, 10, 2), pool(2 << 20, 1, 0, 0), pool(1 << 30, 0, 4, 0), pool(1 << 30, 1, 1, 0)],
            ..HugePages::default()
        };
        assert_eq!(arguments(&pages), ["hugepagesz=2M hugepages=0:8", "hugepagesz=1G hugepages=0:4,1:1"]);
        pages.pools.retain(|pool| pool.node == 0);
        assert_eq!(arguments(&pages), ["hugepagesz=2M hugepages=8", "hugepagesz=1G hugepages=5"]);
        assert_eq!(kernel_size(64 << 10), "64K");
    }
}
