//! Makes `target/site` from the compiled browser half, the styles and the static files: JavaScript
//! glue by wasm-bindgen, one style sheet by Lightning CSS, names that carry a hash of the content,
//! and compressed copies, so that the server compresses nothing twice.
//!
//! Usage: sitebuild WASM STYLE PUBLIC SITE HASHES

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

const NAME: &str = "solatium";
fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, style, public, site, hashes] = args.as_slice() else {
        bail!("usage: sitebuild WASM STYLE PUBLIC SITE HASHES");
    };
    let pkg = site.join("pkg");
    if site.exists() {
        fs::remove_dir_all(site)?;
    }
    fs::create_dir_all(&pkg)?;
    copy(public, site).with_context(|| format!("copying {}", public.display()))?;
    let css = styles(style)?;
    let css_hash = put(&pkg, NAME, "css", css.as_bytes())?;
    let (js, wasm) = bind(wasm)?;
    let wasm_hash = hash(&wasm);
    let small = put_named(&pkg, &format!("{NAME}.{wasm_hash}.wasm"), &wasm)?;
    let js_hash = put(&pkg, NAME, "js", js.as_bytes())?;
    fs::write(hashes, format!("js: {js_hash}\nwasm: {wasm_hash}\ncss: {css_hash}\n"))?;
    println!("site: wasm {} KB, {} KB after brotli; style {} KB", wasm.len() / 1024, small / 1024, css.len() / 1024);
    Ok(())
}

/// The JavaScript glue and the wasm file without what only tools need.
fn bind(input: &Path) -> Result<(String, Vec<u8>)> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(NAME).typescript(false).remove_name_section(true).remove_producers_section(true);
    let mut output = bindgen.web(true)?.omit_default_module_path(true).generate_output()?;
    let scratch = std::env::temp_dir().join(format!("sitebuild-{}", std::process::id()));
    output.emit(&scratch)?;
    let js = fs::read_to_string(scratch.join(format!("{NAME}.js")))?;
    // No wasm-opt: it makes the file smaller and the file after brotli larger (475 KB for 411 KB).
    let wasm = fs::read(scratch.join(format!("{NAME}_bg.wasm")))?;
    if scratch.join("snippets").exists() {
        bail!("a dependency brings JavaScript snippets, which this build does not place");
    }
    fs::remove_dir_all(&scratch)?;
    Ok((js, wasm))
}

fn styles(main: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|e| anyhow::anyhow!("styles: {e}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|e| anyhow::anyhow!("styles: {e}"))?;
    let printed = sheet.to_css(PrinterOptions { minify: true, ..PrinterOptions::default() });
    Ok(printed.map_err(|e| anyhow::anyhow!("styles: {e}"))?.code)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(10).map(|b| format!("{b:02x}")).collect()
}

fn put(folder: &Path, name: &str, kind: &str, bytes: &[u8]) -> Result<String> {
    let hash = hash(bytes);
    put_named(folder, &format!("{name}.{hash}.{kind}"), bytes)?;
    Ok(hash)
}

/// Writes a file and its compressed copies; returns the size after brotli.
fn put_named(folder: &Path, name: &str, bytes: &[u8]) -> Result<usize> {
    fs::write(folder.join(name), bytes)?;
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut small, &brotli::enc::BrotliEncoderParams::default())?;
    fs::write(folder.join(format!("{name}.br")), &small)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    fs::write(folder.join(format!("{name}.gz")), gzip.finish()?)?;
    Ok(small.len())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
