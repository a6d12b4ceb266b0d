"""Finds the mutants of a Swift file, and writes the file with all of them behind a switch."""

import re
from dataclasses import dataclass

import tree_sitter
import tree_sitter_swift

import embedded

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_swift.language()))

MOVED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
LOGIC = {"&&": "||", "||": "&&"}
ARITHMETIC = {
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=", "..<": "...", "...": "..<",
    "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "|",
}
BINARY = {
    "comparison_expression", "equality_expression", "conjunction_expression", "disjunction_expression",
    "additive_expression", "multiplicative_expression", "bitwise_operation", "range_expression", "infix_expression",
    "assignment",
}
# A short text without spaces is a name that something else reads. Prose, such as an error's, is left alone.
NAME = re.compile(r"[A-Za-z0-9_.:;=/-]{0,32}\Z")
# What the parser can't read, and is given a name instead of that is as long.
UNREADABLE = re.compile(
    rb"(?<=of: )\(.*\)(?=\.self)|(?<=\w\()\(\)(?=\))|\[[^\[\]\n]*\?\](?=\()|(?<=for )case \(.*\)(?= in\b)"
    rb"|\bconsume (?=\w)")
SKIPPED = {"attribute", "availability_condition", "comment", "multiline_comment", "import_declaration", "enum_entry"}


@dataclass(frozen=True)
class Unit:
    """A piece of a file that is written once for each of its mutants: a body, a value or a default value."""

    kind: str
    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Mutant:
    file: str
    kind: str
    unit: Unit
    start: int
    end: int
    replacement: bytes
    source: bytes

    @property
    def line(self):
        return self.source.count(b"\n", 0, self.start) + 1

    @property
    def text(self):
        """The unit with the fault in."""
        return (self.source[self.unit.start : self.start] + self.replacement
                + self.source[self.end : self.unit.end])

    @property
    def change(self):
        """The lines before and after, in one line each: how a list names this mutant."""
        first = self.source.rfind(b"\n", 0, self.start) + 1
        last = self.source.find(b"\n", self.end)
        last = len(self.source) if last < 0 else last
        before = self.source[first:last].decode()
        after = (self.source[first : self.start] + self.replacement + self.source[self.end : last]).decode()
        return " ".join(before.split()), " ".join(after.split())

    @property
    def key(self):
        return (self.file, self.unit.name) + self.change

    @property
    def name(self):
        """Tells mutants apart whose lists' entries are the same."""
        return "\n".join(self.key + (str(self.start - self.unit.start),))


def mutants(file, source):
    """All mutants of a file, and the names of what the parser could not read."""
    root = PARSER.parse(UNREADABLE.sub(lambda match: b"x" * len(match.group()), source)).root_node
    found, unread = [], []
    for kind, node, name in units(root, ""):
        unit = Unit(kind, node.start_byte, node.end_byte, name)
        if node.has_error:
            unread.append(f"{file}: {name}")
            continue
        seen = set()
        for what, start, end, replacement in changes(node, name, source):
            if (start, end, replacement) not in seen and source[start:end] != replacement:
                seen.add((start, end, replacement))
                found.append(Mutant(file, what, unit, start, end, replacement, source))
    return found, unread


def units(node, name):
    """The outermost bodies, and the values of properties and parameters outside of them."""
    if node.type in SKIPPED:
        return
    if node.type == "class_declaration" or node.type == "protocol_declaration":
        name = text(node.child_by_field_name("name"))
    elif node.type == "function_declaration":
        name = text(node.child_by_field_name("name"))
    elif node.type in ("init_declaration", "deinit_declaration", "subscript_declaration"):
        name = f"{name}.{node.type.split('_')[0]}" if name else node.type.split("_")[0]
    elif node.type == "property_declaration":
        pattern = node.child_by_field_name("name")
        name = text(pattern) if pattern else name
    for index, child in enumerate(node.children):
        field = node.field_name_for_child(index)
        if child.type == "statements" and node.type != "source_file":
            yield "body", child, name
        elif field == "value" and node.type == "property_declaration":
            yield "value", child, name
        elif field == "default_value":
            yield "default", child, name
        else:
            yield from units(child, name)


def text(node):
    return node.text.decode()


def changes(node, name, source):
    """(kind, start, end, replacement) of each fault below a node."""
    if node.type in SKIPPED:
        return
    if node.type in BINARY:
        operator = node.child_by_field_name("op") or node.child_by_field_name("operator")
        if operator is not None:
            # Of `HKDF<SHA256>.of(x)` the parser makes comparisons.
            is_spaced = source[operator.start_byte - 1 : operator.start_byte].isspace()
            for kind, table in (("comparison", MOVED), ("logic", LOGIC), ("arithmetic", ARITHMETIC)):
                if text(operator) in table and (is_spaced or kind != "comparison"):
                    yield kind, operator.start_byte, operator.end_byte, table[text(operator)].encode()
    elif node.type in ("if_statement", "guard_statement", "while_statement", "repeat_while_statement"):
        yield from negated(conditions(node), source)
    elif node.type == "ternary_expression":
        yield from negated([node.child_by_field_name("condition")], source)
    elif node.type in ("switch_entry", "where_clause"):
        following = [b for a, b in zip(node.children, node.children[1:]) if a.type == "where_keyword"]
        yield from negated(following, source)
    elif node.type == "prefix_expression" and node.children[0].type == "bang":
        yield "negation", node.start_byte, node.start_byte + 1, b""
    elif node.type == "statements":
        yield from of_statements(node, name, source)
    elif node.type in ("integer_literal", "hex_literal") and node.parent.type != "navigation_suffix":
        yield "constant", node.start_byte, node.end_byte, str(int(text(node).replace("_", ""), 0) + 1).encode()
    elif node.type == "boolean_literal":
        yield "constant", node.start_byte, node.end_byte, b"false" if text(node) == "true" else b"true"
    elif node.type == "line_string_literal" and NAME.match(text(node)[1:-1]) and '"' not in text(node)[1:-1]:
        yield "constant", node.end_byte - 1, node.end_byte - 1, b"z"
    elif node.type == "call_expression" and text(node.children[0]) in ("min", "max"):
        called = node.children[0]
        other = b"max" if text(called) == "min" else b"min"
        yield "arithmetic", called.start_byte, called.end_byte, other
    elif node.type == "control_transfer_statement" and node.children[0].type == "throw_keyword":
        answer = instead_of_throwing(node)
        if answer is not None:
            yield "error swallowed", node.start_byte, node.end_byte, answer
    if node.type in ("multi_line_string_literal", "line_string_literal"):
        yield from embedded.changes(node, source)
    for child in node.children:
        yield from changes(child, name, source)


def conditions(node):
    """The conditions of a statement that are plain expressions."""
    element = []
    for index, child in enumerate(node.children):
        if child.type in ("{", "statements", "else"):
            break
        if child.type == ",":
            if len(element) == 1:
                yield element[0]
            element = []
        elif child.type not in ("if", "guard", "while", "comment"):
            element.append(child)
    if len(element) == 1 and element[0].is_named and element[0].type != "else":
        yield element[0]
    if node.type == "repeat_while_statement" and node.child_by_field_name("condition"):
        yield node.child_by_field_name("condition")


def negated(nodes, source):
    for node in nodes:
        # `!x` and `a == b` are negated where they stand.
        if node.type in ("prefix_expression", "equality_expression", "availability_condition", "statements"):
            continue
        if node.type == "infix_expression" and text(node.child_by_field_name("op")) == "!=":
            continue
        yield "negation", node.start_byte, node.end_byte, b"!(" + source[node.start_byte : node.end_byte] + b")"


def of_statements(node, name, source):
    statements = [child for child in node.named_children if child.type not in ("comment", "multiline_comment")]
    for statement, following in zip(statements, statements[1:] + [None]):
        start, end = statement.start_byte, statement.end_byte
        content = text(statement)
        if statement.type == "call_expression" and statement.children[0].text == b"defer":
            yield "defer", start, end, b""
        elif re.match(r"(assert|fatalError|preconditionFailure)\b", content):
            continue
        elif name.endswith("init") and content.startswith("self."):
            # Without it nothing would compile.
            continue
        elif statement.type in ("call_expression", "try_expression", "await_expression", "assignment"):
            # What a body or a closure consists of is most often its value.
            if len(statements) > 1 or statement.type == "assignment" or node.parent.type == "function_body":
                yield "statement", start, end, b""
            if statement.type == "try_expression" and content.startswith("try ") and len(statements) > 1:
                yield "error swallowed", start, start + 4, b"_ = try? "
        elif statement.type == "control_transfer_statement" and content in ("return", "continue", "break"):
            if not (content == "break" and len(statements) == 1):
                yield "statement", start, end, b""
        if following is not None and waits(statement) and waits(following):
            swapped = source[following.start_byte : following.end_byte] + source[end : following.start_byte]
            yield "awaits", start, following.end_byte, swapped + source[start:end]


def waits(node):
    if node.type == "await_expression":
        return True
    return node.type != "lambda_literal" and any(waits(child) for child in node.children)


def instead_of_throwing(node):
    """What a function that failed would answer if it did not say so, where that is known."""
    while node is not None and node.type not in ("function_declaration", "init_declaration", "lambda_literal"):
        node = node.parent
    if node is None or node.type == "lambda_literal":
        return None
    if node.type == "init_declaration":
        return None
    returned = [b for a, b in zip(node.children, node.children[1:]) if a.type == "->"]
    if not returned or text(returned[0]) in ("Void", "()"):
        return b"return"
    return {"optional_type": b"return nil"}.get(returned[0].type, b"return false" if text(returned[0]) == "Bool" else None)


def written(source, mutants, units):
    """The file with its mutants, which are numbered, and the lines that each of them takes: [(first, last, number)]."""
    by_unit = {}
    for number, mutant in mutants:
        by_unit.setdefault(mutant.unit, []).append((number, mutant))
    result, lines, at = b"", [], 0
    for unit in sorted(by_unit, key=lambda unit: unit.start):
        result += source[at : unit.start]
        original = source[unit.start : unit.end]
        numbered = by_unit[unit]
        active = b"activeMutant(%d)" % units[numbered[0][1].file, unit.start]
        if unit.kind == "default":
            # All on one line: a fault in one drops them all.
            line = result.count(b"\n") + 1
            lines += [(line, line, number) for number, _ in numbered]
            for number, mutant in numbered:
                result += b"%s == %d ? %s : " % (active, number, mutant.text)
            result += original
        else:
            first = result.count(b"\n") + 1
            result += b"switch %s {\n" % active
            for number, mutant in numbered:
                begun = result.count(b"\n") + 1
                body = mutant.text if unit.kind == "value" or mutant.text.strip() else b"break"
                result += b"case %d:\n%s\n" % (number, body)
                lines.append((begun, result.count(b"\n"), number))
            begun = result.count(b"\n") + 1
            result += b"default:\n%s\n}" % original
            last = result.count(b"\n") + 1
            # An error outside of each mutant is one of the switch itself.
            lines += [(line, line, number) for line in (first, last) for number, _ in numbered]
            lines += [(begun, last, number) for number, _ in numbered]
        at = unit.end
    return result + source[at:], lines
