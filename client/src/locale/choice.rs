//! Which language it shall be.

/// The languages that the environment asks for, best first, as `de-AT`; those of `LANGUAGE` before the others, as gettext does.
#[must_use]
pub fn preferred() -> Vec<String> {
    from(|name| std::env::var(name).ok())
}

/// What is asked for, or what the environment wants.
pub(super) fn wanted(language: Option<&str>) -> Vec<String> {
    match language.map(str::trim).filter(|language| !language.is_empty()) {
        Some(language) => tag(language).into_iter().collect(),
        None => preferred(),
    }
}

fn from(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) else { return Vec::new() };
    // In the C locale LANGUAGE does not count.
    let Some(locale) = tag(&locale) else { return Vec::new() };
    let list = set("LANGUAGE").unwrap_or_default();
    let mut found: Vec<String> = list.split(':').filter_map(tag).collect();
    found.push(locale);
    found
}

/// `de_AT.UTF-8@euro` as `de-AT`; `None` for `C` and `POSIX`.
fn tag(locale: &str) -> Option<String> {
    let name = locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    let is_tag = name.len() >= 2 && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    (is_tag && name != "POSIX").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Vec<String> {
        from(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_list_of_languages_comes_before_the_locale() {
        assert_eq!(with(&[("LANG", "de_AT.UTF-8")]), ["de-AT"]);
        assert_eq!(with(&[("LANG", "de_DE.UTF-8"), ("LC_MESSAGES", "fr_FR")]), ["fr-FR"]);
        assert_eq!(with(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "en_US.UTF-8"), ("LC_MESSAGES", "fr_FR")]), ["en-US"]);
        assert_eq!(with(&[("LANGUAGE", "sv:de"), ("LANG", "en_GB.UTF-8")]), ["sv", "de", "en-GB"]);
    }

    #[test]
    fn the_c_locale_wants_no_language_even_with_a_list() {
        assert_eq!(with(&[("LANGUAGE", "de"), ("LANG", "C")]), [""; 0]);
        assert_eq!(with(&[("LANGUAGE", "de"), ("LC_ALL", "C.UTF-8"), ("LANG", "de_DE")]), [""; 0]);
        assert_eq!(with(&[("LANG", "POSIX")]), [""; 0]);
        assert_eq!(with(&[]), [""; 0]);
    }

    #[test]
    fn an_explicit_choice_wins_and_an_empty_one_is_none() {
        assert_eq!(wanted(Some("de")), ["de"]);
        assert_eq!(wanted(Some("  ")), preferred());
        assert_eq!(wanted(None), preferred());
    }
}
