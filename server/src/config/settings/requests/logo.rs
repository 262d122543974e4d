//! The merchant's logo, which pages and emails show.

use std::path::Path;

use crate::config::settings::ConfigError;

/// Largest logo in bytes. Each email carries the whole file.
const MAX_SIZE: usize = 64 * 1024;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Logo of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logo {
    pub(crate) format: LogoFormat,
    pub(crate) content: Vec<u8>,
}

/// Format of a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoFormat {
    Png,
    Svg,
}

impl LogoFormat {
    /// Media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

impl Logo {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let content = std::fs::read(path).map_err(|_| ConfigError::MerchantLogo)?;
        Self::new(content).ok_or(ConfigError::MerchantLogo)
    }

    fn new(content: Vec<u8>) -> Option<Self> {
        let format = match content.as_slice() {
            png if png.starts_with(PNG_SIGNATURE) => LogoFormat::Png,
            other if std::str::from_utf8(other).is_ok_and(|text| text.contains("<svg")) => LogoFormat::Svg,
            _ => return None,
        };
        (content.len() <= MAX_SIZE).then_some(Self { format, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_png_or_an_svg_and_not_too_large() {
        let format = |content: &[u8]| Logo::new(content.to_owned()).map(|logo| logo.format);
        assert_eq!(format(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(LogoFormat::Png));
        assert_eq!(format(b"<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>"), Some(LogoFormat::Svg));
        assert_eq!(format(b"\xff\xd8\xff\xe0"), None);
        assert_eq!(format(b""), None);
        assert_eq!(format(format!("<svg>{}", " ".repeat(MAX_SIZE)).as_bytes()), None);
    }

    #[test]
    fn a_logo_that_can_not_be_read_is_an_error() {
        assert_eq!(Logo::read(Path::new("/nowhere/logo.svg")), Err(ConfigError::MerchantLogo));
    }
}
