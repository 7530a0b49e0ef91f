"""What is written down is what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAMILIES = (
    "adopt|artifacts|aws|backup|backups|bootstrap|cleanup|command|config|data|database|docker|host|image|migrate|owner|plan|port|publish|s3|server|"
    "settings|sqlite|stack|upgrade|usage"
)
IDENTIFIER = re.compile(rf"(?:{FAMILIES})\.[a-z0-9]+(?:-[a-z0-9]+)*")


def in_code() -> Iterator[str]:
    """Every string of the code that looks like a finding's id."""
    for folder in ("src/mlflow_stack", "mlflow/stackd"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and IDENTIFIER.fullmatch(node.value):
                    yield node.value
    yield from re.findall(r"refuse \d (host\.[a-z]+)", (ROOT / "stack").read_text(encoding="utf-8"))
    shell = (ROOT / "scripts/bootstrap.sh").read_text(encoding="utf-8")
    yield from re.findall(r"\b(?:docker\.bootstrap|bootstrap\.(?:base|plugins))\b", shell)


def test_every_finding_is_documented_and_nothing_else() -> None:
    documented = re.findall(r"^\| `([a-z0-9.-]+)` \|", (ROOT / "docs/findings.md").read_text(encoding="utf-8"), re.M)
    assert documented == sorted(documented)
    assert set(documented) == set(in_code())


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_pictures_are_small() -> None:
    """Whoever clones gets them. Anew: ./test.sh tests/integration/test_browser.py --pictures."""
    pictures = list((ROOT / "docs/pictures").glob("*.png"))
    assert pictures
    assert {path.name: size for path in pictures if (size := path.stat().st_size) > 120_000} == {}
