"""How networks represent people: encode keypoints into targets, decode outputs into candidates, group them."""

from tfpose.codecs.codec import Codec
from tfpose.codecs.distribution import DistributionCodec
