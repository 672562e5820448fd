//! What a run is going to ask for later, booked ahead.

use std::time::Duration;

use super::Arm;
use crate::arm::throttle::Draw;

impl Arm {
    /// Books calls that will be made once what they belong to has begun, and returns how long that
    /// had better wait.
    pub fn begin(&self, draws: &[Draw]) -> Duration {
        self.0.throttle().begin(draws, self.0.clock.elapsed())
    }
}
