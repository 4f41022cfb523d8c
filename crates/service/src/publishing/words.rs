//! Markdown as parts of a page: headings, paragraphs and lists as text. HTML in it is text, links show where they lead.

use contract::page::Part;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Lists within lists that are drawn as such.
const DEEPEST: usize = 6;

pub(super) fn parts(markdown: &str) -> Vec<Part> {
    let (mut parts, mut words, mut lists) = (Vec::new(), String::new(), Vec::<Option<u64>>::new());
    let mut link = String::new();
    let paragraph = |parts: &mut Vec<Part>, words: &mut String| {
        let text = std::mem::take(words);
        if !text.trim().is_empty() {
            parts.push(Part::Text(text.trim().to_owned()));
        }
    };
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => paragraph(&mut parts, &mut words),
            Event::End(TagEnd::Heading(_)) => {
                parts.push(Part::Head(std::mem::take(&mut words).trim().to_owned()));
            }
            Event::Start(Tag::List(first)) => lists.push(first),
            Event::End(TagEnd::List(_)) => {
                lists.pop();
                if lists.is_empty() {
                    paragraph(&mut parts, &mut words);
                }
            }
            Event::Start(Tag::Item) => {
                let depth = "  ".repeat(lists.len().saturating_sub(1).min(DEEPEST));
                let mark = match lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                };
                if !words.is_empty() && !words.ends_with('\n') {
                    words.push('\n');
                }
                words += &format!("{depth}{mark} ");
            }
            Event::End(TagEnd::Paragraph) if lists.is_empty() => paragraph(&mut parts, &mut words),
            Event::End(TagEnd::Item | TagEnd::Paragraph | TagEnd::CodeBlock) => {
                if lists.is_empty() {
                    paragraph(&mut parts, &mut words);
                } else if !words.ends_with('\n') {
                    words.push('\n');
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => link = dest_url.to_string(),
            Event::End(TagEnd::Link) => {
                let to = std::mem::take(&mut link);
                if !words.ends_with(&to) {
                    words += &format!(" ({to})");
                }
            }
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => words += &text,
            Event::SoftBreak => words.push(' '),
            Event::HardBreak => words.push('\n'),
            _ => {}
        }
    }
    paragraph(&mut parts, &mut words);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_within_lists_do_not_grow_a_page() {
        let text = format!("{}x", "- ".repeat(9_990));
        let told = parts(&text);
        let length: usize = told.iter().map(|p| if let Part::Text(words) = p { words.len() } else { 0 }).sum();
        assert!(length < 400_000, "{length}");
    }

    #[test]
    fn markdown_becomes_headings_texts_and_lists() {
        let text = "# What is new\n\nIt looks at *physiotherapy* anew.\nSee [the notes](https://x.example).\n\n- one\n- two\n  1. deeper\n\n<script>alert(1)</script>\n";
        let told = parts(text);
        let text = |words: &str| Part::Text(words.to_owned());
        assert_eq!(told[0], Part::Head("What is new".into()));
        assert_eq!(told[1], text("It looks at physiotherapy anew. See the notes (https://x.example)."));
        assert_eq!(told[2], text("• one\n• two\n  1. deeper"));
        assert_eq!(told[3], text("<script>alert(1)</script>"));
    }
}
