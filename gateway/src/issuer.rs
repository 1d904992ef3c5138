//! The keys of an issuer of tokens, over HTTPS.

use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::certs::read_pem;
use huitong_catalog::config::{KeyPlace, Oidc};
use huitong_catalog::identity::oidc::{Fetched, FileKeys, Issuer, JWKS_BYTES_MAX, KeySource};
use huitong_catalog::{Code, Error, Result};
use reqwest::{Certificate, Client, ClientBuilder, Response, Url, redirect};

/// How long the issuer may take; whoever signs in waits for it.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The issuer that the configuration names. Nothing is asked yet.
pub fn of(config: &Oidc) -> Result<Issuer> {
    let source: Arc<dyn KeySource> = match &config.keys {
        KeyPlace::File(path) => Arc::new(FileKeys(path.clone())),
        KeyPlace::Web { url, ca } => {
            let ca = ca.as_ref().map(|ca| read_pem("identity.oidc.ca", ca)).transpose()?;
            Arc::new(WebKeys::new(url.clone(), ca.as_deref())?)
        }
    };
    Ok(Issuer::new(config.rules.clone(), source))
}

/// Keys at an address.
#[derive(Debug)]
pub struct WebKeys {
    client: Client,
    url: Url,
}

impl WebKeys {
    /// `ca` is PEM: authorities besides those that the machine trusts. An `https` address leads nowhere else.
    pub fn new(url: Url, ca: Option<&[u8]>) -> Result<Self> {
        let unusable = |error| Error::new(Code::CERTIFICATE, "`identity.oidc.ca` cannot be used").caused_by(error);
        let certificates = ca.map(Certificate::from_pem_bundle).transpose().map_err(unusable)?.unwrap_or_default();
        if ca.is_some() && certificates.is_empty() {
            return Err(Error::new(Code::CERTIFICATE, "`identity.oidc.ca` holds no certificate"));
        }
        let builder = certificates.into_iter().fold(of_address(&url), ClientBuilder::add_root_certificate);
        let client = builder.build().map_err(unusable)?;
        Ok(Self { client, url })
    }

    async fn ask(&self) -> Result<String> {
        let response = self.client.get(self.url.clone()).send().await.map_err(|error| self.failed(error))?;
        if !response.status().is_success() {
            return Err(self.unavailable(&format!("answer with {}", response.status())));
        }
        let body = self.body(response).await?;
        String::from_utf8(body).map_err(|error| self.unavailable("are no text").caused_by(error))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + part.len() > JWKS_BYTES_MAX {
                return Err(self.unavailable("are larger than 1 MiB"));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        self.unavailable("cannot be read").caused_by(error.without_url())
    }

    /// Without what follows the path, which may be a secret.
    fn unavailable(&self, what: &str) -> Error {
        let place = format!("{}{}", self.url.origin().ascii_serialization(), self.url.path());
        Error::new(Code::ISSUER_UNAVAILABLE, format!("the issuer's keys at `{place}` {what}"))
    }
}

impl KeySource for WebKeys {
    fn fetch(&self) -> Fetched<'_> {
        Box::pin(self.ask())
    }
}

/// Without redirects: the keys are where the configuration says, and nowhere that an answer says.
fn of_address(url: &Url) -> ClientBuilder {
    let builder = Client::builder().timeout(ANSWER_MAX).redirect(redirect::Policy::none()).user_agent("huitong");
    match url.scheme() {
        "https" => builder.https_only(true),
        // To this machine only, so past any proxy.
        _ => builder.no_proxy(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers one request with that, as it stands.
    async fn answering(answer: String) -> WebKeys {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/certs?key=secret", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            assert!(socket.read(&mut request).await.unwrap() > 0);
            socket.write_all(answer.as_bytes()).await.ok();
            socket.shutdown().await.ok();
        });
        WebKeys::new(url.parse().unwrap(), None).unwrap()
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn keys_are_read_from_an_address() {
        let keys = answering(answer("200 OK", r#"{"keys":[]}"#)).await;
        assert_eq!(keys.fetch().await.unwrap(), r#"{"keys":[]}"#);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_unavailable_and_tells_no_secret() {
        let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n".to_owned();
        let large = "x".repeat(JWKS_BYTES_MAX + 1);
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned();
        for (answered, told) in [
            (answer("404 Not Found", ""), "answer with 404 Not Found"),
            (elsewhere, "answer with 302 Found"),
            (answer("200 OK", &large), "are larger than 1 MiB"),
            (cut, "cannot be read"),
            (String::new(), "cannot be read"),
        ] {
            let error = answering(answered).await.fetch().await.unwrap_err();
            assert_eq!(error.code, Code::ISSUER_UNAVAILABLE);
            assert!(error.message.ends_with(told), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
        let nobody = WebKeys::new("http://127.0.0.1:1/certs".parse().unwrap(), None).unwrap();
        assert_eq!(nobody.fetch().await.map_err(|error| error.code), Err(Code::ISSUER_UNAVAILABLE));
    }

    #[test]
    fn an_authority_that_is_none_is_refused() {
        let url: Url = "https://id.example/certs".parse().unwrap();
        for kind in ["CERTIFICATE", "PUBLIC KEY"] {
            let pem = format!("-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n");
            let refused = WebKeys::new(url.clone(), Some(pem.as_bytes()));
            assert_eq!(refused.map(drop).map_err(|error| error.code), Err(Code::CERTIFICATE), "{kind}");
        }
    }
}
