//! Safe wrappers of the libvirt calls that `virt` lacks, and of allocator settings.
//!
//! With `event.rs` and `event_loop.rs` the only place with `unsafe`.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_int, c_ulonglong};

use uuid::Uuid;
use virt::{connect::Connect, domain::Domain, error::Error, nodedev::NodeDevice};
use virt_sys as sys;

/// Groups of figures for [`all_stats`] and [`stats_of`].
pub mod group {
    use virt_sys as sys;
    /// State and reason. Never asks QEMU.
    pub const STATE: u32 = sys::VIR_DOMAIN_STATS_STATE;
    /// Network counters. Never asks QEMU.
    pub const INTERFACE: u32 = sys::VIR_DOMAIN_STATS_INTERFACE;
    /// Memory. Asks QEMU if the machine is active.
    pub const BALLOON: u32 = sys::VIR_DOMAIN_STATS_BALLOON;
    /// vCPUs. Asks QEMU if the machine is active.
    pub const VCPU: u32 = sys::VIR_DOMAIN_STATS_VCPU;
    /// Disk counters. Asks QEMU if the machine is active.
    pub const BLOCK: u32 = sys::VIR_DOMAIN_STATS_BLOCK;
}

/// One figure of a statistics record.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    /// Signed.
    Signed(i64),
    /// Unsigned.
    Unsigned(u64),
    /// Anything else: text, floating point, boolean.
    Other,
}

impl Figure {
    /// As an unsigned number, 0 if it is none.
    #[must_use]
    pub fn unsigned(self) -> u64 {
        match self {
            Self::Unsigned(value) => value,
            Self::Signed(value) => u64::try_from(value).unwrap_or(0),
            Self::Other => 0,
        }
    }
}

/// A statistics record while it is visited.
pub struct Record<'a> {
    /// The machine.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    parameters: &'a [sys::virTypedParameter],
}

impl Record<'_> {
    /// Every figure with its libvirt name, such as `state.state`.
    pub fn figures(&self) -> impl Iterator<Item = (&str, Figure)> {
        self.parameters.iter().map(|parameter| {
            // SAFETY: libvirt fills `field` with a NUL-terminated ASCII name of at most 80 bytes.
            let name = unsafe { CStr::from_ptr(parameter.field.as_ptr()) };
            (name.to_str().unwrap_or(""), figure(parameter))
        })
    }
}

fn figure(parameter: &sys::virTypedParameter) -> Figure {
    let kind = u32::try_from(parameter.type_).unwrap_or(0);
    // SAFETY: `type_` says which member of the union libvirt has set; each arm reads that one.
    unsafe {
        match kind {
            sys::VIR_TYPED_PARAM_INT => Figure::Signed(i64::from(parameter.value.i)),
            sys::VIR_TYPED_PARAM_UINT => Figure::Unsigned(u64::from(parameter.value.ui)),
            sys::VIR_TYPED_PARAM_LLONG => Figure::Signed(parameter.value.l),
            sys::VIR_TYPED_PARAM_ULLONG => Figure::Unsigned(parameter.value.ul),
            _ => Figure::Other,
        }
    }
}

/// Which machines [`all_stats`] returns.
#[derive(Clone, Copy, Debug)]
pub enum Activity {
    /// Those that have a QEMU process.
    Active,
    /// Those that are off.
    Inactive,
}

/// Statistics of many machines in one call.
///
/// # Errors
/// libvirt's error.
pub fn all_stats<T>(connection: &Connect, groups: u32, activity: Activity, visit: impl FnMut(&Record<'_>) -> T) -> Result<Vec<T>, Error> {
    let flags = match activity {
        Activity::Active => sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE,
        Activity::Inactive => sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE,
    };
    let mut records = std::ptr::null_mut();
    // SAFETY: the connection outlives the call; libvirt stores a list that `Records` frees.
    let count = unsafe { sys::virConnectGetAllDomainStats(connection.as_ptr(), groups, &raw mut records, flags) };
    visit_records(count, records, visit)
}

/// Statistics of one machine.
///
/// # Errors
/// libvirt's error.
pub fn stats_of<T>(domain: &Domain, groups: u32, visit: impl FnMut(&Record<'_>) -> T) -> Result<Option<T>, Error> {
    let mut records = std::ptr::null_mut();
    // SAFETY: `list` is NULL-terminated as libvirt asks, and `domain` outlives the call.
    let count = unsafe {
        let mut list = [domain.as_ptr(), std::ptr::null_mut()];
        sys::virDomainListGetStats(list.as_mut_ptr(), groups, &raw mut records, 0)
    };
    Ok(visit_records(count, records, visit)?.pop())
}

/// Frees the list when visiting ends, also by a panic.
struct Records(*mut sys::virDomainStatsRecordPtr);

impl Drop for Records {
    fn drop(&mut self) {
        // SAFETY: the list came from libvirt and is freed exactly once.
        unsafe { sys::virDomainStatsRecordListFree(self.0) }
    }
}

fn visit_records<T>(
    count: c_int,
    list: *mut sys::virDomainStatsRecordPtr,
    mut visit: impl FnMut(&Record<'_>) -> T,
) -> Result<Vec<T>, Error> {
    let Ok(count) = usize::try_from(count) else { return Err(Error::last_error()) };
    let list = Records(list);
    let mut visited = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: libvirt returned `count` valid records; each has `nparams` parameters and a machine that
        // lives as long as the list.
        let record = unsafe {
            let record = &**list.0.add(index);
            let parameters = match usize::try_from(record.nparams) {
                Ok(length) if !record.params.is_null() => std::slice::from_raw_parts(record.params, length),
                _ => &[],
            };
            let mut uuid = [0_u8; 16];
            sys::virDomainGetUUID(record.dom, uuid.as_mut_ptr());
            let name = sys::virDomainGetName(record.dom);
            let name = if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() };
            Record { uuid: Uuid::from_bytes(uuid), name, parameters }
        };
        visited.push(visit(&record));
    }
    Ok(visited)
}

/// State and reason as libvirt numbers them. Never asks QEMU.
///
/// # Errors
/// libvirt's error.
pub fn state(domain: &Domain) -> Result<(i32, i32), Error> {
    let (mut state, mut reason) = (0, 0);
    // SAFETY: both pointers are valid for the call.
    check(unsafe { sys::virDomainGetState(domain.as_ptr(), &raw mut state, &raw mut reason, 0) })?;
    Ok((state, reason))
}

/// Sends a non-maskable interrupt.
///
/// # Errors
/// libvirt's error.
pub fn inject_nmi(domain: &Domain) -> Result<(), Error> {
    // SAFETY: `domain` is valid for the call.
    check(unsafe { sys::virDomainInjectNMI(domain.as_ptr(), 0) })
}

/// Lets the guest's agent suspend it: to memory, to disk or both, as libvirt numbers the targets.
///
/// # Errors
/// libvirt's error.
pub fn pm_suspend(domain: &Domain, target: u32) -> Result<(), Error> {
    // SAFETY: `domain` is valid for the call. A duration of 0 is the only one QEMU supports.
    check(unsafe { sys::virDomainPMSuspendForDuration(domain.as_ptr(), target, 0, 0) })
}

/// The definition that is in a machine's saved state.
///
/// # Errors
/// libvirt's error.
pub fn saved_xml(domain: &Domain) -> Result<String, Error> {
    // SAFETY: `domain` is valid for the call.
    let text = unsafe { sys::virDomainManagedSaveGetXMLDesc(domain.as_ptr(), 0) };
    if text.is_null() {
        return Err(Error::last_error());
    }
    // SAFETY: libvirt returned a NUL-terminated text that is ours, which is copied before it is freed, once.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        libc::free(text.cast());
        Ok(copy)
    }
}

/// Cancels the save, dump or migration that runs on the machine.
///
/// # Errors
/// libvirt's error.
pub fn abort_job(domain: &Domain) -> Result<(), Error> {
    // SAFETY: `domain` is valid for the call.
    check(unsafe { sys::virDomainAbortJob(domain.as_ptr()) })
}

/// Which parts of divided cards [`virt::connect::Connect::list_all_node_devices`] returns: those that are there and those that are kept.
pub const PARTS: u32 =
    sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV | sys::VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE | sys::VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE;

/// Has a device of the host kept, without making it.
///
/// # Errors
/// libvirt's error.
pub fn define_node_device(connection: &Connect, xml: &str) -> Result<NodeDevice, Error> {
    let xml = CString::new(xml)?;
    // SAFETY: connection and text outlive the call.
    let device = unsafe { sys::virNodeDeviceDefineXML(connection.as_ptr(), xml.as_ptr(), 0) };
    if device.is_null() {
        return Err(Error::last_error());
    }
    // SAFETY: libvirt handed out a reference that nobody else gives back.
    Ok(unsafe { NodeDevice::from_ptr(device) })
}

/// Makes a device that is kept.
///
/// # Errors
/// libvirt's error.
pub fn create_node_device(device: &NodeDevice) -> Result<(), Error> {
    // SAFETY: `device` is valid for the call.
    check(unsafe { sys::virNodeDeviceCreate(device.as_ptr(), 0) })
}

/// Keeps a device no longer.
///
/// # Errors
/// libvirt's error.
pub fn undefine_node_device(device: &NodeDevice) -> Result<(), Error> {
    // SAFETY: `device` is valid for the call.
    check(unsafe { sys::virNodeDeviceUndefine(device.as_ptr(), 0) })
}

/// Has a device that is kept made at each start of the computer, or no longer.
///
/// # Errors
/// libvirt's error.
pub fn set_node_device_autostart(device: &NodeDevice, is_on: bool) -> Result<(), Error> {
    // SAFETY: `device` is valid for the call.
    check(unsafe { sys::virNodeDeviceSetAutostart(device.as_ptr(), is_on.into()) })
}

/// CPU time of the host since its boot, in ns: (busy, idle and waiting).
///
/// # Errors
/// libvirt's error.
pub fn host_cpu_time(connection: &Connect) -> Result<(u64, u64), Error> {
    // SAFETY: an all-zero parameter is a valid value of this plain C struct.
    let mut parameters: [sys::virNodeCPUStats; 16] = unsafe { std::mem::zeroed() };
    let mut count: c_int = 0;
    // SAFETY: without room libvirt only says how many elements it has; it refuses any other number later.
    check(unsafe { sys::virNodeGetCPUStats(connection.as_ptr(), -1, std::ptr::null_mut(), &raw mut count, 0) })?;
    count = count.clamp(0, 16);
    // SAFETY: there are at least `count` elements; -1 asks for all CPUs together.
    check(unsafe { sys::virNodeGetCPUStats(connection.as_ptr(), -1, parameters.as_mut_ptr(), &raw mut count, 0) })?;
    let (mut busy, mut idle) = (0, 0);
    for parameter in parameters.iter().take(usize::try_from(count).unwrap_or(0)) {
        // SAFETY: libvirt fills `field` with a NUL-terminated name.
        match unsafe { CStr::from_ptr(parameter.field.as_ptr()) }.to_bytes() {
            b"user" | b"kernel" => busy += parameter.value,
            b"idle" | b"iowait" => idle += parameter.value,
            _ => {}
        }
    }
    Ok((busy, idle))
}

/// Memory of the host in bytes: (total, available to new programs).
///
/// # Errors
/// libvirt's error.
pub fn host_memory(connection: &Connect) -> Result<(u64, u64), Error> {
    // SAFETY: an all-zero parameter is a valid value of this plain C struct.
    let mut parameters: [sys::virNodeMemoryStats; 16] = unsafe { std::mem::zeroed() };
    let mut count: c_int = 0;
    // SAFETY: without room libvirt only says how many elements it has; it refuses any other number later.
    check(unsafe { sys::virNodeGetMemoryStats(connection.as_ptr(), -1, std::ptr::null_mut(), &raw mut count, 0) })?;
    count = count.clamp(0, 16);
    // SAFETY: there are at least `count` elements; -1 asks for all nodes together.
    check(unsafe { sys::virNodeGetMemoryStats(connection.as_ptr(), -1, parameters.as_mut_ptr(), &raw mut count, 0) })?;
    let (mut total, mut available): (c_ulonglong, c_ulonglong) = (0, 0);
    for parameter in parameters.iter().take(usize::try_from(count).unwrap_or(0)) {
        // SAFETY: libvirt fills `field` with a NUL-terminated name.
        match unsafe { CStr::from_ptr(parameter.field.as_ptr()) }.to_bytes() {
            b"total" => total = parameter.value,
            b"free" | b"buffers" | b"cached" => available += parameter.value,
            _ => {}
        }
    }
    Ok((total * 1024, available * 1024))
}

/// The `errno` of this thread's last failed libvirt call, if it was a failed system call.
#[must_use]
pub fn last_errno() -> Option<i32> {
    // SAFETY: the pointer is this thread's own error object, valid until its next libvirt call.
    unsafe {
        let error = sys::virGetLastError().as_ref()?;
        (u32::try_from(error.code) == Ok(sys::VIR_ERR_SYSTEM_ERROR)).then_some(error.int1)
    }
}

/// Gives memory that a burst of work left behind back to the system.
pub fn trim_memory() {
    // SAFETY: no argument can be wrong; glibc locks its own arenas.
    unsafe { libc::malloc_trim(0) };
}

/// Keeps the allocator to one arena, for one per thread would cost megabytes for threads that mostly wait, and to giving
/// back what a long reply or the first reading of all machines took: it would keep room for the next one for ever.
///
/// libvirt takes 64 KiB and a few bytes for each message that it sends. Between what is small and stays, they left ever more
/// holes: in mappings of their own they cannot.
pub fn limit_memory() {
    // SAFETY: called once at start, before other threads allocate.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 * 1024);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 32 * 1024);
        libc::mallopt(libc::M_TOP_PAD, 16 * 1024);
    }
}

fn check(result: c_int) -> Result<(), Error> {
    if result < 0 { Err(Error::last_error()) } else { Ok(()) }
}
