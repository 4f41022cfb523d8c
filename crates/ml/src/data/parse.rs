//! From the bytes of a CSV file to rows and problems.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read},
    rc::Rc,
};

use csv::ByteRecord;
use domain::ClaimFacts;

use super::{Column, ParsedFile, ParsedRow, Protected, RowProblem, SHOWN, cell};

/// Reads claims from CSV with a header of the data set's column names, in any order, any of them
/// absent. Never fails: what cannot be read is in [`ParsedFile::problems`]. Holds all rows in
/// memory; whoever takes files from strangers bounds `reader`.
pub fn parse_claims(reader: impl Read) -> ParsedFile {
    let mut file = ParsedFile::default();
    let mut claims = ClaimReader::new(reader);
    while let Some(row) = claims.next_row(&mut file.problems) {
        file.rows.push(row);
    }
    file
}

/// Claims of a CSV file one at a time, in memory that does not grow with the file.
pub struct ClaimReader<R> {
    csv: csv::Reader<Tee<R>>,
    lines: Rc<RefCell<Lines>>,
    header: Option<Header>,
    record: ByteRecord,
}

impl<R: Read> ClaimReader<R> {
    pub fn new(reader: R) -> ClaimReader<R> {
        let lines = Rc::new(RefCell::new(Lines { ahead: VecDeque::new(), at: 0, line: 1 }));
        let tee = Tee { reader, lines: lines.clone() };
        let csv = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(tee);
        ClaimReader { csv, lines, header: None, record: ByteRecord::new() }
    }

    /// The next claim; what is wrong with it, or with the header before it, is added to `problems`.
    /// `None` at the end of the file, or where it cannot be read further.
    pub fn next_row(&mut self, problems: &mut Vec<RowProblem>) -> Option<ParsedRow> {
        loop {
            let read = self.csv.read_byte_record(&mut self.record);
            let line = self.lines.borrow_mut().of(self.record.position().map_or(0, csv::Position::byte));
            match read {
                Ok(true) => {}
                Ok(false) => {
                    if self.header.is_none() {
                        let remedy = "the file is empty: write a header line and one line a claim";
                        problems.push(problem(1, "row", "", remedy.into()));
                    }
                    return None;
                }
                Err(error) => {
                    problems.push(problem(line, "row", "", format!("the file cannot be read to its end: {error}")));
                    return None;
                }
            }
            match &self.header {
                None => self.header = Some(Header::of(line, &self.record, problems)),
                Some(header) => return Some(header.row(line, &self.record, problems)),
            }
        }
    }
}

/// Passes bytes on and shows them to the counter of lines.
struct Tee<R> {
    reader: R,
    lines: Rc<RefCell<Lines>>,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.lines.borrow_mut().ahead.extend(&buffer[..read]);
        Ok(read)
    }
}

/// Counts lines along a file. (The reader's own position of a record is before the blank lines it
/// skips, and it counts the two bytes of a Windows line break late.)
struct Lines {
    /// Bytes read and not passed yet.
    ahead: VecDeque<u8>,
    /// Offset of the first of them.
    at: u64,
    line: u64,
}

impl Lines {
    /// The line that the record read from `start` on begins at. Called with rising `start`.
    fn of(&mut self, start: u64) -> u64 {
        while let Some(&byte) = self.ahead.front() {
            let blank = matches!(byte, b'\r' | b'\n');
            if self.at >= start && !blank {
                break;
            }
            self.ahead.pop_front();
            self.at += 1;
            let alone = byte == b'\r' && self.ahead.front() != Some(&b'\n');
            self.line += u64::from(byte == b'\n' || alone);
        }
        self.line
    }
}

/// The columns of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `None` where the name means nothing to us.
    columns: Vec<Option<Column>>,
}

impl Header {
    /// From names, as text; names that are not known or stand twice are problems of `line`.
    pub fn of<'a>(line: u64, names: impl IntoIterator<Item = &'a [u8]>, problems: &mut Vec<RowProblem>) -> Header {
        Header { columns: read_header(line, names, problems) }
    }

    /// A claim from its cells, as text, in the order of the names; an empty cell is unknown.
    pub fn row<'a>(
        &self,
        line: u64,
        cells: impl IntoIterator<Item = &'a [u8], IntoIter: ExactSizeIterator>,
        problems: &mut Vec<RowProblem>,
    ) -> ParsedRow {
        read_row(line, &self.columns, cells.into_iter(), problems)
    }
}

/// Columns of which a header is read; the data set has 35.
const MOST_COLUMNS: usize = 200;

fn read_header<'a>(
    line: u64,
    names: impl IntoIterator<Item = &'a [u8]>,
    problems: &mut Vec<RowProblem>,
) -> Vec<Option<Column>> {
    let mut seen: Vec<Column> = Vec::new();
    let mut columns = Vec::new();
    for field in names {
        // Beyond this nothing is a table of claims: no memory for what a stranger's header repeats.
        if columns.len() >= MOST_COLUMNS {
            let remedy = format!("the header names more than {MOST_COLUMNS} columns: remove those that are not needed");
            problems.push(problem(line, "row", "", remedy));
            break;
        }
        let text = String::from_utf8_lossy(field);
        let name = text.trim_start_matches('\u{feff}').trim();
        let column = Column::named(name);
        match column {
            None => problems.push(problem(line, name, name, "this column is not known and is not read".into())),
            Some(c) if seen.contains(&c) => {
                problems.push(problem(line, name, name, "this column stands twice: remove one".into()));
                columns.push(None);
                continue;
            }
            Some(c) => seen.push(c),
        }
        columns.push(column);
    }
    if seen.is_empty() {
        let remedy = "no column is known: the first line must name the columns, separated by commas";
        problems.push(problem(line, "row", "", remedy.into()));
    }
    columns
}

fn read_row<'a>(
    line: u64,
    columns: &[Option<Column>],
    cells: impl ExactSizeIterator<Item = &'a [u8]>,
    problems: &mut Vec<RowProblem>,
) -> ParsedRow {
    let mut row = ParsedRow { line, facts: ClaimFacts::default(), protected: Protected::default(), settlement: None };
    if cells.len() != columns.len() && columns.len() < MOST_COLUMNS {
        let remedy = format!("the row has {} cells and the header {}", cells.len(), columns.len());
        problems.push(problem(line, "row", "", remedy));
    }
    for (column, field) in columns.iter().zip(cells) {
        let Some(column) = *column else { continue };
        let read = match std::str::from_utf8(field) {
            Ok(text) => row.take(column, text),
            Err(_) => Err("save the file as UTF-8".to_owned()),
        };
        if let Err(remedy) = read {
            problems.push(problem(line, name(column), &String::from_utf8_lossy(field), remedy));
        }
    }
    row
}

impl ParsedRow {
    /// Puts the cell where it belongs; on an error the value stays unknown.
    fn take(&mut self, column: Column, text: &str) -> Result<(), String> {
        let facts = &mut self.facts;
        match column {
            Column::Settlement => self.settlement = cell::value(text, cell::amount)?,
            Column::Head(head) => facts.heads.set(head, cell::value(text, cell::amount)?),
            Column::AccidentType => facts.accident_type = cell::value(text, cell::word)?,
            Column::Prognosis => facts.injury_prognosis_months = cell::value(text, cell::prognosis)?,
            Column::Exceptional => facts.exceptional_circumstances = cell::value(text, cell::yes_no)?,
            Column::Psychological => facts.minor_psychological_injury = cell::value(text, cell::yes_no)?,
            Column::DominantInjury => facts.dominant_injury = cell::value(text, cell::word)?,
            Column::Whiplash => facts.whiplash = cell::value(text, cell::yes_no)?,
            Column::VehicleType => facts.vehicle_type = cell::value(text, cell::word)?,
            Column::Weather => facts.weather_conditions = cell::value(text, cell::word)?,
            Column::AccidentDate => facts.accident_date = cell::value(text, cell::date)?,
            Column::ClaimDate => facts.claim_date = cell::value(text, cell::date)?,
            Column::VehicleAge => facts.vehicle_age = cell::value(text, |t| cell::count(t, 100))?,
            Column::DriverAge => self.protected.driver_age = cell::value(text, |t| cell::count(t, 120))?,
            Column::Passengers => facts.passengers = cell::value(text, |t| cell::count(t, 100))?,
            Column::AccidentDescription => facts.accident_description = cell::value(text, cell::text)?,
            Column::InjuryDescription => facts.injury_description = cell::value(text, cell::text)?,
            Column::PoliceReport => facts.police_report_filed = cell::value(text, cell::yes_no)?,
            Column::Witness => facts.witness_present = cell::value(text, cell::yes_no)?,
            Column::Gender => self.protected.gender = cell::value(text, cell::word)?,
        }
        Ok(())
    }
}

fn name(column: Column) -> &'static str {
    super::COLUMNS.iter().find(|&&(_, c)| c == column).map_or("row", |&(name, _)| name)
}

fn problem(line: u64, column: &str, value: &str, remedy: String) -> RowProblem {
    let shorten = |text: &str| text.chars().take(SHOWN).collect();
    RowProblem { line, column: shorten(column), value: shorten(value), remedy }
}

#[cfg(test)]
mod tests {
    use domain::{Head, Money};

    use super::*;

    #[test]
    fn a_row_is_read_into_facts_and_protected_attributes_stay_apart() {
        let text = "\u{feff}SettlementValue,AccidentType,Injury_Prognosis,GeneralFixed,SpecialTherapy,Accident Date,Driver Age,Gender\n\
                    870.0,Rear end,B. 2 months,260.0,,2023-06-25 00:55:01.140228,45.0,Female\n";
        let file = parse_claims(text.as_bytes());
        assert_eq!(file.problems, []);
        let row = &file.rows[0];
        assert_eq!((row.line, row.settlement), (2, Some(Money::from_pounds(870))));
        assert_eq!(row.facts.injury_prognosis_months, Some(2));
        assert_eq!(row.facts.heads.get(Head::GeneralFixed), Some(Money::from_pounds(260)));
        assert_eq!(row.facts.heads.get(Head::SpecialTherapy), None);
        assert_eq!(row.protected, Protected { driver_age: Some(45), gender: Some("Female".into()) });
    }

    #[test]
    fn bad_cells_are_reported_with_line_column_value_and_remedy_and_the_row_is_kept() {
        let text = "GeneralFixed,SpecialTherapy,Whiplash,Colour\n520,-40,maybe,red\n\n495,\"1,038.45\",No,\n";
        let file = parse_claims(text.as_bytes());
        assert_eq!(file.rows.len(), 2);
        assert_eq!(file.rows[1].facts.heads.get(Head::SpecialTherapy), Some(Money::from_pence(103_845)));
        let found: Vec<_> = file.problems.iter().map(|p| (p.line, p.column.as_str(), p.value.as_str())).collect();
        assert_eq!(found, [(1, "Colour", "Colour"), (2, "SpecialTherapy", "-40"), (2, "Whiplash", "maybe")]);
        assert_eq!(file.problems[1].remedy, "write the amount claimed without a minus sign");
        assert_eq!(file.rows[1].line, 4);
    }

    #[test]
    fn ragged_rows_wrong_encodings_and_empty_files_do_not_stop_the_reading() {
        let ragged = parse_claims("GeneralFixed,Whiplash\n520\n495,Yes,surplus\n".as_bytes());
        assert_eq!(ragged.rows.len(), 2);
        assert_eq!(ragged.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2, 3]);
        let latin = parse_claims(&b"AccidentType,GeneralFixed\nR\xe9ar end,520\n"[..]);
        assert_eq!(latin.problems[0].remedy, "save the file as UTF-8");
        assert_eq!(latin.rows[0].facts.accident_type, None);
        assert_eq!(parse_claims(&b""[..]).problems.len(), 1);
        assert_eq!(parse_claims(&b"a;b;c\n1;2;3\n"[..]).problems.len(), 2);
    }

    #[test]
    fn lines_are_counted_through_blank_lines_and_breaks_within_quotes() {
        let text = "GeneralFixed,Accident Description\r\n\r\n520,\"one\r\ntwo\"\r\n\r\n495,\r\n\n240,last";
        let lines: Vec<u64> = parse_claims(text.as_bytes()).rows.iter().map(|r| r.line).collect();
        assert_eq!(lines, [3, 6, 8]);
    }

    #[test]
    fn a_long_bad_value_is_shortened() {
        let text = format!("GeneralFixed\n{}\n", "x".repeat(10_000));
        assert_eq!(parse_claims(text.as_bytes()).problems[0].value.len(), SHOWN);
    }
}
