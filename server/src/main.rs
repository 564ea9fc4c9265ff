//! dieuphoi: parse, configure, hand over to the command line's room.

use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    dieuphoi::cli::run().await
}
