"""Drain as it is told in words, asked for every line: slow, and with nothing to forget."""

from collections.abc import Iterable

WILD = "<*>"


class Node:
    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.clusters: list[int] = []


class PlainDrain:
    """Source: He et al. (2017), section III; order of ties as in drain3."""

    def __init__(self, similarity: float, depth: int, children: int) -> None:
        self.similarity, self.levels, self.most = similarity, depth - 2, children
        self.roots: dict[int, Node] = {}
        self.templates: list[list[str]] = []

    def add(self, line: str) -> int:
        """The number of the line's group, from 1."""
        words = line.split()
        found = self.search(words)
        if found is None:
            self.templates.append(words)
            self.insert(words, len(self.templates) - 1)
            return len(self.templates)
        merged = zip(self.templates[found], words, strict=True)
        self.templates[found] = [a if a == b else WILD for a, b in merged]
        return found + 1

    def search(self, words: list[str]) -> int | None:
        node = self.roots.get(len(words))
        if node is None:
            return None
        for level, word in enumerate(words, start=1):
            if level >= self.levels or level == len(words):
                break
            node = node.children.get(word, node.children.get(WILD))
            if node is None:
                return None
        best, score = None, (-1.0, -1)
        for cluster in node.clusters:
            template = self.templates[cluster]
            same = sum(a == b and a != WILD for a, b in zip(template, words, strict=True))
            now = (same / len(words) if words else 1.0, template.count(WILD))
            if now > score:
                best, score = cluster, now
        return best if score[0] >= self.similarity else None

    def insert(self, words: list[str], cluster: int) -> None:
        node = self.roots.setdefault(len(words), Node())
        for level, word in enumerate(words, start=1):
            if level >= self.levels or level >= len(words):
                break
            node = node.children.setdefault(self.key(node, word), Node())
        node.clusters.append(cluster)

    def key(self, node: Node, word: str) -> str:
        if word in node.children:
            return word
        if any(letter.isdigit() for letter in word):
            return WILD
        if WILD in node.children:
            return word if len(node.children) < self.most else WILD
        return word if len(node.children) + 1 < self.most else WILD


def groups(
    lines: Iterable[str], similarity: float, depth: int, children: int
) -> tuple[list[int], list[str]]:
    """The group of each line, and the templates at the end."""
    drain = PlainDrain(similarity, depth, children)
    return [drain.add(line) for line in lines], [" ".join(words) for words in drain.templates]
