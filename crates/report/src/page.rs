//! A document as a page that needs no other file.

use pulldown_cmark::{Options, Parser, html::push_html};

use crate::plots::Plot;

const STYLE: &str = ":root{color-scheme:light dark;--text:light-dark(#1b2126,#e8ecef);--text-muted:light-dark(#5b6570,#a5b0ba);\
--line:light-dark(#d5dade,#3a444d);--chart-total:light-dark(#1f5fa8,#6ea8e8);--chart-more:light-dark(#a8471f,#e89a6e);\
--chart-less:light-dark(#2b7a4b,#7bcf9c);background:light-dark(#fff,#14191d);color:var(--text)}\
body{font:16px/1.55 system-ui,sans-serif;max-width:78rem;margin:2rem auto;padding:0 1rem}\
h1,h2,h3{line-height:1.25;margin:2em 0 .5em}h1{margin-top:0}\
.wide-table{overflow-x:auto}table{border-collapse:collapse;font-size:.9375rem}\
th:first-child,td:first-child{min-width:11rem}th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\
td[style*=right],th[style*=right]{white-space:nowrap}\
@media(max-width:90rem){table{font-size:.8125rem}th,td{padding:.3rem .45rem}td[style*=right],th[style*=right]{white-space:normal}}\
.chart{width:100%;height:auto;max-width:46rem}.chart.narrow{display:none}\
@media(max-width:640px){.chart.wide{display:none}.chart.narrow{display:block}}\
code{font-size:.875em;overflow-wrap:anywhere}pre{overflow-x:auto}p,li{overflow-wrap:anywhere}";

/// `text` is Markdown; pictures of the report's folder are put into the page.
pub fn html(title: &str, text: &str, plots: &[Plot]) -> String {
    let mut body = String::new();
    push_html(&mut body, Parser::new_ext(text, Options::ENABLE_TABLES));
    for plot in plots {
        let image = format!("<img src=\"plots/{}.svg\" alt=\"{}\" />", plot.name, plot.title);
        body = body.replace(&format!("<p>{image}</p>"), &format!("<figure>{}</figure>", plot.svg));
    }
    body = body.replace("<table>", "<div class=\"wide-table\"><table>").replace("</table>", "</table></div>");
    format!(
        "<!doctype html><html lang=\"en-GB\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} · Solatium</title><style>{STYLE}</style><body><main>{body}</main></body></html>\n"
    )
}
