//! The email that Stripe sends for a hosted relink.

use super::Email;
use crate::world::{World, session::Session};

/// Returns an email to this address with the link to the hosted page.
pub(crate) fn relink_email(world: &mut World, session: &Session, to: String) -> Option<Email> {
    let url = session.url.as_deref()?;
    let subject = "Relink your bank account";
    let text =
        format!("The business that you pay asks you to relink a bank account. Go to Stripe's page:\n{url}\n");
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><title>{subject}</title></head><body><h1>{subject}</h1>\
         <p>The business that you pay asks you to relink a bank account.</p><p><a href=\"{url}\">Go to Stripe's page</a></p>\
         </body></html>"
    );
    Some(Email {
        id: world.ids.next("mail"),
        received_at: world.now,
        recipients: vec![to.clone()],
        from: "Stripe (sandbox) <no-reply@stripe.invalid>".to_owned(),
        to,
        subject: subject.to_owned(),
        text: Some(text),
        html: Some(html),
        headers: Vec::new(),
    })
}
