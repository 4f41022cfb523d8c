//! What shut in can no longer be done. The test runs itself anew as the process that is shut in.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]
#![cfg(target_os = "linux")]

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use extract::sandbox::{Bounds, enter};
use extract::{Limits, State, Tools, read};

const TOLD: &str = "SOLATIUM_SHUT_IN";

/// Runs `inside` of this file as a process of its own, told what to do.
fn shut_in(what: &str, file: &Path, port: u16) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside", "--nocapture", "--test-threads", "1"])
        .env(TOLD, format!("{what}|{}|{port}", file.display()))
        .output()
        .unwrap()
}

/// The process that is shut in: prints what it could do.
#[test]
fn inside() {
    let Ok(told) = std::env::var(TOLD) else { return };
    let [what, file, port] = told.split('|').collect::<Vec<_>>().try_into().unwrap();
    let file = Path::new(file);
    let tools = Tools::find();
    enter(file, Bounds { seconds: 1, memory: 512 << 20 }).unwrap();
    let could = |name: &str, done: bool| println!("{name}={done}");
    match what {
        "all" => {
            could("own file", std::fs::read(file).is_ok());
            could("other file", std::fs::read(file.with_extension("other")).is_ok());
            could("passwd", std::fs::read("/etc/passwd").is_ok());
            could(
                "environ",
                std::fs::read("/proc/1/environ").is_ok()
                    || std::fs::read(format!("/proc/{}/environ", std::os::unix::process::parent_id())).is_ok(),
            );
            could("list", std::fs::read_dir(file.parent().unwrap()).is_ok());
            could(
                "write",
                std::fs::write(file.with_extension("new"), "x").is_ok()
                    || std::fs::write("/tmp/solatium-x", "x").is_ok(),
            );
            could("tcp", TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
            could("udp", UdpSocket::bind("127.0.0.1:0").is_ok());
            could("unix", UnixStream::pair().is_ok());
            // So do programs that it starts.
            let cat = |path: &Path| Command::new("/bin/cat").arg(path).output().is_ok_and(|o| o.status.success());
            could("program own", cat(file));
            could("program other", cat(&file.with_extension("other")));
            let parent = std::os::unix::process::parent_id().to_string();
            could("signal", Command::new("/bin/kill").args(["-0", &parent]).output().is_ok_and(|o| o.status.success()));
            could("memory", std::thread::Builder::new().spawn(|| vec![1u8; 64 << 20].len()).unwrap().join().is_ok());
        }
        "read" => {
            let found = read(file, &tools, &Limits::default());
            println!("state={:?} {}", found.state, found.candidates.len());
        }
        "memory" => {
            let huge = Vec::<u8>::with_capacity(1).try_reserve_exact(2 << 30).is_ok();
            could("huge", huge);
        }
        _ => loop {
            std::hint::black_box(1 + 1);
        },
    }
}

#[test]
fn only_the_file_can_be_read_and_nothing_written_or_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "Physiotherapy: £420.00").unwrap();
    std::fs::write(file.with_extension("other"), "secret").unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = shut_in("all", &file, server.local_addr().unwrap().port());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for (name, may) in [
        ("own file", true),
        ("other file", false),
        ("passwd", false),
        ("environ", false),
        ("list", false),
        ("write", false),
        ("tcp", false),
        ("udp", false),
        ("unix", false),
        ("program own", true),
        ("program other", false),
        ("signal", false),
        ("memory", true),
    ] {
        assert!(
            said.contains(&format!("{name}={may}\n")),
            "{name}: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(!file.with_extension("new").exists());
}

#[test]
fn documents_are_read_while_shut_in() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Physiotherapy: £420.00").unwrap();
    let said = String::from_utf8_lossy(&shut_in("read", file.path(), 0).stdout).into_owned();
    assert!(said.contains(&format!("state={:?} 1", State::ToConfirm)), "{said}");
}

#[test]
fn no_bound_is_outlived() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let said = String::from_utf8_lossy(&shut_in("memory", file.path(), 0).stdout).into_owned();
    assert!(said.contains("huge=false"), "{said}");
    let began = Instant::now();
    let output = shut_in("forever", file.path(), 0);
    assert!(!output.status.success() && began.elapsed().as_secs() < 20, "{output:?}");
}
