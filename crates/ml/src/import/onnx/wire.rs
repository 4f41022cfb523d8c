//! The wire format of protocol buffers: fields of a message, read one after the other.
//!
//! Nothing is unpacked until it is asked for, lists are capped, and a message within a message is a
//! slice of the outer one: how deep they nest costs nothing.

use crate::import::ImportError;

/// Most entries of a list.
pub const LONGEST: usize = 2_000_000;

/// A message, unread.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Message<'a>(pub &'a [u8]);

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    /// Text, bytes, a message or a packed list.
    Bytes(&'a [u8]),
}

/// Gives each field's number and value; ends after an error.
pub struct Fields<'a>(&'a [u8]);

impl<'a> Message<'a> {
    pub fn fields(self) -> Fields<'a> {
        Fields(self.0)
    }

    /// The messages or texts of field `number`.
    pub fn all(self, number: u32) -> Result<Vec<&'a [u8]>, ImportError> {
        let mut found = Vec::new();
        for field in self.fields() {
            match field? {
                (n, Value::Bytes(bytes)) if n == number => longer(&mut found, bytes)?,
                (n, _) if n == number => return Err(other_type(number)),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The last message or bytes of field `number`, as the format has it.
    pub fn bytes(self, number: u32) -> Result<Option<&'a [u8]>, ImportError> {
        Ok(self.all(number)?.pop())
    }

    pub fn message(self, number: u32) -> Result<Option<Message<'a>>, ImportError> {
        Ok(self.bytes(number)?.map(Message))
    }

    /// The text of field `number`, empty where there is none.
    pub fn text(self, number: u32) -> Result<&'a str, ImportError> {
        text(self.bytes(number)?.unwrap_or_default())
    }

    /// The last whole number of field `number`.
    pub fn integer(self, number: u32) -> Result<Option<i64>, ImportError> {
        Ok(self.integers(number)?.pop())
    }

    /// The whole numbers of field `number`, packed or not.
    pub fn integers(self, number: u32) -> Result<Vec<i64>, ImportError> {
        let mut found = Vec::new();
        for field in self.fields() {
            match field? {
                (n, Value::Varint(value)) if n == number => longer(&mut found, value as i64)?,
                (n, Value::Bytes(mut packed)) if n == number => {
                    while !packed.is_empty() {
                        longer(&mut found, varint(&mut packed)? as i64)?;
                    }
                }
                (n, _) if n == number => return Err(other_type(number)),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The 32-bit numbers of field `number`, packed or not.
    pub fn floats(self, number: u32) -> Result<Vec<f64>, ImportError> {
        let mut found = Vec::new();
        for field in self.fields() {
            match field? {
                (n, Value::Fixed32(bytes)) if n == number => longer(&mut found, f64::from(f32::from_le_bytes(bytes)))?,
                (n, Value::Bytes(packed)) if n == number => singles(packed, &mut found)?,
                (n, _) if n == number => return Err(other_type(number)),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The 64-bit numbers of field `number`, packed or not.
    pub fn doubles(self, number: u32) -> Result<Vec<f64>, ImportError> {
        let mut found = Vec::new();
        for field in self.fields() {
            match field? {
                (n, Value::Fixed64(bytes)) if n == number => longer(&mut found, f64::from_le_bytes(bytes))?,
                (n, Value::Bytes(packed)) if n == number => doubles(packed, &mut found)?,
                (n, _) if n == number => return Err(other_type(number)),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// Appends the little-endian 32-bit numbers of `bytes`.
pub fn singles(bytes: &[u8], to: &mut Vec<f64>) -> Result<(), ImportError> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then_some(()).ok_or_else(|| odd(bytes, 4))?;
    numbers.iter().try_for_each(|b| longer(to, f64::from(f32::from_le_bytes(*b))))
}

/// Appends the little-endian 64-bit numbers of `bytes`.
pub fn doubles(bytes: &[u8], to: &mut Vec<f64>) -> Result<(), ImportError> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then_some(()).ok_or_else(|| odd(bytes, 8))?;
    numbers.iter().try_for_each(|b| longer(to, f64::from_le_bytes(*b)))
}

pub fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    std::str::from_utf8(bytes).map_err(|_| broken("a name that is not UTF-8"))
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u32, Value<'a>), ImportError> {
        let tag = varint(&mut self.0)?;
        let number =
            u32::try_from(tag >> 3).ok().filter(|n| *n > 0).ok_or_else(|| broken("a field without a number"))?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => Value::Fixed64(fixed(&mut self.0)?),
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok();
                let split = length.and_then(|n| self.0.split_at_checked(n));
                let (bytes, rest) = split.ok_or_else(|| broken("a length beyond its end"))?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(fixed(&mut self.0)?),
            other => return Err(broken(&format!("a field of type {other}"))),
        };
        Ok((number, value))
    }
}

/// Seven bits a byte, the least first; at most ten bytes.
fn varint(bytes: &mut &[u8]) -> Result<u64, ImportError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or_else(|| broken("an end within a number"))?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(broken("a number of more than ten bytes"))
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], ImportError> {
    let (number, rest) = bytes.split_first_chunk::<N>().ok_or_else(|| broken("an end within a number"))?;
    *bytes = rest;
    Ok(*number)
}

fn longer<T>(list: &mut Vec<T>, entry: T) -> Result<(), ImportError> {
    if list.len() == LONGEST {
        return Err(ImportError::unsupported(format!("a list of more than {LONGEST} entries: train a smaller model")));
    }
    list.push(entry);
    Ok(())
}

fn broken(what: &str) -> ImportError {
    ImportError::unreadable(format!("as ONNX it has {what}: export and copy it again"))
}

fn other_type(number: u32) -> ImportError {
    broken(&format!("a field {number} of another type than ONNX gives it"))
}

fn odd(bytes: &[u8], size: usize) -> ImportError {
    broken(&format!("{} bytes that are no list of {size}-byte numbers", bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_packed_or_not() {
        // 1: varint 300; 2: "ab"; 3: float 1.5 twice, packed and alone; 4: packed 1, 2.
        let bytes = [
            &[8, 0xac, 2, 18, 2, b'a', b'b', 26, 4][..],
            &1.5f32.to_le_bytes(),
            &[29],
            &1.5f32.to_le_bytes(),
            &[34, 2, 1, 2],
        ]
        .concat();
        let message = Message(&bytes);
        assert_eq!(message.integer(1).unwrap(), Some(300));
        assert_eq!(message.text(2).unwrap(), "ab");
        assert_eq!(message.floats(3).unwrap(), [1.5, 1.5]);
        assert_eq!(message.integers(4).unwrap(), [1, 2]);
        assert_eq!(message.text(9).unwrap(), "");
        assert!(message.integer(2).is_ok_and(|n| n == Some(98)), "text read as packed numbers, as the format allows");
        assert!(message.floats(1).is_err());
    }

    #[test]
    fn broken_bytes_are_told() {
        for bytes in [&[8][..], &[8, 0x80], &[18, 5, 1], &[13, 1, 2], &[9, 1], &[11], &[0, 0], &[0xff; 12]] {
            assert!(Message(bytes).fields().any(|f| f.is_err()), "{bytes:?}");
            assert!(Message(bytes).all(1).is_err());
        }
        let endless = [18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(Message(&endless).bytes(2).is_err());
    }
}
