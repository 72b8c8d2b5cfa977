"""Command `tfpose models`: lists the trained models that come with the package, or prints the card of one."""

from tfpose.commands.arguments import ArgumentParser
from tfpose.pretrained import catalogue


def main(argv=None):
    """Prints a line about each model, or the cards of those that are named.

    Args:
        argv: Arguments; those of the command line by default.

    Raises:
        ValueError: If a model is not known.
    """
    args = parser().parse_args(argv)
    if args.names:
        print("\n\n".join(catalogue.card(name).text() for name in args.names))
        return
    for card in map(catalogue.card, catalogue.names()):
        print(f"{card.name:12} {card.file.stat().st_size / 1e6:4.1f} MB  {card.summary}")
        print(f"{'':12} trained on {', '.join(each['name'] for each in card.data)}. {card.terms}")
        for result in card.results:
            mean = " / ".join(f"{label} {result['values'][label]:.1f}" for label in result["headline"])
            print(f"{'':12} {result['data_set']} {result['split']} ({result['protocol']}), {result['unit']}: {mean}")
    print("\n`tfpose models NAME` prints the whole card; `tfpose predict --model=NAME PHOTO` uses the model.")


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose models", description="Lists the trained models that come with the package.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="print the model card (default: a line about each)")
    return parser
