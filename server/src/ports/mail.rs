//! Mail by SMTP, over TLS where the address says `smtps://`.

use async_trait::async_trait;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use service::ports::{Letter, Mail, MailError};

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// For one conversation with the mail server.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Answers to a recipient that will never be otherwise: no such mailbox, not here, no such name. Others, such
/// as a wrong password of ours, are for us to mend.
const NOBODY: [u16; 3] = [550, 551, 553];

impl Smtp {
    /// `smtp://host:port` or `smtps://user:password@host:port`; `from` as in a letter: an address, or
    /// `Name <address>`.
    pub fn open(url: &str, from: &str) -> anyhow::Result<Smtp> {
        let parsed = url::Url::parse(url)?;
        let host = parsed.host_str().ok_or_else(|| anyhow::anyhow!("the address names no host"))?;
        let (mut builder, port) = match parsed.scheme() {
            // Nothing secret passes in clear to another machine without the operator's word for it.
            "smtp" => (AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host), 25),
            "smtps" => (AsyncSmtpTransport::<Tokio1Executor>::relay(host)?, 465),
            other => anyhow::bail!("{other}:// is not known: use smtp://host:port or smtps://user:password@host:port"),
        };
        builder = builder.port(parsed.port().unwrap_or(port)).timeout(Some(PATIENCE));
        if !parsed.username().is_empty() {
            let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            let password = plain(parsed.password().unwrap_or_default());
            builder = builder.credentials(Credentials::new(plain(parsed.username()), password));
        }
        Ok(Smtp { transport: builder.build(), from: from.parse()? })
    }
}

#[async_trait]
impl Mail for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let to: Mailbox = letter.to.parse().map_err(|_| MailError::Refused("the address cannot be read".into()))?;
        let host = self.from.email.domain();
        let message = Message::builder()
            .message_id(Some(format!("<{}@{host}>", letter.id)))
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject);
        let message = if letter.attached.is_empty() {
            message.header(ContentType::TEXT_PLAIN).body(letter.text.clone())
        } else {
            let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(letter.text.clone()));
            for file in &letter.attached {
                let kind = ContentType::parse(file.kind).map_err(|e| MailError::Failed(e.to_string()))?;
                // Byte for byte, whatever is text in it: its hash is what was issued.
                let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64)
                    .map_err(|_| MailError::Failed("a file cannot be written as base64".into()))?;
                parts = parts.singlepart(Attachment::new(file.name.clone()).body(body, kind));
            }
            message.multipart(parts)
        };
        let message = message.map_err(|e| MailError::Refused(e.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.status().is_some_and(|code| NOBODY.contains(&u16::from(code))) => {
                Err(MailError::Refused(error.to_string()))
            }
            Err(error) => Err(MailError::Failed(error.to_string())),
        }
    }
}
