//! Embeds the query page: what `make web` left in web/dist, or in the folder that `ZAPYS_WEB_DIST` names, each file
//! compressed. Nothing is built here and npm is never called; without the files the program serves a page that says
//! how to get them, unless `ZAPYS_WEB=required`.
#![allow(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ZAPYS_WEB");
    println!("cargo::rerun-if-env-changed=ZAPYS_WEB_DIST");
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let named = std::env::var_os("ZAPYS_WEB_DIST").filter(|name| !name.is_empty());
    let folder = root.join(named.as_ref().map_or(Path::new("web/dist"), Path::new));
    watch(&folder, named.is_some());

    let mut files = Vec::new();
    if folder.join("index.html").is_file() {
        gather(&folder, &mut files)?;
    } else if std::env::var("ZAPYS_WEB").is_ok_and(|value| value == "required") {
        return Err(format!("ZAPYS_WEB=required, but {} has no index.html: run `make web`", folder.display()).into());
    }
    files.sort();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    fs::write(out.join("explorer.rs"), table(&folder, &files, &out.join("explorer"))?)?;
    Ok(())
}

/// Runs this again when the files change or come. Cargo takes a path that is missing for one that changed, at every
/// build; so while there is no folder it is its parent that is watched, and of a folder elsewhere nothing.
fn watch(folder: &Path, is_elsewhere: bool) {
    if folder.is_dir() {
        println!("cargo::rerun-if-changed={}", folder.display());
    } else if is_elsewhere {
        println!("cargo::warning=ZAPYS_WEB_DIST: there is no folder {}", folder.display());
    } else if let Some(parent) = folder.parent().filter(|parent| parent.is_dir()) {
        println!("cargo::rerun-if-changed={}", parent.display());
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Writes the compressed files, and Rust that lists them as `&[Asset]`.
fn table(folder: &Path, files: &[PathBuf], compressed: &Path) -> Result<String, Box<dyn Error>> {
    if compressed.exists() {
        fs::remove_dir_all(compressed)?;
    }
    fs::create_dir_all(compressed)?;
    let mut text = String::from("&[\n");
    for (index, file) in files.iter().enumerate() {
        let content = fs::read(file)?;
        let path = file.strip_prefix(folder)?.to_str().ok_or("a name that is not UTF-8")?.replace('\\', "/");
        let mut gzip = GzEncoder::new(fs::File::create(compressed.join(format!("{index}.gz")))?, Compression::best());
        gzip.write_all(&content)?;
        gzip.finish()?;
        let mut hash = DefaultHasher::new();
        hash.write(&content);
        let (kind, tag) = (media_type(file)?, format!("W/\"{:016x}\"", hash.finish()));
        let gzip = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/explorer/{index}.gz\"))");
        writeln!(text, "Asset {{ path: {path:?}, kind: {kind:?}, tag: {tag:?}, gzip: {gzip} }},")?;
    }
    text.push(']');
    Ok(text)
}

/// By the name's ending. A file of a kind that is not listed would be served wrongly, so it stops the build.
fn media_type(file: &Path) -> Result<&'static str, String> {
    Ok(match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("ttf") => "font/ttf",
        Some("wasm") => "application/wasm",
        _ => return Err(format!("no media type is known for {}", file.display())),
    })
}
