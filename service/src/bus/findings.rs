//! What a plan says of a judgement about something of the host.

use std::collections::HashMap;

use zbus::Variant;

use crate::host::finding::{Finding, Findings};

type Facts = HashMap<&'static str, Variant<'static>>;

/// `allowed`, `reasons` and `warnings` of a plan.
pub fn shown(findings: &Findings) -> Facts {
    with(findings, [])
}

/// The same with what else the plan tells.
pub fn with(findings: &Findings, rest: impl IntoIterator<Item = (&'static str, Variant<'static>)>) -> Facts {
    let judged = [
        ("allowed", findings.reasons.is_empty().into()),
        ("reasons", facts(&findings.reasons).into()),
        ("warnings", facts(&findings.warnings).into()),
    ];
    judged.into_iter().chain(rest).collect()
}

/// The facts of each.
pub fn facts(list: &[Finding]) -> Vec<HashMap<String, String>> {
    list.iter().map(Finding::facts).collect()
}
