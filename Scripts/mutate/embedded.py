"""Finds the mutants of what stands in a string: Lua that Redis runs, and SQL. By text, since no parser reads these."""

import re

SQL = re.compile(r"\b(SELECT|UPDATE|DELETE FROM|INSERT INTO|WHERE|ORDER BY)\b")
LUA = re.compile(r"\b(redis\.call|local )")

LUA_TABLE = [
    ("comparison", re.compile(r" (==|~=|<=|>=|<|>) "), {"==": "~=", "~=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}),
    ("logic", re.compile(r" (and|or) "), {"and": "or", "or": "and"}),
    ("arithmetic", re.compile(r" (\+|-) "), {"+": "-", "-": "+"}),
    ("arithmetic", re.compile(r"\bmath\.(min|max)\b"), {"min": "max", "max": "min"}),
    ("constant", re.compile(r"\b(true|false)\b"), {"true": "false", "false": "true"}),
]
SQL_TABLE = [
    ("comparison", re.compile(r" (<=|>=|<|>|IS NOT|IS) "),
     {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "IS": "IS NOT", "IS NOT": "IS"}),
    ("comparison", re.compile(r"(?:WHERE|AND|OR) \w+ (=) "), {"=": "<>"}),
    ("logic", re.compile(r" (AND|OR) "), {"AND": "OR", "OR": "AND"}),
    ("arithmetic", re.compile(r" (\+|-) "), {"+": "-", "-": "+"}),
    ("arithmetic", re.compile(r"\b(min|max)\("), {"min": "max", "max": "min"}),
    ("constant", re.compile(r" (ASC|DESC)\b"), {"ASC": "DESC", "DESC": "ASC"}),
]
NUMBER = re.compile(r"(?<![\w\[.%])\d+(?![\w\]])")
LUA_CONDITION = re.compile(r"\b(?:if|elseif|while) (.+?) (?:then|do)\b")
# A statement alone on its line. A `local` stays, or everything after it would fail at once.
LUA_STATEMENT = re.compile(
    r"^[ \t]*((?!local\b|return\b|end\b|else\b|if\b|for\b|while\b|elseif\b)[\w.\[\]#, +]+(?:\(.*\)| = .*[^,({]))[ \t]*$", re.M)


def changes(node, source):
    content = node.text.decode()
    if LUA.search(content):
        table, isLua = LUA_TABLE, True
    elif SQL.search(content):
        table, isLua = SQL_TABLE, False
    else:
        return
    masked = mask(node, content)
    start = node.start_byte

    def change(kind, span, replacement):
        first, last = (start + len(content[:index].encode()) for index in span)
        return kind, first, last, replacement.encode()

    for kind, pattern, swapped in table:
        for match in pattern.finditer(masked):
            yield change(kind, match.span(1), swapped[match.group(1)])
    for match in NUMBER.finditer(masked):
        yield change("constant", match.span(), str(int(match.group()) + 1))
    if isLua:
        for match in LUA_CONDITION.finditer(masked):
            yield change("negation", match.span(1), f"not ({content[slice(*match.span(1))]})")
        for match in LUA_STATEMENT.finditer(masked):
            yield change("statement", match.span(1), "")
        for match in re.finditer(r"'LT', ", masked):
            yield change("constant", match.span(), "")


def mask(node, content):
    """The text with what Swift puts in covered: the same length, and nothing that a pattern would find."""
    masked = list(content)
    base = node.start_byte
    raw = node.text

    def cover(first, last):
        for index in range(len(raw[: first - base].decode()), len(raw[: last - base].decode())):
            masked[index] = "_"

    opened = None
    for child in node.children:
        if child.type == "\\(":
            opened = child.start_byte
        elif child.type == ")" and opened is not None:
            cover(opened, child.end_byte)
            opened = None
        elif child.type == "interpolated_expression" and opened is None:
            cover(child.start_byte, child.end_byte)
    return "".join(masked)
