"""The Drain tree: which template a line belongs to, learned line by line."""

from dataclasses import dataclass

from keel.data.logs.leaf import Leaf
from keel.data.logs.mask import WILDCARD
from keel.data.logs.template import OTHER, Template

MOST_WORDS = 1_000_000
"""Of all templates together: a word takes about 100 bytes."""


@dataclass(frozen=True)
class TreeSettings:
    """similarity: the share of a template's words that a line must have. depth: of the tree: a
    line goes by its number of words, then by its first `depth - 3` words. children: of a node;
    further words share one. templates: at most so many, see `OTHER`."""

    similarity: float = 0.7
    depth: int = 5
    children: int = 100
    templates: int = 10_000


class TemplateTree:
    """Groups lines by their words, as Drain does.

    The groups are those of drain3 with the same settings as long as there is room. Without room
    drain3 forgets the least recently used templates, which gives old lines new numbers; here the
    lines that fit nothing go to `OTHER`.

    Source: He, Zhu, Zheng and Lyu (2017), Drain: An Online Log Parsing Approach with Fixed Depth
    Tree, ICWS. Ties are settled as in drain3 0.9.
    """

    def __init__(self, settings: TreeSettings) -> None:
        self._settings = settings
        self._levels = settings.depth - 3
        self._roots: dict[int, Leaf] = {}
        self._nowhere = Leaf()
        self._words = 0
        self.templates = [Template(OTHER, [None], ())]

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more templates."""
        return len(self.templates) > self._settings.templates or self._words > MOST_WORDS

    def learn(self, words: list[str]) -> tuple[Template, Leaf | None]:
        """The template of a line, made or widened by it, and the node that settled it.

        As long as the node's `changes` stay, a line of the same words gets the same template and
        changes nothing. None where this line itself made or widened a template.
        """
        leaf = self._leaf(words)
        best = None if leaf is None else self._fit(leaf, words)
        if best is not None and leaf is not None:
            return best, None if leaf.widen(best, words) else leaf
        if self.is_full:
            return self.templates[OTHER], self._nowhere
        literal: list[str | None] = [None if word == WILDCARD else word for word in words]
        made = Template(len(self.templates), literal, self._path(words))
        self.add(made)
        return made, None

    def find(self, words: list[str]) -> Template | None:
        """The template that `learn` would choose, None if it would make one."""
        leaf = self._leaf(words)
        return None if leaf is None else self._fit(leaf, words)

    def add(self, template: Template) -> None:
        """Hang a template below its path. Templates come in the order of their numbers."""
        self.templates.append(template)
        self._words += len(template.words)
        node = self._roots.setdefault(len(template.words), Leaf())
        for key in template.path:
            if key not in node.children:
                # Lines with this word went to the wildcard until now.
                if WILDCARD in node.children:
                    node.children[WILDCARD].mark_changed()
                node.children[key] = Leaf()
            node = node.children[key]
        node.add(template)

    def _leaf(self, words: list[str]) -> Leaf | None:
        node = self._roots.get(len(words))
        for word in self._leading(words):
            if node is None:
                return None
            node = node.children.get(word) or node.children.get(WILDCARD)
        return node

    def _fit(self, leaf: Leaf, words: list[str]) -> Template | None:
        best, same = leaf.best(words)
        # Empty lines have nothing to compare, and one template.
        if words and same / len(words) < self._settings.similarity:
            return None
        return best

    def _path(self, words: list[str]) -> tuple[str, ...]:
        path: list[str] = []
        node = self._roots.get(len(words))
        for word in self._leading(words):
            key = self._key({} if node is None else node.children, word)
            path.append(key)
            node = None if node is None else node.children.get(key)
        return tuple(path)

    def _leading(self, words: list[str]) -> list[str]:
        """The words that lead through the tree: the last word of a line never does."""
        return words[: max(0, min(self._levels, len(words) - 1))]

    def _key(self, children: dict[str, Leaf], word: str) -> str:
        if word in children:
            return word
        if any(map(str.isdigit, word)):
            return WILDCARD
        # The wildcard is one of the children, or must still find room among them.
        room = self._settings.children - (WILDCARD not in children)
        return word if len(children) < room else WILDCARD
