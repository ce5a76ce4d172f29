# SPDX-License-Identifier: Apache-2.0
"""The files of a source tree, read once, for the rules that look at them."""

import os
import subprocess
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

    def references(self):
        """By name what git tracks that lies elsewhere: for each symbolic link its target, for each
        repository inside this one its commit. Nothing in a tree without git."""
        if not (self.root / ".git").exists():
            return {}
        found = {}
        for entry in self._git("ls-files", "--stage", "-z").split("\0")[:-1]:
            state, name = entry.split("\t", 1)
            mode, content, _ = state.split()
            if mode == "120000":
                found[name] = self._git("cat-file", "blob", content)
            elif mode == "160000":
                found[name] = f"commit {content}"
        return found

    def _git(self, *arguments):
        command = ["git", "-C", self.root, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

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
