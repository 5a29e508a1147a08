"""Every row of the returns of a place, read, held against the others, and read again as decisions settle its doubts."""

from totalplace.returns import decisions, doubles, plausibility, sheet_tables
from totalplace.returns.classify import Functions, differs, likely
from totalplace.returns.issues import Problem, findings, quoted
from totalplace.returns.lines import read_line, written_pence


class Reading:
    """All tables of the returns, and what becomes of their rows as decisions are applied.

    lines: every line, as it was last examined. totals: rows shown to be totals. answers: what decisions have
    settled so far.
    """

    def __init__(self, files, columns, expected, mapping, problems):
        self.columns, self.expected, self.answers = columns, expected, decisions.Answers()
        self.functions, self.tables, self.problems = Functions(mapping), [], list(problems)
        headings = sheet_tables.Headings.known()
        for file in files:
            self.problems += file.problems
            for sheet in file.sheets:
                tables, faults = sheet_tables.tables(file.name, sheet, headings)
                self.tables += tables
                self.problems += faults
            told = any(
                one.file == file.name and one.case in ("no-heading", "heading-twice")
                for one in self.problems
            )
            if (
                file.sheets
                and not told
                and not any(table.file == file.name for table in self.tables)
            ):
                self.problems.append(Problem("no-heading", file.name))
        self.digests = {row.key: row.digest for table in self.tables for row in table.rows}
        self.lines, self.totals = [], []

    def examine(self, more):
        """The findings about every row, as the decisions so far leave them."""
        self.lines, self.totals, problems = [], [], [*self.problems, *more]
        for table in self.tables:
            problems += self._read(table)
        versions = list(doubles.find_versions(self.lines))
        doubles.find_equal(self.lines, {(one.file, one.other) for one in versions})
        plausibility.find_prefilled(self.lines, self.expected)
        scale = plausibility.find_scale(self.lines, self.expected, self.functions)
        problems += [*versions, *(one for one in scale if not self._settled(one))]
        for line in self.lines:
            self._classify(line)
            problems += self._standing(line)
        counted = [line for line in self.lines if line.key not in self.answers.out]
        problems += [
            problem
            for table in self.tables
            for problem in plausibility.find_control(table, counted)
        ]
        problems += [problem for line in self.totals for problem in line.problems]
        return self._with_pence(findings(problems, self.digests))

    def _read(self, table):
        """The lines of a table into self.lines, and the problems of rows that are none."""
        lines, notes = [], []
        for row in table.rows:
            line = read_line(row, self.columns, self.answers)
            if line is None:
                notes.append(Problem("note-row", table.file, table.sheet, row.number))
            else:
                lines.append(line)
        kept, totals = doubles.find_totals(lines, self.answers)
        self.lines += kept
        self.totals += totals
        return notes

    def _settled(self, problem):
        return all((key, problem.case) in self.answers.settled for key in problem.about)

    def _classify(self, line):
        values = line.values
        found = self.functions.find(values["body"], values["service"], values["economic"])
        if values["cofog"]:
            other = differs(values["cofog"], found)
            if other:
                line.raises("cofog-differs", "cofog", values["cofog"], other)
        elif not found and values["service"]:
            line.raises(
                "unclassified", "service", quoted(values["service"]), likely(values["service"])
            )

    def _standing(self, line):
        """The problems of a line that stand: none once it is left out; only the doubt while it may be no line."""
        if line.key in self.answers.out:
            return []
        standing = [
            one for one in line.problems if (line.key, one.case) not in self.answers.settled
        ]
        doubts = [one for one in standing if one.case in doubles.DOUBTED]
        return doubts or standing

    def _with_pence(self, found):
        written = {line.key: line.written or 0 for line in self.lines}
        for finding in found:
            finding.pence = sum(written.get(key, 0) for key in finding.rows)
            finding.answer = self.answers.given.get(finding.what, "")
        return found

    def total(self, table):
        """The pence that a table's amounts add to, as written: every row of it but those shown to be totals."""
        totals = {line.key for line in self.totals}
        written = (written_pence(row, self.columns) for row in table.rows if row.key not in totals)
        return sum(pence for pence in written if pence is not None)
