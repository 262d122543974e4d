//! Email as HTML: tables and inline styles, because mail programs support little else; no image but the attached logo,
//! nothing that is fetched, and a dark mode for programs that support it.

use super::{EmailContent, EmailTexts, LOGO_ID, shown_help};
use crate::domain::language::Language;

const STYLE: &str = "\
@media (prefers-color-scheme: dark) {\
 body, .wash { background-color: #12161f !important; }\
 .card { background-color: #1b212d !important; border-color: #6b7588 !important; }\
 .ink { color: #eef1f6 !important; }\
 .muted, .muted a { color: #a9b2c3 !important; }\
}";

/// Default colour of buttons.
pub(crate) const BLUE: [u8; 3] = [0x15, 0x53, 0xb6];

/// Returns the colour and a legible text colour for it, as CSS.
pub(crate) fn button_colors(color: [u8; 3]) -> (String, &'static str) {
    let [red, green, blue] = color;
    (format!("#{red:02x}{green:02x}{blue:02x}"), if is_dark(color) { "#ffffff" } else { "#0a1426" })
}

pub(super) fn html(about: &EmailContent<'_>, pieces: &EmailTexts) -> String {
    let [heading, body, how] = [pieces.heading.as_str(), &pieces.body, &pieces.how].map(escaped);
    let content = format!(
        "{}\n{}\n\
         <p class=\"ink\" style=\"margin:0 0 12px;font-size:16px;line-height:1.5;color:#161b26\">{body}</p>\n\
         <p class=\"ink\" style=\"margin:0 0 24px;font-size:16px;line-height:1.5;color:#161b26\">{how}</p>\n\
         {}\n{}\n{}",
        sender(about),
        headline(&heading),
        button(about, pieces),
        notes(about, pieces),
        opt_out(about, pieces),
    );
    card(about.language, &heading, &body, &content)
}

/// Returns the email with the code of a sign-in. `preview` is what lists of emails show of it.
pub(crate) fn code_html(
    language: Language,
    merchant: &str,
    subject: &str,
    preview: &str,
    code: &str,
    notes: &[String],
) -> String {
    let subject = escaped(subject);
    let content = format!(
        "{}\n{}\n\
         <p class=\"ink\" dir=\"ltr\" style=\"margin:0;font-size:28px;line-height:1.5;font-weight:600;\
         letter-spacing:2px;color:#161b26\">{}</p>\n{}\n",
        merchant_name(&escaped(merchant)),
        headline(&subject),
        escaped(code),
        small(notes.iter().map(|note| escaped(note))),
    );
    card(language, &subject, &escaped(preview), &content)
}

/// Returns an email whose content stands on a card. All parts are HTML.
fn card(language: Language, title: &str, preview: &str, content: &str) -> String {
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let side = if language.is_right_to_left() { "right" } else { "left" };
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body style=\"margin:0;background-color:#f5f7fa\">\n\
         <div style=\"display:none;max-height:0;overflow:hidden\">{preview}</div>\n\
         <table role=\"presentation\" class=\"wash\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"background-color:#f5f7fa\"><tr><td align=\"center\" style=\"padding:24px 16px\">\n\
         <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"max-width:28rem;background-color:#ffffff;border:1px solid #d5dae3;border-radius:12px;text-align:{side}\">\
         <tr><td style=\"padding:32px 24px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n\
         {content}</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n",
        language.code(),
    )
}

fn headline(heading: &str) -> String {
    format!(
        "<h1 class=\"ink\" style=\"margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:600;color:#161b26\">{heading}</h1>"
    )
}

/// Returns the merchant's logo on white, for which most logos are drawn, or else the name.
fn sender(about: &EmailContent<'_>) -> String {
    let merchant = escaped(about.merchant);
    if !about.has_logo {
        return merchant_name(&merchant);
    }
    format!(
        "<p class=\"muted\" style=\"margin:0 0 20px;font-size:20px;line-height:1.5;color:#515a6b\">\
         <img src=\"cid:{LOGO_ID}\" alt=\"{merchant}\" height=\"40\" \
         style=\"height:40px;width:auto;max-width:100%;padding:4px 8px;border-radius:8px;background-color:#ffffff\"></p>"
    )
}

fn merchant_name(merchant: &str) -> String {
    format!(
        "<p class=\"muted\" style=\"margin:0 0 16px;font-size:15px;line-height:1.5;color:#515a6b\">{merchant}</p>"
    )
}

fn button(about: &EmailContent<'_>, pieces: &EmailTexts) -> String {
    let (color, ink) = button_colors(about.color.unwrap_or(BLUE));
    format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr>\
         <td align=\"center\" style=\"border-radius:8px;background-color:{color}\">\
         <a href=\"{}\" style=\"display:block;padding:12px 16px;font-size:16px;line-height:24px;font-weight:600;\
         color:{ink};text-decoration:none\">{}</a></td></tr></table>",
        escaped(about.link),
        escaped(&pieces.button),
    )
}

fn notes(about: &EmailContent<'_>, pieces: &EmailTexts) -> String {
    let link = escaped(about.link);
    let mut lines: Vec<String> = pieces.notes.iter().map(|note| escaped(note)).collect();
    lines.push(format!(
        "{}<br><a href=\"{link}\" dir=\"ltr\" style=\"color:#515a6b;word-break:break-all\">{link}</a>",
        escaped(&pieces.plain_link)
    ));
    lines.extend(about.help.map(|help| {
        format!(
            "{}<br><a href=\"{}\" dir=\"ltr\" style=\"color:#515a6b\">{}</a>",
            escaped(about.merchant),
            escaped(help),
            escaped(shown_help(help))
        )
    }));
    small(lines.into_iter())
}

/// Returns small paragraphs. The lines are HTML.
fn small(lines: impl Iterator<Item = String>) -> String {
    let paragraph = |(place, line): (usize, String)| {
        let space = if place == 0 { 24 } else { 12 };
        format!(
            "<p class=\"muted\" style=\"margin:{space}px 0 0;font-size:14px;line-height:1.5;color:#515a6b\">{line}</p>"
        )
    };
    lines.enumerate().map(paragraph).collect::<Vec<_>>().join("\n")
}

fn opt_out(about: &EmailContent<'_>, pieces: &EmailTexts) -> String {
    let Some(link) = about.opt_out else { return String::new() };
    format!(
        "<p class=\"muted\" style=\"margin:24px 0 0;font-size:14px;line-height:1.5;color:#515a6b\">\
         <a href=\"{}\" style=\"color:#515a6b\">{}</a></p>\n",
        escaped(link),
        escaped(&pieces.opt_out)
    )
}

/// True if white is more legible on it than black, by the relative luminance of WCAG.
fn is_dark(color: [u8; 3]) -> bool {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = color.map(linear);
    // Luminance at which the contrast with white equals that with black.
    0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179
}

/// Escapes text for HTML content and attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_sign_in_stands_by_itself_on_the_card() {
        let notes = ["It works for 10 minutes.".to_owned()];
        let html = code_html(Language::English, "Tea & Co", "Your code", "1234 is your code", "1234", &notes);
        assert!(html.contains(">1234</p>"), "{html}");
        assert!(html.contains(">Tea &amp; Co</p>"), "{html}");
        assert!(html.contains(">Your code</h1>"), "{html}");
        assert!(html.contains(">It works for 10 minutes.</p>"), "{html}");
        assert!(html.contains("1234 is your code</div>"), "the preview in a list of emails: {html}");
    }

    #[test]
    fn what_is_written_on_a_button_is_legible() {
        for (color, expected) in [
            ([0, 0, 0], true),
            (BLUE, true),
            ([0x86, 0xb4, 0xff], false),
            ([255, 255, 255], false),
            ([255, 214, 0], false),
            ([0xa8, 0x20, 0x1a], true),
        ] {
            assert_eq!(is_dark(color), expected, "{color:?}");
        }
    }
}
