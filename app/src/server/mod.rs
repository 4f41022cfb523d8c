//! What every server function shares: the error that travels, and who asks.

pub mod call;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod gauge;

use bytes::Bytes;
use contract::{AppError, ErrorKind};
use leptos::server_fn::codec::Post;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An [`AppError`] on its way between server and browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(pub AppError);

pub type Reply<T> = Result<T, Failure>;

impl FromServerFnError for Failure {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (kind, message) = match error {
            ServerFnErrorErr::Request(_) => {
                (ErrorKind::Unavailable, "The server cannot be reached. Check your connection and try again.")
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                (ErrorKind::Invalid, "What was sent cannot be read. Reload the page and try again.")
            }
            _ => (ErrorKind::Internal, "Something went wrong on our side. Reload the page and try again."),
        };
        Failure(AppError::new(kind, message))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

/// What a refusal says; anything else than a refusal of ours means that the server is not there.
#[cfg(not(feature = "ssr"))]
pub fn failure(text: &str) -> Failure {
    call::parsed(text).unwrap_or_else(|| {
        let words = "The server cannot be reached. Nothing was changed: try again.";
        Failure(AppError::new(ErrorKind::Unavailable, words))
    })
}

/// JSON that is read as text. The browser reads what the page brought along as text too; read as
/// bytes by server functions, every view would be compiled twice, for some 20 KB after brotli.
pub struct TextJson;

/// How server functions answer.
pub type Text = Post<TextJson>;

impl ContentType for TextJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJson {
    const FORMAT_TYPE: Format = Format::Text;
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: Serialize> Encodes<T> for TextJson {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

/// A browser answers nobody.
#[cfg(target_arch = "wasm32")]
impl<T: Serialize> Encodes<T> for TextJson {
    type Error = &'static str;

    fn encode(_: &T) -> Result<Bytes, Self::Error> {
        Err("only the server answers")
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJson {
    type Error = &'static str;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).ok().and_then(call::parsed);
        text.ok_or("this is not what was expected")
    }
}
