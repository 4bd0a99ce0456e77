"""Walk the nodes of a mapping file and note what has not the shape it should have, with the line it stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from vsme_xl.reading.mapping_error import MappingError, Problem

FEW = 25
DEEPEST, MOST_NODES = 50, 1_000_000
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Entry:
    """A name in a mapping file and the node of what is said of it."""

    name: str
    line: int
    node: yaml.Node


@dataclass
class Noted:
    """What was found to be wrong so far."""

    problems: list[Problem] = field(default_factory=list)

    def note(self, line: int, key: str, **values: object) -> None:
        """Note one thing that is wrong."""
        self.problems.append(Problem(line, key, values))

    def entries(self, node: yaml.Node, owner: str) -> Iterator[Entry]:
        """Yield what a node of `name: value` pairs holds; note another kind of node, and names that stand twice."""
        if _is_blank(node):
            return
        if not isinstance(node, yaml.MappingNode):
            self.note(line_of(node), "not_pairs" if owner else "not_fields", name=owner)
            return
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), line_of(key)
            if name in seen:
                self.note(line, "twice", name=name, first=seen[name])
            seen.setdefault(name, line)
            yield Entry(name, line, value)

    def known(self, entry: Entry, names: Collection[str], key: str, owner: str = "") -> bool:
        """Return whether an entry's name is one of `names`; note with the nearest one where it is not."""
        return self.is_one_of(entry.name, entry.line, names, key, owner)

    def is_one_of(self, name: str, line: int, names: Collection[str], key: str, owner: str = "") -> bool:
        """Return whether a name is one of `names`; note with the nearest one where it is not."""
        if name in names:
            return True
        from difflib import get_close_matches

        near = next(iter(get_close_matches(name, names, n=1, cutoff=0.7)), "")
        few = ", ".join(sorted(names)) if len(names) <= FEW else ""
        self.note(line, key, name=name, owner=owner, **({"near": near} if near else {"known": few} if few else {}))
        return False

    def text(self, entry: Entry, owner: str = "") -> str | None:
        """Return the text of an entry; None, and a note, where it is a list or pairs."""
        if isinstance(entry.node, yaml.ScalarNode):
            return str(entry.node.value)
        self.note(line_of(entry.node), "not_a_text", name=_path(owner, entry.name))
        return None

    def texts(self, entry: Entry, owner: str = "") -> list[tuple[str, int]]:
        """Return the texts of a list (or the one text that stands for a list) with their lines."""
        items = entry.node.value if isinstance(entry.node, yaml.SequenceNode) else [entry.node]
        if not all(isinstance(item, yaml.ScalarNode) for item in items):
            self.note(line_of(entry.node), "not_a_list", name=_path(owner, entry.name))
            return []
        return [(str(item.value), line_of(item)) for item in items]


def compose(path: Path) -> yaml.Node:
    """Return the nodes of a YAML file; raise MappingError where it is not one."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingError(path.name, (Problem(data[: error.start].count(b"\n") + 1, "not_utf8"),)) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if line := _line_too_deep(text, loader):
            raise MappingError(path.name, (Problem(line, "too_deep"),))
        node: yaml.Node | None = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        written = text.split("\n")[line - 1 : line] if line else []  # YAML knows more ends of lines
        tab = any("\t" in one.partition("#")[0] for one in written)
        said = getattr(error, "problem", None) or type(error).__name__
        raise MappingError(path.name, (Problem(line, "tab" if tab else "yaml", {"problem": said}),)) from None
    if node is not None and _written_out(node, {}) > MOST_NODES:
        raise MappingError(path.name, (Problem(line_of(node), "too_deep"),))
    if node is None:
        raise MappingError(path.name, (Problem(0, "not_fields"),))
    return node


def _line_too_deep(text: str, loader: type[yaml.SafeLoader]) -> int:
    """Return the line in which lists and pairs are nested too deep, 0 where none are: what composes nodes recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return int(event.start_mark.line) + 1 if event.start_mark else 1
    return 0


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many nodes there are with each alias written out; beyond all bounds for one that leads to itself."""
    if id(node) not in known:
        known[id(node)] = MOST_NODES
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        inner = node.value if isinstance(node, yaml.SequenceNode) else [one for pair in pairs for one in pair]
        known[id(node)] = 1 + sum(_written_out(one, known) for one in inner)
    return known[id(node)]


def line_of(node: yaml.Node) -> int:
    """Return the line of a node, counted from 1."""
    return int(node.start_mark.line) + 1


def plain(node: yaml.Node) -> object:
    """Return what a node says, every value as the text that was written: `1.10` and `no` stay what they are."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    return "" if _is_blank(node) else str(node.value)


def as_truth(text: object) -> bool | None:
    """Return the yes or no of a text, None where it is neither."""
    return TRUTHS.get(str(text).casefold())


def _is_blank(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _path(owner: str, name: str) -> str:
    return f"{owner}: {name}" if owner else name


