//! Mail and files against servers that others wrote: aiosmtpd and moto, which `scripts/unit-tests.sh` installs
//! and names in `SOLATIUM_TEST_PEERS`.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::TryStreamExt;
use server::ports::files::Store;
use server::ports::mail::Smtp;
use service::ports::{Attached, Files, Letter, Mail, MailError};

/// The directory of the peers' programs; `None` where there is no Python package index.
pub fn peers() -> Option<PathBuf> {
    let found = std::env::var_os("SOLATIUM_TEST_PEERS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SOLATIUM_TEST_PEERS is not set: not tested against aiosmtpd and moto");
    }
    found
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn start(command: &mut Command, port: u16) -> Peer {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let peer = Peer(child);
    for _ in 0..300 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return peer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the peer does not answer");
}

fn letter(to: &str) -> Letter {
    Letter {
        id: "mai_1".into(),
        to: to.into(),
        subject: "Your account – with £ and Ł".into(),
        text: "Choose here:\nhttp://solatium.test/welcome/abc\n.\nA line with one dot stood before this one.\n".into(),
        attached: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_arrive_at_a_mail_server_of_others() {
    let Some(bin) = peers() else { return };
    let port = free_port();
    let mut peer = start(
        Command::new(bin.join("python")).env("PYTHONUNBUFFERED", "1").args([
            "-m",
            "aiosmtpd",
            "-n",
            "-l",
            &format!("127.0.0.1:{port}"),
            "-c",
            "aiosmtpd.handlers.Debugging",
            "stdout",
        ]),
        port,
    );
    let mut lines = BufReader::new(peer.0.stdout.take().unwrap()).lines();
    let smtp = Smtp::open(&format!("smtp://127.0.0.1:{port}"), "Solatium <no-reply@solatium.test>").unwrap();
    smtp.send(&letter("nora@northgate.test")).await.unwrap();
    let mut message = || {
        let lines = lines.by_ref().map(Result::unwrap).take_while(|l| !l.contains("END MESSAGE"));
        lines.collect::<Vec<String>>().join("\n")
    };
    let text = message();
    for part in ["To: nora@northgate.test", "<mai_1@solatium.test>", "welcome/abc", "one dot stood before"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // It arrives byte for byte, line ends too, although it is text.
    let pdf = b"%PDF-1.7\nnot much of one".to_vec();
    let file = Attached { name: "SOL-000001.pdf".into(), kind: "application/pdf", bytes: pdf };
    smtp.send(&Letter { attached: vec![file], ..letter("nora@northgate.test") }).await.unwrap();
    let text = message();
    for part in
        ["multipart/mixed", "filename=\"SOL-000001.pdf\"", "application/pdf", "JVBERi0xLjcKbm90IG11Y2ggb2Ygb25l"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // What cannot be sent says which of the two kinds it is.
    assert!(matches!(smtp.send(&letter("no address")).await, Err(MailError::Refused(_))));
    drop(peer);
    assert!(matches!(smtp.send(&letter("nora@northgate.test")).await, Err(MailError::Failed(_))));
    for wrong in ["http://127.0.0.1:25", "smtp:", "nonsense"] {
        assert!(Smtp::open(wrong, "a@b.test").is_err(), "{wrong}");
    }
    assert!(Smtp::open("smtp://127.0.0.1", "nobody").is_err());
}

async fn works(store: &Store) {
    let large: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 253) as u8).collect();
    store.put("com_1/ab/one", large.clone()).await.unwrap();
    store.put("com_1/cd/two", b"two".to_vec()).await.unwrap();
    store.put("com_1/cd/two", b"two again".to_vec()).await.unwrap();
    assert_eq!(store.get("com_1/ab/one").await.unwrap().unwrap(), large);
    assert_eq!(store.get("com_1/cd/two").await.unwrap().unwrap(), b"two again");
    assert!(store.get("com_1/cd/three").await.unwrap().is_none());
    let mut all: Vec<String> = store.list().map_ok(|f| f.path).try_collect().await.unwrap();
    all.sort();
    assert_eq!(all, ["com_1/ab/one", "com_1/cd/two"]);
    store.delete("com_1/ab/one").await.unwrap();
    store.delete("com_1/ab/one").await.unwrap();
    assert!(store.get("com_1/ab/one").await.unwrap().is_none());
    // Piece by piece: small ones at once, larger ones in parts; a part of it is had without the rest.
    for size in [10_usize, 12 << 20] {
        let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let mut writing = store.begin("a/streamed").await.unwrap();
        for piece in bytes.chunks(1 << 20) {
            writing.write(piece.to_vec()).await.unwrap();
        }
        writing.finish().await.unwrap();
        assert_eq!(store.size("a/streamed").await.unwrap(), Some(size as u64));
        assert!(store.get("a/streamed").await.unwrap().unwrap() == bytes);
        let (from, to) = (size / 2, size - 1);
        assert!(store.part("a/streamed", from as u64..to as u64).await.unwrap() == bytes[from..to]);
        store.delete("a/streamed").await.unwrap();
        assert_eq!(store.size("a/streamed").await.unwrap(), None);
        // What is given up was never there.
        let mut writing = store.begin("a/streamed").await.unwrap();
        for piece in bytes.chunks(1 << 20) {
            writing.write(piece.to_vec()).await.unwrap();
        }
        writing.abandon().await;
        assert_eq!(store.size("a/streamed").await.unwrap(), None);
    }
    store.tidy(chrono::Utc::now()).await.unwrap();
}

#[tokio::test]
async fn files_are_kept_in_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}/files", dir.path().display());
    works(&Store::open(&url).unwrap()).await;
    for wrong in ["ftp://x", "s3://bucket/folder", "s3://bucket?colour=red", "nonsense"] {
        assert!(Store::open(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_in_an_s3_store_of_others() {
    let Some(bin) = peers() else { return };
    let port = free_port();
    let _peer = start(Command::new(bin.join("moto_server")).args(["-H", "127.0.0.1", "-p", &port.to_string()]), port);
    let made = Command::new(bin.join("python"))
        .args([
            "-c",
            &format!(
                "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:{port}/solatium', method='PUT'))"
            ),
        ])
        .status()
        .unwrap();
    assert!(made.success());
    let url = format!("s3://solatium?endpoint=http://127.0.0.1:{port}&region=eu-west-2");
    works(&Store::open(&url).unwrap()).await;
}

/// A daemon that speaks as clamd(8) says, and knows one signature.
fn daemon(signature: &'static [u8]) -> u16 {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut all = Vec::new();
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let length = u32::from_be_bytes(length) as usize;
                if length == 0 {
                    break;
                }
                let mut chunk = vec![0; length];
                stream.read_exact(&mut chunk).unwrap();
                all.extend(chunk);
            }
            let found = all.windows(signature.len()).any(|w| w == signature);
            let answer: &[u8] = match (all.is_empty(), found) {
                (true, _) => b"INSTREAM size limit exceeded. ERROR\0",
                (false, true) => b"stream: Test-Signature FOUND\0",
                (false, false) => b"stream: OK\0",
            };
            stream.write_all(answer).unwrap();
        }
    });
    port
}

/// A file as it comes out of the store of files.
fn pieces(bytes: &[u8]) -> service::ports::Pieces {
    use futures_util::StreamExt;
    let pieces: Vec<_> = bytes.chunks(1 << 16).map(|piece| Ok(bytes::Bytes::copy_from_slice(piece))).collect();
    futures_util::stream::iter(pieces).boxed()
}

#[tokio::test]
async fn documents_are_scanned_and_what_is_infected_is_not_opened() {
    use domain::policy::Role;
    use server::ports::scanner::Clamd;
    use service::ports::{Scanner, Verdict};
    let port = daemon(b"harmful bytes");
    let clamd = Clamd::open(&format!("tcp://127.0.0.1:{port}")).unwrap();
    let large = vec![b'x'; 200_000];
    assert_eq!(clamd.scan(pieces(&large)).await.unwrap(), Verdict::Clean);
    assert_eq!(clamd.scan(pieces(&[&large[..], b"harmful bytes"].concat())).await.unwrap(), Verdict::Infected);
    assert!(clamd.scan(pieces(b"")).await.is_err(), "what the daemon cannot say is no verdict");
    assert!(Clamd::open("clamd").is_err() && Clamd::open("unix:///run/clamd").is_ok());
    let mut kit = testkit::Kit::sqlite().await.filled(3).await;
    kit.app.ports.scanner = Some(std::sync::Arc::new(clamd));
    let handler = kit.ctx(testkit::NORTHGATE, Role::Handler).await;
    let claim = serde_json::json!({ "general_fixed_pence": 56_500, "injury_prognosis_months": 6 });
    let entry = service::claims::entry::from_json(&claim, testkit::now().date_naive()).unwrap();
    let claim = service::claims::create::enter(&handler, entry, "form", None).await.unwrap().0.claim.id.to_string();
    let mut states = Vec::new();
    for letter in ["Physiotherapy: 420.00", "Physiotherapy: 420.00 harmful bytes"] {
        let bytes = letter.as_bytes().to_vec();
        let made = service::documents::upload::upload(&handler, &claim, "a.txt", testkit::ports::sent(bytes))
            .await
            .unwrap()
            .document;
        kit.work().await;
        let (read, found) = service::documents::list::one(&handler, &made.id.to_string()).await.unwrap();
        let back = service::documents::original::original(&handler, &made.id.to_string(), false).await.is_ok();
        states.push((read.state, read.scan, found.len(), back));
    }
    let expected = [("to_confirm", "clean", 1, true), ("quarantined", "infected", 0, false)];
    assert_eq!(states, expected.map(|(state, scan, found, back)| (state.into(), scan.into(), found, back)));
}

/// Where the kernel has no Landlock, bubblewrap shows the reader its file, the system's programs and nothing else.
#[test]
fn bubblewrap_shuts_the_reader_in_too() {
    let bubblewrap = std::path::Path::new("/usr/bin/bwrap");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_solatium"));
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("letter.txt"), folder.path().join("other.txt"));
    std::fs::write(&file, "Physiotherapy: £420.00").unwrap();
    std::fs::write(&other, "secret").unwrap();
    let run = |arguments: Vec<std::ffi::OsString>| {
        std::process::Command::new(bubblewrap)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap()
    };
    let (_, arguments) = server::ports::reader::command(Some(bubblewrap), program, &file, &["--check".into()]);
    if !bubblewrap.is_file() || !run(arguments).status.success() {
        // It is not installed, or this machine lets nobody make namespaces: then nothing is read there.
        return;
    }
    let how = ["--from".to_owned(), "1".to_owned()];
    let (_, arguments) = server::ports::reader::command(Some(bubblewrap), program, &file, &how);
    let said = String::from_utf8(run(arguments.clone()).stdout).unwrap();
    assert!(said.contains("special_therapy_pence") && said.contains("42000"), "{said}");
    // The same walls around another program: what it can do in them.
    let end = arguments.iter().position(|argument| argument == "/").unwrap() + 1;
    let tried = |script: &str| {
        let shell = ["/bin/sh", "-c", script].map(std::ffi::OsString::from);
        run(arguments[..end].iter().cloned().chain(shell).collect()).status.success()
    };
    assert!(tried(&format!("cat {}", file.display())));
    for refused in [
        format!("cat {}", other.display()),
        "cat /etc/passwd".into(),
        format!("echo x > {}", file.display()),
        "echo x > /x || echo x > /tmp/x".into(),
        format!("kill -0 {}", std::process::id()),
    ] {
        assert!(!tried(&refused), "{refused}");
    }
}
