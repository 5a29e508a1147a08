"""Services to COFOG: what the return says, else what the analyst confirmed, else functions.csv; never a guess.

functions.csv shares a service, as statutory returns and the NHS name it, to COFOG groups; shares that are not
one follow England's pattern in the national figures. A service that is in neither table stays as "not
classified" with its pounds, and three groups are suggested by the words that speak for each: of all names that
have a word, the part that is in a group is its voice for the group.
"""

import functools
import re
from collections import Counter, defaultdict

import pandas as pd

from totalplace import reference
from totalplace.apportion import apportion
from totalplace.returns.decisions import NOT_CLASSIFIED
from totalplace.returns.values import simple

GIVEN, MAPPED, TABLE = "given in the return", "confirmed in mapping.csv", "functions.csv"
LEFT_OUT = "needs none: left out by treatments.csv"
STOP_WORDS = "a all an and at by cs e c for from general in nec n not of on or other service services the to total with"
STOP = frozenset(STOP_WORDS.split())


class Functions:
    """What the tables say of a service: functions.csv and the analyst's mapping, by sector, service and economic."""

    def __init__(self, mapping):
        self.mapping = mapping
        rows = reference.read("functions").itertuples()
        self.shares = defaultdict(list)
        for row in rows:
            its = (row.cofog, row.share, f"{TABLE}: {row.basis}")
            self.shares[row.sector, service_name(row.service), row.economic].append(its)
        treated = reference.read("treatments").query("treatment == 'leave out'")
        self.left_out = set(
            zip(treated["sector"], treated["service"].map(service_name), strict=True)
        )
        bodies = reference.read("bodies")
        self.sectors = dict(zip(bodies["body"], bodies["sector"], strict=True))

    def find(self, body, service, economic):
        """The shares of a service: [(cofog, share, basis)], from the mapping first; none where it is in neither table."""
        key = (self.sectors.get(body, ""), service_name(service))
        if key in self.mapping:
            return [(self.mapping[key]["cofog"], 1.0, MAPPED)]
        if key in self.left_out:
            return [(NOT_CLASSIFIED, 1.0, LEFT_OUT)]
        return self.shares.get((*key, economic)) or self.shares.get((*key, "")) or []


def service_name(text):
    """A service to look up: lower case, without punctuation, without the line of a form: 'PSS (line 7)' -> 'pss'."""
    return simple(re.sub(r"\(lines? [^)]*\)", "", text))


def classify(lines, functions):
    """Share each line over the COFOG codes of its service; its parts add to it to the penny.

    lines: body, service, cofog (as given, or blank), economic, pence int64. Adds cofog_share and cofog_basis; a
    line that no table knows has cofog "" and cofog_basis "not classified". Raises InputError where shares do not add
    to one.
    """
    keys = list(lines[["cofog", "body", "service", "economic"]].itertuples(index=False, name=None))
    found = {key: _shares(key, functions) for key in dict.fromkeys(keys)}
    number = {key: place for place, key in enumerate(found)}
    shares = [
        (number[key], code, share, basis)
        for key, rows in found.items()
        for code, share, basis in rows
    ]
    shares = pd.DataFrame(shares, columns=["service_key", "cofog", "share", "basis"])
    spend = lines.drop(columns="cofog").assign(service_key=[number[key] for key in keys])
    parts = (
        apportion(spend, shares, "cofog")
        if len(lines)
        else lines.assign(cofog_share=1.0, cofog_basis="")
    )
    parts["cofog"] = parts["cofog"].mask(parts["cofog"] == NOT_CLASSIFIED, "")
    return parts.drop(columns="service_key", errors="ignore")


def _shares(key, functions):
    given, body, service, economic = key
    if given:
        return [(given, 1.0, GIVEN)]
    return functions.find(body, service, economic) or [(NOT_CLASSIFIED, 1.0, NOT_CLASSIFIED)]


def suggest(service, most=3):
    """The groups that a service's words speak for, best first: [(cofog, name, words)]; it decides nothing."""
    vocabulary, names = _vocabulary(str(reference.folder()))
    scores, spoken = Counter(), defaultdict(list)
    for word in _words(service):
        groups = vocabulary.get(word, {})
        for group, times in groups.items():
            scores[group] += times / sum(groups.values())
            spoken[group].append(word)
    best = sorted(scores, key=lambda group: (-round(scores[group], 9), group))[:most]
    return [(group, names[group], spoken[group]) for group in best]


def likely(service):
    """The suggestions in words, for a message: '09.1 Pre-primary and primary education (school, nursery)'."""
    groups = [f"{group} {name} ({', '.join(words)})" for group, name, words in suggest(service)]
    return "; ".join(groups) or "none that its words speak for"


def _words(text):
    words = (re.sub(r"(ies)$", "y", word) for word in simple(text).split() if word not in STOP)
    return list(
        dict.fromkeys(
            word.removesuffix("s") if len(word) > 3 else word
            for word in words
            if not word.isdigit()
        )
    )


@functools.cache
def _vocabulary(_folder):
    """Word -> group -> in how many names it occurs; and the groups' names. From COFOG, functions.csv and programmes."""
    codes, functions = reference.read("cofog"), reference.read("functions")
    spend = reference.read("national_spend")[["department", "programme", "cofog"]].drop_duplicates()
    titles = spend.merge(
        reference.read("programmes"), on=["department", "programme"], validate="m:1"
    )
    spoken = [*codes[["cofog", "name"]].itertuples(index=False), *functions[["cofog", "service"]].itertuples(index=False),
              *titles[["cofog", "name"]].itertuples(index=False)]  # fmt: skip
    names = {code: name for code, name in codes.itertuples(index=False) if len(code) == 4}
    vocabulary = defaultdict(Counter)
    for code, text in spoken:
        group = code[:4]
        for word in _words(text) if group in names else []:
            vocabulary[word][group] += 1
    return vocabulary, names


def differs(given, found):
    """The codes of the tables, where the code that was given is in none of their divisions; else nothing."""
    codes = [code for code, _, _ in found if code != NOT_CLASSIFIED]
    return "" if not codes or given[:2] in {code[:2] for code in codes} else ", ".join(codes)
