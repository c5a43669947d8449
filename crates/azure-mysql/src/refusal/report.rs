use std::time::SystemTime;

use token_source::{Claims, Token};

use super::{
    diagnose::likeliest_cause,
    diagnosis::{Diagnosis, Evidence},
};
use crate::Settings;

/// Whether a server's error number says that it refused the login: access denied, in [MySQL's
/// numbers](https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html), in
/// MariaDB's, and in those of Azure's login plugin. Of the latter, 9106 is
/// [known](https://github.com/petoju/terraform-provider-mysql/issues/84); that its neighbours mean
/// the like is assumed.
pub fn is_refusal(number: u16) -> bool {
    matches!(number, 1045 | 1698 | 9100..=9199)
}

/// A server's text, cut where it repeats the token or a part of it. A server may put into its
/// message what it was sent, or the beginning of it: messages are short and tokens are long.
///
/// `None` if it repeats nothing.
pub fn cut_before_token(message: &str, token: &Token) -> Option<String> {
    const TELLTALE: usize = 16;
    let telltale = TELLTALE.min(token.secret().len());
    let start = message.char_indices().find_map(|(start, _)| {
        let run = message.get(start..start + telltale)?;
        (telltale > 0 && token.secret().contains(run)).then_some(start)
    })?;
    Some(format!("{}[token]", &message[..start]))
}

/// One line on a refused login, in the words that all adapters share, and its likeliest cause.
///
/// `said` is how the driver shows the server's error, and `message` the server's own text in it.
/// Neither may hold the token: see [`cut_before_token`].
pub fn refused_login(
    settings: &Settings,
    token: &Token,
    (number, message): (u16, &str),
    said: &str,
) -> (String, Option<Diagnosis>) {
    let claims = Claims::unverified(token.secret()).ok();
    let evidence = Evidence::Server { number, message };
    let diagnosis = likeliest_cause(evidence, claims.as_ref(), settings, SystemTime::now());
    let line = format!(
        "{}:{} refused the login of user {:?}: {}",
        settings.host(),
        settings.port(),
        settings.user(),
        // What follows is joined with a semicolon.
        said.trim_end_matches('.')
    );
    with_diagnosis(line, diagnosis)
}

/// One line on a login that had no token, in the words that all adapters share, and its likeliest
/// cause.
///
/// The line does not repeat the text of `error`, which belongs in the chain of causes; without a
/// likeliest cause it refers to that.
pub fn token_unavailable(
    settings: &Settings,
    error: &token_source::Error,
) -> (String, Option<Diagnosis>) {
    let evidence = Evidence::Token(error);
    let diagnosis = likeliest_cause(evidence, None, settings, SystemTime::now());
    let line = format!(
        "no token to log in to {}:{} as user {:?}",
        settings.host(),
        settings.port(),
        settings.user()
    );
    if diagnosis.is_none() {
        return (format!("{line}; the error's cause says why"), None);
    }
    with_diagnosis(line, diagnosis)
}

/// One line on a server that could not be verified, in the words that all adapters share.
pub fn unverified_server(settings: &Settings, said: &str) -> String {
    let (host, port) = (settings.host(), settings.port());
    let evidence = Evidence::Tls(said);
    let diagnosis = likeliest_cause(evidence, None, settings, SystemTime::now());
    let why = diagnosis.map_or_else(|| said.to_owned(), |diagnosis| diagnosis.to_string());
    format!("{host}:{port} could not be verified, so no token was sent: {why}")
}

fn with_diagnosis(line: String, diagnosis: Option<Diagnosis>) -> (String, Option<Diagnosis>) {
    let whole = diagnosis.as_ref().map(|it| format!("{line}; {it}"));
    (whole.unwrap_or(line), diagnosis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let settings = Settings::builder().host("db.example.com").user("app");
        settings.build().unwrap()
    }

    #[test]
    fn a_refusal_is_told_from_other_errors_of_the_server() {
        for number in [1045, 1698, 9102, 9106] {
            assert!(is_refusal(number), "{number}");
        }
        for number in [1040, 1049, 1130, 3159] {
            assert!(!is_refusal(number), "{number}");
        }
    }

    #[test]
    fn a_text_is_cut_where_it_repeats_the_token_or_a_part_of_it() {
        let secret = (100..600).fold(String::new(), |text, number| text + &number.to_string());
        let token = Token::new(secret.clone(), SystemTime::now());
        for echoed in [&secret[..], &secret[..400], &secret[700..1100]] {
            let cut = cut_before_token(&format!("bad password '{echoed}'"), &token);
            assert_eq!(cut.as_deref(), Some("bad password '[token]"));
        }
        let short = Token::new("canary", SystemTime::now());
        let cut = cut_before_token("bad password 'canary'", &short);
        assert_eq!(cut.as_deref(), Some("bad password '[token]"));
        assert_eq!(
            cut_before_token("Access denied for user 'app'", &token),
            None
        );
        let empty = Token::new("", SystemTime::now());
        assert_eq!(cut_before_token("Access denied", &empty), None);
    }

    #[test]
    fn a_refused_login_is_one_line_with_the_servers_words_and_the_cause() {
        let token = Token::new("no token", SystemTime::now());
        let message = "Access denied (using password: NO)";
        let said = format!("ERROR 1045 (28000): {message}.");
        let (line, diagnosis) = refused_login(&settings(), &token, (1045, message), &said);
        let expected = "db.example.com:3306 refused the login of user \"app\": ERROR 1045 (28000): \
                        Access denied (using password: NO); the server was sent no token";
        assert!(line.starts_with(expected), "{line}");
        assert!(diagnosis.is_some());
    }

    #[test]
    fn an_unverified_server_is_one_line_with_a_remedy_if_there_is_one() {
        let line = unverified_server(&settings(), "invalid peer certificate: UnknownIssuer");
        assert!(line.contains("AZURE_MYSQL_SSL_CA"), "{line}");
        let line = unverified_server(&settings(), "received fatal alert: HandshakeFailure");
        assert!(line.ends_with("HandshakeFailure"), "{line}");
    }
}
