//! Killed in the middle of a burst, the server loses no prediction that it acknowledged.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::policy::Role;
use testkit::{Kit, NORTHGATE};

const BODY: &str = r#"{"claim":{"accident_type":"Rear end","injury_prognosis_months":6,"general_fixed_pence":56500,"special_therapy_pence":40000}}"#;

/// A server process on the kit's database, and its address.
pub fn serve(kit: &Kit) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_solatium"))
        .arg("serve")
        .env("SOLATIUM_DATA_DIR", kit.dir.path())
        .env("SOLATIUM_DATABASE_URL", &kit.url)
        .env("SOLATIUM_MASTER_KEY", kit.master.to_hex())
        .env("SOLATIUM_ADDR", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.map(Result::unwrap).find(|l| l.starts_with("Solatium is ready")).unwrap();
    (child, ready.rsplit("//").next().unwrap().to_owned())
}

/// Predicts on one connection until it breaks; keeps the ids that were acknowledged.
fn burst(address: &str, key: &str, acknowledged: &Mutex<Vec<String>>) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let request = format!(
        "POST /api/v1/predictions HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut buffer = Vec::new();
    loop {
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        buffer.clear();
        let answer = loop {
            let mut chunk = [0; 16 * 1024];
            match stream.read(&mut chunk) {
                Ok(0) | Err(_) => return,
                Ok(n) => buffer.extend_from_slice(&chunk[..n]),
            }
            let text = String::from_utf8_lossy(&buffer).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            if length.is_some_and(|l| body.len() >= l) {
                assert!(head.starts_with("HTTP/1.1 201"), "{text}");
                break body.to_owned();
            }
        };
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        acknowledged.lock().unwrap().push(answer["prediction_id"].as_str().unwrap().to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_prediction_is_lost() {
    let kit = Kit::sqlite().await.filled(4).await;
    let ctx = kit.ctx(NORTHGATE, Role::Administrator).await;
    let company = ctx.caller.company.unwrap();
    let key = service::admin::api_keys::create(&ctx, &company.to_string(), "burst").await.unwrap().secret;
    kit.app.store.close().await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 1..=3 {
        let (mut child, address) = serve(&kit);
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let (address, key, acknowledged) = (address.clone(), key.clone(), acknowledged.clone());
                std::thread::spawn(move || burst(&address, &key, &acknowledged))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        // SIGKILL: nothing is flushed, nothing is closed.
        child.kill().unwrap();
        child.wait().unwrap();
        for worker in workers {
            worker.join().unwrap();
        }
        let app = kit.reopened().await;
        let ids = acknowledged.lock().unwrap().clone();
        assert!(ids.len() > 10 * round, "the burst was no burst: {}", ids.len());
        for id in &ids {
            let found = store::predictions::find(&app.store, store::Reach::Company(company), id.parse().unwrap()).await;
            let found = found.unwrap_or_else(|e| panic!("{id} was acknowledged and is lost: {e}"));
            // Its claim came with it, in the same transaction.
            store::claims::find(&app.store, store::Reach::Company(company), found.claim).await.unwrap();
        }
        app.store.close().await;
    }
}
