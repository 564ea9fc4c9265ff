//! What the machine gives without us: the disk's fdatasync, and single-row commits of the bare
//! database by one client.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi_tests::database::Database;
use dieuphoi_tests::figures::percentile;

/// Median time of 4 KiB written and synced, on the file system of this folder.
pub(crate) fn fdatasync(folder: &Path) -> Duration {
    let path = folder.join("fdatasync");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path).unwrap();
    let block = [7_u8; 4096];
    let mut times = Vec::new();
    for n in 0..200 {
        file.write_all_at(&block, n * 4096).unwrap();
        let began = Instant::now();
        file.sync_data().unwrap();
        times.push(began.elapsed());
    }
    std::fs::remove_file(path).unwrap();
    percentile(&times, 50.0)
}

/// Single-row commits a second, one client, as durable as the server's.
pub(crate) fn raw_commits(database: &Database, seconds: u64) -> f64 {
    let mut conn = database.open();
    conn.batch_execute("create table if not exists bare (number integer, words text)").unwrap();
    let row = "insert into bare values (1, 'Một dòng như mọi dòng khác của bảng này')";
    let (began, mut commits) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(seconds) {
        conn.batch_execute(row).unwrap();
        commits += 1;
    }
    f64::from(commits) / began.elapsed().as_secs_f64()
}
