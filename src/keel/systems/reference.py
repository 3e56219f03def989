"""The reference systems that ship with Keel."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources

from keel.errors import NotFound


@dataclass(frozen=True)
class Reference:
    """A reference system. declaration: its file in the folder `keel/systems/FOLDER`; source: the
    module that writes its tables."""

    name: str
    summary: str
    folder: str
    declaration: str
    source: str

    def text(self) -> str:
        """Its declaration."""
        return _file(self.folder, self.declaration)

    def readme(self) -> str:
        """What it is about."""
        return _file(self.folder, "README.md")


REFERENCES = (
    Reference(
        "fraud",
        "card payments, simulated, with three patterns of fraud",
        "fraud",
        "keel.yaml",
        "keel.systems.fraud.payments",
    ),
    Reference(
        "credit",
        "German credit: 1,000 loans, a missed bad one costs five times a refused good one",
        "credit",
        "keel.yaml",
        "keel.systems.credit.german",
    ),
    Reference(
        "credit/adult",
        "Adult: who earns more than $50,000, from a census",
        "credit",
        "adult.yaml",
        "keel.systems.credit.adult",
    ),
    Reference(
        "churn",
        "Telco: which customers of a telephone company leave",
        "churn",
        "keel.yaml",
        "keel.systems.churn.telco",
    ),
    Reference(
        "spam",
        "SMS spam: deliver, flag or quarantine a message",
        "spam",
        "keel.yaml",
        "keel.systems.spam.sms",
    ),
    Reference(
        "spam/mail",
        "SpamAssassin: the same for raw mails",
        "spam",
        "mail.yaml",
        "keel.systems.spam.spamassassin",
    ),
    Reference(
        "movies",
        "MovieLens: which films somebody will want to see next",
        "movies",
        "keel.yaml",
        "keel.systems.movies.movielens",
    ),
    Reference(
        "logs",
        "the log of a service, simulated, with incidents of seven kinds",
        "logs",
        "keel.yaml",
        "keel.systems.logs.service",
    ),
)


def find_reference(name: str) -> Reference:
    """The reference system `name`. Raises NotFound with those there are."""
    for reference in REFERENCES:
        if reference.name == name:
            return reference
    names = [reference.name for reference in REFERENCES]
    near = get_close_matches(name, names, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise NotFound(f"no reference system {name!r}: {meant}there are {', '.join(names)}")


def _file(folder: str, name: str) -> str:
    return (resources.files("keel.systems") / folder / name).read_text(encoding="utf-8")
