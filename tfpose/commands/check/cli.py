"""Command `tfpose check`: verifies a folder of records, and writes a page about it."""

import pathlib

from tfpose.commands.arguments import ArgumentParser


def main(argv=None) -> int:
    """Verifies a folder of records, prints what was found, and writes the page asked for.

    Args:
        argv: Arguments; those of the command line by default.

    Returns:
        The exit status: 1 if a file is missing or damaged, else 0.

    Raises:
        ValueError: If the folder holds no records, or the page cannot be written; before anything is read.
    """
    args = parser().parse_args(argv)
    from tfpose.commands.pages import html

    target = html.target("--out", args.out, overwrite=args.overwrite) if args.out else None
    folder = pathlib.Path(args.data_dir)
    parts, problems = _verify(folder)
    for problem in problems:
        print(f"{folder}: {problem}.")
    if problems:
        print(f"{folder} is damaged; `tfpose convert` writes it again.")
    else:
        counts = ", ".join(f"{data.num_images} of {data.split}" for data in parts)
        print(f"{folder} is intact: {sum(data.num_images for data in parts)} records ({counts}), all checksums right.")
    if target and parts:
        _write(target, folder, parts, problems)
    return 1 if problems else 0


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(
        prog="tfpose check",
        description="Verifies a folder of records: every file and checksum. With --out, also writes a page with its "
        "counts, pictures, duplicates and suspicious annotations.",
    )
    add = parser.add_argument
    add("data_dir", metavar="DIR", help="folder of records, such as data/own")
    add("--out", metavar="DIR", help="folder for the page, DIR/index.html")
    add("--overwrite", action="store_true", help="replace a page that exists")
    return parser


def _verify(folder):
    """The records of every split, none if they cannot be opened, and the problems of all files."""
    from tfpose.data import integrity, records

    if not any(folder.glob("*.tfrecord*")) and not (folder / "dataset_info.json").exists():
        raise ValueError(f"`data_dir` must be a folder that `tfpose convert` wrote. Received: {str(folder)!r}.")
    if problems := integrity.damaged_json(folder):
        return [], problems
    parts = records.splits(folder)
    return parts, [problem for data in parts for problem in integrity.damaged_shards(data.builder, data.split)]


def _write(target, folder, parts, problems):
    import tqdm

    from tfpose.commands.check import page, scan

    damaged = {problem.file for problem in problems}

    def intact(path):
        return path.name not in damaged

    findings = scan.scan(parts, intact, lambda images, **options: tqdm.tqdm(images, unit=" images", **options))
    page.write(target, folder, parts, findings, problems, intact)
    print(f"Written: {target}")
