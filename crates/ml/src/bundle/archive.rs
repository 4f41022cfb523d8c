//! The container: a zip of four files, read under caps.

use std::io::{Cursor, Read, Write};

use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

pub const MANIFEST: &str = "manifest.json";
pub const MODEL: &str = "model.json.zst";
pub const BACKGROUND: &str = "background.json";
pub const PROBES: &str = "probes.json";
/// Only in signed bundles.
pub const SIGNATURE: &str = "signature.json";

const MB: u64 = 1 << 20;

/// Largest bundle, packed.
pub const PACKED_LIMIT: u64 = 16 * MB;

/// Largest size of each file unpacked; together 128 MB. The small caps also bound what the JSON
/// reader may build: text of n bytes becomes at most about 12 n bytes of values.
pub const FILES: [(&str, u64); 4] = [(MANIFEST, MB), (BACKGROUND, 8 * MB), (PROBES, 4 * MB), (MODEL, PACKED_LIMIT)];
pub const MODEL_LIMIT: u64 = 115 * MB;
const SIGNATURE_LIMIT: u64 = 4 << 10;

/// The unpacked files of a bundle; the model still under zstd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub manifest: Vec<u8>,
    pub model: Vec<u8>,
    pub background: Vec<u8>,
    pub probes: Vec<u8>,
    pub signature: Option<Vec<u8>>,
}

impl Archive {
    /// Unpacks `bytes`; the error is in words.
    pub fn read(bytes: &[u8]) -> Result<Archive, String> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("not a readable zip: {e}"))?;
        let signed = zip.index_for_name(SIGNATURE).is_some();
        let expected = FILES.len() + usize::from(signed);
        if zip.len() != expected {
            return Err(format!("{} entries instead of {expected}", zip.len()));
        }
        let mut take = |name: &str| -> Result<Vec<u8>, String> {
            let limit = FILES.iter().find(|(n, _)| *n == name).map_or(SIGNATURE_LIMIT, |(_, limit)| *limit);
            let entry = zip.by_name(name).map_err(|e| format!("{name}: {e}"))?;
            read_capped(entry, limit).map_err(|e| format!("{name}: {e}"))
        };
        Ok(Archive {
            manifest: take(MANIFEST)?,
            model: take(MODEL)?,
            background: take(BACKGROUND)?,
            probes: take(PROBES)?,
            signature: if signed { Some(take(SIGNATURE)?) } else { None },
        })
    }

    /// Packs the files. The same files give the same bytes.
    pub fn write(&self) -> Result<Vec<u8>, zip::result::ZipError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, contents, options) in [
            (MANIFEST, &self.manifest, deflated),
            (BACKGROUND, &self.background, deflated),
            (PROBES, &self.probes, deflated),
            (MODEL, &self.model, stored),
        ] {
            zip.start_file(name, options)?;
            zip.write_all(contents)?;
        }
        if let Some(signature) = &self.signature {
            zip.start_file(SIGNATURE, stored)?;
            zip.write_all(signature)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Name and SHA-256 of every file but the manifest.
    pub fn hashes(&self) -> [(&'static str, String); 3] {
        [(MODEL, sha256(&self.model)), (BACKGROUND, sha256(&self.background)), (PROBES, sha256(&self.probes))]
    }
}

/// The model's JSON out of its zstd frame.
pub fn decompress(model: &[u8]) -> Result<Vec<u8>, String> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(model).map_err(|e| format!("not a zstd frame: {e}"))?;
    read_capped(decoder, MODEL_LIMIT)
}

pub fn compress(json: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(json, ruzstd::encoding::CompressionLevel::Fastest)
}

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads to the end unless that is past `limit`; trusts no size the file declares.
fn read_capped(reader: impl Read, limit: u64) -> Result<Vec<u8>, String> {
    let mut contents = Vec::new();
    reader.take(limit + 1).read_to_end(&mut contents).map_err(|e| format!("cannot be unpacked: {e}"))?;
    if contents.len() as u64 > limit {
        return Err(format!("unpacks to more than {} MB", limit / MB));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caps_add_up_to_what_is_promised() {
        let unpacked = FILES.iter().filter(|(n, _)| *n != MODEL).map(|(_, limit)| limit).sum::<u64>() + MODEL_LIMIT;
        assert_eq!(unpacked, 128 * MB);
    }

    #[test]
    fn files_survive_packing_and_pack_to_the_same_bytes() {
        let archive = Archive {
            manifest: b"{}".to_vec(),
            model: compress(b"model"),
            background: b"[]".to_vec(),
            probes: vec![7; 5_000],
            signature: Some(b"{}".to_vec()),
        };
        let packed = archive.write().unwrap();
        assert_eq!(packed, archive.write().unwrap());
        assert_eq!(Archive::read(&packed).unwrap(), archive);
        assert_eq!(decompress(&archive.model).unwrap(), b"model");
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
