//! Writes the API's description as the code tells it: `server/openapi.json` is what this prints.
#![expect(clippy::print_stdout, reason = "the document is what it prints")]

fn main() -> anyhow::Result<()> {
    let document = dieuphoi::http::api::openapi::described();
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}
