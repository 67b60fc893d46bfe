//! A mail put together. Every header is made from typed values by `lettre`, which encodes them; texts are cut to one
//! line before, so that no name can start a header of its own.

use chrono::{DateTime, Utc};
use kernel::{Email, Error, Result};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, SinglePart};

use crate::letter::Bodies;

/// One mail to one person.
pub(crate) struct Mail {
    /// Without angle brackets; the same each time this mail is sent.
    pub(crate) message_id: String,
    /// Who sends it: the installation's address.
    pub(crate) from: Mailbox,
    /// Under which name it is sent; the installation's own when None.
    pub(crate) from_name: Option<String>,
    /// Whom to write to.
    pub(crate) to: Email,
    /// Their name.
    pub(crate) to_name: Option<String>,
    /// When it was written.
    pub(crate) date: DateTime<Utc>,
    /// The texts.
    pub(crate) bodies: Bodies,
    /// The entry for their calendar.
    pub(crate) invite: Option<ical::Calendar>,
}

impl Mail {
    /// The mail as it is handed to a transport. A `readable` one has its text as it is, for a person who opens the
    /// file; servers on the way may not take such bytes.
    pub(crate) fn message(&self, readable: bool) -> Result<Message> {
        let from =
            Mailbox::new(self.from_name.as_deref().map(one_line).or(self.from.name.clone()), self.from.email.clone());
        let to = self.to.as_str().parse().map_err(Error::internal)?;
        let mut builder = Message::builder()
            .from(from)
            .to(Mailbox::new(self.to_name.as_deref().map(one_line), to))
            .subject(one_line(&self.bodies.subject))
            .date(self.date.into())
            .message_id(Some(format!("<{}>", self.message_id)));
        // RFC 3834: nobody's holiday notice answers it.
        if let Ok(name) = HeaderName::new_from_ascii("Auto-Submitted".to_owned()) {
            builder = builder.raw_header(HeaderValue::new(name, "auto-generated".to_owned()));
        }
        builder.multipart(self.parts(readable)?).map_err(Error::internal)
    }

    /// Calendars look for the entry among the alternatives, people among the attachments: it is in both places.
    fn parts(&self, readable: bool) -> Result<MultiPart> {
        let texts = MultiPart::alternative()
            .singlepart(self.text(readable))
            .singlepart(SinglePart::html(self.bodies.html.clone()));
        let Some(invite) = &self.invite else { return Ok(texts) };
        let entry = invite.render();
        let calendar = format!("text/calendar; charset=utf-8; method={}", invite.method.name());
        let calendar = ContentType::parse(&calendar).map_err(Error::internal)?;
        let inline = SinglePart::builder().header(calendar.clone()).body(entry.clone());
        let attached = Attachment::new("visit.ics".to_owned()).body(entry, calendar);
        Ok(MultiPart::mixed().multipart(texts.singlepart(inline)).singlepart(attached))
    }

    fn text(&self, readable: bool) -> SinglePart {
        let text = self.bodies.text.clone();
        let body = if readable {
            // Lines too long for a mail are encoded all the same.
            Body::new_with_encoding(text, ContentTransferEncoding::EightBit).unwrap_or_else(Body::new)
        } else {
            Body::new(text)
        };
        SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body)
    }
}

/// A text without line breaks and other controls.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use ical::{Calendar, Entry, Method, Status};

    fn mail() -> Mail {
        Mail {
            message_id: "msg_1@example.com".into(),
            from: "Zapys <no-reply@localhost>".parse().unwrap(),
            from_name: Some("Салон «Бджілка»".into()),
            to: Email::parse("olena@example.com").unwrap(),
            to_name: Some("Олена".into()),
            date: "2026-11-22T08:00:00Z".parse().unwrap(),
            bodies: Bodies {
                subject: "Запис підтверджено".into(), text: "Текст".into(), html: "<p>Текст</p>".into()
            },
            invite: None,
        }
    }

    fn head(mail: &Mail) -> Vec<String> {
        let raw = String::from_utf8(mail.message(false).unwrap().formatted()).unwrap();
        let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn the_head_is_whole_and_stable() {
        let head = head(&mail());
        assert!(head.contains(&"Message-ID: <msg_1@example.com>".to_owned()), "{head:?}");
        assert!(head.contains(&"Auto-Submitted: auto-generated".to_owned()));
        assert!(head.iter().any(|line| line.starts_with("To: ") && line.ends_with("<olena@example.com>")));
        assert!(head.iter().any(|line| line.starts_with("From: ") && line.ends_with("<no-reply@localhost>")));
    }

    #[test]
    fn no_text_starts_a_header_of_its_own() {
        let evil = "x\r\nBcc: thief@example.com\n\nBody\u{0}";
        let hostile = Mail {
            from_name: Some(evil.into()),
            to_name: Some(evil.into()),
            bodies: Bodies { subject: evil.into(), ..mail().bodies },
            ..mail()
        };
        let names = |head: Vec<String>| -> Vec<String> {
            head.iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(names(head(&hostile)), names(head(&mail())));
        assert_eq!(hostile.message(false).unwrap().envelope().to().len(), 1);
    }

    #[test]
    fn a_mail_for_a_folder_can_be_read_as_it_lies() {
        let raw = |readable| String::from_utf8(mail().message(readable).unwrap().formatted()).unwrap();
        assert!(raw(true).contains("Content-Transfer-Encoding: 8bit\r\n\r\nТекст"));
        assert!(raw(false).is_ascii());
    }

    #[test]
    fn an_invitation_is_an_alternative_and_an_attachment() {
        let at = |hour: u32| format!("2026-11-24T{hour:02}:00:00Z").parse().unwrap();
        let entry = Entry {
            uid: "bkg_1@zapys".into(),
            sequence: 1,
            stamp: at(8),
            created: None,
            modified: None,
            starts_at: at(10),
            ends_at: at(11),
            zone: chrono_tz::Tz::Europe__Kyiv,
            summary: "Стрижка".into(),
            description: String::new(),
            location: String::new(),
            url: String::new(),
            status: Status::Confirmed,
            organizer: None,
            attendee: None,
        };
        let invite = Calendar { method: Method::Request, name: String::new(), refresh: None, entries: vec![entry] };
        let raw =
            String::from_utf8(Mail { invite: Some(invite), ..mail() }.message(false).unwrap().formatted()).unwrap();
        assert_eq!(raw.matches("Content-Type: text/calendar; charset=utf-8; method=REQUEST").count(), 2);
        assert!(raw.contains("Content-Disposition: attachment; filename=\"visit.ics\""));
        assert!(raw.contains("Content-Type: multipart/alternative"));
    }
}
