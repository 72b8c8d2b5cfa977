"""The input pipelines: batches of one person each, and of whole images with several people."""

from tfpose.data.multi_person import crowded
from tfpose.data.multi_person import several_people as multi_person
from tfpose.data.single_person import left_out, people, single_person

__all__ = ["crowded", "left_out", "multi_person", "people", "single_person"]
