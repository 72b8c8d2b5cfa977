"""HTML from the templates of this room. A page is one file that needs no network.

File names and names of keypoints come from data of others: every value is escaped, and the page's content security
policy forbids whatever is not in the file itself, and scripts in all pages but that of `tfpose demo`.
"""

import functools
import pathlib

from tfpose.commands.paths import local, replacing

PAGE = "index.html"


def target(flag: str, folder, *, overwrite: bool) -> pathlib.Path:
    """Returns the file of the page in a folder, for a page that will be written there.

    Args:
        flag: The flag that the folder came from, for errors.
        folder: The folder; it need not exist, its parent must.
        overwrite: Whether a page that is there already may be replaced.

    Raises:
        ValueError: If nothing can be written there.
    """
    folder = local(flag, folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"`{flag}` must be a folder. Received: {folder}, a file.")
    if not folder.absolute().parent.is_dir():
        raise ValueError(f"`{flag}` must lie in a folder that exists. Received: {folder}.")
    if (folder / PAGE).exists() and not overwrite:
        raise ValueError(f"Files are replaced with --overwrite only. Received: {folder / PAGE}, which exists.")
    return folder / PAGE


def write(path, template: str, **values):
    """Renders a template to a file, which is there whole or not at all. Its folder is made."""
    path = pathlib.Path(path)
    path.parent.mkdir(exist_ok=True)
    text = render(template, **values)
    with replacing(path) as partial:
        partial.write_text(text, "utf-8")


def render(template: str, **values) -> str:
    """Returns a page: a template of this room with its values, each of which is escaped."""
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment():
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tfpose.commands.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {"words": _words, "number": _number, "zipped": _zipped, "bytes": _bytes, "millions": _millions}
    environment.filters |= filters
    return environment


def _words(name):
    """A name in words: `left_wrist` → `left wrist`."""
    return str(name).replace("_", " ")


def _zipped(names, values):
    """Pairs, which a template can go over more than once."""
    return list(zip(names, values, strict=True))


def _number(value, digits=0):
    """A number with thousands separated by thin spaces; a dash where it is NaN."""
    return "–" if value != value else f"{value:,.{digits}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _bytes(count):
    """A number of bytes in the unit of its size: `30 MB`."""
    unit, name = next((pair for pair in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")) if count >= pair[0]), (1, "bytes"))
    return f"{count / unit:.3g} {name}"


def _millions(count):
    """A number in millions: `50`."""
    return f"{count / 1e6:.3g}"
