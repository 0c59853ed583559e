//! Where identifiers and secrets come from.

use model::IdSource;

/// Random identifiers from a generator that is fit for secrets and seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn bits(&mut self) -> u128 {
        rand::random()
    }
}
