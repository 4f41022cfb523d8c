//! The parts of an ONNX file that predictions depend on, by the field numbers of `onnx.proto`.

use super::wire::{self, Message};
use crate::import::ImportError;

/// A model's graph with who wrote it.
#[derive(Debug)]
pub struct Document<'a> {
    /// Name and version.
    pub producer: String,
    pub nodes: Vec<Node<'a>>,
    /// Constants by name.
    pub constants: Vec<(&'a str, Tensor)>,
    /// Inputs that are no constants.
    pub inputs: Vec<Input<'a>>,
    pub outputs: Vec<&'a str>,
}

/// An operator with its inputs and outputs, by name.
#[derive(Debug)]
pub struct Node<'a> {
    pub kind: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    attributes: Vec<(&'a str, Message<'a>)>,
}

#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub name: &'a str,
    pub element: Element,
    /// The last dimension, where it is known.
    pub width: Option<i64>,
}

/// What a tensor is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    Single,
    Double,
    Other,
}

/// A constant; `values` are empty where they are no floating-point numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub element: Element,
    pub shape: Vec<i64>,
    pub values: Vec<f64>,
}

/// Exporters write a handful of operators around a model.
const MOST_NODES: usize = 64;

impl<'a> Document<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Document<'a>, ImportError> {
        let model = Message(bytes);
        let producer = format!("{:.40} {:.40}", model.text(2)?, model.text(3)?);
        let graph =
            model.message(7)?.ok_or_else(|| ImportError::unreadable("as ONNX it has no graph: export it again"))?;
        let nodes = graph.all(1)?;
        let constants = graph.all(5)?;
        let inputs = graph.all(11)?;
        if nodes.len().max(constants.len()).max(inputs.len()) > MOST_NODES {
            return Err(ImportError::unsupported(format!(
                "a graph of {} operators, {} constants and {} inputs; at most {MOST_NODES} of each are read: export the regressor alone, with one input of all features",
                nodes.len(),
                constants.len(),
                inputs.len()
            )));
        }
        let constants: Vec<_> =
            constants.into_iter().map(|bytes| named_tensor(Message(bytes))).collect::<Result<_, _>>()?;
        let inputs: Vec<_> = inputs.into_iter().map(|bytes| input(Message(bytes))).collect::<Result<_, _>>()?;
        let is_constant = |name: &str| constants.iter().any(|(n, _)| *n == name);
        Ok(Document {
            producer: producer.trim().to_owned(),
            nodes: nodes.into_iter().map(|bytes| node(Message(bytes))).collect::<Result<_, _>>()?,
            inputs: inputs.into_iter().filter(|input: &Input| !is_constant(input.name)).collect(),
            outputs: graph
                .all(12)?
                .into_iter()
                .take(MOST_NODES)
                .map(|bytes| Message(bytes).text(1))
                .collect::<Result<_, _>>()?,
            constants,
        })
    }
}

fn node(message: Message<'_>) -> Result<Node<'_>, ImportError> {
    let names = |number| -> Result<Vec<&str>, ImportError> {
        message.all(number)?.into_iter().take(MOST_NODES).map(wire::text).collect()
    };
    let attribute = |bytes| Ok((Message(bytes).text(1)?, Message(bytes)));
    Ok(Node {
        kind: message.text(4)?,
        inputs: names(1)?,
        outputs: names(2)?,
        attributes: message.all(5)?.into_iter().take(MOST_NODES).map(attribute).collect::<Result<_, ImportError>>()?,
    })
}

fn input(message: Message<'_>) -> Result<Input<'_>, ImportError> {
    let tensor = message.message(2)?.unwrap_or_default().message(1)?.unwrap_or_default();
    let shape = tensor.message(2)?.unwrap_or_default();
    let width = match shape.all(1)?.last() {
        Some(dimension) => Message(dimension).integer(1)?,
        None => None,
    };
    Ok(Input { name: message.text(1)?, element: element(tensor.integer(1)?), width })
}

fn element(kind: Option<i64>) -> Element {
    match kind {
        Some(1) => Element::Single,
        Some(11) => Element::Double,
        _ => Element::Other,
    }
}

fn named_tensor(message: Message<'_>) -> Result<(&str, Tensor), ImportError> {
    Ok((message.text(8)?, tensor(message)?))
}

fn tensor(message: Message) -> Result<Tensor, ImportError> {
    // Values in a file beside this one.
    if message.integer(14)? == Some(1) {
        return Err(ImportError::unsupported("its numbers are in a second file: export it as a single file"));
    }
    let element = element(message.integer(2)?);
    let raw = message.bytes(9)?;
    let mut values = Vec::new();
    match (element, raw) {
        (Element::Single, Some(raw)) => wire::singles(raw, &mut values)?,
        (Element::Single, None) => values = message.floats(4)?,
        (Element::Double, Some(raw)) => wire::doubles(raw, &mut values)?,
        (Element::Double, None) => values = message.doubles(10)?,
        (Element::Other, _) => {}
    }
    Ok(Tensor { element, shape: message.integers(1)?, values })
}

impl<'a> Node<'a> {
    pub fn attribute(&self, name: &str) -> Option<Message<'a>> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, message)| *message)
    }

    /// Empty where there is no such attribute.
    pub fn integers(&self, name: &str) -> Result<Vec<i64>, ImportError> {
        self.attribute(name).map_or(Ok(Vec::new()), |a| a.integers(8))
    }

    pub fn integer(&self, name: &str, otherwise: i64) -> Result<i64, ImportError> {
        Ok(self.attribute(name).map(|a| a.integer(3)).transpose()?.flatten().unwrap_or(otherwise))
    }

    pub fn floats(&self, name: &str) -> Result<Vec<f64>, ImportError> {
        self.attribute(name).map_or(Ok(Vec::new()), |a| a.floats(7))
    }

    pub fn text(&self, name: &str) -> Result<&'a str, ImportError> {
        self.attribute(name).map_or(Ok(""), |a| a.text(4))
    }

    pub fn texts(&self, name: &str) -> Result<Vec<&'a [u8]>, ImportError> {
        self.attribute(name).map_or(Ok(Vec::new()), |a| a.all(9))
    }

    pub fn tensor(&self, name: &str) -> Result<Option<Tensor>, ImportError> {
        self.attribute(name).map(|a| a.message(5)).transpose()?.flatten().map(tensor).transpose()
    }
}
