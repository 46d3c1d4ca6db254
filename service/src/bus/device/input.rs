//! The part of `org.kvmmanager.Manager1.Device` that is about keyboards and mice.

use std::collections::{BTreeSet, HashSet};

use dbus::Reader;
use model::device::input::TOGGLES;
use zbus::message::Header;

use super::{Device, Facts};
use crate::{
    bus::findings::shown,
    error::{Error, Reply, Result},
    host::input::{self as host, Inputs},
    policy::Target,
    workflow::input::{self, How, MOST_DEVICES},
};

/// What a caller names them by.
const ARGUMENT: &str = "inputs";

impl Device {
    pub(super) async fn plan_inputs(&self, header: &Header<'_>, names: &[String], how: &How) -> Result<Facts, Reply> {
        let plan = async |_| {
            let known = input::resolve(&self.0.context, names).await?;
            let plan = input::plan(&self.0.context, &self.0.machine(), &known, names, how).await?;
            let mut told = shown(&plan.findings);
            told.insert(ARGUMENT, plan.devices.into());
            Ok(told)
        };
        self.0.look(header, self.listed_inputs("plan-attach", names), plan).await
    }

    pub(super) async fn attach_inputs(&self, header: &Header<'_>, names: &[String], how: &How) -> Result<(), Reply> {
        let attach = async |manage, device| input::attach(&self.0.context, &manage, &device, names, how).await;
        self.0.change(header, self.listed_inputs("attach", names), attach).await
    }

    pub(super) async fn detach_inputs(&self, header: &Header<'_>, names: &[String]) -> Result<(), Reply> {
        // They may be gone: what there is to know is their names.
        let target = async { Ok(self.inputs("detach", names, &Inputs::default())) };
        let detach = async |manage, device| input::detach(&self.0.context, &manage, &device, names).await;
        self.0.change(header, target, detach).await
    }

    async fn listed_inputs(&self, operation: &'static str, names: &[String]) -> Result<Target> {
        Ok(self.inputs(operation, names, &input::known(&self.0.context).await?))
    }

    fn inputs(&self, operation: &'static str, names: &[String], known: &Inputs) -> Target {
        let kinds = names.iter().filter_map(|name| known.devices.get(name)).flat_map(|device| device.kinds.iter().copied());
        let kinds: BTreeSet<&str> = kinds.collect();
        let kinds: Vec<&str> = if kinds.is_empty() { vec!["input"] } else { kinds.into_iter().collect() };
        let facts = vec![("device", names.join(" ")), ("device.kind", kinds.join(" "))];
        Target { facts, ..self.0.target(operation) }
    }
}

/// `inputs`: names as the host lists them, each once. A path is none.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Vec<String>>> {
    let invalid = |reason| Error::InvalidArgument { argument: ARGUMENT, reason };
    let Some(mut names) = reader.take::<Vec<String>>(ARGUMENT)? else { return Ok(None) };
    if names.is_empty() || names.len() > MOST_DEVICES {
        return Err(invalid("must be 1 to 16"));
    }
    if !names.iter().all(|name| host::is_name(name)) {
        return Err(invalid("not a name of an input"));
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(Some(names))
}

/// `grab-all`, `repeat` and `grab-toggle`.
pub(super) fn how(reader: &mut Reader) -> Result<How> {
    let toggle = reader.take::<String>("grab-toggle")?.unwrap_or_default();
    if !toggle.is_empty() && !TOGGLES.contains(&toggle.as_str()) {
        return Err(Error::InvalidArgument { argument: "grab-toggle", reason: "must be keys that libvirt has a word for" });
    }
    Ok(How { grab_all: reader.take("grab-all")?.unwrap_or(true), repeat: reader.take("repeat")?.unwrap_or(true), toggle })
}
