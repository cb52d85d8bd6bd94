//! What a person waits for: whole runs of `pin` beside other programs in the same repository, taken in turn.
//!
//! `cargo bench --bench whole` prints a table for a repository of three hundred files, `cargo bench --bench whole -- large`
//! one for a repository of ninety-four thousand, `-- engine` one for engines that are up, on a container daemon that it
//! starts itself: it needs what `tests/run` builds, and root. Nothing is asserted about time: a number from another machine, or from a
//! busy one, proves nothing. That the programs did the work is asserted.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark writes files, starts processes and reads the clock"
)]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod engine;
mod floor;
mod large;
mod monorepo;
mod repository;
mod small;
mod table;

/// Daemons and engines as the tests have them.
#[path = "../it"]
mod it {
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod support;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => small::run(),
        ["engine"] => engine::run(),
        ["large"] => large::run(101),
        ["large", runs] => large::run(runs.parse().expect("a number of runs")),
        // The floor is a program of its own: this one, started once more.
        ["floor"] => println!("{} files", floor::run().len()),
        ["floor", "--list"] => floor::run().iter().for_each(|path| println!("{path}")),
        _ => panic!("unknown arguments {arguments:?}; expected nothing, `engine`, or `large [RUNS]`"),
    }
}
