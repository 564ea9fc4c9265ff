//! Commands that are done at once, beside threads that are not.

use dieuphoi_tests::database::Database;
use dieuphoi_tests::process::Plan;

const ABREAST: u32 = 8;
const EACH: u32 = 50;

/// While a command ends, the pool may still be opening a connection in a thread of its own. With
/// OpenSSL's way of tearing itself down at the end, one in some hundred died there (SIGSEGV).
#[test]
fn a_command_ends_well_whatever_the_pool_is_doing() {
    let Some(database) = Database::postgres() else { return };
    let plan = Plan::over(&database, 25);
    let (status, said) = plan.run(&["migrate"]);
    assert!(status.success(), "{status}: {said}");
    std::thread::scope(|scope| {
        for _ in 0..ABREAST {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let (status, said) = plan.run(&["audit", "verify"]);
                    assert!(status.success(), "{status}: {said}");
                }
            });
        }
    });
}
