//! The words for what a host lacks.

use crate::{
    locale::{Value, first_of},
    readiness::{Check, Fix},
    unit,
};

/// `check-…`: what was looked at, and what it is good for (`check-…-text`).
#[must_use]
pub fn check(id: &str) -> (String, String) {
    let values = [("id", Value::from(id))];
    (first_of(&[&format!("check-{id}"), "check-other"], &values), first_of(&[&format!("check-{id}-text"), "check-other-text"], &values))
}

/// `check-reason-…`: why it stands as it does, if the service said so; as exact as there are words.
#[must_use]
pub fn check_reason(check: &Check) -> Option<String> {
    let reason = check.reason()?;
    let (exact, plain) = (format!("check-reason-{}-{reason}", check.id), format!("check-reason-{reason}"));
    Some(first_of(&[&exact, &plain, "check-reason-other"], &[("reason", Value::from(reason))]))
}

/// `check-fact-…`: something that was seen.
#[must_use]
pub fn check_fact(name: &str, value: &str) -> String {
    let shown = match name {
        "sizes" => value.split(' ').filter_map(|size| size.parse().ok()).map(unit::size).collect::<Vec<_>>().join(", "),
        _ => value.to_owned(),
    };
    let exact = format!("check-fact-{name}-{value}");
    first_of(&[&exact, &format!("check-fact-{name}"), "check-fact-other"], &[("name", Value::from(name)), ("value", Value::from(shown))])
}

/// `fix-…`: what to do; its value stands behind or below.
#[must_use]
pub fn fix(fix: &Fix) -> String {
    let key = match fix {
        Fix::Command(_) => "fix-command",
        Fix::KernelArgument(_) => "fix-kernel-argument",
        Fix::NoKernelArgument(_) => "fix-no-kernel-argument",
        Fix::Module(_) => "fix-module",
        Fix::ModuleOption(_) => "fix-module-option",
        Fix::Firmware(_) => "fix-firmware",
        Fix::Other(kind, _) => return first_of(&["fix-other"], &[("kind", Value::from(kind.as_str()))]),
    };
    first_of(&[key], &[])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every check of the service, with its reasons.
    const CHECKS: [(&str, &[&str]); 12] = [
        ("kvm", &["module-missing", "off-in-firmware", "not-supported"]),
        ("nested", &[]),
        ("iommu", &["off-by-argument", "not-asked-for", "off-in-firmware", "none"]),
        ("vfio", &["not-loaded", "not-built"]),
        ("huge-pages", &[]),
        ("confinement", &["permissive", "none"]),
        ("cgroup", &[]),
        ("swtpm", &[]),
        ("virtiofsd", &[]),
        ("dnsmasq", &[]),
        ("passt", &[]),
        ("firmware", &[]),
    ];

    #[test]
    fn every_check_and_every_reason_has_words_in_every_language() {
        for language in ["en", "de"] {
            let known = crate::locale::keys(language);
            let has = |key: &str| known.iter().any(|known| known == key);
            for (id, reasons) in CHECKS {
                assert!(has(&format!("check-{id}")) && has(&format!("check-{id}-text")), "{language}: {id}");
                for reason in reasons {
                    assert!(
                        has(&format!("check-reason-{id}-{reason}")) || has(&format!("check-reason-{reason}")),
                        "{language}: {id} {reason}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_a_newer_service_says_is_shown_as_it_is() {
        assert_eq!(check("tea").0, "tea");
        let facts = BTreeMap::from([("reason".to_owned(), "no-kettle".to_owned())]);
        let unknown = Check { id: "tea".to_owned(), facts, ..Check::default() };
        assert!(check_reason(&unknown).unwrap().contains("no-kettle"));
        assert_eq!(check_fact("cups", "2"), "cups: 2");
        assert_eq!(check_fact("sizes", "2097152 1073741824").replace(unit::SPACE, " "), "2 MiB, 1 GiB");
    }
}
