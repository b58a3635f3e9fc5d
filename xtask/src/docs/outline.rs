//! Decides what is known of a page before any is written: its title, its headings with the anchors that a code-hosting site gives them and the
//! text below each, and its samples.

use comrak::nodes::{NodeCodeBlock, NodeValue};
use comrak::{Anchorizer, Arena, Options, parse_document};

use super::highlight::Sample;

/// A page, before it is written.
pub struct Outline {
    pub title: String,
    /// The title first.
    pub headings: Vec<Heading>,
    pub samples: Vec<Sample>,
}

pub struct Heading {
    pub level: u8,
    pub id: String,
    pub text: String,
    /// The text down to the next heading.
    pub below: String,
}

/// As a code-hosting site reads it. The HTML in it is this repository's own.
pub fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.render.r#unsafe = true;
    options
}

impl Outline {
    pub fn of(text: &str) -> Self {
        let arena = Arena::new();
        let mut anchors = Anchorizer::new();
        let (mut headings, mut samples) = (Vec::<Heading>::new(), Vec::new());
        for node in parse_document(&arena, text, &options()).children() {
            if let NodeValue::Heading(heading) = node.data().value {
                let text = node.collect_text();
                let id = anchors.anchorize(&text);
                // A page has one title; what else a file calls one is a part of it.
                let level = if headings.is_empty() { 1 } else { heading.level.max(2) };
                headings.push(Heading { level, id, text, below: String::new() });
                continue;
            }
            for node in node.descendants() {
                let data = node.data();
                let below = headings.last_mut().map(|heading| &mut heading.below);
                let Some(below) = below else { continue };
                match &data.value {
                    NodeValue::Text(text) => below.push_str(text),
                    NodeValue::Code(code) => below.push_str(&code.literal),
                    NodeValue::CodeBlock(block) => {
                        below.push_str(&block.literal);
                        samples.push(Sample::new(language(block), &block.literal));
                    }
                    NodeValue::SoftBreak | NodeValue::LineBreak | NodeValue::TableCell => below.push(' '),
                    NodeValue::Paragraph | NodeValue::Item(_) => below.push('\n'),
                    _ => {}
                }
            }
        }
        let title = headings.first().map(|heading| heading.text.clone()).unwrap_or_default();
        Self { title, headings, samples }
    }
}

/// The first word behind the fence.
pub fn language(block: &NodeCodeBlock) -> &str {
    block.info.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Outline;

    #[test]
    fn headings_have_the_anchors_of_a_code_hosting_site_and_a_page_has_one_title() {
        let text =
            "# A page\n\n## `POST /api/v1/keys`\n\nText.\n\n# Its other part\n\n## Again\n\n## Again\n";
        let outline = Outline::of(text);
        let ids: Vec<_> =
            outline.headings.iter().map(|heading| (heading.level, heading.id.as_str())).collect();
        assert_eq!(
            ids,
            [(1, "a-page"), (2, "post-apiv1keys"), (2, "its-other-part"), (2, "again"), (2, "again-1")]
        );
        assert_eq!(outline.headings[1].below.trim(), "Text.");
    }
}
