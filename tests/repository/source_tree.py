# SPDX-License-Identifier: Apache-2.0
"""The files of a source tree, read once, for the rules that look at them."""

import os
from pathlib import Path

# What tools/setup, a build and a linter leave behind; a hidden folder other than .ci is a cache.
_GENERATED_FOLDERS = {"build", "__pycache__", "node_modules"}
_TEXT_SUFFIXES = set(" .cpp .h .inc .py .cmake .txt .md .json .yaml .yml .fbs .in .sh".split(" "))


class SourceTree:
    """All files below `root`, as paths relative to it in POSIX form, sorted."""

    def __init__(self, root):
        self.root = Path(root)
        self.paths = sorted(self._walk())
        self._texts = {}

    def _walk(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = [
                name
                for name in folders
                if name not in _GENERATED_FOLDERS and (not name.startswith(".") or name == ".ci")
            ]
            for name in files:
                # A file of this name marks a worktree of git.
                if name != ".git":
                    yield (Path(folder) / name).relative_to(self.root).as_posix()

    def exists(self, path):
        return (self.root / path).exists()

    def text(self, path):
        """The text of a file; empty for a file that is not text."""
        if path not in self._texts:
            content = (self.root / path).read_bytes()
            is_text = Path(path).suffix in _TEXT_SUFFIXES and b"\0" not in content
            self._texts[path] = content.decode("utf-8", errors="replace") if is_text else ""
        return self._texts[path]

    def lines(self, path):
        """Pairs of line number, from 1, and line."""
        return enumerate(self.text(path).splitlines(), start=1)

    def with_suffix(self, *suffixes):
        return [path for path in self.paths if Path(path).suffix in suffixes]

    def below(self, *folders):
        return [path for path in self.paths if path.startswith(tuple(f"{f}/" for f in folders))]
