"""Messages -> templates, line by line and many at once, with all state as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.leaf import Leaf
from keel.data.logs.mask import DEFAULT_MASKS, Mask, check_masks, mask_lines
from keel.data.logs.template import OTHER, Template
from keel.data.logs.template_tree import TemplateTree, TreeSettings
from keel.errors import ArtifactError, DeclarationError

UNSEEN = -1
"""What `find` answers for a line that fits no template."""

MOST_CHARACTERS = 8_192
MOST_WORDS = 512
"""Of a message; the rest says nothing about its template."""

MOST_REMEMBERED = 50_000
LONGEST_REMEMBERED = 1_000
"""Distinct masked lines whose template is kept at hand, and how many characters they may have."""

_FORMAT = 1


@dataclass(frozen=True)
class ParserSettings:
    """How messages become templates."""

    masks: tuple[Mask, ...] = DEFAULT_MASKS
    tree: TreeSettings = field(default_factory=TreeSettings)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        masks = [[mask.pattern, mask.into] for mask in self.masks]
        return {"masks": masks, "tree": asdict(self.tree)}

    @classmethod
    def of_json(cls, state: Mapping[str, Any]) -> "ParserSettings":
        """What `to_json` wrote."""
        masks = tuple(Mask(str(pattern), str(into)) for pattern, into in state["masks"])
        return cls(masks, TreeSettings(**state["tree"]))


class Parser:
    """Learns templates from messages, and finds them again.

    The tree is asked only for masked lines that were not seen before, or whose answer may have
    changed since; the groups are those that come of asking it for every line.
    """

    def __init__(self, settings: ParserSettings | None = None) -> None:
        """Raises DeclarationError for settings that cannot work."""
        self.settings = settings or ParserSettings()
        _check(self.settings)
        self._tree = TemplateTree(self.settings.tree)
        self._known: dict[str, tuple[int, Leaf, int]] = {}

    @property
    def templates(self) -> Sequence[Template]:
        """By their numbers. The first, `OTHER`, is for lines that came when there was no room."""
        return self._tree.templates

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know, one sentence each."""
        if not self._tree.is_full:
            return ()
        other = self.templates[OTHER].lines
        note = (
            f"{len(self.templates) - 1:,} templates, and room for no more: {other:,} lines that "
            "fit none of them count as one template; mask what varies in them, or allow more"
        )
        return (note,)

    def mask(self, messages: pl.Series) -> pl.Series:
        """[n] what of the messages may differ between templates; null counts as empty."""
        return mask_lines(messages.fill_null("").str.slice(0, MOST_CHARACTERS), self.settings.masks)

    def learn(self, messages: pl.Series) -> NDArray[np.int32]:
        """[n] numbers of templates, which the messages make and widen in their order. A null
        message counts as an empty one."""
        return self.learn_masked(self.mask(messages).to_list())

    def learn_masked(self, lines: Sequence[str]) -> NDArray[np.int32]:
        """The same for what `mask` gave."""
        known, learn = self._known, self._learn
        numbers = np.empty(len(lines), dtype=np.int32)
        for row, line in enumerate(lines):
            found = known.get(line)
            if found is not None and found[1].changes == found[2]:
                numbers[row] = found[0]
            else:
                numbers[row] = learn(line)
        counts = np.bincount(numbers, minlength=len(self.templates))
        for number in np.flatnonzero(counts).tolist():
            self.templates[number].lines += int(counts[number])
        return numbers

    def find(self, messages: pl.Series) -> NDArray[np.int32]:
        """[n] numbers of templates, UNSEEN where there is none. Nothing is learned: a line's
        answer does not depend on the lines beside it."""
        masked = self.mask(messages)
        distinct = masked.unique(maintain_order=True)
        answers = pl.Series(self.find_masked(distinct.to_list()), dtype=pl.Int32)
        return masked.replace_strict(distinct, answers).to_numpy()

    def find_masked(self, lines: Sequence[str]) -> NDArray[np.int32]:
        """The same for what `mask` gave, line by line."""
        found = (self._tree.find(_words(line)) for line in lines)
        numbers = (UNSEEN if template is None else template.number for template in found)
        return np.fromiter(numbers, np.int32, len(lines))

    def to_json(self) -> dict[str, Any]:
        """All of its state as plain values. `read_parser` makes a parser of it that goes on as
        this one would."""
        return {
            "format": _FORMAT,
            **self.settings.to_json(),
            "other": self.templates[OTHER].lines,
            "templates": [
                {"words": t.words, "path": list(t.path), "lines": t.lines}
                for t in self.templates[1:]
            ],
        }

    def _learn(self, line: str) -> int:
        template, leaf = self._tree.learn(_words(line))
        if leaf is not None and len(line) <= LONGEST_REMEMBERED:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[line] = (template.number, leaf, leaf.changes)
        return template.number


def read_parser(state: Mapping[str, Any]) -> Parser:
    """The parser that `to_json` wrote. Raises ArtifactError saying what is wrong."""
    try:
        if state["format"] != _FORMAT:
            raise ArtifactError(
                f"templates are in format {state['format']!r}, known here is {_FORMAT}: "
                "they were learned by a newer Keel; upgrade to read them"
            )
        parser = Parser(ParserSettings.of_json(state))
        parser.templates[OTHER].lines = int(state["other"])
        for number, kept in enumerate(state["templates"], start=1):
            words = [None if word is None else str(word) for word in kept["words"]]
            path = tuple(str(key) for key in kept["path"])
            parser._tree.add(Template(number, words, path, int(kept["lines"])))
    except (KeyError, TypeError, ValueError, DeclarationError) as cause:
        raise ArtifactError(
            f"the templates cannot be read: {cause!r}; take the version from the registry again"
        ) from cause
    return parser


def _words(line: str) -> list[str]:
    return line.split(None, MOST_WORDS)[:MOST_WORDS]


def _check(settings: ParserSettings) -> None:
    tree = settings.tree
    problems = []
    if not 0 <= tree.similarity <= 1:
        problems.append(f"similarity is {tree.similarity:g}: it is a share between 0 and 1")
    if tree.depth < 3:
        problems.append(f"depth is {tree.depth}: it must be 3 or more")
    if tree.children < 2:
        problems.append(f"children is {tree.children}: a node needs room for 2 or more")
    if tree.templates < 1:
        problems.append(f"templates is {tree.templates}: there must be room for 1 or more")
    if problems:
        raise DeclarationError(problems)
    check_masks(settings.masks)
