from xml.etree import ElementTree

import numpy as np
import pytest

from tfpose.commands.pages.charts import BOTTOM, LEFT, RIGHT, TOP, Chart, histogram, ticks


def test_ticks_are_round_and_within():
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert ticks(0, 20) == [0, 5, 10, 15, 20]
    assert ticks(0.5, 0.95) == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert all(0 <= tick <= high and len(ticks(0, high)) <= 6 for high in (0.3, 7, 23, 99.5) for tick in ticks(0, high))


def test_values_lie_between_the_axes():
    chart = Chart("t", "x", "y", (0, 10), (0, 100), size=(300, 200))
    assert (chart.left(0), chart.left(10), chart.top(0), chart.top(100)) == (LEFT, 300 - RIGHT, 200 - BOTTOM, TOP)
    assert chart.left(5) == (LEFT + 300 - RIGHT) / 2
    assert chart.left(99) == chart.left(10) and chart.top(-5) == chart.top(0)
    log = Chart("t", "x", "y", (1, 100), (0, 1), log=True, size=(300, 200))
    assert log.left(10) == pytest.approx((LEFT + 300 - RIGHT) / 2)


def test_a_curve_is_interrupted_where_a_value_is_missing():
    chart = Chart("t", "x", "y", (0, 3), (0, 1))
    chart.line([0, 1, 2, 3], [0, np.nan, 1, 1], 2, label="a run", dashes="4 2")
    path = ElementTree.fromstring(chart.markup()).find("path")
    assert path.get("d").count("M") == 2 and path.get("d").count("L") == 1
    assert (
        path.get("class") == "line s2" and path.get("stroke-dasharray") == "4 2" and path.find("title").text == "a run"
    )


def test_a_histogram_stacks_its_series():
    svg = ElementTree.fromstring(histogram("t", "size", [[1, 0, 2], [3, 1, 0]], [0, 1, 2, 3], names=("train", "test")))
    bars = svg.findall("rect")
    assert [bar.get("class") for bar in bars] == ["bar s0", "bar s1", "bar s1", "bar s0"]
    assert float(bars[0].get("y")) == pytest.approx(float(bars[1].get("y")) + float(bars[1].get("height")), abs=0.11)
    assert bars[1].find("title").text == "test, size 0 to 1: 3 people"


def test_names_are_escaped():
    chart = Chart("<script>", "a & b", '"', (0, 1), (0, 1))
    chart.line([0], [0], label="</title><script>")
    assert "<script>" not in chart.markup() and ElementTree.fromstring(chart.markup()) is not None
