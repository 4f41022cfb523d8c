//! A picture in shades of grey, and what is done with any.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat};

/// Rows of pixels, from black (0) to white (255).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gray {
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
}

impl Gray {
    pub fn of(image: &DynamicImage) -> Gray {
        let luma = image.to_luma8();
        Gray { width: luma.width() as usize, height: luma.height() as usize, data: luma.into_raw() }
    }

    pub fn blank(width: usize, height: usize) -> Gray {
        Gray { width, height, data: vec![255; width * height] }
    }

    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.data[y * self.width + x]
    }

    /// Between pixels: weighed by how near each is; beyond the edge it is white.
    pub fn between(&self, x: f32, y: f32) -> u8 {
        if x < 0.0 || y < 0.0 || x > (self.width - 1) as f32 || y > (self.height - 1) as f32 {
            return 255;
        }
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (dx, dy) = (x - left as f32, y - top as f32);
        let above = f32::from(self.at(left, top)) * (1.0 - dx) + f32::from(self.at(right, top)) * dx;
        let below = f32::from(self.at(left, bottom)) * (1.0 - dx) + f32::from(self.at(right, bottom)) * dx;
        (above * (1.0 - dy) + below * dy).round() as u8
    }

    /// Made so wide, in proportion. Smaller by the mean of what falls together, larger by what lies between.
    pub fn scaled(&self, width: usize) -> Gray {
        let width = width.max(1);
        let height = (self.height * width / self.width.max(1)).max(1);
        let step = self.width as f32 / width as f32;
        let mut out = Gray::blank(width, height);
        for y in 0..height {
            for x in 0..width {
                out.data[y * width + x] = if step <= 1.0 {
                    let middle = |i: usize| ((i as f32 + 0.5) * step - 0.5).max(0.0);
                    let (x, y) = (middle(x).min((self.width - 1) as f32), middle(y).min((self.height - 1) as f32));
                    self.between(x, y)
                } else {
                    self.mean(x as f32 * step, y as f32 * step, step)
                };
            }
        }
        out
    }

    fn mean(&self, left: f32, top: f32, side: f32) -> u8 {
        let (x0, y0) = (left as usize, top as usize);
        let x1 = ((left + side) as usize).clamp(x0 + 1, self.width.max(x0 + 1)).min(self.width);
        let y1 = ((top + side) as usize).clamp(y0 + 1, self.height.max(y0 + 1)).min(self.height);
        let (mut sum, mut count) = (0_u32, 0_u32);
        for y in y0.min(self.height - 1)..y1 {
            for x in x0.min(self.width - 1)..x1 {
                sum += u32::from(self.at(x, y));
                count += 1;
            }
        }
        (sum / count.max(1)) as u8
    }

    pub fn png(self) -> Option<Vec<u8>> {
        let image = GrayImage::from_raw(self.width as u32, self.height as u32, self.data)?;
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).ok()?;
        Some(bytes)
    }

    /// As tesseract reads it from a pipe.
    pub fn pgm(&self) -> Vec<u8> {
        let mut bytes = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        bytes.extend_from_slice(&self.data);
        bytes
    }
}
