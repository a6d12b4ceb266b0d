"""Reads the list of mutants that no test can or should catch, each with its reason."""


def read(path):
    """{key: reason}. An entry is four lines: where, the line before, the line after, the reason."""
    entries = {}
    block = []
    for line in path.read_text().splitlines() + [""]:
        if line.startswith("#"):
            continue
        if line.strip():
            block.append(line.strip())
            continue
        if not block:
            continue
        if len(block) < 4 or block[1][:2] != "- " or (block[2] + " ")[:2] != "+ " or block[3][:2] != "= ":
            raise SystemExit(f"{path}: not an entry: {block}")
        file, _, name = block[0].partition(" ")
        entries[(file, name, block[1][2:], block[2][2:])] = " ".join([block[3][2:]] + block[4:])
        block = []
    return entries


def entry(mutant):
    before, after = mutant.change
    return f"{mutant.file} {mutant.unit.name}\n- {before}\n+ {after}\n= "
