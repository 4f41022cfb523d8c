//! Parts of a page as a document of its own, and on paper.

use contract::page::{Chart, Part, Tile};
use contract::table::{Cell, Table};

use crate::paper::{Block, Grid};

/// So that a text is a text and nothing else.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#16202c}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5dbe3}\
.number{text-align:right}.tiles{display:flex;flex-wrap:wrap;gap:1rem}.tiles div{border:1px solid #d5dbe3;border-radius:.5rem;padding:.75rem 1rem}\
.value{font-size:1.4rem}.pre{white-space:pre-line}svg{max-width:100%;height:auto}footer{color:#566;margin-top:3rem;font-size:.85rem}";

/// A whole document without script; nothing in it is loaded from elsewhere.
pub fn document(title: &str, foot: &str, parts: &[Part]) -> String {
    let body: String = parts.iter().map(part).collect();
    format!(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{0}</title><style>{STYLE}</style></head><body><main><h1>{0}</h1>{body}</main><footer>{1}</footer></body></html>",
        escape(title),
        escape(foot)
    )
}

fn part(part: &Part) -> String {
    match part {
        Part::Head(words) => format!("<h2>{}</h2>", escape(words)),
        Part::Text(words) | Part::Notice(_, words) | Part::Said(_, words) => {
            format!("<p class=\"pre\">{}</p>", escape(words))
        }
        Part::Tiles(all) => format!("<div class=\"tiles\">{}</div>", all.iter().map(tile).collect::<String>()),
        Part::Table(rows) => table(rows),
        Part::List(page) => table(&page.table),
        Part::Chart(Chart { title, hint, svg, table: data }) => {
            let drawing = chart::standalone(svg);
            format!("<h2>{}</h2><p>{}</p>{drawing}{}", escape(title), escape(hint), table(data))
        }
        Part::Tabs(..) | Part::Form(_) | Part::Reading(_) | Part::Links(_) | Part::Files(_) | Part::Upload(_) => {
            String::new()
        }
    }
}

fn tile(tile: &Tile) -> String {
    format!(
        "<div><div>{}</div><div class=\"value\">{}</div><div>{}</div></div>",
        escape(&tile.label),
        escape(&tile.value),
        escape(&tile.hint)
    )
}

fn table(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let class = |numeric: bool| if numeric { " class=\"number\"" } else { "" };
    let head: String = table
        .columns
        .iter()
        .map(|c| format!("<th scope=\"col\"{}>{}</th>", class(c.numeric), escape(&c.label)))
        .collect();
    let row = |cells: &Vec<Cell>| {
        let cells: String = cells
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let numeric = table.columns.get(i).is_some_and(|c| c.numeric);
                format!("<td{}>{}</td>", class(numeric), escape(&shown(c)))
            })
            .collect();
        format!("<tr>{cells}</tr>")
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!(
        "<table><caption>{}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>",
        escape(&table.caption)
    )
}

/// A cell as people read it.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Figure(text) | Cell::Code(text) | Cell::Badge(text, _) => text.clone(),
        Cell::Link { text, .. } => text.clone(),
        Cell::Money(amount) => amount.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(day) => day.words.clone(),
        Cell::Time(at) => at.words.clone(),
        Cell::Acts(_) | Cell::Empty => String::new(),
    }
}

/// The same on paper.
pub fn blocks(title: &str, parts: &[Part]) -> Vec<Block> {
    let mut blocks = vec![Block::Title(title.to_owned())];
    for part in parts {
        match part {
            Part::Head(words) => blocks.push(Block::Heading(words.clone())),
            Part::Text(words) | Part::Notice(_, words) | Part::Said(_, words) => {
                blocks.push(Block::Words(words.clone()));
            }
            Part::Tiles(all) => {
                let row = |t: &Tile| Block::Row(format!("{} ({})", t.label, t.hint), t.value.clone());
                blocks.extend(all.iter().map(row));
            }
            Part::Table(rows) => of_table(&mut blocks, rows),
            Part::List(page) => of_table(&mut blocks, &page.table),
            Part::Chart(chart) => {
                blocks.push(Block::Heading(chart.title.clone()));
                blocks.push(Block::Words(chart.hint.clone()));
                blocks.push(Block::Drawing(chart::standalone(&chart.svg)));
                blocks.extend(grid(&chart.table).map(Block::Table));
            }
            Part::Tabs(..) | Part::Form(_) | Part::Reading(_) | Part::Links(_) | Part::Files(_) | Part::Upload(_) => {}
        }
    }
    blocks
}

fn of_table(blocks: &mut Vec<Block>, table: &Table) {
    if let Some(grid) = grid(table) {
        blocks.push(Block::Heading(table.caption.clone()));
        blocks.push(Block::Table(grid));
    }
}

fn grid(table: &Table) -> Option<Grid> {
    let columns = table.columns.iter().map(|c| (c.label.clone(), c.numeric)).collect();
    let rows = table.rows.iter().map(|cells| cells.iter().map(shown).collect()).collect();
    (!table.rows.is_empty()).then_some(Grid { columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_text() {
        let mut rows = Table::new("<b>", &["A"], "");
        rows.row(vec![Cell::text("<script>alert(1)</script>")]);
        let told = document("<i>", "a & b", &[Part::Table(rows), Part::Text("\"q\" 'r'".into())]);
        assert!(!told.contains("<script") && !told.contains("<i>") && !told.contains("<b>"), "{told}");
        assert!(told.contains("a &amp; b") && told.contains("&quot;q&quot; &#39;r&#39;"));
    }
}
