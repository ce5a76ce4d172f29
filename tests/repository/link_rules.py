# SPDX-License-Identifier: Apache-2.0
"""Links of the documentation lead somewhere, and files are files."""

import posixpath
import re

_LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\(([^)\s]+)\)")
_OUTSIDE = ("http://", "https://", "mailto:")


def _anchors(text):
    """The anchors that a renderer makes of the headings."""
    anchors = set()
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", title.strip().lower())
        anchors.add(kept.replace(" ", "-"))
    return anchors


def _without_code(text):
    text = re.sub(
        r"^```.*?^```", lambda code: "\n" * code.group().count("\n"), text, flags=re.M | re.S
    )
    return re.sub(r"`[^`\n]*`", "", text)


def links_resolve(tree):
    for path in tree.with_suffix(".md"):
        for number, line in enumerate(_without_code(tree.text(path)).splitlines(), start=1):
            for target in _LINK.findall(line):
                if target.startswith(_OUTSIDE):
                    continue
                name, _, anchor = target.partition("#")
                file = (
                    posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
                    if name
                    else path
                )
                if file.startswith("..") or not tree.exists(file):
                    yield f"{path}:{number}: link to '{target}': expected a file of the repository"
                elif anchor and anchor not in _anchors(tree.text(file)):
                    yield f"{path}:{number}: link to '{target}': expected a heading of that name"


def files_are_own(tree):
    """A link or a repository inside this one is there for its author alone."""
    for path, target in tree.references().items():
        yield f"{path}: expected a file of the repository, got a link to '{target}'"
