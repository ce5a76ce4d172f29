# SPDX-License-Identifier: Apache-2.0
"""Tables in pages of docs/, between two markers: written, and read again."""

from typing import NamedTuple


class Table(NamedTuple):
    caption: str  # the line of text before it
    columns: list[str]
    rows: list[list[str]]
    note: str  # the text behind it, up to the next table


def split_page(page, name):
    """The text of the file `page` before, between and behind the markers of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, marked, rest = page.read_text().partition(begin)
    text, closed, tail = rest.partition(end)
    if not marked or not closed:
        raise SystemExit(f"{page}: expected the markers {begin} and {end}")
    return head + begin, text, end + tail


def replace_section(page, name, text):
    """Writes `text` between the markers of this name in the file `page`, in one step."""
    head, _, tail = split_page(page, name)
    draft = page.with_suffix(".new")
    draft.write_text(f"{head}\n{text}\n{tail}")
    draft.replace(page)


def read_section(page, name):
    return split_page(page, name)[1].strip()


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def read_tables(text):
    """The Markdown tables of `text`, each with the lines of text around it.

    A table right behind another has its caption.
    """
    tables, said = [], []
    lines = text.splitlines()
    for line, before in zip(lines, [""] + lines, strict=False):
        if not line.startswith("|"):
            said += [line] if line.strip() else []
        elif not before.startswith("|"):
            caption = said[-1] if said else tables[-1].caption if tables else ""
            if tables:
                tables[-1] = tables[-1]._replace(note="\n".join(said))
            tables.append(Table(caption, cells_of(line), [], ""))
            said = []
        elif set(line) - set("|-: "):
            tables[-1].rows.append(cells_of(line))
    if tables:
        tables[-1] = tables[-1]._replace(note="\n".join(said))
    return tables
