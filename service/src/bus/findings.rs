//! What a plan says of a judgement about something of the host that is no PCI device.

use std::collections::HashMap;

use zbus::Variant;

use crate::host::finding::{Finding, Findings};

/// `allowed`, `reasons` and `warnings` of a plan.
pub fn shown(findings: &Findings) -> HashMap<&'static str, Variant<'static>> {
    let facts = |list: &[Finding]| list.iter().map(Finding::facts).collect::<Vec<_>>();
    HashMap::from([
        ("allowed", findings.reasons.is_empty().into()),
        ("reasons", facts(&findings.reasons).into()),
        ("warnings", facts(&findings.warnings).into()),
    ])
}
