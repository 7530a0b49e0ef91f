"""What an artifact is called, in S3 and in a folder: one place that says it, and refuses what neither can hold."""

from __future__ import annotations

import pytest

from stackd.artifacts.destination import MARKER, UNFINISHED, Destination, Unusable

PLACES = ("s3://bucket/prefix", "s3://bucket/a/b", "s3://bucket", "/mlartifacts")


@pytest.mark.parametrize(
    ("uri", "bucket", "root"),
    [
        ("s3://bucket/prefix", "bucket", "prefix/"),
        ("s3://bucket/a/b", "bucket", "a/b/"),
        ("s3://bucket", "bucket", ""),
        ("/mlartifacts", "", "/mlartifacts/"),
    ],
)
def test_a_key_begins_with_the_root_and_a_path_is_what_follows(uri: str, bucket: str, root: str) -> None:
    place = Destination(uri)
    assert (place.bucket, place.root) == (bucket, root)
    for path in ("1/run/artifacts/model.bin", MARKER, "ü", "a b", ".hidden", "..x", "x" * 255):
        assert place.key(path) == root + path
        assert place.path(place.key(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/../b", "../../data/mlflow.db", "a\x00b", "a\x01b",
        "a\nb", "bad\ufffe", "\uffff", "half\ud800", "x" * 256, "ü" * 128, f"a/.x{UNFINISHED}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("uri", PLACES)
def test_what_no_folder_or_xml_can_hold_is_refused(uri: str, path: str) -> None:
    with pytest.raises(Unusable) as raised:
        Destination(uri).key(path)
    assert raised.value.why
    assert "\ufffe" not in str(raised.value)
    if path:
        assert Destination(uri).key(path, listed=True) == Destination(uri).root + path


@pytest.mark.parametrize("uri", PLACES)
def test_the_destination_itself_is_never_an_object(uri: str) -> None:
    """One PUT there, and MinIO would take no upload below it any more."""
    with pytest.raises(Unusable):
        Destination(uri).key("", listed=True)


def test_below_is_not_fooled() -> None:
    place = Destination("s3://b/p")
    assert {uri: place.below(uri) for uri in (
        "s3://b/p", "s3://b/p/", "s3://b/p/1/", "s3://b/p/1/run", "s3://b/prefix", "s3://b/p/../q", "s3://other/p",
        "s3://b/p//1", "s3://b",
    )} == {
        "s3://b/p": "", "s3://b/p/": "", "s3://b/p/1/": "1", "s3://b/p/1/run": "1/run", "s3://b/prefix": None,
        "s3://b/p/../q": None, "s3://other/p": None, "s3://b/p//1": None, "s3://b": None,
    }  # fmt: skip
    assert Destination("/mlartifacts").below("/mlartifacts/1") == "1"
    assert Destination("/mlartifacts").below("/mlartifacts2/1") is None
