//! A spreadsheet's CSV as people save it: UTF-8 with or without a BOM, `,` `;` or tab, names of
//! columns in Vietnamese or English. Bytes become rows, or problems with line and reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::text;

words! {
    /// What a table lists.
    TableKind { Organisations = "organisations", Contacts = "contacts", Systems = "systems" }
}

/// One thing that is wrong, with its place; the text is the catalogs' `key` with `value`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Line of the file, from 1; 0 is the whole file.
    pub line: u64,
    /// The column's name as the API has it, or empty.
    pub column: String,
    /// Key of the catalogs.
    pub key: &'static str,
    /// A value for the text.
    pub value: String,
}

impl Problem {
    /// A problem of the whole file.
    pub fn file(key: &'static str, value: impl Into<String>) -> Self {
        Self { line: 0, column: String::new(), key, value: value.into() }
    }

    /// A problem of one cell or row.
    pub fn at(line: u64, column: &str, key: &'static str, value: impl Into<String>) -> Self {
        Self { line, column: column.to_owned(), key, value: value.into() }
    }
}

/// One row with the cells of the columns that are known.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line of the file on which it begins, from 1.
    pub line: u64,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    /// The cell of a column, or an empty text.
    pub fn cell(&self, column: &str) -> String {
        self.cells.get(column).cloned().unwrap_or_default()
    }
}

/// A table that could be read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What it lists.
    pub kind: TableKind,
    /// The columns that are there: an absent one leaves what is known.
    pub columns: BTreeSet<&'static str>,
    /// Names of columns that mean nothing to us.
    pub ignored: Vec<String>,
    /// The rows that could be read.
    pub rows: Vec<Row>,
    /// The rows that could not.
    pub problems: Vec<Problem>,
}

/// The largest table, in rows: a province has some thousand organisations.
const MOST_ROWS: usize = 20_000;

/// A column: the API's name, whether it must be there, and its folded Vietnamese names.
type Column = (&'static str, bool, &'static [&'static str]);

const ORGANISATIONS: &[Column] = &[
    ("key", true, &["ma"]),
    ("name", true, &["ten"]),
    ("short_name", false, &["tenviettat"]),
    ("kind", true, &["loai"]),
    ("parent", false, &["donvicaptren"]),
    ("functions", false, &["chucnang"]),
    ("address", false, &["diachi"]),
    ("phone", false, &["dienthoai"]),
    ("email", false, &["thudientu"]),
    ("mail_domain", false, &["tenmienthu"]),
    ("valid_from", true, &["hieuluctu"]),
    ("valid_to", false, &["hieulucden"]),
    ("successor", false, &["donvikethua"]),
];
const CONTACTS: &[Column] = &[
    ("organisation", true, &["donvi"]),
    ("rank", true, &["thutu"]),
    ("role", true, &["vaitro"]),
    ("name", true, &["hoten", "ten"]),
    ("title", false, &["chucvu"]),
    ("phone", false, &["dienthoai"]),
    ("mobile", false, &["didong"]),
    ("email", false, &["thudientu"]),
    ("hours", false, &["giotruc"]),
    ("telegram", false, &[]),
    ("last_verified", false, &["xacminhlancuoi"]),
];
const SYSTEMS: &[Column] = &[
    ("key", true, &["ma"]),
    ("name", true, &["ten"]),
    ("owner", true, &["chuquan"]),
    ("operator", false, &["donvivanhanh"]),
    ("providers", false, &["nhacungcap"]),
    ("level", false, &["capdo"]),
    ("kind", true, &["loai"]),
    ("domains", false, &["tenmien"]),
    ("addresses", false, &["diachiip"]),
    ("priority_rules", false, &["uutienduytri"]),
];

const fn columns_of(kind: TableKind) -> &'static [Column] {
    match kind {
        TableKind::Organisations => ORGANISATIONS,
        TableKind::Contacts => CONTACTS,
        TableKind::Systems => SYSTEMS,
    }
}

/// Lower case, no accents, no spaces, hyphens, underscores.
fn plain(name: &str) -> String {
    text::folded(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn column(kind: TableKind, header: &str) -> Option<&'static str> {
    let header = plain(header);
    columns_of(kind)
        .iter()
        .find(|(name, _, others)| plain(name) == header || others.contains(&header.as_str()))
        .map(|(name, _, _)| *name)
}

/// What only one kind of table has.
fn recognise(headers: &[String]) -> Option<TableKind> {
    let has = |kind, name| headers.iter().any(|header| column(kind, header) == Some(name));
    if has(TableKind::Contacts, "rank") || has(TableKind::Contacts, "role") {
        Some(TableKind::Contacts)
    } else if has(TableKind::Systems, "owner") {
        Some(TableKind::Systems)
    } else if has(TableKind::Organisations, "key") && has(TableKind::Organisations, "kind")
        || has(TableKind::Organisations, "valid_from")
    {
        Some(TableKind::Organisations)
    } else {
        None
    }
}

/// Reads a table. Bad rows are among its problems; a file that is no table at all is an error.
///
/// # Errors
/// What is wrong with the whole file.
pub fn read(bytes: &[u8], kind: Option<TableKind>) -> Result<Sheet, Vec<Problem>> {
    let bytes = decoded(bytes).map_err(|why| vec![why])?;
    let (separator, skipped) = separator(bytes);
    let (body, first_line) = match skipped {
        Some(rest) => (rest, 2),
        None => (bytes, 1),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut records = reader.byte_records();

    let header = loop {
        match records.next() {
            None => return Err(vec![Problem::file("import-empty", "")]),
            Some(Err(why)) => return Err(vec![Problem::file("import-csv", why.to_string())]),
            Some(Ok(record)) if record.iter().all(<[u8]>::is_empty) => {}
            Some(Ok(record)) => break record,
        }
    };
    let headers = header
        .iter()
        .map(|cell| std::str::from_utf8(cell).map(|cell| cell.trim().to_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| vec![Problem::at(first_line, "", "import-encoding", "")])?;
    let kind = kind
        .or_else(|| recognise(&headers))
        .ok_or_else(|| vec![Problem::file("import-unknown-table", headers.join(" "))])?;

    let mut places: Vec<Option<&'static str>> = Vec::new();
    let (mut columns, mut ignored, mut wrong) = (BTreeSet::new(), Vec::new(), Vec::new());
    for name in &headers {
        let found = column(kind, name);
        match found {
            Some(found) if !columns.insert(found) => {
                wrong.push(Problem::at(first_line, found, "import-column-twice", name));
            }
            None if !name.is_empty() => ignored.push(text::shortened(name, 40)),
            _ => {}
        }
        places.push(found);
    }
    for (name, needed, _) in columns_of(kind) {
        if *needed && !columns.contains(name) {
            wrong.push(Problem::at(first_line, name, "import-column-missing", *name));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }

    let mut sheet = Sheet { kind, columns, ignored, rows: Vec::new(), problems: Vec::new() };
    let open_quote = unclosed_quote(body, separator).map(|line| line + first_line - 1);
    let mut lines = Lines { body, counted: 0, line: first_line };
    for record in records {
        let record = record.map_err(|why| vec![Problem::file("import-csv", why.to_string())])?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        if sheet.rows.len() >= MOST_ROWS {
            return Err(vec![Problem::file("import-too-long", MOST_ROWS.to_string())]);
        }
        let end = line + record.iter().map(newlines).sum::<u64>();
        match open_quote {
            Some(open) if (line..=end).contains(&open) => {
                sheet.problems.push(Problem::at(open, "", "import-quote", ""));
            }
            _ => row(&mut sheet, line, &places, &record),
        }
    }
    Ok(sheet)
}

/// Counts lines as an editor shows them: the reader's own count lags behind at CR LF.
struct Lines<'a> {
    body: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at or after this byte; asked in rising order.
    fn of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.body.len());
        let ends = self.body[byte..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let begins = (byte + ends).max(self.counted);
        self.line += newlines(&self.body[self.counted..begins]);
        self.counted = begins;
        self.line
    }
}

fn newlines(cell: &[u8]) -> u64 {
    cell.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn row(sheet: &mut Sheet, line: u64, places: &[Option<&'static str>], record: &csv::ByteRecord) {
    let mut cells = BTreeMap::new();
    let before = sheet.problems.len();
    for (place, cell) in record.iter().enumerate() {
        match (places.get(place), std::str::from_utf8(cell)) {
            (Some(Some(name)), Ok(cell)) => {
                cells.insert(*name, cell.to_owned());
            }
            (Some(Some(name)), Err(_)) => {
                sheet.problems.push(Problem::at(line, name, "import-encoding", ""));
            }
            (None, _) if !cell.trim_ascii().is_empty() => {
                let count = places.len().to_string();
                sheet.problems.push(Problem::at(line, "", "import-cells", count));
                break;
            }
            _ => {}
        }
    }
    if sheet.problems.len() == before {
        sheet.rows.push(Row { line, cells });
    }
}

/// Without the BOM; UTF-16 and NUL bytes are explained rather than guessed.
fn decoded(bytes: &[u8]) -> Result<&[u8], Problem> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Problem::file("import-utf16", ""));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Problem::file("import-excel", ""));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = &bytes[..bytes.len().min(400)];
    if head.iter().filter(|byte| **byte == 0).count() > head.len() / 4 {
        return Err(Problem::file("import-utf16", ""));
    }
    Ok(bytes)
}

/// The separator of the first line; Excel may say it in a line of its own, `sep=;`.
fn separator(bytes: &[u8]) -> (u8, Option<&[u8]>) {
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (first, rest) = bytes.split_at(end);
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign, tail @ ..] = first
        && tail.trim_ascii().is_empty()
    {
        return (*sign, Some(rest));
    }
    let mut quoted = false;
    let (mut commas, mut semicolons, mut tabs) = (0, 0, 0);
    for byte in first {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => commas += 1,
            b';' if !quoted => semicolons += 1,
            b'\t' if !quoted => tabs += 1,
            _ => {}
        }
    }
    if tabs > commas && tabs > semicolons {
        (b'\t', None)
    } else if semicolons > commas {
        (b';', None)
    } else {
        (b',', None)
    }
}

/// The line on which a quote was opened that is never closed: everything after it is one cell.
fn unclosed_quote(bytes: &[u8], separator: u8) -> Option<u64> {
    let (mut line, mut opened, mut start) = (1, None, true);
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (opened, byte) {
            (Some(_), b'"') if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (Some(_), b'"') => opened = None,
            (None, b'"') if start => opened = Some(line),
            _ => {}
        }
        start = opened.is_none() && (byte == separator || byte == b'\n' || byte == b'\r');
        line += u64::from(byte == b'\n');
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    const VI: &str = "Mã;TÊN;tên  viết_tắt;Loại;Đơn vị cấp trên;Hiệu lực từ\r\n\
                      so-y-te;Sở Y tế;;department;;01/01/2017\r\n;;;;;\r\n";

    #[test]
    fn excel_s_ways_of_saving_are_read() {
        for text in [
            VI.to_owned(),
            format!("\u{feff}{VI}"),
            format!("sep=;\r\n{VI}"),
            VI.replace(';', "\t"),
        ] {
            let sheet = read(text.as_bytes(), None).unwrap();
            assert_eq!(sheet.kind, TableKind::Organisations);
            assert_eq!(sheet.rows.len(), 1, "{text}");
            assert_eq!(sheet.rows[0].cell("name"), "Sở Y tế");
            assert_eq!(sheet.rows[0].line, if text.starts_with("sep") { 3 } else { 2 });
            assert!(sheet.problems.is_empty());
            assert!(!sheet.columns.contains("phone"));
        }
        // A Mac writes accents apart.
        let apart: String = unicode_normalization::UnicodeNormalization::nfd(VI).collect();
        assert_eq!(read(apart.as_bytes(), None).unwrap().rows.len(), 1);
    }

    #[test]
    fn the_header_tells_the_table() {
        let kind = |text: &str| read(text.as_bytes(), None).map(|sheet| sheet.kind);
        assert_eq!(kind("đơn vị,thứ tự,vai trò,họ tên,di động\n"), Ok(TableKind::Contacts));
        assert_eq!(kind("key,name,owner,kind\n"), Ok(TableKind::Systems));
        assert_eq!(kind("a,b\n").unwrap_err()[0].key, "import-unknown-table");
        assert_eq!(kind("").unwrap_err()[0].key, "import-empty");
        let missing = kind("key,name,kind\n").unwrap_err();
        assert_eq!(
            (missing[0].key, missing[0].value.as_str()),
            ("import-column-missing", "valid_from")
        );
        let twice = kind("mã,key,name,kind,valid_from\n").unwrap_err();
        assert_eq!(twice[0].key, "import-column-twice");
        assert_eq!(
            read(b"key,name,kind\n", Some(TableKind::Systems)).unwrap_err()[0].value,
            "owner"
        );
    }

    #[test]
    fn broken_rows_have_a_line_and_a_reason() {
        let head = "key,name,kind,valid_from,ghi chú\n";
        let problems = |body: &[u8]| {
            let text = [head.as_bytes(), body].concat();
            let sheet = read(&text, None).unwrap();
            assert_eq!(sheet.ignored, ["ghi chú"]);
            let told: Vec<_> = sheet.problems.iter().map(|why| (why.line, why.key)).collect();
            (sheet.rows.len(), told)
        };
        assert_eq!(problems(b"a,A,commune,2017-01-01,x,y\n"), (0, vec![(2, "import-cells")]));
        assert_eq!(
            problems(
                b"a,A,commune,2017-01-01\nb,S\xF4,commune,2017-01-01\nc,C,commune,2017-01-01\n"
            ),
            (2, vec![(3, "import-encoding")])
        );
        assert_eq!(
            problems(b"a,A,commune,2017-01-01\nb,\"B,commune,2017-01-01\nc,C,commune,2017-01-01\n"),
            (1, vec![(3, "import-quote")])
        );
        assert_eq!(problems(b"a,\"A \"\"x\"\"\nA\",commune,2017-01-01\n"), (1, vec![]));
    }

    #[test]
    fn other_encodings_and_files_are_explained() {
        let key = |bytes: &[u8]| read(bytes, None).unwrap_err()[0].key;
        let utf16: Vec<u8> = "key,name".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(key(&utf16), "import-utf16");
        assert_eq!(key(&[&[0xFF, 0xFE][..], &utf16].concat()), "import-utf16");
        assert_eq!(key(b"PK\x03\x04rest"), "import-excel");
        assert_eq!(key(b"m\xE3,t\xEAn\n"), "import-encoding");
    }
}
