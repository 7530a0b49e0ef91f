"""The container's environment: what is read, and what is refused with the name of the variable in .env."""

import pytest

from stackd.report import Finding
from stackd.settings import RULES, SettingsError, from_environment, judge

S3 = {
    "STACK_MODE": "s3",
    "STACK_ARTIFACTS_DESTINATION": "s3://basketworld/mlflow-artifacts/",
    "AWS_PROFILE": "basketworld",
    "STACK_PUBLISHED": "127.0.0.1:5000",
    "STACK_WORKERS": "2",
    "STACK_KEEP_COPIES": "5",
    "STACK_STOP_GRACE": "5m",
}


def test_s3_mode_is_read_whole() -> None:
    read = from_environment(
        {**S3, "STACK_EXTRA_HOSTS": "ml.lan, box:8443", "STACK_S3_READABLE": "s3://old/a/,s3://old/b"}
    )
    assert read.destination == "s3://basketworld/mlflow-artifacts"
    assert read.extra_hosts == ("ml.lan", "box:8443")
    assert read.readable == ("s3://old/a", "s3://old/b")
    assert (read.published_host, read.published_port) == ("127.0.0.1", 5000)
    assert not read.open_to_network
    assert not read.basic_auth


def test_a_destination_may_be_a_whole_bucket() -> None:
    for whole in ("s3://basketworld", "s3://basketworld/"):
        assert from_environment({**S3, "STACK_ARTIFACTS_DESTINATION": whole}).destination == "s3://basketworld"


@pytest.mark.parametrize("prefix", ["/p", "p//q", "p//", "/", ".", "p/..", "../p", "p/./q"])
@pytest.mark.parametrize("variable", ["STACK_ARTIFACTS_DESTINATION", "STACK_S3_READABLE", "STACK_BACKUPS_S3_URI"])
def test_a_prefix_has_no_empty_part_and_no_dots(variable: str, prefix: str) -> None:
    """Uploads and verbs would look at different prefixes."""
    assert len(judge({**S3, variable: f"s3://bucket/{prefix}"})) == 1


@pytest.mark.parametrize("prefix", ["p", "p/", "p/q", "..p/.q", "p.q/...", ""])
def test_a_prefix_may_have_dots_in_its_names(prefix: str) -> None:
    assert judge({**S3, "STACK_ARTIFACTS_DESTINATION": f"s3://bucket/{prefix}"}) == []


def test_a_destination_is_read_without_its_slash() -> None:
    read = from_environment({**S3, "STACK_ARTIFACTS_DESTINATION": "s3://basketworld/p/"})
    assert read.destination == "s3://basketworld/p"


@pytest.mark.parametrize("bucket", ["my.bucket-1", "Old_Bucket", "abc"])
def test_a_bucket_is_named_as_s3_allows_it_older_ones_included(bucket: str) -> None:
    assert (
        from_environment({**S3, "STACK_ARTIFACTS_DESTINATION": f"s3://{bucket}/p/"}).destination == f"s3://{bucket}/p"
    )


CASES = [
    ("STACK_PUBLISHED", "127.0.0.1:70000", "MLFLOW_PORT=70000", "a whole number from 1 to 65535"),
    ("STACK_PUBLISHED", "127.0.0.1:abc", "MLFLOW_PORT=abc", "a whole number from 1 to 65535"),
    ("STACK_PUBLISHED", "127.0.0.1:0", "MLFLOW_PORT=0", "a whole number from 1 to 65535"),
    ("STACK_PUBLISHED", "everywhere:5000", "MLFLOW_BIND=everywhere", "an address of this host such as 127.0.0.1"),
    ("STACK_ARTIFACTS_DESTINATION", "b/x", "MLFLOW_S3_URI=b/x", "s3://BUCKET or s3://BUCKET/PREFIX"),
    ("STACK_ARTIFACTS_DESTINATION", "s3://", "MLFLOW_S3_URI=s3://", "s3://BUCKET or s3://BUCKET/PREFIX"),
    ("STACK_ARTIFACTS_DESTINATION", "s3://b b/x", "MLFLOW_S3_URI=s3://b b/x", "s3://BUCKET or s3://BUCKET/PREFIX"),
    ("AWS_PROFILE", "[b w]", "MLFLOW_AWS_PROFILE=[b w]", "the name of a profile, without blanks or brackets"),
    ("STACK_AWS_REGION", "US West", "MLFLOW_AWS_REGION=US West", "a region such as us-west-1"),
    (
        "STACK_S3_READABLE",
        "s3://a-b,c",
        "MLFLOW_S3_READABLE=s3://a-b,c",
        "s3://BUCKET/PREFIX, several separated by commas, or empty",
    ),
    ("STACK_BACKUPS_S3_URI", "gs://b", "MLFLOW_BACKUPS_S3_URI=gs://b", "s3://BUCKET/PREFIX, or empty"),
    (
        "MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        "{'a'",
        "MLFLOW_SERVER_S3_EXTRA_ARGS=(a value that is not shown)",
        "a JSON object, or empty",
    ),
    (
        "MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        "[1]",
        "MLFLOW_SERVER_S3_EXTRA_ARGS=(a value that is not shown)",
        "a JSON object, or empty",
    ),
    (
        "MLFLOW_S3_EXPECTED_BUCKET_OWNER",
        "12",
        "MLFLOW_SERVER_S3_BUCKET_OWNER=12",
        "an account of 12 digits, or empty",
    ),
    ("STACK_WORKERS", "0", "MLFLOW_SERVER_WORKERS=0", "a whole number from 1 to 64"),
    ("STACK_WORKERS", "two", "MLFLOW_SERVER_WORKERS=two", "a whole number from 1 to 64"),
    ("STACK_WORKERS", "\u0662", "MLFLOW_SERVER_WORKERS=\u0662", "a whole number from 1 to 64"),
    (
        "STACK_EXTRA_HOSTS",
        "ok.example,not ok",
        "MLFLOW_EXTRA_HOSTS=ok.example,not ok",
        "host names, several separated by commas, or empty",
    ),
    ("STACK_OPEN_TO_NETWORK", "true", "MLFLOW_OPEN_TO_NETWORK=true", "yes, or empty"),
    ("STACK_AUTH", "basic", "MLFLOW_AUTH=basic", "basic-auth, or empty"),
    ("STACK_PROMETHEUS", "on", "MLFLOW_PROMETHEUS=on", "yes, or empty"),
    ("STACK_AI_GATEWAY", "on", "MLFLOW_AI_GATEWAY=on", "yes, or empty"),
    ("STACK_STOP_GRACE", "5 minutes", "MLFLOW_STOP_GRACE=5 minutes", "a time such as 90s or 5m"),
    ("STACK_KEEP_COPIES", "many", "MLFLOW_KEEP_COPIES=many", "a whole number from 1 to 1000"),
]


@pytest.mark.parametrize(("name", "value", "shown", "allowed"), CASES)
def test_a_wrong_value_is_named_as_the_user_wrote_it_and_its_fix_fixes_it(
    name: str, value: str, shown: str, allowed: str
) -> None:
    [finding] = judge({**S3, name: value})
    variable, _, example = finding.fix[0].partition("=")
    text = f"{shown} is not allowed: {allowed}"
    assert finding == Finding("settings.value", "error", text, variable, [f"{variable}={example}"])
    published = {"MLFLOW_PORT": f"127.0.0.1:{example}", "MLFLOW_BIND": f"{example}:5000"}
    assert judge({**S3, name: published.get(variable, example)}) == []
    with pytest.raises(SettingsError) as caught:
        from_environment({**S3, name: value})
    assert caught.value.findings == [finding]


def test_every_rule_has_a_case_and_every_wrong_value_is_named_in_one_go() -> None:
    wrong = {name: value for name, value, _, _ in CASES} | {"STACK_PUBLISHED": "everywhere:abc"}
    assert {finding.where for finding in judge({**S3, **wrong})} == {rule.variable for rule in RULES}
    assert len(judge({})) == len([rule for rule in RULES if not rule.s3_only and not rule.test("")]) + 1


def test_local_mode_does_not_read_settings_of_s3() -> None:
    local = {**S3, "STACK_MODE": "local", "STACK_ARTIFACTS_DESTINATION": "/mlartifacts/"}
    assert judge({**local, "AWS_PROFILE": "[bad]", "MLFLOW_S3_UPLOAD_EXTRA_ARGS": "no"}) == []
    assert from_environment(local).destination == "/mlartifacts"
    assert [finding.where for finding in judge({**local, "STACK_ARTIFACTS_DESTINATION": "s3://b"})] == [
        "STACK_ARTIFACTS_DESTINATION"
    ]


@pytest.mark.parametrize("hosts", ["", "ml.lan, box:8443", "*.example.com:*", "[::1]:80", "a"])
def test_host_names_are_well_formed(hosts: str) -> None:
    assert judge({**S3, "STACK_EXTRA_HOSTS": hosts}) == []


def test_an_address_may_be_of_ipv6() -> None:
    assert from_environment({**S3, "STACK_PUBLISHED": "::1:5000"}).published_host == "::1"
