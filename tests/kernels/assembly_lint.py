# SPDX-License-Identifier: Apache-2.0
"""Reads the machine code of generated kernels: what runs most must be what was meant.

The hot block of a function is its innermost loop with the most multiplications. It must hold
exactly the expected number of vector multiplications (fused, or plain where the instruction set has
no fused ones; of integers, sums of products), store no vector to the stack, and load none from
there unless told that it may: constants of a loop that do not fit the registers cost the same from
the stack as from elsewhere. A block that holds more values than there are registers may be told
that it may store, too.
Of prefetches it holds as many as told, none if not told, and all into every level of the cache.

The expected number is a formula over a variant's parameters in variants.json, or a pair of the
least and the most:

    assembly_lint.py --objdump objdump --variants dot/variants.json --isa avx2 \
        --object dot_avx2.o --table kDotVariants --expect "mr * nr // lanes"
"""

import argparse
import json
import re
import subprocess
import sys

_FUNCTION = re.compile(r"^[0-9a-f]+ <(\w+)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(.*)$")
_BRANCH = re.compile(
    r"^(?:j\w+|b|b\.\w+|cbnz \w+,|cbz \w+,|tbz [^,]+, [^,]+,|tbnz [^,]+, [^,]+,)\s+"
    r"(?:0x)?([0-9a-f]+)"
)
_MULTIPLY = re.compile(r"^(?:v?fn?m(?:add|sub)\d*ps|v?mulps|fml[as]|fmul|vpdpbusd|vpmaddwd|sdot)\s")
_INSERT = re.compile(r"^v?(?:insertps|unpck[lh]ps|pinsr\w)\s")
_PREFETCH = re.compile(r"^(?:prefetch\w*|prfm)\s")
_STORE = re.compile(r"(?:[xyz]mm\d+,\s?-?\w*\(%[re]sp|^st(?:r|p|ur)\s+q\d.*\[sp)")
_LOAD = re.compile(r"(?:\(%[re]sp\S*\),.*[xyz]mm\d|^ld(?:r|p|ur)\s+q\d.*\[sp)")


def functions(disassembly):
    """Instructions of each function: (address, text)."""
    result, current = {}, None
    for line in disassembly.splitlines():
        if match := _FUNCTION.match(line):
            current = result.setdefault(match[1], [])
        elif current is not None and (match := _INSTRUCTION.match(line)):
            current.append((int(match[1], 16), " ".join(match[2].split())))
    return result


def loops(instructions):
    """Bodies of the loops that hold no other loop: from the target of a jump back to the jump."""
    spans = []
    for address, text in instructions:
        match = _BRANCH.match(text)
        if match and instructions[0][0] <= int(match[1], 16) <= address:
            spans.append((int(match[1], 16), address))
    for begin, end in spans:
        if not any((b, e) != (begin, end) and begin <= b and e <= end for b, e in spans):
            yield [text for address, text in instructions if begin <= address <= end]


def hot_block(instructions):
    """The innermost loop with the most multiplications; empty if there is none."""
    return max(loops(instructions), key=multiplications, default=[])


def multiplications(block):
    return sum(bool(_MULTIPLY.match(text)) for text in block)


def complaints(name, instructions, expected, may_load, may_store=False, prefetches=0):
    block = hot_block(instructions)
    least, most = expected if isinstance(expected, tuple) else (expected, expected)
    if not least <= (count := multiplications(block)) <= most:
        yield f"{name}: expected {expected} vector multiplications in the hot block, got {count}"
    hints = [text.split()[0] for text in block if _PREFETCH.match(text)]
    if hints != ["prefetcht0"] * prefetches:
        yield f"{name}: expected {prefetches} prefetcht0 in the hot block, got {hints}"
    for text in block:
        if _INSERT.match(text):
            yield f"{name}: expected no vector made of elements in the hot block, got '{text}'"
        is_store, is_load = _STORE.search(text), _LOAD.search(text)
        if (is_store and not may_store) or (is_load and not may_load):
            yield f"{name}: expected no vector on the stack in the hot block, got '{text}'"


def variants_of(path, table_name, isa):
    """(symbol, parameters, prefetches of the next panel) of each function of an instruction set."""
    with open(path, encoding="utf-8") as file:
        tables = json.load(file)["tables"]
    (table,) = [table for table in tables if table["table"] == table_name]
    for isas, variants in table["variants"].items():
        if isa in isas.split() or "all" in isas.split():
            for params in variants:
                prefix = f"tilewright_{table['name'].format(**params)}_{isa}"
                for function in table["functions"]:
                    yield f"{prefix}_{function}", params, 0
                if isa in table.get("prefetch_steps", {}):
                    for function in table.get("panel_prefetches", {}):
                        yield f"{prefix}_{function}", params, 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("objdump", "variants", "isa", "object", "table", "expect"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--may-load", action="store_true")
    parser.add_argument("--may-store", nargs="?", const="True", default="False")
    parser.add_argument("--prefetches", default="0")
    args = parser.parse_args()
    command = [args.objdump, "-d", "--no-show-raw-insn", args.object]
    code = functions(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found, checked = [], 0
    for name, params, panel_hints in variants_of(args.variants, args.table, args.isa):
        expected = eval(args.expect, {}, dict(params))  # the formulas are our own, in CMake
        hints = eval(args.prefetches, {}, dict(params)) + panel_hints
        if name not in code:
            found.append(f"{name}: expected in {args.object}, got no such function")
        else:
            allowed = (args.may_load, eval(args.may_store, {}, dict(params)))
            found.extend(complaints(name, code[name], expected, *allowed, hints))
        checked += 1
    print("\n".join(found) or f"{checked} functions as expected")
    return 1 if found or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
