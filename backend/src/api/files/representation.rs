//! Chooses how a file is sent: compressed or not, whole or in part, or not at all because the
//! client has it (RFC 9110, sections 8.8.3, 12.5.3, 13.1 and 14.2).

use std::ops::Range;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_range_header::parse_range_header;

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Not compressed.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Coding {
    /// The compressed encodings, the stronger one last.
    pub const COMPRESSED: [Self; 2] = [Self::Gzip, Self::Brotli];

    /// The file name suffix of this encoding.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => ".gz",
            Self::Brotli => ".br",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// One form of a file. The first form of a file is not compressed.
#[derive(Clone, Debug)]
pub struct Form<C> {
    /// The encoding.
    pub coding: Coding,
    /// Its strong validator.
    pub etag: HeaderValue,
    /// The length in bytes, as sent.
    pub length: u64,
    /// Where the bytes are.
    pub content: C,
}

impl Form<Bytes> {
    /// A form whose bytes are in memory.
    pub fn of(coding: Coding, content: Bytes) -> Self {
        Self {
            coding,
            etag: etag(digest(&SHA256, &content).as_ref()),
            length: content.len() as u64,
            content,
        }
    }
}

/// The validator, from a digest of the content: times and sizes may be equal in reproducible
/// builds.
pub fn etag(digest: &[u8]) -> HeaderValue {
    let text = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16]));
    text.try_into().unwrap_or(HeaderValue::from_static("\"\""))
}

/// What to send.
#[derive(Debug)]
pub struct Plan<'a, C> {
    /// The chosen form.
    pub form: &'a Form<C>,
    /// The range of its bytes.
    pub part: Range<u64>,
    /// The response, without the bytes.
    pub response: Response<Body>,
}

/// Chooses the form, range and response for a request.
pub fn choose<'a, C>(
    kind: &str,
    forms: &'a [Form<C>],
    method: &Method,
    headers: &HeaderMap,
) -> Option<Plan<'a, C>> {
    let range = headers.get(RANGE).filter(|_| method == Method::GET);
    let form = match range {
        // A client must not combine ranges of different forms.
        Some(_) => forms.first()?,
        None => accepted(forms, headers)?,
    };
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(ETAG, form.etag.clone());
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept-encoding"));
    if is_known(&form.etag, headers) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        let part = 0..0;
        return Some(Plan {
            form,
            part,
            response,
        });
    }
    let is_current = headers.get(IF_RANGE).is_none_or(|etag| etag == form.etag);
    let part = range
        .filter(|_| is_current)
        .and_then(|range| one_part(range, form.length));
    let map = response.headers_mut();
    if let Ok(kind) = kind.try_into() {
        map.insert(CONTENT_TYPE, kind);
    }
    map.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if form.coding != Coding::Identity {
        let name = HeaderValue::from_static(form.coding.name());
        map.insert(CONTENT_ENCODING, name);
    }
    if let Some(part) = &part {
        let text = format!("bytes {}-{}/{}", part.start, part.end - 1, form.length);
        if let Ok(value) = text.try_into() {
            map.insert(CONTENT_RANGE, value);
        }
    }
    let status = part.as_ref().map(|_| StatusCode::PARTIAL_CONTENT);
    let part = part.unwrap_or(0..form.length);
    map.insert(CONTENT_LENGTH, (part.end - part.start).into());
    *response.status_mut() = status.unwrap_or_default();
    Some(Plan {
        form,
        part,
        response,
    })
}

/// Responds with a file in memory.
pub fn answer(
    kind: &str,
    forms: &[Form<Bytes>],
    method: &Method,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    let Plan {
        form,
        part,
        mut response,
    } = choose(kind, forms, method, headers)?;
    let (start, end) = (part.start.try_into().ok()?, part.end.try_into().ok()?);
    let bytes: Range<usize> = start..end;
    *response.body_mut() = form.content.slice(bytes).into();
    Some(response)
}

/// The form that the client prefers, the smaller one if it has no preference, and the first one if
/// it accepts none.
fn accepted<'a, C>(forms: &'a [Form<C>], headers: &HeaderMap) -> Option<&'a Form<C>> {
    let (first, compressed) = forms.split_first()?;
    let weighed = compressed
        .iter()
        .map(|form| (form, weight(headers, form.coding.name())));
    let best = weighed
        .filter(|(_, weight)| *weight > 0.0)
        .max_by(|(_, one), (_, other)| one.total_cmp(other));
    Some(best.map_or(first, |(form, _)| form))
}

/// The client's weight for an encoding, from 0 (not acceptable) to 1.
fn weight(headers: &HeaderMap, coding: &str) -> f32 {
    let of = |name: &str| {
        let lines = headers.get_all(ACCEPT_ENCODING).into_iter();
        let mut items = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(|item| item.split_once(';').unwrap_or((item, "")));
        let (_, parameter) = items.find(|(named, _)| named.trim().eq_ignore_ascii_case(name))?;
        let quality = parameter.trim().strip_prefix("q=");
        Some(quality.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0)))
    };
    of(coding).or_else(|| of("*")).unwrap_or(0.0)
}

/// Whether the client already has this form. A weak match counts, as from a proxy that compressed
/// it.
fn is_known(etag: &HeaderValue, headers: &HeaderMap) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).into_iter();
    let mut known = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim);
    known.any(|tag| {
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
    })
}

/// The range that a header asks for. An invalid, unsatisfiable or multipart range gets the whole
/// file, as section 14.2 allows.
fn one_part(range: &HeaderValue, length: u64) -> Option<Range<u64>> {
    let parsed = parse_range_header(range.to_str().ok()?).ok()?;
    let parts = parsed.validate(length).ok()?;
    let [part] = parts.as_slice() else {
        return None;
    };
    Some(*part.start()..part.end() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Vec<Form<Bytes>> {
        let contents = [
            (Coding::Identity, "0123456789"),
            (Coding::Gzip, "gzipped"),
            (Coding::Brotli, "br"),
        ];
        contents
            .map(|(coding, text)| Form::of(coding, Bytes::from_static(text.as_bytes())))
            .into()
    }

    fn chosen(headers: &[(&'static str, &str)]) -> (StatusCode, String, Response<Body>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let forms = forms();
        let plan = choose("text/plain", &forms, &Method::GET, &map).unwrap();
        let part =
            usize::try_from(plan.part.start).unwrap()..usize::try_from(plan.part.end).unwrap();
        let text = String::from_utf8(plan.form.content[part].to_vec()).unwrap();
        (plan.response.status(), text, plan.response)
    }

    #[test]
    fn the_form_is_the_one_that_the_client_wants_most() {
        for (accepted, sent) in [
            ("gzip, deflate, br", "br"),
            ("GZIP", "gzipped"),
            ("br;q=0, gzip;q=0.1", "gzipped"),
            ("gzip;q=1.0, br;q=0.5", "gzipped"),
            ("*", "br"),
            ("*;q=0, gzip", "gzipped"),
            ("br;q=0, *", "gzipped"),
            ("identity", "0123456789"),
            ("br;q=nonsense", "0123456789"),
            ("", "0123456789"),
        ] {
            assert_eq!(
                chosen(&[("accept-encoding", accepted)]).1,
                sent,
                "{accepted}"
            );
        }
        assert_eq!(chosen(&[]).1, "0123456789");
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let forms = forms();
        let tags: Vec<_> = forms
            .iter()
            .map(|form| form.etag.to_str().unwrap())
            .collect();
        let asked = |tags: &str| chosen(&[("accept-encoding", "gzip"), ("if-none-match", tags)]).0;
        for known in [
            tags[1].to_owned(),
            format!("W/{}", tags[1]),
            format!("\"other\" , {}", tags[1]),
            format!("W/\"a\",W/{},\"b\"", tags[1]),
            "*".into(),
        ] {
            assert_eq!(asked(&known), StatusCode::NOT_MODIFIED, "{known}");
        }
        for other in [
            tags[0],
            tags[2],
            tags[1].trim_matches('"'),
            "",
            "\"\"",
            "w/*",
        ] {
            assert_eq!(asked(other), StatusCode::OK, "{other}");
        }
    }

    #[test]
    fn a_part_is_one_of_the_file_itself_and_never_of_a_compressed_form() {
        let forms = forms();
        let tag = |at: usize| forms[at].etag.to_str().unwrap();
        let with = |range: &str, more: &[(&'static str, &str)]| {
            let own = [("range", range), ("accept-encoding", "br")];
            let (status, text, response) = chosen(&[&own[..], more].concat());
            assert_eq!(response.headers().get(CONTENT_ENCODING), None);
            let told = response.headers().get(CONTENT_RANGE);
            (
                status,
                text,
                told.map(|value| value.to_str().unwrap().to_owned()),
            )
        };
        let part = (
            StatusCode::PARTIAL_CONTENT,
            "23".into(),
            Some("bytes 2-3/10".into()),
        );
        assert_eq!(with("bytes=2-3", &[]), part);
        assert_eq!(with("bytes=2-3", &[("if-range", tag(0))]), part);
        assert_eq!(with("bytes=-2", &[]).1, "89");
        assert_eq!(with("bytes=7-", &[]).1, "789");
        let whole = (StatusCode::OK, "0123456789".to_owned(), None);
        let weak = format!("W/{}", tag(0));
        for etag in [tag(2), weak.as_str(), "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(with("bytes=2-3", &[("if-range", etag)]), whole, "{etag}");
        }
        for range in [
            "bytes=0-1,4-5",
            "bytes=10-",
            "bytes=3-2",
            "lines=1-2",
            "bytes=-0",
        ] {
            assert_eq!(with(range, &[]), whole, "{range}");
        }
    }
}
