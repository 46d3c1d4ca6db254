//! What the virtual functions of a network card may, as the kernel tells and takes it (rtnetlink).

use std::{io, os::fd::OwnedFd, time::Duration};

use netlink_packet_core::{NLM_F_ACK, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::{
    RouteNetlinkMessage,
    link::{
        LinkAttribute, LinkExtentMask, LinkMessage, LinkVfInfo, VfInfo, VfInfoLinkState, VfInfoMac, VfInfoRate, VfInfoSpoofCheck,
        VfInfoTrust, VfInfoVlan, VfLinkState, VfVlan, VfVlanInfo, VlanProtocol,
    },
};
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SocketAddrNetlink, sockopt};

use super::function::{Functions, LinkState, Mac, Protocol, Rate, Setting, Settings, Vlan};

/// No answer of the kernel's about one card is longer: its functions are in one attribute of 64 KiB.
const LONGEST: usize = 128 * 1024;
/// The kernel answers before the question has been sent; this is for what should not happen.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the functions of the card with this number may; none if its driver does not tell.
///
/// # Errors
/// The kernel's; `InvalidData` for an answer that makes no sense.
pub(super) fn functions(card: u32) -> io::Result<Functions> {
    match ask(&question(card))? {
        Some(link) => Ok(found(&link)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Sets one value of a function of the card with this number.
///
/// # Errors
/// The kernel's: whatever the driver answers.
pub(super) fn set(card: u32, function: u32, setting: &Setting) -> io::Result<()> {
    ask(&order(card, function, setting)).map(drop)
}

fn question(card: u32) -> NetlinkMessage<RouteNetlinkMessage> {
    let mut link = LinkMessage::default();
    link.header.index = card;
    link.attributes.push(LinkAttribute::ExtMask(vec![LinkExtentMask::Vf, LinkExtentMask::SkipStats]));
    message(RouteNetlinkMessage::GetLink(link), NLM_F_REQUEST)
}

fn order(card: u32, function: u32, setting: &Setting) -> NetlinkMessage<RouteNetlinkMessage> {
    let value = match *setting {
        Setting::Mac(mac) => VfInfo::Mac(VfInfoMac::new(function, &mac.0)),
        // The older form, which every driver takes, has no word for the protocol.
        Setting::Vlan(Vlan { id, qos, protocol: Protocol::Customer }) => VfInfo::Vlan(VfInfoVlan::new(function, id.into(), qos.into())),
        Setting::Vlan(Vlan { id, qos, protocol: Protocol::Service }) => {
            VfInfo::VlanList(vec![VfVlan::Info(VfVlanInfo::new(function, id.into(), qos.into(), VlanProtocol::Ieee8021Ad))])
        }
        Setting::Rate(Rate { least, most }) => VfInfo::Rate(VfInfoRate::new(function, least, most)),
        Setting::SpoofCheck(value) => VfInfo::SpoofCheck(VfInfoSpoofCheck::new(function, value)),
        Setting::Trust(value) => VfInfo::Trust(VfInfoTrust::new(function, value)),
        Setting::LinkState(state) => VfInfo::LinkState(VfInfoLinkState::new(
            function,
            match state {
                LinkState::Auto => VfLinkState::Auto,
                LinkState::Enable => VfLinkState::Enable,
                LinkState::Disable => VfLinkState::Disable,
            },
        )),
    };
    let mut link = LinkMessage::default();
    link.header.index = card;
    link.attributes.push(LinkAttribute::VfInfoList(vec![LinkVfInfo(vec![value])]));
    message(RouteNetlinkMessage::SetLink(link), NLM_F_REQUEST | NLM_F_ACK)
}

fn message(content: RouteNetlinkMessage, flags: u16) -> NetlinkMessage<RouteNetlinkMessage> {
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = 1;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(content));
    message.finalize();
    message
}

/// Asks the kernel and returns the card that it tells of; `None` if it only says that it is done.
fn ask(message: &NetlinkMessage<RouteNetlinkMessage>) -> io::Result<Option<LinkMessage>> {
    let socket = socket()?;
    let mut request = vec![0; message.buffer_len()];
    message.serialize(&mut request);
    net::sendto(&socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut buffer = vec![0; LONGEST];
    loop {
        let (length, _, sender) = net::recvfrom(&socket, &mut buffer[..], RecvFlags::empty())?;
        // Other processes could send here, too, and have a number.
        let is_kernel = sender.is_some_and(|sender| SocketAddrNetlink::try_from(sender).is_ok_and(|sender| sender.pid() == 0));
        if is_kernel {
            return answer(&buffer[..length.min(LONGEST)]);
        }
    }
}

fn socket() -> io::Result<OwnedFd> {
    let socket = net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE))?;
    net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}

fn answer(bytes: &[u8]) -> io::Result<Option<LinkMessage>> {
    let nonsense = |_| io::Error::from(io::ErrorKind::InvalidData);
    match NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes).map_err(nonsense)?.payload {
        NetlinkPayload::Error(error) if error.code.is_none() => Ok(None),
        NetlinkPayload::Error(error) => Err(error.to_io()),
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(link)) => Ok(Some(link)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn found(link: &LinkMessage) -> Functions {
    let lists = link.attributes.iter().filter_map(|attribute| match attribute {
        LinkAttribute::VfInfoList(list) => Some(list),
        _ => None,
    });
    lists.flatten().filter_map(one).collect()
}

/// A function and its settings. What the driver does not know of it is as if it were off.
fn one(values: &LinkVfInfo) -> Option<(u32, Settings)> {
    let (mut index, mut settings) = (None, Settings::default());
    for value in &values.0 {
        match value {
            VfInfo::Mac(mac) => {
                index = Some(mac.vf_id);
                settings.mac = Mac(mac.mac.first_chunk().copied().unwrap_or_default());
            }
            VfInfo::Vlan(vlan) => {
                settings.vlan.id = u16::try_from(vlan.vlan_id).unwrap_or_default();
                settings.vlan.qos = u8::try_from(vlan.qos).unwrap_or_default();
            }
            VfInfo::VlanList(list) => {
                if let Some(VfVlan::Info(VfVlanInfo { protocol: VlanProtocol::Ieee8021Ad, .. })) = list.first() {
                    settings.vlan.protocol = Protocol::Service;
                }
            }
            VfInfo::Rate(rate) => settings.rate = Rate { least: rate.min_tx_rate, most: rate.max_tx_rate },
            VfInfo::SpoofCheck(check) => settings.spoof_check = check.enabled,
            VfInfo::Trust(trust) => settings.trust = trust.enabled,
            VfInfo::LinkState(link) => {
                settings.link_state = match link.state {
                    VfLinkState::Enable => LinkState::Enable,
                    VfLinkState::Disable => LinkState::Disable,
                    _ => LinkState::Auto,
                }
            }
            _ => {}
        }
    }
    index.map(|index| (index, settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card with two functions in the kernel's words: the first as it comes, the second with everything set.
    const TOLD: &str = "\
        ac010000100000000100000000000000 00000100070000000000000000000000 8c011600 c4000100 \
        28000100000000004e607172bd1d0000000000000000000000000000000000000000000000000000 \
        24000d00ffffffffffff0000000000000000000000000000000000000000000000000000 \
        10000200000000000000000000000000 10000600000000000000000000000000 0c0003000000000000000000 \
        0c0004000000000001000000 0c0005000000000000000000 0c0007000000000000000000 0c0009000000000000000000 \
        18000c001400010000000000000000000000000081000000 c4000100 \
        2800010001000000525400abcdef0000000000000000000000000000000000000000000000000000 \
        24000d00ffffffffffff0000000000000000000000000000000000000000000000000000 \
        1000020001000000fe0f000007000000 10000600010000000a000000e8030000 0c00030001000000e8030000 \
        0c00040001000000ffffffff 0c0005000100000002000000 0c00070001000000ffffffff 0c0009000100000001000000 \
        18000c001400010001000000fe0f00000700000088a80000";

    fn bytes(text: &str) -> Vec<u8> {
        let digits: String = text.split_ascii_whitespace().collect();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    fn sent(message: &NetlinkMessage<RouteNetlinkMessage>) -> Vec<u8> {
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }

    #[test]
    fn functions_are_read_from_what_the_kernel_told() {
        let told = bytes(TOLD);
        assert_eq!(told.len(), usize::from(u16::from_le_bytes([told[0], told[1]])), "one message");
        let functions = found(&answer(&told).unwrap().unwrap());
        assert_eq!(functions.keys().copied().collect::<Vec<_>>(), [0, 1]);
        let first = Settings { mac: "4e:60:71:72:bd:1d".parse().unwrap(), spoof_check: true, ..Settings::default() };
        assert_eq!(functions[&0], first);
        let second = Settings {
            mac: "52:54:00:ab:cd:ef".parse().unwrap(),
            vlan: Vlan { id: 4094, qos: 7, protocol: Protocol::Service },
            rate: Rate { least: 10, most: 1000 },
            // The driver does not know.
            spoof_check: false,
            link_state: LinkState::Disable,
            trust: true,
        };
        assert_eq!(functions[&1], second);
    }

    #[test]
    fn what_is_cut_off_anywhere_is_an_error_or_less_and_never_the_end() {
        let told = bytes(TOLD);
        for length in 0..told.len() {
            if let Ok(Some(link)) = answer(&told[..length]) {
                assert!(found(&link).len() <= 2);
            }
        }
    }

    #[test]
    fn each_setting_is_sent_in_the_kernels_own_form() {
        // What follows the head of the message, the card and the two lists around the value.
        let value = |setting| {
            let sent = sent(&order(7, 3, &setting));
            assert_eq!(sent[4..8], [19, 0, 5, 0], "RTM_SETLINK, a request with an answer");
            assert_eq!(sent[20..24], [7, 0, 0, 0], "the card");
            assert_eq!((sent[34], sent[38]), (22, 1), "IFLA_VFINFO_LIST, IFLA_VF_INFO");
            sent[40..].to_vec()
        };
        let mac = Setting::Mac("52:54:00:ab:cd:ef".parse().unwrap());
        assert_eq!(value(mac), bytes(&["28000100 03000000 525400abcdef", &"00".repeat(26)].concat()));
        let vlan = |protocol| Setting::Vlan(Vlan { id: 100, qos: 3, protocol });
        assert_eq!(value(vlan(Protocol::Customer)), bytes("10000200 03000000 64000000 03000000"));
        assert_eq!(value(vlan(Protocol::Service)), bytes("18000c00 14000100 03000000 64000000 03000000 88a80000"));
        assert_eq!(value(Setting::Rate(Rate { least: 10, most: 1000 })), bytes("10000600 03000000 0a000000 e8030000"));
        assert_eq!(value(Setting::SpoofCheck(true)), bytes("0c000400 03000000 01000000"));
        assert_eq!(value(Setting::Trust(false)), bytes("0c000900 03000000 00000000"));
        for (state, number) in [(LinkState::Auto, 0), (LinkState::Enable, 1), (LinkState::Disable, 2)] {
            assert_eq!(value(Setting::LinkState(state)), bytes(&format!("0c000500 03000000 0{number}000000")));
        }
    }

    /// This computer's own kernel, asked about the card that every one has and that can have no functions.
    #[test]
    fn the_running_kernel_answers_and_refuses_to_set_what_its_card_has_not() {
        let number = std::fs::read_to_string("/sys/class/net/lo/ifindex").unwrap().trim().parse().unwrap();
        assert_eq!(functions(number).unwrap(), Functions::new());
        let refused = set(number, 0, &Setting::Trust(true)).unwrap_err().raw_os_error().map(rustix::io::Errno::from_raw_os_error);
        assert!(matches!(refused, Some(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::PERM)), "{refused:?}");
        let missing = functions(i32::MAX.unsigned_abs()).unwrap_err().raw_os_error().map(rustix::io::Errno::from_raw_os_error);
        assert_eq!(missing, Some(rustix::io::Errno::NODEV));
    }
}
