use super::*;

fn parse(inner: &str) -> Result<Machine, Error> {
    Machine::parse(&["<domain type='kvm'><name>a</name>", inner, "</domain>"].concat())
}

#[test]
fn a_document_that_is_no_machine_is_refused() {
    assert_eq!(Machine::parse("<network><name>a</name></network>"), Err(Error::Missing { what: "<domain>" }));
    assert_eq!(Machine::parse("<domain/>"), Err(Error::Missing { what: "the name of the machine" }));
    assert!(Machine::parse("<!DOCTYPE domain><domain><name>a</name></domain>").is_err());
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for inner in [
        "<memory>-1</memory>",
        "<memory unit='x'>1</memory>",
        "<memory unit='EiB'>99</memory>",
        "<vcpu>x</vcpu>",
        "<vcpu current='x'>1</vcpu>",
        "<uuid>x</uuid>",
        "<currentMemory>?</currentMemory>",
    ] {
        assert!(matches!(parse(inner), Err(Error::Invalid { .. })), "{inner}");
    }
}

#[test]
fn current_values_never_exceed_the_maximum() {
    let machine = parse("<memory unit='MiB'>512</memory><currentMemory unit='GiB'>1</currentMemory><vcpu current='9'>4</vcpu>").unwrap();
    assert_eq!((machine.memory, machine.maximum_memory, machine.vcpus, machine.maximum_vcpus), (512 << 20, 512 << 20, 4, 4));
}

#[test]
fn firmware_is_told_apart_and_not_guessed() {
    let pc = "<type arch='x86_64' machine='q35'>hvm</type>";
    let features = |secure: &str, keys: &str| {
        ["<firmware><feature enabled='", secure, "' name='secure-boot'/><feature enabled='", keys, "' name='enrolled-keys'/></firmware>"]
            .concat()
    };
    let kind = |attribute: &str, inner: &str| parse(&["<os", attribute, ">", inner, "</os>"].concat()).unwrap().firmware_kind;
    let (bios, uefi, secure) = (Some(FirmwareKind::Bios), Some(FirmwareKind::Uefi), Some(FirmwareKind::UefiSecure));
    let efi = " firmware='efi'";
    assert_eq!(kind("", pc), bios);
    assert_eq!(kind(" firmware='bios'", pc), bios);
    assert_eq!(kind(efi, pc), uefi);
    assert_eq!(kind(efi, &[pc, &features("yes", "yes")].concat()), secure);
    assert_eq!(kind(efi, &[pc, &features("yes", "no")].concat()), uefi, "without keys nothing is checked");
    assert_eq!(kind(efi, &[pc, &features("no", "no")].concat()), uefi);
    assert_eq!(kind("", &[pc, "<loader readonly='yes' secure='yes' type='pflash'>/x.fd</loader>"].concat()), secure);
    assert_eq!(kind("", &[pc, "<loader readonly='yes' type='pflash'>/x.fd</loader>"].concat()), uefi);
    assert_eq!(kind("", &[pc, "<loader type='rom'>/x.fd</loader>"].concat()), None);
    assert_eq!(kind("", "<type arch='x86_64' machine='microvm'>hvm</type>"), None);
    assert_eq!(kind("", "<type arch='riscv64' machine='virt'>hvm</type>"), None);
    assert_eq!(kind("", "<type arch='x86_64'>exe</type>"), None);
    assert_eq!(parse("").unwrap().firmware_kind, None);
}

#[test]
fn what_is_not_said_is_what_libvirt_assumes() {
    let machine = parse("<memory>1024</memory>").unwrap();
    assert_eq!((machine.memory, machine.vcpus, machine.maximum_vcpus), (1 << 20, 1, 1));
    assert_eq!((machine.uuid, machine.title.as_str(), machine.nvram), (None, "", None));
}

#[test]
fn every_file_of_a_machine_is_found_even_in_unknown_devices() {
    let machine = parse(concat!(
        "<os><loader>/fw</loader><nvram template='/t'>/vars</nvram><acpi><table type='slic'>/acpi</table></acpi></os>",
        "<sysinfo type='fwcfg'><entry name='opt/x' file='/fwcfg'/></sysinfo>",
        "<metadata><x file='/not-a-file'/></metadata>",
        "<devices><emulator>/not-data</emulator>",
        "<disk type='file'><source file='/top'><dataStore type='file'><source file='/top-data'/></dataStore></source>",
        "<backingStore type='file'><source file='/base'/><backingStore type='block'><source dev='/dev/base'/></backingStore></backingStore>",
        "<mirror type='file'><source file='/mirror'/></mirror><target dev='vda'/></disk>",
        "<disk type='network'><source protocol='nbd'><host transport='unix' socket='/nbd'/></source></disk>",
        "<newdevice><deep><source file='/future'/></deep></newdevice><memory><source><path>/nvdimm</path></source></memory>",
        "<interface type='ethernet'><rom file='/rom'/></interface><filesystem><binary path='/not-data'/><source dir='/share'/></filesystem></devices>",
        "<q:commandline xmlns:q='u'><q:arg value='file=/arg,if=none'/><q:arg value='/bare'/></q:commandline>",
    ))
    .unwrap();
    let mut files = machine.file_references();
    files.sort_unstable();
    let expected = [
        "/acpi",
        "/arg",
        "/bare",
        "/base",
        "/dev/base",
        "/fw",
        "/fwcfg",
        "/future",
        "/mirror",
        "/nbd",
        "/nvdimm",
        "/rom",
        "/share",
        "/t",
        "/top",
        "/top-data",
        "/vars",
    ];
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(files, expected);
    assert!(machine.has_raw_arguments);
}

#[test]
fn the_label_is_the_title_without_what_could_mislead() {
    assert_eq!(parse("<title> a\u{202e}b </title>").unwrap().label(), "ab");
    assert_eq!(parse("<title> </title>").unwrap().label(), "a");
}
