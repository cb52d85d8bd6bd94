//! Tokens of registries (distribution, "Token Authentication Specification", and the one of `OAuth2`).

use reqwest::Url;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;

use super::credentials::Login;
use crate::world::http::{Form, Http, HttpError, Request};

/// The most bytes of what a token stands in.
const MAX_TOKEN: usize = 64 << 10;

#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    /// The same by its name in OAuth 2.
    access_token: Option<String>,
}

/// Returns a token for the scope, of whom the login names or of nobody.
pub(super) async fn ask(
    http: &Http,
    realm: &Url,
    service: Option<&str>,
    scope: &str,
    login: Option<&Login>,
) -> Result<String, HttpError> {
    let service = service.map(|service| ("service", service));
    let fields: Vec<(&str, &str)> = service.into_iter().chain([("scope", scope)]).collect();
    let answer = match login.and_then(Login::refresh_token) {
        Some(refresh) => {
            let own = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", "pin")];
            let mut request = Request::get(realm.as_str(), MAX_TOKEN);
            request.form = Some(Form::new(&own.into_iter().chain(fields).collect::<Vec<_>>()));
            http.ask(&request).await?
        }
        None => {
            let mut url = realm.clone();
            let _ = url.query_pairs_mut().extend_pairs(&fields);
            let mut request = Request::get(url.as_str(), MAX_TOKEN);
            request.headers.extend(login.and_then(Login::basic).map(|basic| (AUTHORIZATION, basic)));
            http.ask(&request).await?
        }
    };
    let malformed = |why: &str| HttpError::malformed(realm.as_str(), why);
    let granted: Granted = super::parse(&answer.body).map_err(|why| malformed(&why))?;
    let mut tokens = [granted.token, granted.access_token].into_iter().flatten();
    let token = tokens.find(|token| !token.is_empty()).ok_or_else(|| malformed("there is no token in it"))?;
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(token)
    } else {
        Err(malformed("the token in it is none"))
    }
}
