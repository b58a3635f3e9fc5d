//! Decides how Markdown becomes the inside of a page: tables and samples in boxes that scroll by themselves, links to pages, and no style but
//! classes.

use std::fmt::{self, Write};

use anyhow::{Result, anyhow};
use comrak::html::{ChildRendering, Context, escape, format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeCodeBlock, NodeValue};
use comrak::options::Plugins;
use comrak::{Arena, parse_document};

use super::contents::Link;
use super::highlight::Colours;
use super::outline::{Heading, Outline, language, options};

/// What a page is written from, and how far it is.
struct Writing<'w> {
    headings: std::slice::Iter<'w, Heading>,
    colours: &'w Colours,
    link: &'w dyn Fn(&str) -> Result<Link>,
    /// How each link that is open has to end.
    ends: Vec<String>,
    failure: Option<anyhow::Error>,
}

/// The page's inside. `link` says where a link leads.
pub fn inside(
    text: &str,
    outline: &Outline,
    colours: &Colours,
    link: &dyn Fn(&str) -> Result<Link>,
) -> Result<String> {
    let arena = Arena::new();
    let document = parse_document(&arena, text, &options());
    let mut html = String::new();
    let writing =
        Writing { headings: outline.headings.iter(), colours, link, ends: Vec::new(), failure: None };
    let (options, plugins) = (options(), Plugins::default());
    let written = format_document_with_formatter(document, &options, &mut html, &plugins, node, writing)?;
    written.failure.map_or(Ok(html), Err)
}

fn node(context: &mut Context<'_, '_, Writing<'_>>, node: Node<'_>, entering: bool) -> Formatted {
    match &node.data().value {
        // One in a quotation or list is no part of the page.
        NodeValue::Heading(_)
            if node.parent().is_some_and(|above| matches!(above.data().value, NodeValue::Document)) =>
        {
            heading(context, node, entering)
        }
        NodeValue::CodeBlock(block) if entering => {
            sample(context, block)?;
            Ok(ChildRendering::Skip)
        }
        NodeValue::CodeBlock(_) => Ok(ChildRendering::Skip),
        NodeValue::Table(_) => {
            if entering {
                context
                    .write_str("<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table: ")?;
                context.escape(&columns(node))?;
                context.write_str("\">")?;
                format_node_default(context, node, entering)
            } else {
                format_node_default(context, node, entering)?;
                context.write_str("</div>\n")?;
                Ok(ChildRendering::HTML)
            }
        }
        NodeValue::TableCell if is_empty_head(node) => {
            context.write_str(if entering { "<td>" } else { "</td>" })?;
            Ok(ChildRendering::HTML)
        }
        NodeValue::Link(link) => anchor(context, node, &link.url, entering),
        NodeValue::Image(image) if entering => picture(context, node, &image.url),
        _ => format_node_default(context, node, entering),
    }
}

type Formatted = Result<ChildRendering, fmt::Error>;

/// It is a link to itself, to be copied, unless there is one in it.
fn heading(context: &mut Context<'_, '_, Writing<'_>>, node: Node<'_>, entering: bool) -> Formatted {
    let linked = node.descendants().any(|node| matches!(node.data().value, NodeValue::Link(_)));
    if entering {
        let Some(Heading { level, id, .. }) = context.user.headings.next() else { return Err(fmt::Error) };
        let (open, end) = if *level == 1 || linked {
            (String::new(), format!("</h{level}>\n"))
        } else {
            (format!("<a href=\"#{id}\">"), format!("</a></h{level}>\n"))
        };
        write!(context, "<h{level} id=\"{id}\" tabindex=\"-1\">{open}")?;
        context.user.ends.push(end);
    } else {
        end(context)?;
    }
    Ok(ChildRendering::HTML)
}

fn end(context: &mut Context<'_, '_, Writing<'_>>) -> fmt::Result {
    let end = context.user.ends.pop().unwrap_or_default();
    context.write_str(&end)
}

fn sample(context: &mut Context<'_, '_, Writing<'_>>, block: &NodeCodeBlock) -> fmt::Result {
    let language = language(block);
    let named = if language.is_empty() { "text" } else { language };
    let coloured = context.user.colours.of(language, &block.literal);
    writeln!(
        context,
        "<div class=\"sample\"><div class=\"bar\">{named}</div><pre tabindex=\"0\" role=\"group\" aria-label=\"Sample: {named}\"><code>{coloured}</code></pre></div>"
    )
}

/// What is not served is named, and not linked to. A page that is called by its file is called by its name, which the site's readers know.
fn anchor(
    context: &mut Context<'_, '_, Writing<'_>>,
    node: Node<'_>,
    url: &str,
    entering: bool,
) -> Formatted {
    if !entering {
        end(context)?;
        return Ok(ChildRendering::HTML);
    }
    let text = node.collect_text();
    let end = match (context.user.link)(url) {
        Ok(Link::Page(address, name)) if url.split('#').next() == Some(&text) => {
            context.write_str("<a href=\"")?;
            context.escape_href(&address)?;
            context.write_str("\">")?;
            context.escape(&name)?;
            context.user.ends.push("</a>".to_owned());
            return Ok(ChildRendering::Skip);
        }
        Ok(Link::To(address) | Link::Page(address, _)) => {
            context.write_str("<a href=\"")?;
            context.escape_href(&address)?;
            context.write_str("\">")?;
            "</a>".to_owned()
        }
        Ok(Link::Source(path)) if text == path => String::new(),
        Ok(Link::Source(path)) => {
            let mut end = String::from(" (<code>");
            escape(&mut end, &path)?;
            end.push_str("</code> in the repository)");
            end
        }
        Err(error) => {
            context.user.failure.get_or_insert(error);
            String::new()
        }
    };
    context.user.ends.push(end);
    Ok(ChildRendering::HTML)
}

fn picture(context: &mut Context<'_, '_, Writing<'_>>, node: Node<'_>, url: &str) -> Formatted {
    match (context.user.link)(url) {
        Ok(Link::To(address) | Link::Page(address, _)) => {
            context.write_str("<img loading=\"lazy\" src=\"")?;
            context.escape_href(&address)?;
            context.write_str("\" alt=\"")?;
            context.escape(&node.collect_text())?;
            context.write_str("\">")?;
        }
        Ok(Link::Source(path)) => {
            context.user.failure.get_or_insert(anyhow!("the picture {path} has to lie in docs/images"));
        }
        Err(error) => {
            context.user.failure.get_or_insert(error);
        }
    }
    Ok(ChildRendering::Skip)
}

/// A cell that heads nothing.
fn is_empty_head(cell: Node<'_>) -> bool {
    let in_head = cell.parent().is_some_and(|row| matches!(row.data().value, NodeValue::TableRow(true)));
    in_head && cell.first_child().is_none()
}

/// What stands above a table's columns.
fn columns(table: Node<'_>) -> String {
    let heads = table
        .first_child()
        .into_iter()
        .flat_map(|row| row.children().map(comrak::arena_tree::Node::collect_text));
    heads.filter(|head| !head.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Colours, Link, Outline, inside};

    fn written(text: &str) -> anyhow::Result<String> {
        let link = |url: &str| match url {
            "file.rs" => Ok(Link::Source("src/file.rs".to_owned())),
            "dead.md" => anyhow::bail!("dead"),
            "deploy.md" => Ok(Link::Page("/docs/deploy/".to_owned(), "Deploy it".to_owned())),
            _ => Ok(Link::To(format!("/to/{url}"))),
        };
        inside(text, &Outline::of(text), &Colours::default(), &link)
    }

    #[test]
    fn a_heading_is_a_link_to_itself_that_takes_the_focus() -> anyhow::Result<()> {
        let expected = "<h2 id=\"post-apiv1keys\" tabindex=\"-1\"><a href=\"#post-apiv1keys\"><code>POST /api/v1/keys</code></a></h2>";
        assert!(written("# A page\n\n> ## Quoted\n\n## `POST /api/v1/keys`\n")?.contains(expected));
        Ok(())
    }

    #[test]
    fn links_lead_to_pages_sources_are_named_and_dead_ones_are_errors() -> anyhow::Result<()> {
        assert_eq!(written("[a](b.md)")?, "<p><a href=\"/to/b.md\">a</a></p>\n");
        assert_eq!(written("[a](file.rs)")?, "<p>a (<code>src/file.rs</code> in the repository)</p>\n");
        assert_eq!(written("[deploy.md](deploy.md)")?, "<p><a href=\"/docs/deploy/\">Deploy it</a></p>\n");
        assert_eq!(written("[a](deploy.md)")?, "<p><a href=\"/docs/deploy/\">a</a></p>\n");
        assert!(written("[a](dead.md)").is_err());
        Ok(())
    }

    #[test]
    fn samples_and_tables_stand_in_boxes_and_what_is_in_them_is_text() -> anyhow::Result<()> {
        let sample = written("```html\n<script>\n```\n")?;
        assert!(
            sample.contains("aria-label=\"Sample: html\"><code>&lt;script&gt;\n</code></pre>"),
            "{sample}"
        );
        let table = written("| a | `b` | |\n|---|---|---|\n| 1 | 2 | 3 |\n")?;
        assert!(
            table.starts_with(
                "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table: a, b\">"
            ),
            "{table}"
        );
        assert!(table.contains("<th><code>b</code></th><td></td>"), "{table}");
        assert!(table.trim_end().ends_with("</table>\n</div>"), "{table}");
        Ok(())
    }
}
