"""Every command of README and docs is run by a test, or says why not."""

from __future__ import annotations

import ast

from support.documented import PAGES, ROOT, RUN_BY, blocks, commands

NOT_RUN = "not run: "


def test_every_command_is_accounted_for_and_no_other() -> None:
    assert {command for page in PAGES for command in commands(page)} == set(RUN_BY)


def test_no_page_is_forgotten() -> None:
    pages = [path.relative_to(ROOT) for path in ROOT.rglob("*.md")]
    written = {str(page) for page in pages if not any(part.startswith(".") for part in page.parts)}
    assert {page for page in written if blocks(page, "sh")} == set(PAGES)


def test_the_tests_that_are_named_exist() -> None:
    for said in RUN_BY.values():
        if said.startswith(NOT_RUN):
            assert len(said) > len(NOT_RUN)
            continue
        path, _, name = said.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, said
