# SPDX-License-Identifier: Apache-2.0
"""Tables in pages of docs/, between two markers."""


def replace_section(page, name, text):
    """Writes `text` between the markers of this name in the file `page`, in one step."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, marked, rest = page.read_text().partition(begin)
    _, closed, tail = rest.partition(end)
    if not marked or not closed:
        raise SystemExit(f"{page}: expected the markers {begin} and {end}")
    draft = page.with_suffix(".new")
    draft.write_text(f"{head}{begin}\n{text}\n{end}{tail}")
    draft.replace(page)
