# SPDX-License-Identifier: Apache-2.0
"""The rules report what breaks them, and let pass what does not: each test makes a small tree."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import component_rules
import header_rules
import include_rules
import link_rules
import text_rules
import tool_rules
from source_tree import SourceTree

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class RuleTest(unittest.TestCase):
    """Runs a rule on a tree of the given files, a new tree each time."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def violations(self, rule, files, *arguments):
        shutil.rmtree(self.root)
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return list(rule(SourceTree(self.root), *arguments))

    def assert_breaks(self, rule, files, expected, *arguments):
        found = self.violations(rule, files, *arguments)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def assert_keeps(self, rule, files, *arguments):
        self.assertEqual(self.violations(rule, files, *arguments), [])


class IncludesFollowTheTable(RuleTest):
    def check(self, path, line, expected):
        files = {name: SPDX for name in self.targets}
        files[path] = f"{SPDX}{line}\n"
        self.assert_breaks(include_rules.includes_follow_the_table, files, expected)

    targets = (
        "include/tilewright/status.h",
        "kernels/kernel.h",
        "lib/graph/graph.h",
        "lib/import/import.h",
        "lib/rewrite/pass.h",
        "lib/tuner/tune.h",
        "runtime/executor.h",
        "scheduler/solve.h",
    )

    def test_an_arrow_up_is_reported(self):
        self.check("kernels/a.cpp", '#include "runtime/executor.h"', "kernels may include include")
        self.check(
            "scheduler/a.cpp", '#include "kernels/kernel.h"', "scheduler may include include"
        )
        self.check("runtime/a.cpp", '#include "lib/tuner/tune.h"', "runtime may include")

    def test_an_arrow_across_lib_is_reported(self):
        self.check("lib/graph/a.cpp", '#include "lib/rewrite/pass.h"', "lib/graph may include")
        self.check("lib/compile.cpp", '#include "lib/import/import.h"', "lib may include")

    def test_a_public_header_includes_only_the_standard_library(self):
        path = "include/tilewright/plan.h"
        self.check(path, '#include "kernels/kernel.h"', "include may include nothing")
        self.check(path, "#include <sys/mman.h>", "standard library")
        self.check(path, "#include <Eigen/Dense>", "Eigen is not allowed here")

    def test_a_third_party_outside_its_place_is_reported(self):
        self.check("scheduler/order.cpp", "#include <nlohmann/json.hpp>", "nlohmann is not allowed")
        self.check("kernels/dot/dot.cpp", '#include "Halide.h"', "Halide is not allowed here")
        self.check("tools/tilewright/a.cpp", "#include <catch2/catch.hpp>", "catch2 is not allowed")

    def test_a_platform_header_needs_a_file_of_that_name(self):
        self.check("runtime/mapping.cpp", "#include <sys/mman.h>", "named by its platform")

    def test_a_path_that_is_not_from_the_root_is_reported(self):
        self.check("runtime/a.cpp", '#include "executor.h"', "path from the root")
        self.check("runtime/a.cpp", '#include "runtime/absent.h"', "a file of the repository")

    def test_arrows_down_pass(self):
        files = {name: SPDX for name in self.targets} | {
            "lib/compile.cpp": '#include <vector>\n#include "lib/tuner/tune.h"\n',
            "lib/load.cpp": '#include "lib/import/import.h"\n',
            "lib/import/a.cpp": '#include "lib/graph/graph.h"\n#include <flatbuffers/verifier.h>\n',
            "kernels/dot/generator.cpp": "#include <Halide.h>\n",
            "runtime/mapping_linux.cpp": "#include <sys/mman.h>\n",
            "tests/a_test.cpp": '#include <catch2/catch.hpp>\n#include "lib/import/import.h"\n',
        }
        self.assert_keeps(include_rules.includes_follow_the_table, files)


class TextsFollowTheHouseRules(RuleTest):
    def test_a_long_file_is_reported_and_a_table_is_not(self):
        long = SPDX + "\n" * 499
        self.assert_breaks(text_rules.files_are_short, {"lib/a.cpp": long}, "got 500")
        self.assert_keeps(text_rules.files_are_short, {"lib/a.cpp": "", "lib/a_table.cpp": long})

    def test_a_base_name_used_twice_is_reported_and_a_fixed_role_is_not(self):
        twice = {"lib/graph/print.cpp": "", "scheduler/print.cpp": ""}
        self.assert_breaks(text_rules.base_names_are_unique, twice, "print.cpp: expected one file")

    def test_a_header_and_its_source_and_the_fixed_roles_share_a_name(self):
        roles = {f"kernels/{family}/reference.cpp": "" for family in ("dot", "pool")}
        pair = {"include/tilewright/plan.h": "", "runtime/plan.cpp": ""}
        self.assert_keeps(text_rules.base_names_are_unique, roles | pair)

    def test_a_file_without_a_licence_line_is_reported(self):
        rule = text_rules.files_have_a_licence_line
        self.assert_breaks(rule, {"lib/a.cpp": "int a;\n", "lib/b.cpp": SPDX}, "lib/a.cpp")
        self.assert_breaks(rule, {"lib/a.cpp": SPDX, "tools/go": "#!/bin/sh\n"}, "tools/go")

    def test_unfinished_work_and_paths_of_a_machine_are_reported(self):
        rule = text_rules.work_is_finished
        self.assert_breaks(rule, {"docs/a.md": f"{'TO'}DO: write\n"}, "docs/a.md:1")
        self.assert_breaks(rule, {"docs/a.md": f"see /{'work'}/main\n"}, "docs/a.md:1")
        self.assert_keeps(rule, {"docs/a.md": "network/work/load\n"})

    def test_a_library_that_prints_or_reads_the_environment_is_reported(self):
        rule = text_rules.library_keeps_to_itself
        self.assert_breaks(rule, {"runtime/a.cpp": 'auto* x = std::getenv("X");\n'}, "getenv")
        self.assert_keeps(rule, {"runtime/a.cpp": "// not getenv\n", "tools/b.cpp": "puts(x);\n"})

    def test_a_source_that_nothing_builds_is_reported(self):
        files = {"lib/a.cpp": SPDX, "lib/ba.cpp": SPDX, "lib/CMakeLists.txt": "SOURCES ba.cpp"}
        self.assert_breaks(text_rules.sources_are_built, files, "lib/a.cpp")

    def test_a_source_chosen_by_platform_is_built(self):
        files = {"lib/b/a_x86.cpp": SPDX, "lib/CMakeLists.txt": "SOURCES b/a_${isa}.cpp"}
        self.assert_keeps(text_rules.sources_are_built, files)

    def test_a_changelog_without_a_version_or_out_of_order_is_reported(self):
        rule = text_rules.changelog_gives_the_version
        self.assert_breaks(rule, {"CHANGELOG.md": "# Changelog\n"}, "got none")
        self.assert_breaks(rule, {"CHANGELOG.md": "## [0.1.0]\n## [0.2.0]\n"}, "newest to oldest")
        self.assert_keeps(rule, {"CHANGELOG.md": "## [0.2.0]\n## [0.1.0]\n"})

    def test_build_trees_and_caches_are_not_read(self):
        files = {"build/dev/a.cpp": "", ".venv/b.py": "", "lib/c.cpp": SPDX}
        self.assert_keeps(text_rules.files_have_a_licence_line, files)


class LinksResolve(RuleTest):
    def test_a_link_to_nowhere_is_reported(self):
        rule = link_rules.links_resolve
        self.assert_breaks(rule, {"README.md": "[a](docs/absent.md)\n"}, "docs/absent.md")
        self.assert_breaks(rule, {"README.md": "[a](#absent)\n"}, "a heading of that name")
        self.assert_breaks(rule, {"README.md": "[a](../outside.md)\n"}, "a file of the repository")

    def test_a_link_to_a_file_or_a_heading_passes(self):
        text = (
            "# Two words\n[a](#two-words) [b](docs/b.md#part) [c](https://example.org)\n`[d](e)`\n"
        )
        self.assert_keeps(link_rules.links_resolve, {"README.md": text, "docs/b.md": "## Part\n"})


class FilesAreOwn(RuleTest):
    """In a repository with a file and a link, which is tracked unless it is ignored."""

    def make(self, ignored=""):
        self.git("init", "--quiet")
        (self.root / "a.txt").write_text("a\n")
        (self.root / ".gitignore").write_text(ignored)
        (self.root / "cache").symlink_to("/somewhere/else")
        self.git("add", ".")

    def git(self, *arguments):
        name = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", "-C", self.root, *name, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def found(self):
        return list(link_rules.files_are_own(SourceTree(self.root)))

    def test_a_link_out_of_the_tree_is_reported(self):
        self.make()
        expected = "cache: expected a file of the repository, got a link to '/somewhere/else'"
        self.assertEqual(self.found(), [expected])

    def test_a_link_to_a_file_of_the_tree_is_reported_too(self):
        self.make(ignored="cache\n")
        (self.root / "b.txt").symlink_to("a.txt")
        self.git("add", ".")
        self.assertEqual(len(self.found()), 1)

    def test_a_link_that_is_tracked_is_reported_even_where_it_is_gone(self):
        self.make()
        (self.root / "cache").unlink()
        self.assertEqual(len(self.found()), 1)

    def test_a_repository_inside_is_reported(self):
        self.make(ignored="cache\n")
        commit = "1" * 40
        self.git("update-index", "--add", "--cacheinfo", f"160000,{commit},inside")
        expected = f"inside: expected a file of the repository, got a link to 'commit {commit}'"
        self.assertEqual(self.found(), [expected])

    def test_a_link_that_git_does_not_track_passes(self):
        self.make(ignored="cache\n")
        self.assertEqual(self.found(), [])


class HeadersStandAlone(RuleTest):
    def test_a_header_that_needs_another_is_reported(self):
        files = {"include/tilewright/a.h": "#pragma once\ninline std::string a() { return {}; }\n"}
        rule = header_rules.headers_compile_alone
        self.assert_breaks(rule, files, "tilewright/a.h: expected to compile alone", "c++")

    def test_a_header_that_throws_is_reported(self):
        files = {"include/tilewright/a.h": "#pragma once\ninline void a() { throw 1; }\n"}
        rule = header_rules.headers_compile_alone
        self.assert_breaks(rule, files, "exception handling disabled", "c++")

    def test_a_header_that_is_not_installed_is_reported(self):
        files = {"include/tilewright/a.h": "", "include/CMakeLists.txt": "tilewright/b.h"}
        self.assert_breaks(header_rules.headers_are_installed, files, "include/CMakeLists.txt")


class ToolsAreSilent(RuleTest):
    def test_code_that_a_formatter_would_change_is_reported(self):
        self.assert_breaks(tool_rules.cpp_is_formatted, {"lib/a.cpp": "int  a;\n"}, "clang-format")
        self.assert_breaks(tool_rules.cmake_is_formatted, {"CMakeLists.txt": "IF(A)\n"}, "gersemi")
        self.assert_breaks(tool_rules.python_is_formatted, {"tools/a.py": "a=1\n"}, "ruff format")

    def test_a_script_that_a_linter_objects_to_is_reported(self):
        script = {"tools/go": "#!/usr/bin/env bash\nrm $1\n"}
        self.assert_breaks(tool_rules.scripts_pass_shellcheck, script, "Double quote")

    def test_a_misspelled_word_is_reported(self):
        self.assert_breaks(tool_rules.words_are_spelled, {"docs/a.md": f"re{'cieve'}\n"}, "receive")


class ComponentsStandAlone(RuleTest):
    def archive(self, name, code):
        source = self.root / f"{name}.cpp"
        source.write_text(code, encoding="utf-8")
        target = source.with_suffix(".o")
        subprocess.run(["c++", "-c", source, "-o", target], check=True)
        return str(target)

    def check(self, runtime, device):
        archives = [self.archive("runtime", runtime)], [self.archive("device", device)]
        return list(component_rules.components_stand_alone("nm", *archives))

    def test_a_runtime_that_uses_the_device_component_is_reported(self):
        found = self.check("void tune(); void run() { tune(); }", "void tune() {}")
        self.assertEqual(found, ["runtime: expected no use of the device component, got 'tune()'"])

    def test_an_importer_in_the_device_component_is_reported(self):
        found = self.check("void run() {}", "namespace flatbuffers { void verify() {} }")
        self.assertEqual(len(found), 1, found)
        self.assertIn("expected no importer", found[0])

    def test_a_global_with_a_constructor_is_reported(self):
        found = self.check("int f(); int value = f();", "void tune() {}")
        self.assertEqual(len(found), 1, found)
        self.assertIn("global with a constructor", found[0])

    def test_a_device_that_uses_the_runtime_passes(self):
        self.assertEqual(self.check("void run() {}", "void run(); void tune() { run(); }"), [])


if __name__ == "__main__":
    unittest.main()
