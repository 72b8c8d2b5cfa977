"""How networks represent people: encode keypoints into targets, decode outputs into candidates, group them."""

from tfpose.codecs.codec import Codec
from tfpose.codecs.distribution import DistributionCodec
from tfpose.codecs.heatmap import HeatmapCodec
from tfpose.codecs.part_fields import PartFieldCodec
from tfpose.codecs.tags import TagCodec
