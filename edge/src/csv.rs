//! Comma-separated values, as spreadsheets write and read them.

use csv_core::{ReadRecordResult, Reader};

/// The records of a text, the header included. Empty lines are left out.
pub fn read(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new();
    let mut records = Vec::new();
    let mut input = text.as_bytes();
    // No record is longer than the text, nor has more fields than bytes and one.
    let mut bytes = vec![0; text.len()];
    let mut ends = vec![0; text.len().saturating_add(1)];
    let (mut written, mut fields) = (0, 0);
    loop {
        let (bytes_left, ends_left) = (bytes.get_mut(written..), ends.get_mut(fields..));
        let (Some(bytes_left), Some(ends_left)) = (bytes_left, ends_left) else { return records };
        let (result, read, more_bytes, more_fields) = reader.read_record(input, bytes_left, ends_left);
        input = input.get(read..).unwrap_or_default();
        written = written.saturating_add(more_bytes);
        fields = fields.saturating_add(more_fields);
        match result {
            ReadRecordResult::Record => {
                records.push(split(&bytes, ends.get(..fields).unwrap_or_default()));
                (written, fields) = (0, 0);
            }
            // The end of the text ends the last record, too.
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End | ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                return records;
            }
        }
    }
}

fn split(bytes: &[u8], ends: &[usize]) -> Vec<String> {
    let starts = [0].into_iter().chain(ends.iter().copied());
    let field = |(start, end)| bytes.get(start..end).unwrap_or_default();
    starts.zip(ends.iter().copied()).map(|range| String::from_utf8_lossy(field(range)).into_owned()).collect()
}

/// What a spreadsheet takes for a formula, and runs.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Adds a record. A cell that a stranger filled in is text, whatever it begins with: a spreadsheet runs no `'=…`.
pub fn write(text: &mut String, cells: &[Cell<'_>]) {
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        match cell {
            Cell::Number(number) => text.push_str(&number.to_string()),
            Cell::Text(cell) => write_text(text, cell),
        }
    }
    text.push_str("\r\n");
}

/// What a cell holds.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// May be below zero without being a formula.
    Number(i64),
    /// Whatever anybody wrote.
    Text(&'a str),
}

fn write_text(text: &mut String, cell: &str) {
    let mark = if cell.starts_with(FORMULAS) { "'" } else { "" };
    if cell.contains(['"', ',', '\r', '\n']) {
        text.push_str(&["\"", mark, &cell.replace('"', "\"\""), "\""].concat());
    } else {
        text.push_str(mark);
        text.push_str(cell);
    }
}

/// A cell without the mark that keeps it from being run.
pub fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULAS)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_spreadsheets_write() {
        for (text, expected) in [
            ("", vec![]),
            ("a,b\r\n1,2\r\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,b\n1,2", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("\u{feff}a\n\n1\n", vec![vec!["a"], vec!["1"]]),
            ("\"x, \"\"y\"\"\nz\",2", vec![vec!["x, \"y\"\nz", "2"]]),
            (",,", vec![vec!["", "", ""]]),
            ("\"not closed,2\n3", vec![vec!["not closed,2\n3"]]),
            ("ö,🪁", vec![vec!["ö", "🪁"]]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_that_is_written_is_run() {
        let cells = [
            "Jane",
            "Doe, Jane",
            "say \"hi\"",
            "=1+1",
            "+49 170",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "=\"x\",1",
            "'=1",
            "",
        ];
        let mut text = String::new();
        write(&mut text, &cells.map(Cell::Text));
        write(&mut text, &[Cell::Number(-3), Cell::Text("-3")]);
        assert_eq!(
            text,
            "Jane,\"Doe, Jane\",\"say \"\"hi\"\"\",'=1+1,'+49 170,'-1,'@SUM(A1),'\t=1,\"'=\"\"x\"\",1\",'=1,\r\n-3,'-3\r\n"
        );
        let [record, _] = read(&text).try_into().unwrap();
        let back: Vec<&str> = record.iter().map(|cell| plain(cell)).collect();
        // All come back as they were, but for a text that had a mark of its own.
        let expected = cells.map(|cell| if cell == "'=1" { "=1" } else { cell });
        assert_eq!(back, expected);
    }
}
