import pathlib

import pytest

from tfpose.commands import paths


@pytest.mark.parametrize("path", ["gs://nobody/x", "s3://nobody/x", "file:///x", pathlib.Path("gs://nobody/x")])
def test_an_address_is_no_local_path(path):
    with pytest.raises(ValueError, match="`out` must be a local path.*Received: '(gs|s3|file):/"):
        paths.local("out", path)


@pytest.mark.parametrize("path", ["data", "/data/flic", "a:b/c", pathlib.Path("data")])
def test_a_local_path_stays_as_it_is(path):
    assert paths.local("out", path) == pathlib.Path(path)
