"""A node of the template tree, and the search for the template in it that fits a line best."""

from operator import eq

import numpy as np
from numpy.typing import NDArray

from keel.data.logs.template import Template

_FEW = 32
"""Up to so many templates are compared one by one, more of them as one table."""

_ABSENT, _DIFFERENT = -1, -2


class Leaf:
    """children: nodes below, by word. templates: in the order of their numbers, only where there
    are no children. changes: how often its answer to some line may have become another."""

    def __init__(self) -> None:
        self.children: dict[str, Leaf] = {}
        self.templates: list[Template] = []
        self.changes = 0
        self._codes: dict[str, int] = {}
        self._table: NDArray[np.int32] | None = None
        self._wildcards = np.zeros(0, dtype=np.int64)

    def add(self, template: Template) -> None:
        """One more template, after those there are."""
        self.templates.append(template)
        self.changes += 1
        if self._table is not None:
            self._write(len(self.templates) - 1)

    def widen(self, template: Template, words: list[str]) -> bool:
        """Put wildcards where `words` differ from one of the templates here; whether they do."""
        if not template.widen(words):
            return False
        self.changes += 1
        if self._table is not None:
            self._write(self.templates.index(template))
        return True

    def best(self, words: list[str]) -> tuple[Template | None, int]:
        """The template with the most words in common, and how many. Of several the one with the
        most wildcards, then the oldest; wildcards count as no word. None without a template."""
        if len(self.templates) > _FEW:
            return self._best_of_many(words)
        best = None
        most, wildcards = -1, -1
        for template in self.templates:
            same = sum(map(eq, template.words, words))
            if same > most or (same == most and template.wildcards > wildcards):
                best, most, wildcards = template, same, template.wildcards
        return best, most

    def mark_changed(self) -> None:
        """Some line that came here until now goes elsewhere."""
        self.changes += 1
        for child in self.children.values():
            child.mark_changed()

    def _best_of_many(self, words: list[str]) -> tuple[Template, int]:
        if self._table is None:
            for row in range(len(self.templates)):
                self._write(row)
        count = len(self.templates)
        line = np.fromiter((self._codes.get(word, _ABSENT) for word in words), np.int32)
        assert self._table is not None
        same = (self._table[:count] == line).sum(axis=1)
        row = int(np.argmax(same * (len(words) + 1) + self._wildcards[:count]))
        return self.templates[row], int(same[row])

    def _write(self, row: int) -> None:
        template = self.templates[row]
        table = self._table
        if table is None or row >= len(table):
            size = max(2 * row, 2 * _FEW)
            grown = np.zeros((size, len(template.words)), dtype=np.int32)
            wildcards = np.zeros(size, dtype=np.int64)
            if table is not None:
                grown[:row], wildcards[:row] = table[:row], self._wildcards[:row]
            self._table, self._wildcards = grown, wildcards
            table = grown
        codes = self._codes
        table[row] = [
            _DIFFERENT if word is None else codes.setdefault(word, len(codes))
            for word in template.words
        ]
        self._wildcards[row] = template.wildcards
