import numpy as np

from tfpose.prediction.tracking import Tracker
from tfpose.skeletons import LSP, Skeleton
from tfpose.visualize import draw_people, number_colour

TWO = Skeleton("two", ("left_tip", "right_tip"))


def person(x, y, score=1.0):
    return [[x - 5, y, score], [x + 5, y, score]]


def test_who_moves_keeps_the_number_in_whatever_order_people_come():
    number = Tracker(TWO)
    assert number([person(10, 10), person(300, 10), person(600, 10)]).tolist() == [0, 1, 2]
    assert number([person(590, 30), person(20, 10), person(320, 5)]).tolist() == [2, 0, 1]


def test_who_comes_is_new_and_who_went_is_forgotten():
    number = Tracker(TWO)
    number([person(10, 10), person(300, 10)])
    assert number([person(310, 10)]).tolist() == [1]
    assert number([person(10, 10), person(310, 10)]).tolist() == [2, 1]
    assert number([]).tolist() == [] and number([person(10, 10)]).tolist() == [3]


def test_nobody_jumps_further_than_allowed():
    number = Tracker(TWO, max_distance=50)
    number([person(100, 100), person(200, 100)])
    # The first is gone; the second is not taken for the first, though that would be nearer in sum.
    assert number([person(210, 100), person(500, 100)]).tolist() == [1, 2]


def test_people_are_where_their_head_is():
    number = Tracker(LSP)
    people = np.zeros((2, 14, 3))
    people[:, LSP.keypoints.index("head_top")] = [[100, 50, 1], [400, 50, 1]]
    people[:, LSP.keypoints.index("left_ankle")] = [[100, 300, 1], [400, 300, 1]]
    number(people)
    crossed = people[::-1].copy()
    crossed[:, LSP.keypoints.index("left_ankle"), 0] = [0, 900]
    assert number(crossed).tolist() == [1, 0]
    assert number(np.zeros((1, 14, 3))).shape == (1,)


def test_numbers_have_colours_of_their_own():
    assert len({number_colour(n) for n in range(30)}) == 30
    image = np.zeros((60, 60, 3), "uint8")
    drawn = draw_people(image, [person(30, 30)], TWO, numbers=[4])
    assert (drawn == number_colour(4)).all(axis=-1).any()
    assert not np.array_equal(drawn, draw_people(image, [person(30, 30)], TWO))
