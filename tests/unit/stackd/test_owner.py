"""One prefix, one database: who may delete below a destination."""

from pathlib import Path

from stackd.artifacts import owner
from stackd.artifacts.store import Folder

OURS, OTHER = "id-of-ours", "id-of-another"


def test_an_empty_destination_is_claimed_once(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    place = Folder(tmp_path)
    assert owner.look(place, OURS).state == "unclaimed"
    assert owner.claim_if_empty(place, OURS) == owner.Owner("ours", OURS, OURS)
    assert owner.claim_if_empty(place, OTHER) == owner.Owner("foreign", OURS, OTHER)
    assert owner.marker_of(place) == OURS


def test_a_destination_with_objects_is_never_claimed_by_itself(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "file").touch()
    place = Folder(tmp_path)
    assert owner.claim_if_empty(place, OURS) == owner.Owner("missing", None, OURS)
    assert owner.marker_of(place) is None


def test_a_claim_on_purpose_replaces_the_marker(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    owner.mark(place, OTHER)
    owner.mark(place, OURS)
    assert owner.look(place, OURS).state == "ours"


def test_of_two_at_once_the_first_wins(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    assert owner.mark(place, OTHER, if_absent=True)
    assert not owner.mark(place, OURS, if_absent=True)
    assert owner.look(place, OURS).state == "foreign"
