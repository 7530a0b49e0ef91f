"""One prefix, one database: who may delete below a destination."""

from pathlib import Path

from stackd.artifacts import owner

OURS, OTHER = "id-of-ours", "id-of-another"


def test_an_empty_destination_is_claimed_once(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    place = owner.Folder(tmp_path)
    assert owner.look(place, OURS).state == "unclaimed"
    assert owner.claim_if_empty(place, OURS) == owner.Owner("ours", OURS, OURS)
    assert owner.claim_if_empty(place, OTHER) == owner.Owner("foreign", OURS, OTHER)
    assert place.read() == OURS


def test_a_destination_with_objects_is_never_claimed_by_itself(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    place = owner.Folder(tmp_path)
    assert owner.claim_if_empty(place, OURS) == owner.Owner("missing", None, OURS)
    assert place.read() is None


def test_a_claim_on_purpose_replaces_the_marker(tmp_path: Path) -> None:
    place = owner.Folder(tmp_path)
    place.write(OTHER)
    place.write(OURS)
    assert owner.look(place, OURS).state == "ours"


def test_of_two_at_once_the_first_wins(tmp_path: Path) -> None:
    place = owner.Folder(tmp_path)
    assert place.write_if_absent(OTHER)
    assert not place.write_if_absent(OURS)
    assert owner.look(place, OURS).state == "foreign"


def test_a_sample_leaves_the_marker_out_and_is_bounded(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    place = owner.Folder(tmp_path)
    place.write(OURS)
    assert sorted(place.sample(10)) == ["a", "b", "c"]
    assert len(place.sample(2)) == 2
