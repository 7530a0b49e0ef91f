"""What is written down is what the code does."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAMILIES = (
    "adopt|artifacts|aws|backup|backups|bootstrap|cleanup|command|config|data|database|docker|host|image|logins|migrate|owner|plan|port|publish|s3|server|"
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


def pages() -> list[Path]:
    """Every page of the repository, those of .github included."""
    return [path for path in ROOT.rglob("*.md") if tracked(path)]


def tracked(path: Path) -> bool:
    """Not in a folder that a tool made, such as .venv-dev or .stack."""
    folders = path.relative_to(ROOT).parts[:-1]
    return not any(part.startswith(".") and part != ".github" for part in folders)


def anchors(page: Path) -> set[str]:
    """The names of its sections, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere() -> None:
    for page in pages():
        for target, _, section in re.findall(r"\]\((?!https?:)([^)#]*)(#?)([^)]*)\)", page.read_text(encoding="utf-8")):
            found = page.parent / target if target else page
            assert found.exists(), f"{page.name}: {target}"
            assert not section or section in anchors(found), f"{page.name}: {target}#{section}"


def test_the_readme_is_read_to_its_end() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 180


def test_the_newest_version_in_the_changelog_is_that_of_the_project() -> None:
    newest = re.search(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newest[1] == project["version"]


def test_pages_are_in_words_of_daily_use() -> None:
    """A page is read at three in the morning, by somebody who has never seen it."""
    odd = re.compile(r"\b(mend(s|ed|ing)?|anew|of before|of now|goes on|could not be found out)\b", re.I)
    assert {page.name: found[0] for page in pages() if (found := odd.search(page.read_text(encoding="utf-8")))} == {}


def test_pictures_are_small() -> None:
    """Every clone downloads them. To take them again: ./test.sh tests/integration/test_browser.py --pictures."""
    pictures = list((ROOT / "docs/pictures").glob("*.png"))
    assert pictures
    assert {path.name: size for path in pictures if (size := path.stat().st_size) > 120_000} == {}
