//! `dieuphoi org import`: tables of the directory from files, with a report that people can act on.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::actions::import::{How, Imported, Upload, import};
use crate::actions::{Ctx, Office};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::sheet::{Problem, TableKind};
use crate::domain::words::Language;
use crate::texts::Texts;

/// Organisations from the command line.
#[derive(Debug, Subcommand)]
pub enum Org {
    /// Import organisations, contact points and systems from CSV files (docs/import.md).
    Import(Import),
}

/// `org import FILE…`
#[derive(Debug, Args)]
pub struct Import {
    /// CSV files, UTF-8; all are written together, or none.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// organisations, contacts or systems; else the names of the columns tell.
    #[arg(long)]
    kind: Option<TableKind>,
    /// Leave out bad rows and import the good ones.
    #[arg(long)]
    skip_bad: bool,
    /// Say what would happen and write nothing.
    #[arg(long)]
    check: bool,
    /// Language of the report: vi or en.
    #[arg(long, default_value = "vi")]
    language: Language,
}

/// Runs the command; the exit code is 1 when a row was bad, even if it was skipped.
///
/// # Errors
/// A file that cannot be read; the database's.
pub async fn run(args: Org, office: Office) -> anyhow::Result<ExitCode> {
    let Org::Import(args) = args;
    let mut uploads = Vec::new();
    for path in &args.files {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        uploads.push(Upload { name: path.display().to_string(), bytes, kind: args.kind });
    }
    let ctx = Ctx::service("org import", SystemClock.now());
    let how = How { skip_bad: args.skip_bad, only_check: args.check };
    let done = import(&office, &ctx, uploads, how).await?;
    let mut out = std::io::stdout().lock();
    out.write_all(report(Texts(args.language), &done, how).as_bytes())?;
    out.flush()?;
    Ok(if done.bad() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The report in words, line by line.
fn report(t: Texts, done: &Imported, how: How) -> String {
    let mut lines = Vec::new();
    for file in &done.files {
        let kind = file
            .kind
            .map_or_else(|| t.t("import-kind-unknown"), |kind| t.t(&format!("import-kind-{kind}")));
        let counts = t.with(
            "import-summary",
            &[
                ("added", &file.added.to_string()),
                ("changed", &file.changed.to_string()),
                ("unchanged", &file.unchanged.to_string()),
                ("bad", &file.bad.to_string()),
            ],
        );
        lines.push(format!("{} · {kind}: {counts}", file.name));
        if !file.ignored.is_empty() {
            let columns = file.ignored.join(", ");
            lines.push(format!("  {}", t.t1("import-ignored", "columns", &columns)));
        }
        lines.extend(file.problems.iter().map(|problem| format!("  {}", sentence(t, problem))));
    }
    lines.push(t.t(match (done.written, how.only_check && done.bad() == 0) {
        (true, _) => "import-written",
        (false, true) => "import-checked",
        (false, false) => "import-refused",
    }));
    lines.join("\n") + "\n"
}

/// One problem: `dòng 12, cột “Mã”: …`.
fn sentence(t: Texts, problem: &Problem) -> String {
    let reason = t.t1(problem.key, "value", &problem.value);
    let line = problem.line.to_string();
    match (problem.line, problem.column.as_str()) {
        (0, _) => format!("{}: {reason}", t.t("import-whole-file")),
        (_, "") => t.with("import-row-report", &[("line", &line), ("reason", &reason)]),
        (_, column) => {
            let column = t.t(&format!("dir-col-{column}"));
            let values = [("line", &*line), ("column", &*column), ("reason", &*reason)];
            t.with("import-line-report", &values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::import::Outcome;

    #[test]
    fn the_report_says_line_column_and_reason() {
        let mut done = Imported::default();
        done.files.push(Outcome {
            name: "o.csv".to_owned(),
            kind: Some(TableKind::Organisations),
            bad: 2,
            ignored: vec!["ghi chú".to_owned()],
            problems: vec![
                Problem::at(7, "valid_from", "field-dir-day", "31/02/2017"),
                Problem::at(9, "", "import-quote", ""),
            ],
            ..Outcome::default()
        });
        let text = report(Texts(Language::Vi), &done, How::default());
        for part in [
            "o.csv · Bảng đơn vị: thêm 0, cập nhật 0, giữ nguyên 0, sai 2",
            "Cột không dùng đến: ghi chú",
            "dòng 7, cột “Hiệu lực từ”: “31/02/2017” không phải ngày đúng.",
            "dòng 9: Dấu ngoặc kép",
            "Chưa ghi gì",
        ] {
            assert!(text.contains(part), "{part:?} in\n{text}");
        }
    }
}
