//! What an engine that is up costs a command: `pin exec -- true` beside `true` alone and the engine's own answer, in a
//! repository of three hundred files, on a daemon and engines of our own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pin::engine::runtime::Address;
use pin::engine::{Daemon as Reached, Probe, Way};
use pin::world::wait_for;

use crate::it::support::daemon::{Daemon, Setup};
use crate::it::support::dagger::Releases;
use crate::it::support::docker_api::Api;
use crate::it::support::engine_image::Engines;
use crate::it::support::pinned::Pinned;
use crate::repository::{self, Mentions};
use crate::table;

const RUNS: usize = 101;
const BOUND: Duration = Duration::from_secs(10);

/// What is measured, once at a time.
struct Row<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    times: Vec<Duration>,
}

/// The rows of which the difference is made.
const ENGINE: &str = "the engine's answer";
const COMMAND: &str = "true";
const EXEC: &str = "pin exec -- true";

pub(crate) fn run() {
    let test = "the benchmark of engines";
    if let Some((daemon, engines)) = Daemon::with_engines(test, &Setup::default()) {
        let stated = Pinned::new("bench", &engines.version, &daemon);
        measure("BuildKit, its version in pin.toml", &stated, &daemon, ["buildctl", "dial-stdio"]);
        let found = Pinned::new("bench-found", &engines.version, &daemon);
        found.project.write("buildkit-version", &engines.version);
        let toolchain = "source = 'buildkit-version'\nsite = [{ file = 'buildkit-version', pattern = '(?<version>\\S+)' }]";
        found.write_tables(toolchain, "");
        measure("BuildKit, its version in one of the files", &found, &daemon, ["buildctl", "dial-stdio"]);
    }
    if let Some((daemon, releases)) = Releases::with_daemon(test, &Setup::default().with_bridge()) {
        let release = &releases.pinned;
        let stated = Pinned::dagger("bench", &release.version, &daemon, "").with_programs(&release.programs);
        measure("Dagger, its version in pin.toml", &stated, &daemon, ["buildctl", "dial-stdio"]);
    }
}

fn measure(title: &str, pinned: &Pinned, api: &Api, dial: [&'static str; 2]) {
    repository::generate(pinned.project.root(), Mentions::Some);
    pinned.project.git(&["init", "--quiet", "--initial-branch=main"]);
    pinned.project.git(&["add", "--all"]);
    pinned.up().exits(0);
    let socket = pinned.socket().expect("the engine has a socket");
    let nothing = table::find("true").expect("the benchmark needs `true` on the path");
    let nothing = nothing.to_str().expect("a plain path");
    let mut rows = vec![
        row(ENGINE, || ask(&Way::Socket(socket.clone()))),
        row(COMMAND, || ends_well(&mut pinned.under(Path::new(nothing)))),
        row(EXEC, || ends_well(&mut pinned.command(&["exec", "--", nothing]))),
        row("pin engine up", || ends_well(&mut pinned.command(&["engine", "up"]))),
        row("the daemon says that it is one", || assert!(api.answers(), "it does not answer")),
        row("the daemon lists containers", || drop(api.get("/containers/json?all=1"))),
        row("the engine, through the daemon", || through(api, pinned, dial)),
        row("buildctl debug info", || {
            let mut command = Command::new(Engines::buildctl());
            ends_well(
                command.arg("--addr").arg(format!("unix://{}", socket.display())).args(["debug", "info"]),
            );
        }),
    ];
    for _ in 0..RUNS {
        for row in &mut rows {
            let start = Instant::now();
            (row.run)();
            row.times.push(start.elapsed());
        }
    }
    print(title, &mut rows);
    drop(rows);
    pinned.down().exits(0);
}

fn row<'a>(name: &'static str, run: impl FnMut() + 'a) -> Row<'a> {
    Row { name, run: Box::new(run), times: Vec::new() }
}

fn ends_well(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("it starts").success(), "{command:?}");
}

fn ask(way: &Way<'_>) {
    let asked = wait_for(Probe::ask(way, BOUND)).expect("a runtime").expect("nobody interrupts");
    asked.expect("the engine answers");
}

/// What reaching it costs who has no socket of it.
fn through(api: &Api, pinned: &Pinned, dial: [&'static str; 2]) {
    let address = Address::parse(api.address(), None).expect("the address of a daemon");
    let asked = wait_for(async {
        let daemon = Reached::connect(&address, BOUND).await.expect("the daemon answers");
        let way = Way::Inside { daemon: &daemon, container: pinned.container(), program: dial };
        Probe::ask(&way, BOUND).await
    });
    asked.expect("a runtime").expect("nobody interrupts").expect("the engine answers");
}

fn print(title: &str, rows: &mut [Row<'_>]) {
    println!("{title}; {} files; {RUNS} of each, in turn", repository::FILES);
    println!("{:<34} {:>10} {:>10} {:>10}", "", "median", "fastest", "slowest");
    for row in &mut *rows {
        row.times.sort();
        let [median, fastest, slowest] =
            [RUNS / 2, 0, RUNS - 1].map(|index| format!("{:.2} ms", milliseconds(row.times[index])));
        println!("{:<34} {median:>10} {fastest:>10} {slowest:>10}", row.name);
    }
    let time = |name: &str, index: usize| {
        let row = rows.iter().find(|row| row.name == name).expect("it was measured");
        milliseconds(row.times[index])
    };
    // On a busy machine the fastest tell more.
    let [median, fastest] =
        [RUNS / 2, 0].map(|index| time(EXEC, index) - time(ENGINE, index) - time(COMMAND, index));
    println!("{:<34} {median:>7.2} ms {fastest:>7.2} ms (to be at most 15 ms)\n", "what `pin` itself adds");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
