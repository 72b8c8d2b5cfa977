"""Command `tfpose demo`: serves a page on this machine that shows what one or two models find."""

import argparse

from tfpose.commands.arguments import ArgumentParser, positive

MAX_BYTES = 30_000_000  # JPEGs of 50 megapixels have about 20 MB.
MAX_PIXELS = 50_000_000  # Telephones take photos of up to 50 megapixels; larger ones are for `tfpose predict`.


def main(argv=None) -> int:
    """Loads the models, prints the address of the page, and serves it until it is interrupted.

    Args:
        argv: Arguments; those of the command line by default.

    Returns:
        The exit status, 0.

    Raises:
        ValueError: If a model cannot be loaded or be shown whole photos, or the port is in use.
    """
    args = parser().parse_args(argv)
    from tfpose.commands.demo.server import Server

    with Server(args.port, args) as server:  # A port in use is noticed before the models are loaded.
        from tfpose.commands.demo.finding import Model
        from tfpose.prediction.cli import newest_model

        names = [args.model or newest_model(), *([args.compare] if args.compare else [])]
        server.models = [Model(name, args.crop, args.max_pixels) for name in names]
        print(f"Open http://127.0.0.1:{server.server_port}/ in a browser on this machine; Ctrl-C stops.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nStopped.")
    return 0


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(
        prog="tfpose demo",
        description="Serves a page, to this machine only, that shows the people found in photos, videos and the "
        "pictures of a camera. Nothing is stored.",
    )
    add = parser.add_argument
    text = "run folder, .keras file, export, or a name of `tfpose models`"
    add("--model", help=f"{text} (default: the newest run or export)")
    add("--compare", metavar="MODEL", help="another model, whose people are shown beside those of --model")
    text = "what single-person networks are shown: the frame; twice: the frame, then the surroundings of the answer"
    add("--crop", choices=("frame", "twice"), help=f"{text} (default: frame; twice for networks trained on crops)")
    add("--port", type=_port, default=8000, help="port of the page; 0: any that is free (default: %(default)s)")
    add("--max_bytes", type=positive, default=MAX_BYTES, help="refuse larger files (default: %(default)s)")
    text = "refuse images of more pixels, before decoding them (default: %(default)s)"
    add("--max_pixels", type=positive, default=MAX_PIXELS, help=text)
    text = "seconds to receive an image in, and to wait for the network while it is busy (default: %(default)s)"
    add("--timeout", type=positive, default=30, metavar="SECONDS", help=text)
    return parser


def _port(text):
    if not 0 <= int(text) < 1 << 16:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return int(text)
