//! The middleware and its rules: [`CircuitBreakerMiddleware`].

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::breaker::CircuitBreaker;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::integrations::classify::{Class, Classify, HasClass};
use crate::integrations::reqwest::respond;
use crate::integrations::select::{KeyOf, KeySelector, SEAL, SelectBreaker};
use crate::types::cause::registered::cause_of_error;
use crate::types::error::{BreakerError, CallError};

type ClassFn = dyn Fn(&Result<Response>) -> Class + Send + Sync;
type AnswerFn = dyn Fn(BreakerError) -> Response + Send + Sync;

/// Puts circuit breakers around the requests of a client. The [module](super) has examples.
///
/// A clone shares the breakers and the rules.
#[derive(Clone)]
pub struct CircuitBreakerMiddleware {
    select: Arc<dyn SelectBreaker<Request> + Send + Sync>,
    class_of: Arc<ClassFn>,
    answer: Option<Arc<AnswerFn>>,
}

impl CircuitBreakerMiddleware {
    /// Creates a middleware with a breaker for each host: the host of the request's URL, with the port
    /// where the URL has one that is not the default of its scheme.
    ///
    /// The key is `"example.com"`, `"example.com:8080"` or `"[::1]:8080"`; user and password of the URL
    /// are no part of it. A redirect that `reqwest` follows counts for the host that was asked first.
    pub fn per_host(breakers: KeyedBreakers) -> Self {
        Self::keyed(breakers, host)
    }

    /// Creates a middleware with a breaker for each key. `key` runs once for each request, before
    /// anything else.
    ///
    /// A function can return what is borrowed from the request. In a closure the compiler does not see
    /// that, and the key has to be owned, as a `String` or a number.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
    ///
    /// let breakers = CircuitBreaker::builder("tenants").keyed().build()?;
    /// let middleware = CircuitBreakerMiddleware::keyed(breakers, |request: &reqwest::Request| {
    ///     let tenant = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok());
    ///     tenant.map(str::to_owned)
    /// });
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn keyed<F>(breakers: KeyedBreakers, key: F) -> Self
    where
        F: for<'r> KeyOf<&'r Request> + Send + Sync + 'static,
    {
        Self::of(Arc::new(KeySelector { breakers, key }))
    }

    /// Creates a middleware with one breaker for all requests.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
    /// use reqwest_middleware::ClientBuilder;
    ///
    /// let middleware = CircuitBreakerMiddleware::new(CircuitBreaker::builder("prices").build()?);
    /// let client = ClientBuilder::new(reqwest::Client::new()).with(middleware).build();
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn new(breaker: CircuitBreaker) -> Self {
        Self::of(Arc::new(breaker))
    }

    fn of(select: Arc<dyn SelectBreaker<Request> + Send + Sync>) -> Self {
        let class_of = Arc::new(|result: &Result<Response>| match result {
            Ok(response) => response.class_of(),
            Err(error) => error.class(),
        });
        Self { select, class_of, answer: None }
    }

    /// Sets the rule that classifies results. Default: the class of the response's status, or of the
    /// error.
    ///
    /// A response of a class that counts as a success keeps its permit until its body has ended.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::classify::{self, Class, Classify};
    /// use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// let middleware = CircuitBreakerMiddleware::per_host(hosts).classify_by(|result| match result {
    ///     Ok(response) if response.status() == 501 => Class::ClientError,
    ///     Ok(response) => classify::class(response),
    ///     Err(error) => error.class(),
    /// });
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[must_use]
    pub fn classify_by<F>(self, class_of: F) -> Self
    where
        F: Fn(&Result<Response>) -> Class + Send + Sync + 'static,
    {
        Self { class_of: Arc::new(class_of), ..self }
    }

    /// Turns rejections, and requests that reach their `call_timeout`, into responses. Default: errors,
    /// which [`rejection`](super::rejection) recognises.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// let middleware = CircuitBreakerMiddleware::per_host(hosts).respond_to_rejection(|rejection| {
    ///     let mut response = http::Response::new(rejection.to_string());
    ///     *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    ///     response.into()
    /// });
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[must_use]
    pub fn respond_to_rejection<F>(self, response: F) -> Self
    where
        F: Fn(BreakerError) -> Response + Send + Sync + 'static,
    {
        Self { answer: Some(Arc::new(response)), ..self }
    }
}

/// Returns the cause that a registered type names, or the type of the error. An error of another
/// middleware is asked itself: it is no source of the error around it.
fn cause_of(error: &Error) -> &'static str {
    match error {
        Error::Middleware(inner) => cause_of_error(inner.as_ref()),
        Error::Reqwest(inner) => cause_of_error(inner),
    }
    .unwrap_or_else(type_name::<Error>)
}

fn host(request: &Request) -> &str {
    let authority = request.url().authority();
    authority.rsplit_once('@').map_or(authority, |(_credentials, host)| host)
}

#[async_trait::async_trait]
impl Middleware for CircuitBreakerMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let breaker = self.select.choose(&request, SEAL);
        let send = next.run(request, extensions);
        match respond(breaker, send, |result| (self.class_of)(result), cause_of).await {
            Ok(response) => Ok(response),
            Err(CallError::Inner(error)) => Err(error),
            Err(CallError::Breaker(rejection)) => match &self.answer {
                Some(answer) => Ok(answer(rejection)),
                None => Err(Error::from(rejection)),
            },
        }
    }
}

impl fmt::Debug for CircuitBreakerMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerMiddleware").finish_non_exhaustive()
    }
}
