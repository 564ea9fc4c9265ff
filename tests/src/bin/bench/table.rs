//! The table: what, figure, aim, met or not. Printed line by line as it is measured.

/// The table that is being printed.
pub(crate) struct Table {
    missed: u32,
}

impl Table {
    pub(crate) fn begin() -> Self {
        println!("| What | Figure | Aim | |");
        println!("|---|---|---|---|");
        Self { missed: 0 }
    }

    /// A figure without an aim.
    pub(crate) fn note(&mut self, what: &str, figure: &str) {
        println!("| {what} | {figure} | | |");
    }

    /// A figure against its aim.
    pub(crate) fn judge(&mut self, what: &str, figure: &str, aim: &str, met: bool) {
        let verdict = if met { "met" } else { "**not met**" };
        self.missed += u32::from(!met);
        println!("| {what} | {figure} | {aim} | {verdict} |");
    }

    pub(crate) fn end(self) {
        println!("\n{} aims missed", self.missed);
    }
}
