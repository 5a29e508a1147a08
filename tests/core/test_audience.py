"""What a board may see: nothing of a confidential line or a small count, in no byte; and the total is the working copy's."""

import itertools
import re
import zipfile

import pandas as pd
import pytest

from tests.core.test_ledger import ESTIMATE, YEAR, returns
from tests.sending import line, send_csv, send_xlsx
from totalplace import disclosure, ledger, places, report
from totalplace.errors import InputError
from totalplace.returns.read import Returns
from totalplace.run import one_place
from totalplace.run.job import Job, RunOptions

BY = ("body", "division", "cofog", "economic", "evidence", "sector")
NO_FINDINGS = pd.DataFrame(
    columns=["what", "choice", "decided_by", "date", "reason", "where", "problem", "pence"]
)

# Each case is a way in which one line could be had by subtraction: the return, as in test_ledger.
CASES = {
    "an estimate is parted": "body cofog pence confidential\nnhs 07.3 613 yes\ncouncil 09.1 650 -\npolice 03.1 507 -",
    "one function, others returned": "body cofog pence confidential\ncouncil 09.1 613 yes\nnhs 07 1201 -",
    "a large one among small ones": "body cofog pence confidential\ncouncil 09.1 613 yes\nfire 03.2 71 -\nnhs 07.1 83 -",
    "the only return": "body cofog pence confidential\ncouncil 09.1 613 yes",
    "the only return of a body with one estimate": "body cofog pence confidential\nfire 03.2 613 yes",
    "paid to a body that returned": "body cofog payee pence confidential\ncouncil 10.4 police 213 yes\npolice 03.1 - 507 -",
    "two confidential lines": "body cofog pence confidential\ncouncil 09.1 613 yes\nfire 03.2 71 yes\nnhs 07 1201 -",
    "a companion that parts an estimate": "body cofog pence confidential\ncouncil 09.1 613 yes\nnhs 07.3 700 -",
    "better evidence of it": "body cofog status pence confidential\ncouncil 09.1 budget 613 yes\ncouncil 09.1 outturn 650 -",
}


def both(text):
    """(the working copy, the board's copy, amounts of the confidential lines) of the small return."""
    lines = returns(text)
    counted = ledger.consolidate(ESTIMATE.assign(division=ESTIMATE["cofog"].str[:2]), lines, YEAR)
    secret = lines[lines["confidential"] == "yes"]
    marked = frozenset(secret[["file", "sheet", "row"]].itertuples(index=False, name=None))
    sent = Returns(None, YEAR, lines, None, NO_FINDINGS, [], [], marked)
    return counted, disclosure.for_board(counted, sent)[0], secret["pence"].tolist()


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "-"))
def copies(request):
    return both(CASES[request.param])


def test_the_board_has_the_total_of_the_working_copy(copies):
    working, board, _ = copies
    assert board.ledger["pence"].sum() == working.ledger["pence"].sum()
    assert board.sums["pence"].iloc[-1] == working.sums["pence"].iloc[-1]
    assert ledger.residual(board) == 0


def test_no_confidential_amount_is_in_the_boards_copy(copies):
    _, board, secret = copies
    frames = [
        getattr(board, name)
        for name in (
            "ledger",
            "left_out",
            "set_aside",
            "intra_public",
            "income",
            "replaced",
            "transfers",
            "sums",
        )
    ]
    cells = {cell for frame in frames for column in frame for cell in frame[column]}
    assert not cells & {sign * amount for amount in secret for sign in (1, -1)}
    assert not any(
        (frame.get("confidential", pd.Series(dtype="str")) == "yes").any() for frame in frames
    )


def test_no_confidential_amount_is_what_is_missing_from_the_first_count(copies):
    _, board, secret = copies
    estimate = ESTIMATE.assign(division=ESTIMATE["cofog"].str[:2])
    for size in (1, 2, 3):
        for keys in map(list, itertools.combinations(BY, size)):
            missing = (
                estimate.groupby(keys)["pence"]
                .sum()
                .sub(board.ledger.groupby(keys)["pence"].sum(), fill_value=0)
            )
            assert not set(missing.abs()) & set(secret), keys


def test_no_confidential_line_is_more_than_half_of_what_is_withheld(copies):
    _, board, secret = copies
    others = board.ledger["row"].notna().any()
    withheld = board.ledger.loc[board.ledger["body"] == ledger.WITHHELD, "pence"].sum()
    assert (2 if others else 1) * max(secret) < withheld + 1 or not withheld


def test_without_a_confidential_line_nothing_is_withheld():
    working, board, _ = both("body cofog pence confidential\ncouncil 09.1 613 -\nnhs 07.3 700 -")
    pd.testing.assert_frame_equal(board.ledger, working.ledger)
    assert board.sums.equals(working.sums)


def test_other_lines_of_a_file_with_a_confidential_line_do_not_name_it():
    _, board, _ = both(
        "file body cofog pence confidential\na.csv council 09.1 613 yes\na.csv nhs 07 1201 -\na.csv fire 03.2 900 -\nb.csv police 03.1 5000 -"
    )
    told = board.ledger.query("programme == 'returned'")[["file", "sheet"]].to_numpy().tolist()
    assert ["withheld", "withheld"] in told
    assert ["b.csv", "Return"] in told
    assert "a.csv" not in board.ledger.astype(str).to_csv()


def test_both_sides_of_a_confidential_payment_are_withheld():
    text = "body cofog payee flow pence confidential\ncouncil 10.4 nhs expenditure 213 yes\nnhs 07 council income -213 -\nnhs 07 - expenditure 1201 -"
    _, board, _ = both(text)
    assert board.transfers.empty
    assert board.income.empty


def test_small_numbers_of_children_in_returns_are_left_out():
    _, board, _ = both("body cofog pence children\ncouncil 09.1 613 3\nnhs 07 1201 240")
    assert board.ledger["children"].isna().all()
    _, board, _ = both("body cofog pence children\ncouncil 09.1 613 5\nnhs 07 1201 240")
    assert board.ledger["children"].dropna().astype(int).tolist() == [5, 240]


def test_an_unknown_audience_is_refused():
    with pytest.raises(
        InputError, match=r"no audience called 'press'. Name one of board, working."
    ):
        disclosure.count_for_audience(places.place("croydon"), YEAR, audience="press")
    with pytest.raises(InputError, match="no audience called 'press'"):
        report.Page("Croydon", YEAR, "press")


SMALL = pd.DataFrame({"age": ["0", "1"], "children": [3, 70], "pence": [1_234_567, 8_000_000]})
UNITS = {"children": "people", "pence": ["£", "£ per head"]}


def shown(audience):
    made = report.Page("Croydon", YEAR, audience).table(
        SMALL, "Children", UNITS, total="All", people="children", name="children"
    )
    return made._repr_mimebundle_()


def test_a_board_sees_no_count_of_a_table_with_a_small_one_and_is_told_so():
    bundle = shown("board")
    told = bundle[report.MIME]
    assert [row[1] for row in told["rows"]] == ["not shown", "not shown"]
    assert [row[2] for row in told["rows"]] == [1_234_567, 8_000_000]
    assert "for one of them is below 5" in bundle["text/html"]
    text = re.sub(r"<[^>]*>", " ", bundle["text/html"]).replace("below 5", "")
    assert not {"3", "70", "73", "4,115", "1,143"} & set(text.split())


def test_a_working_copy_keeps_small_counts():
    told = shown("working")[report.MIME]
    assert [row[1] for row in told["rows"]] == [3, 70]


@pytest.mark.parametrize(
    ("people", "words"), [(4, "fewer than 5 of them"), (5, "5 of them"), (0, "0 of them")]
)
def test_a_sentence_to_a_board_tells_no_small_count(people, words):
    page = report.Page("Croydon", YEAR)
    assert str(page.say("{people:people} of them", people=people)) == words
    working = report.Page("Croydon", YEAR, "working").say("{people:people} of them", people=people)
    assert str(working) == f"{people} of them"


def test_a_sentence_to_a_board_has_no_amount_per_head_of_a_small_count():
    told = report.Page("Croydon", YEAR).say("That is {each:£ per head} each.", each=(1_234_567, 3))
    assert str(told) == "That is an amount that is not shown each."


AMOUNT = "412731988.37"
FORMS = ("41273198837", "412731988", "412,731,988", "412.7", "413m")


@pytest.fixture(scope="module")
def reports(partners_with_notebooks):
    """The folders of both copies of Croydon's reports, with confidential lines among what was returned."""
    words = {
        "Service": "canaryservice",
        "Payee": "canarypayee",
        "Note": "canarynote",
        "Source": "canarysource",
    }
    own = line(Body="NHS", COFOG="07.3", Amount=AMOUNT, Confidential="yes", **words)
    unread = line(Service="canarytwo", Amount="canaryamount", Confidential="yes")
    send_xlsx(
        own,
        unread,
        line(Service="Libraries", Amount="5000000"),
        name="canaryfile.xlsx",
        sheet="canarysheet",
    )
    send_csv(line(Service="Secondary schools", Amount="61000000", Children="3"), name="other.csv")
    made = {}
    for audience in disclosure.AUDIENCES:
        folder = partners_with_notebooks / audience
        job = Job("croydon", YEAR, audience=audience)
        made[audience] = {
            "pages": folder / "pages",
            "ledgers": folder / "processed" / YEAR / "croydon",
        }
        one_place.make_reports(job, made[audience], folder / "processed", RunOptions())
    return made


def bytes_of(folders):
    """The bytes of every file, and those of the parts of a workbook, which are packed."""
    files = {
        path: path.read_bytes()
        for folder in folders.values()
        for path in folder.rglob("*")
        if path.is_file()
    }
    for path in [path for path in files if path.suffix == ".xlsx"]:
        with zipfile.ZipFile(path) as package:
            files |= {path / part: package.read(part) for part in package.namelist()}
    return files


def test_no_byte_of_the_boards_copy_has_a_canary_or_the_amount(reports):
    for path, content in bytes_of(reports["board"]).items():
        assert b"canary" not in content.lower(), path
        if path.name != "manifest.json":
            assert [form for form in FORMS if form.encode() in content] == [], path


def test_the_working_copy_has_them_and_says_what_it_is(reports):
    content = b"".join(bytes_of(reports["working"]).values())
    assert b"canaryservice" in content
    assert b"41273198837" in content
    page = (reports["working"]["pages"] / "high_level_count.html").read_text(encoding="utf-8")
    assert "Working copy, not for circulation" in page


def test_a_small_number_of_children_is_in_no_ledger_of_the_board(reports):
    count_of = {
        audience: pd.read_csv(made["ledgers"] / "count.csv") for audience, made in reports.items()
    }
    assert count_of["board"]["children"].isna().all()
    assert 3 in set(count_of["working"]["children"])


@pytest.mark.parametrize("name", ["count", "deep_dive"])
def test_the_kept_ledgers_of_both_copies_have_one_total(reports, name):
    sums = {
        audience: pd.read_csv(made["ledgers"] / f"{name}.csv")["pence"].sum()
        for audience, made in reports.items()
    }
    assert sums["board"] == sums["working"]


def test_what_is_withheld_is_a_row_of_the_boards_tables(reports):
    data = reports["board"]["pages"] / "data"
    told = {
        name: pd.read_csv(data / f"{name}.csv")
        for name in ("divisions", "evidence", "theme-left-out")
    }
    amounts = {
        name: frame.loc[
            frame.astype(str).eq("withheld").any(axis=1) | frame.eq("Withheld").any(axis=1), "pence"
        ].sum()
        for name, frame in told.items()
    }
    assert len(set(amounts.values())) == 1
    assert amounts["divisions"] > 0
