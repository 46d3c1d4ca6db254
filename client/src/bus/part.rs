//! Parts of cards that are made, kept and deleted.

use std::collections::HashMap;

use dbus::{Options, mediated::HostMediatedProxy};
use zbus::OwnedVariant;

use super::{
    Bus,
    calls::{Result, proxy},
    device::refusals,
    give::reasons,
};
use crate::device::{NewPart, Verdict};

/// What a plan that is nothing but a verdict says.
pub(super) fn verdict(told: &HashMap<String, OwnedVariant>) -> Verdict {
    Verdict { reasons: reasons(told), warnings: told.get("warnings").map(|value| refusals(value)).unwrap_or_default() }
}

fn wanted(part: &NewPart) -> (Options, Options) {
    let what = Options::default().with("parent", part.card.clone()).with("type", part.kind.clone()).with("uuid", part.uuid.to_string());
    (what, Options::default().with("keep", part.is_kept || part.autostart).with("autostart", part.autostart).with("start", part.starts))
}

fn named(uuid: String) -> Options {
    Options::default().with("uuid", uuid)
}

impl Bus {
    async fn parts(&self) -> Result<HostMediatedProxy<'static>> {
        Ok(proxy!(self, HostMediatedProxy).build().await?)
    }

    pub(crate) async fn plan_make_part(&self, part: NewPart) -> Result<Verdict> {
        let (what, how) = wanted(&part);
        Ok(verdict(&self.parts().await?.plan_create(&what, &how).await?))
    }

    pub(crate) async fn make_part(&self, part: NewPart) -> Result<()> {
        let (what, how) = wanted(&part);
        Ok(self.parts().await?.create(&what, &how).await.map(|_| ())?)
    }

    pub(crate) async fn start_part(&self, uuid: String) -> Result<()> {
        Ok(self.parts().await?.start(&named(uuid), &Options::default()).await?)
    }

    pub(crate) async fn set_part_autostart(&self, uuid: String, autostart: bool) -> Result<()> {
        Ok(self.parts().await?.set_autostart(&named(uuid), autostart, &Options::default()).await?)
    }

    pub(crate) async fn plan_delete_part(&self, uuid: String) -> Result<Verdict> {
        Ok(verdict(&self.parts().await?.plan_delete(&named(uuid), &Options::default()).await?))
    }

    pub(crate) async fn delete_part(&self, uuid: String) -> Result<()> {
        Ok(self.parts().await?.delete(&named(uuid), &Options::default()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uuid;

    #[test]
    fn what_is_made_at_each_start_is_kept_and_a_plan_without_a_word_is_a_refusal() {
        let part = NewPart {
            card: "0000:02:00.0".into(),
            kind: "nvidia-36".into(),
            uuid: Uuid::from_u128(7),
            is_kept: false,
            autostart: true,
            starts: false,
        };
        let (what, how) = wanted(&part);
        let (mut what, mut how) = (what.reader().unwrap(), how.reader().unwrap());
        let text = |name: &'static str| what.take::<String>(name).unwrap().unwrap();
        assert_eq!(["parent", "type", "uuid"].map(text), [part.card.clone(), part.kind.clone(), part.uuid.to_string()]);
        assert_eq!(
            ["keep", "autostart", "start"].map(|name: &'static str| how.take::<bool>(name).unwrap()),
            [Some(true), Some(true), Some(false)]
        );
        what.finish().unwrap();
        how.finish().unwrap();
        assert_eq!(verdict(&HashMap::new()).reasons.len(), 1);
    }
}
