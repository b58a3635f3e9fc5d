//! What is said of an argument that cannot be taken.

use core::fmt;

/// One argument is at fault: which, and what is wrong with it, in words for the person who sent it.
///
/// The browser rejects a promise with `reason`; the API answers 400 with `reason` and `field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field as the API spells it: `email`, `orderId`, `settings.windowDays`.
    pub field: &'static str,
    /// A sentence that names the field.
    pub reason: &'static str,
}

impl Invalid {
    /// `field` cannot be taken because of `reason`.
    pub const fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl core::error::Error for Invalid {}
