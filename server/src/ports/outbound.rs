//! Asking servers of others. An address that comes from somebody else must not reach into the network that we stand in: names
//! are resolved here, every address that is not public is refused, and the connection goes to the address that was looked at.
//! TLS on port 443 only, and no redirects. Servers that the operator names in the settings are asked wherever they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use service::ports::{Answered, Outbound, OutboundError, Outgoing};
use url::{Host, Origin, Url};

/// For one question.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of an answer, in bytes.
const LONGEST: usize = 1 << 20;

/// Addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As this machine looks names up.
pub struct Names;

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

pub struct Http {
    client: reqwest::Client,
    /// Asks without regard to where the server is.
    trusted: reqwest::Client,
    named: Vec<Origin>,
}

impl Http {
    /// `named`: servers that the operator names.
    pub fn open(named: &[&str], lookup: Arc<dyn Lookup>) -> anyhow::Result<Http> {
        let usual = || {
            reqwest::Client::builder()
                .timeout(PATIENCE)
                .redirect(Policy::none())
                .no_proxy()
                // Each question looks its name up anew.
                .pool_max_idle_per_host(0)
                .user_agent("solatium")
        };
        let named = named.iter().map(|text| Ok(Url::parse(text)?.origin())).collect::<anyhow::Result<_>>()?;
        Ok(Http { client: usual().dns_resolver(Arc::new(Checked(lookup))).build()?, trusted: usual().build()?, named })
    }

    /// Whether an address may be asked, and by which client.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, OutboundError> {
        if self.named.contains(&url.origin()) {
            return Ok(&self.trusted);
        }
        let forbidden = |words: &str| Err(OutboundError::Forbidden(words.into()));
        if url.scheme() != "https" || url.port_or_known_default() != Some(443) {
            return forbidden("only https on port 443 is asked");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden("an address names nobody");
        }
        match url.host() {
            Some(Host::Domain(_)) => Ok(&self.client),
            // What is no name is looked up by nobody.
            Some(Host::Ipv4(ip)) if public(IpAddr::V4(ip)) => Ok(&self.client),
            Some(Host::Ipv6(ip)) if public(IpAddr::V6(ip)) => Ok(&self.client),
            Some(_) => forbidden("it is no public address"),
            None => forbidden("it names no server"),
        }
    }
}

#[async_trait]
impl Outbound for Http {
    async fn send(&self, request: Outgoing) -> Result<Answered, OutboundError> {
        let url = Url::parse(&request.url).map_err(|e| OutboundError::Forbidden(e.to_string()))?;
        let client = self.client(&url)?;
        let mut asked = match request.method {
            "GET" => client.get(url),
            "POST" => client.post(url),
            other => return Err(OutboundError::Forbidden(format!("{other} is not asked"))),
        };
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        if !request.body.is_empty() {
            asked = asked.body(request.body);
        }
        let mut answer = asked.send().await.map_err(|e| told(&e))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|e| told(&e))? {
            if body.len() + piece.len() > LONGEST {
                return Err(OutboundError::Failed("the answer is too long".into()));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answered { status, body })
    }
}

/// Without the address, which may hold what is secret.
fn told(error: &reqwest::Error) -> OutboundError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if let Some(private) = inner.downcast_ref::<Private>() {
            return OutboundError::Forbidden(private.to_string());
        }
        cause = inner.source();
    }
    OutboundError::Failed(if error.is_timeout() { "it took too long".into() } else { "no connection".into() })
}

#[derive(Debug, thiserror::Error)]
#[error("the name stands for an address that is not public")]
struct Private;

/// Looks names up, and gives no address on that is not public: what is given is what is connected to.
struct Checked(Arc<dyn Lookup>);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0.clone();
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            // One that is private among them is enough: somebody means to be chosen by chance.
            if found.is_empty() || !found.iter().all(|ip| public(*ip)) {
                return Err(Box::new(Private) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// Whether an address is one of the whole internet (the registries of special addresses, RFC 6890 and after).
pub fn public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        // Shared by providers, benchmarks, reserved.
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || a >= 240;
    !special
}

fn public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return public_v4(inner);
    }
    let [a, b, ..] = ip.segments();
    // Only what is given out to the internet; of it not what stands for addresses of the other kind, or for examples.
    let global = (0x2000..0x4000).contains(&a);
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"] {
            assert!(public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
        ] {
            assert!(!public(text.parse().unwrap()), "{text}");
        }
    }

    /// Says another address each time it is asked.
    struct Turning(AtomicUsize, Vec<Vec<IpAddr>>);

    #[async_trait]
    impl Lookup for Turning {
        async fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
            let turn = self.0.fetch_add(1, Ordering::Relaxed);
            Ok(self.1[turn.min(self.1.len() - 1)].clone())
        }
    }

    fn get(url: &str) -> Outgoing {
        Outgoing { method: "GET", url: url.into(), headers: Vec::new(), body: String::new() }
    }

    /// A name that is public when it is looked at and ours when it is connected to: there is no second look.
    #[tokio::test]
    async fn a_name_that_changes_its_answer_reaches_nothing_here() {
        let (far, here): (IpAddr, IpAddr) = ("93.184.216.34".parse().unwrap(), "127.0.0.1".parse().unwrap());
        let names = Arc::new(Turning(AtomicUsize::new(0), vec![vec![far], vec![here]]));
        let resolved = Checked(names.clone()).resolve("example.org".parse().unwrap()).await.unwrap();
        assert_eq!(resolved.map(|a| a.ip()).collect::<Vec<_>>(), [far], "what was looked at is what is connected to");
        // Every question looks anew, and is refused now.
        let http = Http::open(&[], names).unwrap();
        let refused = http.send(get("https://example.org/")).await;
        assert!(matches!(refused, Err(OutboundError::Forbidden(_))), "{refused:?}");
        // One that is ours among several is enough.
        let mixed = Arc::new(Turning(AtomicUsize::new(0), vec![vec![far, here]]));
        let refused = Http::open(&[], mixed).unwrap().send(get("https://example.org/")).await;
        assert!(matches!(refused, Err(OutboundError::Forbidden(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn what_is_no_public_server_over_tls_is_not_asked() {
        let http = Http::open(&[], Arc::new(Names)).unwrap();
        for url in [
            "http://example.org/",
            "https://example.org:8443/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://user:secret@example.org/",
            "file:///etc/passwd",
            "https://0x7f.1/",
            "nonsense",
        ] {
            let refused = http.send(get(url)).await;
            assert!(matches!(refused, Err(OutboundError::Forbidden(_))), "{url}: {refused:?}");
        }
    }

    /// What the operator names is asked where it is, and a redirect from it is not followed.
    #[tokio::test]
    async fn what_the_operator_names_is_asked_and_redirects_are_not_followed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let moved = axum::Router::new().route(
            "/moved",
            axum::routing::get(|| async { (http::StatusCode::FOUND, [("location", "http://169.254.169.254/")]) }),
        );
        tokio::spawn(async move { axum::serve(listener, moved).await });
        let http = Http::open(&[&origin], Arc::new(Names)).unwrap();
        let answer = http.send(get(&format!("{origin}/moved"))).await.unwrap();
        assert_eq!(answer.status, 302);
        let other = Http::open(&[], Arc::new(Names)).unwrap().send(get(&format!("{origin}/moved"))).await;
        assert!(matches!(other, Err(OutboundError::Forbidden(_))));
    }
}
