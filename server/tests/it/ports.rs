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
use service::ports::{Files, Letter, Mail, MailError};

/// The directory of the peers' programs; `None` where there is no Python package index.
fn peers() -> Option<PathBuf> {
    let found = std::env::var_os("SOLATIUM_TEST_PEERS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SOLATIUM_TEST_PEERS is not set: not tested against aiosmtpd and moto");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command, port: u16) -> Peer {
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
    let lines = BufReader::new(peer.0.stdout.take().unwrap()).lines();
    let smtp = Smtp::open(&format!("smtp://127.0.0.1:{port}"), "Solatium <no-reply@solatium.test>").unwrap();
    smtp.send(&letter("nora@northgate.test")).await.unwrap();
    let text: Vec<String> = lines.map(Result::unwrap).take_while(|l| !l.contains("END MESSAGE")).collect();
    let text = text.join("\n");
    for part in ["To: nora@northgate.test", "<mai_1@solatium.test>", "welcome/abc", "one dot stood before"] {
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
