//! ONNX: the regressors that skl2onnx and onnxmltools write, and the operators they put around them.
//!
//! The graph is not run but read: every operator turns a sum over the inputs (see [`sum::Sum`]) into
//! another. Field numbers and meanings are those of `onnx.proto` and of the `ai.onnx.ml` operators.

mod document;
mod ensemble;
mod sum;
mod wire;

use std::collections::HashMap;

use document::{Document, Element, Node, Tensor};
use sum::Sum;

use super::{ImportError, MOST_INPUTS, Raw, tree::Budget};
use crate::features::Precision;

/// What a name of the graph stands for.
#[derive(Debug)]
enum Value {
    /// The inputs, made of these numbers.
    Inputs(Element),
    Constant(Tensor),
    /// One number a row.
    Sum(Sum),
}

/// The state of a reading.
struct Reader<'a> {
    values: HashMap<&'a str, Value>,
    width: usize,
    /// Whether the inputs were rounded to 32 bits anywhere.
    precision: Precision,
    budget: Budget,
}

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Raw, ImportError> {
    let document = Document::read(bytes)?;
    let [input] = document.inputs[..] else {
        let found = document.inputs.len();
        return Err(ImportError::unsupported(format!(
            "{found} input tensors: export it with one of all features, [None, n] wide"
        )));
    };
    let width = input.width.and_then(|w| usize::try_from(w).ok()).filter(|w| *w > 0).ok_or_else(|| {
        ImportError::unsupported(
            "the number of inputs is not in the file: export it with initial types of shape [None, n]",
        )
    })?;
    if width > MOST_INPUTS {
        return Err(ImportError::unsupported(format!("{width} inputs; at most {MOST_INPUTS} are taken")));
    }
    let mut values: HashMap<&str, Value> =
        document.constants.into_iter().map(|(name, t)| (name, Value::Constant(t))).collect();
    values.insert(input.name, Value::Inputs(input.element));
    let mut reader = Reader { values, width, precision: Precision::Double, budget: Budget::of(width) };
    reader.note(input.element)?;
    for node in &document.nodes {
        let value = reader.apply(node).map_err(|e| e.within(&format!("operator {:.40}", node.kind)))?;
        reader.values.insert(node.outputs.first().copied().unwrap_or_default(), value);
    }
    let answer = document.outputs.first().and_then(|name| reader.values.remove(name));
    let Some(Value::Sum(Sum { link, intercept, coefficients, trees })) = answer else {
        return Err(ImportError::unsupported("the graph does not end in one number a row: export the regressor alone"));
    };
    let source = format!("ONNX by {}", document.producer);
    Ok(Raw { source, inputs: None, count: width, link, intercept, coefficients, trees, precision: reader.precision })
}

impl<'a> Reader<'a> {
    /// Notes what the inputs are made of.
    fn note(&mut self, element: Element) -> Result<(), ImportError> {
        match element {
            Element::Single => self.precision = Precision::Single,
            Element::Double => {}
            Element::Other => {
                return Err(ImportError::unsupported(
                    "its inputs are no floating-point numbers: export it with FloatTensorType inputs",
                ));
            }
        }
        Ok(())
    }

    /// What the operator makes of its inputs.
    fn apply(&mut self, node: &Node<'a>) -> Result<Value, ImportError> {
        match node.kind {
            "Identity" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => self.pass(node),
            "Cast" => self.cast(node),
            "Constant" => {
                let tensor = node
                    .tensor("value")?
                    .ok_or_else(|| ImportError::unsupported("a constant that is no tensor: export it again"))?;
                Ok(Value::Constant(tensor))
            }
            "TreeEnsembleRegressor" => {
                let element = self.inputs(node, 0)?;
                ensemble::read(node, self.width, element, &mut self.budget).map(Value::Sum)
            }
            "LinearRegressor" => self.linear(node),
            "MatMul" => {
                self.inputs(node, 0)?;
                let coefficients = self.column(node, 1)?;
                Sum::linear(0.0, coefficients, self.width).map(Value::Sum)
            }
            "Add" | "Sum" => self.add(node),
            "Sub" => self.with_constant(node, |sum, x| sum.add(-x)),
            "Mul" => self.with_constant(node, Sum::times),
            "Div" => self.with_constant(node, |sum, x| sum.times(1.0 / x)),
            "Exp" => self.sum(node, 0)?.exponential().map(Value::Sum),
            "Scaler" | "Imputer" | "Normalizer" | "OneHotEncoder" | "LabelEncoder" | "Concat" | "FeatureVectorizer" => {
                Err(ImportError::unsupported(
                    "the inputs are prepared within the model: train on the columns of `solatium features` as they are (they have no blanks) and export the regressor alone",
                ))
            }
            "TreeEnsemble" => Err(ImportError::unsupported(
                "the operator of ai.onnx.ml 5: export with target_opset={\"ai.onnx.ml\": 3}",
            )),
            _ => Err(ImportError::unsupported("it is not known here: export the regressor alone")),
        }
    }

    /// The value of an operator's input. A sum is taken out: no exporter uses one twice.
    fn value(&mut self, node: &Node<'a>, at: usize) -> Result<Value, ImportError> {
        let name = node.inputs.get(at).copied().unwrap_or_default();
        let value = match self.values.get(name) {
            Some(Value::Inputs(element)) => Some(Value::Inputs(*element)),
            Some(Value::Constant(tensor)) => Some(Value::Constant(tensor.clone())),
            Some(Value::Sum(_)) | None => self.values.remove(name),
        };
        value.ok_or_else(|| {
            ImportError::unreadable(format!(
                "nothing before it computes {name:.60}, or it was used already: export it again"
            ))
        })
    }

    fn inputs(&mut self, node: &Node<'a>, at: usize) -> Result<Element, ImportError> {
        match self.value(node, at)? {
            Value::Inputs(element) => Ok(element),
            Value::Constant(_) | Value::Sum(_) => {
                Err(ImportError::unsupported("it does not look at the inputs themselves: export the regressor alone"))
            }
        }
    }

    fn sum(&mut self, node: &Node<'a>, at: usize) -> Result<Sum, ImportError> {
        match self.value(node, at)? {
            Value::Sum(sum) => Ok(sum),
            Value::Constant(_) | Value::Inputs(_) => {
                Err(ImportError::unsupported("it changes the inputs or a constant: export the regressor alone"))
            }
        }
    }

    /// A change of shape: one number a row stays one number a row.
    fn pass(&mut self, node: &Node<'a>) -> Result<Value, ImportError> {
        match self.value(node, 0)? {
            Value::Inputs(_) if node.kind != "Identity" => {
                Err(ImportError::unsupported("it changes the shape of the inputs: export the regressor alone"))
            }
            value => Ok(value),
        }
    }

    fn cast(&mut self, node: &Node<'a>) -> Result<Value, ImportError> {
        let to = match node.integer("to", 0)? {
            1 => Element::Single,
            11 => Element::Double,
            _ => {
                return Err(ImportError::unsupported(
                    "it makes other than floating-point numbers: export the regressor alone",
                ));
            }
        };
        match self.value(node, 0)? {
            Value::Inputs(_) => {
                self.note(to)?;
                Ok(Value::Inputs(to))
            }
            value => Ok(value),
        }
    }

    fn linear(&mut self, node: &Node<'a>) -> Result<Value, ImportError> {
        self.inputs(node, 0)?;
        if node.integer("targets", 1)? != 1 {
            return Err(ImportError::unsupported(
                "the model has several outputs: train one regression model an output",
            ));
        }
        if !matches!(node.text("post_transform")?, "" | "NONE") {
            return Err(ImportError::unsupported("its answer is transformed (post_transform): export a regressor"));
        }
        let intercept = node.floats("intercepts")?.first().copied().unwrap_or(0.0);
        Sum::linear(intercept, node.floats("coefficients")?, self.width).map(Value::Sum)
    }

    /// Sums and constants, in any order.
    fn add(&mut self, node: &Node<'a>) -> Result<Value, ImportError> {
        let mut total = Sum::nil(self.width);
        let mut constant = 0.0;
        for at in 0..node.inputs.len() {
            match self.value(node, at)? {
                Value::Sum(sum) if at == 0 => total = sum,
                Value::Sum(sum) => total = sum.plus(total)?,
                Value::Constant(tensor) => constant += scalar(&tensor)?,
                Value::Inputs(_) => {
                    return Err(ImportError::unsupported("it changes the inputs: export the regressor alone"));
                }
            }
        }
        total.add(constant).map(Value::Sum)
    }

    /// A sum and then a constant; for a product also the other way round.
    fn with_constant(
        &mut self,
        node: &Node<'a>,
        change: impl Fn(Sum, f64) -> Result<Sum, ImportError>,
    ) -> Result<Value, ImportError> {
        match (self.value(node, 0)?, self.value(node, 1)?) {
            (Value::Sum(sum), Value::Constant(tensor)) => change(sum, scalar(&tensor)?).map(Value::Sum),
            (Value::Constant(tensor), Value::Sum(sum)) if node.kind == "Mul" => {
                change(sum, scalar(&tensor)?).map(Value::Sum)
            }
            _ => Err(ImportError::unsupported(
                "it is not between the model's answer and a constant: export the regressor alone",
            )),
        }
    }

    /// A constant column of coefficients.
    fn column(&mut self, node: &Node<'a>, at: usize) -> Result<Vec<f64>, ImportError> {
        match self.value(node, at)? {
            Value::Constant(Tensor { shape, values, .. }) if matches!(shape[..], [_] | [_, 1]) => Ok(values),
            _ => Err(ImportError::unsupported(
                "it is not with one constant column: train one regression model an output",
            )),
        }
    }
}

fn scalar(tensor: &Tensor) -> Result<f64, ImportError> {
    match tensor.values[..] {
        [x] => Ok(x),
        _ => Err(ImportError::unsupported("a constant that is not one number: export the regressor alone")),
    }
}
