//! A letter as a picture: scanned, or photographed. The picture is drawn by poppler from the PDF and spoilt by us, as
//! a scanner and a telephone would.

use std::io::{Cursor, Read as _};

use extract::{Quad, Tools, run};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};

use crate::Dice;

/// The first page of a PDF in shades of grey, so many pixels high.
pub fn drawn(pdf: &[u8], height: u32) -> std::io::Result<GrayImage> {
    let missing = || std::io::Error::other("pdftoppm draws the pictures of letters, and is not here");
    let program = Tools::find().pdftoppm.ok_or_else(missing)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("letter.pdf");
    std::fs::write(&path, pdf)?;
    let height = height.to_string();
    let arguments = ["-png", "-gray", "-singlefile", "-scale-to", &height].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain([path.as_os_str()]);
    let ran = run(&program, arguments, 30, |out| {
        let mut bytes = Vec::new();
        let mut out = out;
        out.read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = ran.map_err(|_| missing())?.value?;
    Ok(image::load_from_memory(&bytes).map_err(std::io::Error::other)?.to_luma8())
}

/// A number from 0 to 1.
fn share(dice: &mut Dice) -> f32 {
    dice.roll(10_000) as f32 / 10_000.0
}

fn between(dice: &mut Dice, from: f32, to: f32) -> f32 {
    from + share(dice) * (to - from)
}

/// The shade between pixels; the paper's beyond the edge.
fn at(image: &GrayImage, x: f32, y: f32, beyond: f32) -> f32 {
    let (width, height) = (image.width() as f32, image.height() as f32);
    if x < 0.0 || y < 0.0 || x >= width - 1.0 || y >= height - 1.0 {
        return beyond;
    }
    let (left, top) = (x as u32, y as u32);
    let (dx, dy) = (x - left as f32, y - top as f32);
    let shade = |x: u32, y: u32| f32::from(image.get_pixel(x, y).0[0]);
    let above = shade(left, top) * (1.0 - dx) + shade(left + 1, top) * dx;
    let below = shade(left, top + 1) * (1.0 - dx) + shade(left + 1, top + 1) * dx;
    above * (1.0 - dy) + below * dy
}

/// Blurred by the mean of the neighbours, more the larger `by`.
fn blurred(image: &GrayImage, by: f32) -> GrayImage {
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let (x, y) = (x as f32, y as f32);
        let around = [(0.0, 0.0), (by, 0.0), (-by, 0.0), (0.0, by), (0.0, -by)];
        let sum: f32 = around.iter().map(|(dx, dy)| at(image, (x + dx).max(0.0), (y + dy).max(0.0), 255.0)).sum();
        Luma([(sum / 5.0) as u8])
    })
}

fn noisy(image: &mut GrayImage, dice: &mut Dice, by: f32) {
    for pixel in image.pixels_mut() {
        let noise = (share(dice) + share(dice) - 1.0) * by;
        pixel.0[0] = (f32::from(pixel.0[0]) + noise).clamp(0.0, 255.0) as u8;
    }
}

/// A scan at 200 to the inch: a little turned, a little soft, with noise. A PNG.
pub fn scan(pdf: &[u8], seed: u64) -> std::io::Result<Vec<u8>> {
    let mut dice = Dice::new(seed ^ 0x5ca2);
    let page = drawn(pdf, 2_339)?;
    let angle = between(&mut dice, -1.2, 1.2).to_radians();
    let (sin, cos) = angle.sin_cos();
    let (cx, cy) = (page.width() as f32 / 2.0, page.height() as f32 / 2.0);
    let paper = between(&mut dice, 236.0, 252.0);
    let mut turned = GrayImage::from_fn(page.width(), page.height(), |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let shade = at(&page, cx + dx * cos + dy * sin, cy - dx * sin + dy * cos, 255.0);
        Luma([(30.0 + shade / 255.0 * (paper - 30.0)) as u8])
    });
    turned = blurred(&turned, between(&mut dice, 0.3, 0.8));
    noisy(&mut turned, &mut dice, 14.0);
    let mut bytes = Vec::new();
    turned.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(std::io::Error::other)?;
    Ok(bytes)
}

/// A photo with a telephone of twelve megapixels: on a table, from an angle, with a shadow, soft; a JPEG, turned as the
/// camera was held and saying so.
pub fn photo(pdf: &[u8], seed: u64) -> std::io::Result<Vec<u8>> {
    let mut dice = Dice::new(seed ^ 0x9407);
    let page = drawn(pdf, 2_600)?;
    let (width, height) = (2_250.0_f32, 3_000.0_f32);
    // The corners of the sheet in the photo.
    let mut off = |x: f32, y: f32| {
        [x * width + between(&mut dice, -0.035, 0.035) * width, y * height + between(&mut dice, -0.03, 0.03) * height]
    };
    let corners = [off(0.09, 0.09), off(0.91, 0.09), off(0.91, 0.91), off(0.09, 0.91)];
    let Some(back) = inverse(corners, page.width() as f32, page.height() as f32) else {
        return Err(std::io::Error::other("the sheet's corners lie on a line"));
    };
    let table = between(&mut dice, 50.0, 110.0);
    let (light, dark) = (between(&mut dice, 0.85, 1.0), between(&mut dice, 0.5, 0.7));
    let (edge, slope) = (between(&mut dice, 0.4, 0.8), between(&mut dice, -0.4, 0.4));
    let mut picture = GrayImage::from_fn(width as u32, height as u32, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let below = back[6] * x + back[7] * y + 1.0;
        let (u, v) = ((back[0] * x + back[1] * y + back[2]) / below, (back[3] * x + back[4] * y + back[5]) / below);
        let grain = 6.0 * ((x * 0.05).sin() + (y * 0.013).sin());
        let on_paper = u >= 0.0 && v >= 0.0 && u < page.width() as f32 - 1.0 && v < page.height() as f32 - 1.0;
        let shade = if on_paper { 25.0 + at(&page, u, v, 255.0) * 0.85 } else { table + grain };
        // A hand's shadow, soft at its edge.
        let depth = ((x / width + slope * (y / height - 0.5) - edge) / 0.12).clamp(0.0, 1.0);
        Luma([(shade * (light + (dark - light) * depth)) as u8])
    });
    picture = blurred(&picture, between(&mut dice, 0.8, 1.6));
    noisy(&mut picture, &mut dice, 18.0);
    let (turned, tag) = held(&DynamicImage::ImageLuma8(picture), dice.roll(4) as u8);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 60 + dice.roll(25) as u8);
    turned.write_with_encoder(encoder).map_err(std::io::Error::other)?;
    Ok(with_orientation(&jpeg, tag))
}

/// As the sensor saw it when the camera was held so, and EXIF's number for that.
pub fn held(image: &DynamicImage, how: u8) -> (DynamicImage, u8) {
    match how {
        0 => (image.clone(), 1),
        1 => (image.rotate180(), 3),
        2 => (image.rotate270(), 6),
        3 => (image.rotate90(), 8),
        4 => (image.fliph(), 2),
        5 => (image.flipv(), 4),
        6 => (image.fliph().rotate270(), 5),
        _ => (image.fliph().rotate90(), 7),
    }
}

/// A JPEG with EXIF's orientation, 1 to 8 (TIFF tag 0x0112).
pub fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() + 2) as u16;
    [&jpeg[..2], &[0xff, 0xe1], &length.to_be_bytes(), &exif, &jpeg[2..]].concat()
}

/// From the photo back to the sheet, whose corners lie there.
fn inverse(corners: [[f32; 2]; 4], width: f32, height: f32) -> Option<[f32; 8]> {
    let to = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    let mut rows = [[0.0_f64; 9]; 8];
    for (i, ([x, y], [u, v])) in corners.iter().zip(&to).enumerate() {
        let (x, y, u, v) = (f64::from(*x), f64::from(*y), f64::from(*u), f64::from(*v));
        rows[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
        rows[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
    }
    for i in 0..8 {
        let pivot = (i..8).max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()))?;
        rows.swap(i, pivot);
        if rows[i][i].abs() < 1e-9 {
            return None;
        }
        let own = rows[i];
        for j in (0..8).filter(|j| *j != i) {
            let factor = rows[j][i] / own[i];
            for k in 0..9 {
                rows[j][k] -= factor * own[k];
            }
        }
    }
    let mut all = [0.0_f32; 8];
    for (i, value) in all.iter_mut().enumerate() {
        *value = (rows[i][8] / rows[i][i]) as f32;
    }
    Some(all)
}

/// Where a fact stands on a straightened page: where it stands in the PDF.
pub fn places(all: Vec<(&'static str, u32, Quad)>) -> Vec<(&'static str, u32, Quad)> {
    all.into_iter().filter(|(_, page, _)| *page == 1).collect()
}
