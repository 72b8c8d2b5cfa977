"""What `evaluate_people` found, to read and to hand in. `report.write_json` writes all of it."""

import json
import pathlib


def table(result, metric: str) -> str:
    """The numbers of one metric, in per cent."""
    lines = [f"{metric}, per cent"]
    for name, number in result["results"][metric].items():
        indented = "  " + name if name.split("_")[0] in ("left", "right") else name
        lines.append(indented.replace("_", " ").ljust(22) + f"{100 * number:8.1f}")
    return "\n".join(lines)


def summary(result) -> str:
    """A few lines on what was measured, and how."""
    data, protocol = result["data_set"], result["protocol"]
    lines = [f"{data['converter']} {result['split']}: {result['people']} people in {result['images']} images."]
    lines += [f"{name}: {how}." for name, how in protocol["metrics"].items()]
    lines.append(f"Sigmas: {protocol['sigmas from']}.")
    if result["failed"]:
        name, error = next(iter(result["failed"].items()))
        lines.append(f"{len(result['failed'])} images failed and count as empty; the first is {name}: {error}")
    return "\n".join(lines)


def write_results(result, path):
    """Writes everyone found in the form of COCO's results, which its evaluation server takes."""
    pathlib.Path(path).write_text(json.dumps(result["predictions"]["found"]) + "\n", encoding="utf-8")
