//! dieuphoi: parse, configure, hand over to the command line's room.

use std::process::ExitCode;

/// A tenth of a report's processor time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    dieuphoi::cli::run().await
}
