"""Services to COFOG: as the return says, as the analyst confirmed, as functions.csv has it.

functions.csv shares a service, as statutory returns and the NHS name it, to COFOG groups; shares
that are not one follow England's pattern in the national figures. A service that is in neither
table stays as "not classified" with its pounds, and three groups are suggested by its words: of all
names that have a word, the part that is in a group is the word's vote for the group.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pandas as pd

from totalplace import reference
from totalplace.apportion import apportion
from totalplace.returns.decisions import UNCLASSIFIED
from totalplace.returns.issues import Problem, quoted
from totalplace.returns.lines import Line
from totalplace.returns.values import simple

GIVEN, MAPPED, TABLE = "given in the return", "confirmed in mapping.csv", "functions.csv"
LEFT_OUT = "needs none: left out by treatments.csv"
NO_CLUE = """a all an and at by cs e c for from general in nec n not of on or other service services
the to total with"""
STOP_WORDS = frozenset(re.findall(r"\w+", NO_CLUE))
Share = tuple[str, float, str]  # cofog, share, basis


class Functions:
    """What functions.csv and the analyst's mapping say of a service, by sector and economic."""

    def __init__(self, mapping: dict):
        self.mapping, self.shares = mapping, defaultdict(list)
        for row in reference.read("functions").itertuples():
            share = (row.cofog, row.share, f"{TABLE}: {row.basis}")
            self.shares[row.sector, service_name(row.service), row.economic].append(share)
        treated = reference.read("treatments").query("treatment == 'leave out'")
        self.left_out = set(
            zip(treated["sector"], treated["service"].map(service_name), strict=True)
        )
        bodies = reference.read("bodies")
        self.sectors = dict(zip(bodies["body"], bodies["sector"], strict=True))

    def find(self, body: str, service: str, economic: str) -> list[Share]:
        """The shares of a service, from the mapping first; none where it is in neither table."""
        key = (self.sectors.get(body, ""), service_name(service))
        if key in self.mapping:
            return [(self.mapping[key]["cofog"], 1.0, MAPPED)]
        if key in self.left_out:
            return [(UNCLASSIFIED, 1.0, LEFT_OUT)]
        return self.shares.get((*key, economic)) or self.shares.get((*key, "")) or []


def service_name(text: str) -> str:
    """A service to look up, without punctuation or the line of a form: 'PSS (line 7)' -> 'pss'."""
    return simple(re.sub(r"\(lines? [^)]*\)", "", text))


def classify(lines: pd.DataFrame, functions: Functions) -> pd.DataFrame:
    """Share each line over the COFOG codes of its service; its parts add to it to the penny.

    Parameters
    ----------
    lines
        body, service, cofog (as given, or blank), economic, pence int64.

    Returns
    -------
    DataFrame
        The lines with cofog, cofog_share and cofog_basis; a line that no table knows has cofog ""
        and cofog_basis "not classified".

    Raises
    ------
    InputError
        Where the shares of a service do not add to one.
    """
    if lines.empty:
        return lines.assign(cofog_share=1.0, cofog_basis="")
    asked = list(lines[["cofog", "body", "service", "economic"]].itertuples(index=False, name=None))
    number = {key: place for place, key in enumerate(dict.fromkeys(asked))}
    rows = [(number[key], *share) for key in number for share in _shares(functions, *key)]
    shares = pd.DataFrame(rows, columns=["service_key", "cofog", "share", "basis"])
    spend = lines.drop(columns="cofog").assign(service_key=[number[key] for key in asked])
    parts = apportion(spend, shares, "cofog").drop(columns="service_key")
    return parts.assign(cofog=parts["cofog"].mask(parts["cofog"] == UNCLASSIFIED, ""))


def _shares(
    functions: Functions, given: str, body: str, service: str, economic: str
) -> list[Share]:
    if given:
        return [(given, 1.0, GIVEN)]
    return functions.find(body, service, economic) or [(UNCLASSIFIED, 1.0, UNCLASSIFIED)]


def check_codes(lines: Iterable[Line], functions: Functions) -> Iterator[Problem]:
    """Codes that are in another division than the tables', and services that no table knows."""
    unknown = []
    for line in lines:
        given, service = line.values["cofog"], line.values["service"]
        found = functions.find(line.values["body"], service, line.values["economic"])
        codes = [code for code, *_ in found if code != UNCLASSIFIED]
        if given and codes and given[:2] not in {code[:2] for code in codes}:
            yield line.problem("cofog-differs", "cofog", given, ", ".join(codes))
        elif not given and service and not found:
            unknown.append(line)
    groups = suggested_groups({line.values["service"] for line in unknown})
    for line in unknown:
        service = line.values["service"]
        yield line.problem("unclassified", "service", quoted(service), groups[service])


def suggested_groups(services: Iterable[str], most: int = 3) -> dict[str, str]:
    """Service -> groups for a message, which decide nothing: '09.1 Primary education (school)'."""
    known, names = _vocabulary()
    found = {}
    for service in services:
        groups = _suggest(service, known)[:most]
        words = [f"{group} {names[group]} ({', '.join(its)})" for group, its in groups]
        found[service] = "; ".join(words) or "none that its words suggest"
    return found


def _suggest(service: str, known: dict[str, Counter[str]]) -> list[tuple[str, list[str]]]:
    """The groups that a service's words suggest, best first, each with its words."""
    scores: dict[str, float] = defaultdict(float)
    words: dict[str, list[str]] = defaultdict(list)
    for word in _words(service):
        groups = known.get(word, Counter())
        for group, times in groups.items():
            scores[group] += times / groups.total()
            words[group].append(word)
    best = sorted(scores, key=lambda group: (-round(scores[group], 9), group))
    return [(group, words[group]) for group in best]


def _words(text: str) -> list[str]:
    words = (re.sub(r"ies$", "y", word) for word in simple(text).split() if word not in STOP_WORDS)
    singular = (
        word.removesuffix("s") if len(word) > 3 else word for word in words if not word.isdigit()
    )
    return list(dict.fromkeys(singular))


@reference.cached_until_data_changes("cofog", "functions", "national_spend", "programmes")
def _vocabulary() -> tuple[dict[str, Counter[str]], dict[str, str]]:
    """Word -> group -> in how many names of COFOG, services or programmes; and groups' names."""
    codes, functions = reference.read("cofog"), reference.read("functions")
    spend = reference.read("national_spend")[["department", "programme", "cofog"]].drop_duplicates()
    titles = spend.merge(
        reference.read("programmes"), on=["department", "programme"], validate="m:1"
    )
    tables = [(codes, "name"), (functions, "service"), (titles, "name")]
    names = {row.cofog: row.name for row in codes.itertuples(index=False) if len(row.cofog) == 4}
    vocabulary: dict[str, Counter[str]] = defaultdict(Counter)
    for table, column in tables:
        for code, text in zip(table["cofog"], table[column], strict=True):
            for word in _words(text) if code[:4] in names else []:
                vocabulary[word][code[:4]] += 1
    return dict(vocabulary), names
