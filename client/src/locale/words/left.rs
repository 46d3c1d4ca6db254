//! The words for what a change of a device left behind.

use dbus::host::LeftBehind;

use crate::t;

/// What is left and how that ends: a title and sentences. The commands are not in it.
#[must_use]
pub fn left_behind(left: &LeftBehind) -> (String, String) {
    let device = left.device.as_str();
    let title = if left.operation == "release" { t!("left-release", device = device) } else { t!("left-other", device = device) };
    let has = match (left.driver.as_str(), left.before.as_str()) {
        (driver, before) if driver == before => t!("left-partly"),
        ("", before) => t!("left-without", before = before),
        (driver, "") => t!("left-with", driver = driver),
        (driver, before) => t!("left-instead", driver = driver, before = before),
    };
    let then = if left.hangs { t!("left-hangs") } else { t!("left-repair") };
    (title, format!("{has} {then}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_device_has_what_it_had_and_how_that_ends() {
        let left =
            LeftBehind { operation: "release".into(), device: "0000:01:00.0".into(), before: "nvidia".into(), ..LeftBehind::default() };
        let (title, text) = left_behind(&left);
        assert_eq!(title, "0000:01:00.0 could not be given back");
        assert!(text.contains("no driver; it had nvidia") && text.contains("restart"), "{text}");
        let (title, text) = left_behind(&LeftBehind { operation: "bind".into(), hangs: true, driver: "nvidia".into(), ..left });
        assert_eq!(title, "0000:01:00.0 could not be put back as it was");
        assert!(text.contains("lets go"), "{text}");
    }
}
