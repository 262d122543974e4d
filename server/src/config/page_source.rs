//! The built page: in a folder, or compiled into the program.

use std::future::{Ready, ready};
use std::io::{self, Cursor, ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

/// Folder in which `cargo xtask build` and trunk put the page.
const DEFAULT_FOLDER: &str = "dist";

/// Path and content of each file.
type Files = &'static [(&'static str, &'static [u8])];

/// Files that the build script found in the folder that `RELINK_EMBED_PAGE` named at build time; otherwise none.
const EMBEDDED: Files = &include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Source of the page's files.
#[derive(Clone, Debug)]
pub(crate) enum PageSource {
    Folder(PathBuf),
    Embedded(EmbeddedPage),
}

impl PageSource {
    /// The folder of the settings if they name one, then the page in this program, then `dist`.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder),
            None if EMBEDDED.is_empty() => Self::Folder(DEFAULT_FOLDER.into()),
            None => Self::Embedded(EmbeddedPage(EMBEDDED)),
        }
    }

    /// The folder, which is empty for an embedded page.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Embedded(_) => Path::new(""),
        }
    }

    /// Reads `index.html`.
    pub(crate) fn index(&self) -> io::Result<String> {
        const INDEX: &str = "index.html";
        match self {
            Self::Folder(folder) => std::fs::read_to_string(folder.join(INDEX)),
            Self::Embedded(page) => String::from_utf8(page.find(Path::new(INDEX))?.to_vec())
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error)),
        }
    }
}

/// A page in the program's memory, for [`tower_http::services::ServeDir`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmbeddedPage(Files);

impl EmbeddedPage {
    fn find(self, path: &Path) -> io::Result<&'static [u8]> {
        // `ServeDir` asks for paths that begin with `./`.
        let path = path.strip_prefix(".").unwrap_or(path);
        let file = self.0.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, content)| *content).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Backend for EmbeddedPage {
    type File = EmbeddedFile;
    type Metadata = Length;
    type OpenFuture = Ready<io::Result<EmbeddedFile>>;
    type MetadataFuture = Ready<io::Result<Length>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(self.find(&path).map(|content| EmbeddedFile(Cursor::new(content))))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(self.find(&path).map(|content| Length(content.len() as u64)))
    }
}

/// Number of bytes of an embedded file. There is nothing else to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length(u64);

impl Metadata for Length {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Err(ErrorKind::Unsupported.into())
    }

    fn len(&self) -> u64 {
        self.0
    }
}

/// An open embedded file.
#[derive(Debug)]
pub(crate) struct EmbeddedFile(Cursor<&'static [u8]>);

impl File for EmbeddedFile {
    type Metadata = Length;
    type MetadataFuture<'a> = Ready<io::Result<Length>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(Length(self.0.get_ref().len() as u64)))
    }
}

impl AsyncRead for EmbeddedFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncSeek for EmbeddedFile {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(context)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;
    use tower_http::services::ServeDir;

    use super::{EmbeddedPage, PageSource};

    const PAGE: EmbeddedPage = EmbeddedPage(&[
        ("index.html", b"<h1>Relink</h1>"),
        ("relink.js", b"plain"),
        ("relink.js.br", b"compressed"),
        ("words-01234567/de.txt", b"Hallo"),
    ]);

    async fn get(path: &str, range: Option<&str>) -> (u16, String, String) {
        let files = ServeDir::with_backend("", PAGE).precompressed_br();
        let mut request = Request::get(path).header("accept-encoding", "br");
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let response = files.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let encoding = parts.headers.get("content-encoding").map_or("", |value| value.to_str().unwrap());
        let bytes = to_bytes(Body::new(body), 1000).await.unwrap();
        (parts.status.as_u16(), encoding.to_owned(), String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn embedded_files_are_served_as_those_of_a_folder() {
        assert_eq!(get("/relink.js", None).await, (200, "br".to_owned(), "compressed".to_owned()));
        assert_eq!(get("/words-01234567/de.txt", None).await, (200, String::new(), "Hallo".to_owned()));
        assert_eq!(get("/words-01234567/de.txt", Some("bytes=1-2")).await.2, "al");
        for missing in ["/other.js", "/words-01234567", "/words-01234567/fr.txt", "/../index.html"] {
            assert_eq!(get(missing, None).await.0, 404, "{missing}");
        }
    }

    #[test]
    fn the_page_is_read_from_where_it_is() {
        assert_eq!(PageSource::Embedded(PAGE).index().unwrap(), "<h1>Relink</h1>");
        assert!(PageSource::Folder("/no/such/folder".into()).index().is_err());
    }
}
