# SPDX-License-Identifier: Apache-2.0
"""Holds the repository to its own rules: prints each violation and exits 1 if there is one.

    check_repository.py RULE --tree DIR [--compiler CXX] [--nm NM --runtime A.a,… --device B.a,…]

Run with --help to list the rules.
"""

import argparse
import sys

import component_rules
import header_rules
import include_rules
import link_rules
import text_rules
import tool_rules
from source_tree import SourceTree

TREE_RULES = {
    "includes": include_rules.includes_follow_the_table,
    "lengths": text_rules.files_are_short,
    "names": text_rules.base_names_are_unique,
    "licences": text_rules.files_have_a_licence_line,
    "finished": text_rules.work_is_finished,
    "library": text_rules.library_keeps_to_itself,
    "built": text_rules.sources_are_built,
    "changelog": text_rules.changelog_gives_the_version,
    "links": link_rules.links_resolve,
    "own_files": link_rules.files_are_own,
    "installed": header_rules.headers_are_installed,
    "cpp_format": tool_rules.cpp_is_formatted,
    "cmake_format": tool_rules.cmake_is_formatted,
    "python_format": tool_rules.python_is_formatted,
    "shellcheck": tool_rules.scripts_pass_shellcheck,
    "spelling": tool_rules.words_are_spelled,
}


def _violations(arguments):
    if arguments.rule == "components":
        archives = [getattr(arguments, name).split(",") for name in ("runtime", "device")]
        return component_rules.components_stand_alone(arguments.nm, *archives)
    tree = SourceTree(arguments.tree)
    if arguments.rule == "headers":
        return header_rules.headers_compile_alone(tree, arguments.compiler)
    return TREE_RULES[arguments.rule](tree)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule", choices=[*TREE_RULES, "headers", "components"])
    parser.add_argument("--tree", default=".")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--runtime", default="")
    parser.add_argument("--device", default="")
    violations = list(_violations(parser.parse_args()))
    print("\n".join(violations))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
