//! The words for what the service tells, which has numbers and fixed words only.

use std::time::Duration;

use dbus::machine::{PlanItem, State, StateReason};

use super::{Value, first_of, text};
use crate::{Condition, Job, Machine, Operation, Problem, settings, t, unit};

mod failure;
mod hand_over;
mod left;
mod readiness;

pub use failure::{error, operation_failed, problem};
pub use hand_over::{hand_over, remaining};
pub use left::left_behind;
pub use readiness::{check, check_fact, check_reason, fix};

/// A variant's name as it stands in keys: `ShuttingDown` is `shutting-down`.
pub(super) fn kebab(variant: impl std::fmt::Debug) -> String {
    let name = format!("{variant:?}");
    let mut key = String::with_capacity(name.len() + 4);
    for character in name.chars().take_while(char::is_ascii_alphanumeric) {
        if character.is_ascii_uppercase() && !key.is_empty() {
            key.push('-');
        }
        key.push(character.to_ascii_lowercase());
    }
    key
}

/// `state-…`: what a machine does.
#[must_use]
pub fn state(state: State) -> String {
    text(&format!("state-{}", kebab(state)))
}

/// `reason-…`: why.
#[must_use]
pub fn reason(reason: StateReason) -> String {
    text(&format!("reason-{}", kebab(reason)))
}

/// `condition-…`: the one word a machine is shown with.
#[must_use]
pub fn condition(condition: Condition) -> String {
    text(&format!("condition-{}", kebab(condition)))
}

/// `Running for 3 h 12 min`; without a known start as [`state()`].
#[must_use]
pub fn since(machine: &Machine, started: u64, now: u64) -> String {
    if machine.state != State::Running || started == 0 || now < started {
        return state(machine.state);
    }
    t!("state-running-for", time = unit::duration(Duration::from_micros(now - started)))
}

/// `stop-…`: why a machine stopped last, and when, as seen now; empty if that is not known.
#[must_use]
pub fn stop(machine: &Machine, now: u64) -> String {
    if machine.last_stop_time == 0 {
        return String::new();
    }
    let key = format!("stop-{}", kebab(machine.last_stop_reason));
    first_of(&[&key, "stop-other"], &[("time", Value::from(unit::moment(machine.last_stop_time, now)))])
}

/// `operation-…`: on a button.
#[must_use]
pub fn operation(operation: Operation) -> String {
    text(&format!("operation-{}", kebab(operation)))
}

/// `operation-…-running`: while it is done.
#[must_use]
pub fn operation_running(operation: Operation) -> String {
    text(&format!("operation-{}-running", kebab(operation)))
}

/// `operation-…-done`: when it was done.
#[must_use]
pub fn operation_done(operation: Operation) -> String {
    text(&format!("operation-{}-done", kebab(operation)))
}

/// `job-…`: the work alone, by the service's word for it.
#[must_use]
pub fn job(operation: &str) -> String {
    first_of(&[&format!("job-{operation}"), "job-other"], &[])
}

/// `job-…-of`: the work and the machine.
#[must_use]
pub fn job_of(job: &Job, machine: &str) -> String {
    job_text(&job.operation, "of", machine)
}

/// `job-…-done`: a sentence for a notification.
#[must_use]
pub fn job_done(operation: &str, machine: &str) -> String {
    job_text(operation, "done", machine)
}

/// `job-…-failed`: a sentence for a notification.
#[must_use]
pub fn job_failed(operation: &str, machine: &str) -> String {
    job_text(operation, "failed", machine)
}

fn job_text(operation: &str, ending: &str, machine: &str) -> String {
    let (key, other) = (format!("job-{operation}-{ending}"), format!("job-other-{ending}"));
    first_of(&[&key, &other], &[("machine", Value::from(machine))])
}

/// `libvirt-…`: what keeps libvirt away, by the service's word: title and text.
#[must_use]
pub fn libvirt(problem: &str) -> (String, String) {
    let key = format!("libvirt-{problem}");
    (first_of(&[&key, "libvirt-failed"], &[]), first_of(&[&format!("{key}-text"), "libvirt-failed-text"], &[]))
}

/// `virtualisation-…`: whether KVM can be used, by the service's word.
#[must_use]
pub fn virtualisation(word: &str) -> String {
    first_of(&[&format!("virtualisation-{word}"), "virtualisation-other"], &[])
}

/// `plan-kind-…`: a thing that belongs to a machine, with the name of its file.
#[must_use]
pub fn plan_kind(item: &PlanItem) -> String {
    let name = item.path.rsplit('/').next().unwrap_or_default();
    first_of(&[&format!("plan-kind-{}", item.kind), "plan-kind-other"], &[("name", Value::from(name))])
}

/// `plan-action-…`: what happens to it.
#[must_use]
pub fn plan_action(item: &PlanItem) -> String {
    text(&format!("plan-action-{}", item.action))
}

/// `plan-reason-…`: why it stays, with the names of the machines that need it. For a disk that goes: that nobody does.
#[must_use]
pub fn plan_reason(item: &PlanItem, machines: &[&str]) -> String {
    if item.reason.is_empty() {
        return if item.kind == "disk" && item.action != "keep" { text("plan-reason-none") } else { String::new() };
    }
    let values =
        [("count", Value::from(machines.len())), ("machines", Value::from(machines.join(", "))), ("reason", Value::from(&item.reason))];
    first_of(&[&format!("plan-reason-{}", item.reason), "plan-reason-other"], &values)
}

/// `warning-…`: what is wrong with a machine, by the service's word, and what to do.
#[must_use]
pub fn warning(word: &str) -> (String, String) {
    let values = [("warning", Value::from(word))];
    let key = format!("warning-{word}");
    (first_of(&[&key, "warning-other"], &values), first_of(&[&format!("{key}-advice"), "warning-other-advice"], &values))
}

/// `change-…`: what waits for the next start, by the service's word, such as `memory` or `disk:vda`.
#[must_use]
pub fn unapplied(field: &str) -> String {
    let (kind, name) = field.split_once(':').unwrap_or((field, ""));
    let values = [("kind", Value::from(kind)), ("name", Value::from(name))];
    let other = if name.is_empty() { "change-other" } else { "change-device" };
    first_of(&[&format!("change-{kind}"), other], &values)
}

/// `settings-…`: why not all settings are as the file says: title and text.
#[must_use]
pub fn setting_problem(problem: &settings::Problem) -> (String, String) {
    use settings::Problem::{Broken, Unreadable, Values};
    match problem {
        Broken { kept, .. } => (t!("settings-broken"), t!("settings-broken-text", file = kept.display().to_string())),
        Unreadable { path, .. } => (t!("settings-unreadable"), t!("settings-unreadable-text", file = path.display().to_string())),
        Values(names) => (t!("settings-values"), t!("settings-values-text", names = names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{OWN, differences, faults, keys, text_in};

    const OPERATIONS: [Operation; 16] = [
        Operation::Start,
        Operation::StartPaused,
        Operation::StartCold,
        Operation::Shutdown,
        Operation::ShutdownAndRestart,
        Operation::Reboot,
        Operation::Reset,
        Operation::ForceOff,
        Operation::Pause,
        Operation::Resume,
        Operation::Save,
        Operation::DiscardSavedState,
        Operation::SendNmi,
        Operation::Sleep,
        Operation::Wake,
        Operation::MakePersistent,
    ];

    /// What the service names its jobs.
    const JOBS: [&str; 11] = [
        "machine-start",
        "machine-shutdown",
        "machine-restart",
        "machine-save",
        "machine-core-dump",
        "machine-delete",
        "machine-undelete",
        "machine-purge",
        "machine-hand-over",
        "huge-pages-reserve",
        "huge-pages-release",
    ];

    fn expected() -> Vec<String> {
        let mut expected = Vec::new();
        for number in 0..=6 {
            let state = kebab(State::from(number));
            expected.extend([format!("state-{state}"), format!("state-{state}-is")]);
        }
        expected.extend((0..=26).map(|number| format!("reason-{}", kebab(StateReason::from(number)))));
        for operation in OPERATIONS {
            expected.extend(["", "-running", "-done", "-failed"].map(|ending| format!("operation-{}{ending}", kebab(operation))));
        }
        for job in JOBS {
            expected.extend(["", "-of", "-done", "-failed"].map(|ending| format!("job-{job}{ending}")));
        }
        for condition in [Condition::Running, Condition::Paused, Condition::Saved, Condition::Off, Condition::Crashed] {
            expected.push(format!("condition-{}", kebab(condition)));
        }
        expected
    }

    #[test]
    fn there_is_a_word_for_everything_in_every_language() {
        for (language, _) in OWN {
            let known = keys(language);
            for key in expected() {
                assert!(known.contains(&key), "{language} lacks {key}");
            }
        }
    }

    #[test]
    fn all_languages_have_the_same_keys_and_values() {
        let [(_, english), (_, german)] = OWN else { panic!("two languages") };
        assert_eq!(faults(english), [""; 0]);
        assert_eq!(faults(german), [""; 0]);
        assert_eq!(differences(english, german), [""; 0]);
    }

    #[test]
    fn texts_do_not_shout_beg_or_say_the_words_of_libvirt() {
        for (language, file) in OWN {
            let keys = keys(language);
            assert!(keys.len() > 200);
            for word in ["!", "Please", "please", "Bitte", "bitte", "successful", "erfolgreich", "omain", "omäne"] {
                assert!(!file.contains(word), "{language} says {word}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_said_as_it_is() {
        assert_eq!(job("machine-fly"), "Working");
        assert_eq!(unapplied("disk:vda"), "Disk vda");
        assert_eq!(unapplied("sound:0"), "sound 0");
        assert_eq!(unapplied("keywrap"), "keywrap");
        assert_eq!(libvirt("unheard-of").0, "libvirt does not answer as it should");
        assert_eq!(warning("new-word").0, "Warning: new-word");
    }

    #[test]
    fn a_crash_says_when() {
        let (reason, time) = (StateReason::Crashed, unit::local(2025, 11, 20, 9, 51));
        let machine = Machine { last_stop_reason: reason, last_stop_time: time, ..Machine::default() };
        assert_eq!(stop(&machine, unit::local(2025, 11, 20, 10, 24)), "QEMU stopped at 09:51");
        assert_eq!(stop(&Machine::default(), 1), "");
        let values = [("time", Value::from("09:51"))];
        assert_eq!(text_in("de", "stop-crashed", &values), "QEMU endete um 09:51");
    }

    #[test]
    fn a_running_machine_says_for_how_long() {
        let machine = Machine { state: State::Running, ..Machine::default() };
        assert_eq!(since(&machine, 1_000_000, 1_000_000 + 11_520_000_000).replace('\u{a0}', " "), "Running for 3 h 12 min");
        assert_eq!(since(&machine, 0, 5), "Running");
    }
}
