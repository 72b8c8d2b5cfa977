"""Images that occur twice, exactly or nearly, found by hashes of a fixed size per image."""

import hashlib

import numpy as np

SIDE = 16  # The hash has one bit for each of 16 x 16 cells: whether it is brighter than the next one.
BITS, BANDS = SIDE * SIDE, 8
NEAR = 7
"""Largest number of bits that differ between nearly equal images. Of 8 bands at least one is then equal."""
PLAIN = 24  # Pictures with fewer bright or dark steps are plain, and alike without being copies.
COMPARED = 16  # Images of one bucket that each is compared with, the nearest by their order.


class ImageHashes:
    """Hashes of images, by which equal ones are found.

    An image takes about 100 bytes: the SHA-1 of its file, and a difference hash of 256 bits of its brightness, which
    survives another size or compression (Krawetz 2013, https://www.hackerfactor.com/blog/index.php?/archives/529).
    """

    def __init__(self):
        self.names = []
        self._digests, self._hashes = [], []

    def add(self, name, jpeg: bytes):
        """Adds an image under a name of any type."""
        self.names.append(name)
        self._digests.append(hashlib.sha1(jpeg, usedforsecurity=False).digest())
        self._hashes.append(difference_hash(jpeg))

    def groups(self) -> list[tuple[bool, list]]:
        """Returns the groups of images that are equal or nearly so: whether all files are equal, and their names."""
        parents = list(range(len(self.names)))

        def root(i):
            while parents[i] != i:
                parents[i] = i = parents[parents[i]]
            return i

        for a, b in (*self._equal(), *self._near()):
            parents[root(b)] = root(a)
        members = {}
        for i in range(len(parents)):
            members.setdefault(root(i), []).append(i)
        return [
            (len({self._digests[i] for i in group}) == 1, [self.names[i] for i in group])
            for group in members.values()
            if len(group) > 1
        ]

    def _equal(self):
        first = {}
        for i, digest in enumerate(self._digests):
            if first.setdefault(digest, i) != i:
                yield first[digest], i

    def _near(self):
        if not self._hashes:
            return
        hashes = np.frombuffer(b"".join(self._hashes), np.uint8).reshape(-1, BITS // 8)
        steps = np.bitwise_count(hashes).sum(axis=1)
        structured = np.flatnonzero((steps >= PLAIN) & (steps <= BITS - PLAIN))
        for band in np.split(hashes[structured].copy().view(np.uint32), BANDS, axis=1):
            order = structured[np.lexsort((*hashes[structured].T, band[:, 0]))]
            values = np.sort(band[:, 0])
            for apart in range(1, min(COMPARED, len(order))):
                a, b = order[:-apart], order[apart:]
                differing = np.bitwise_count(hashes[a] ^ hashes[b]).sum(axis=1)
                together = (values[:-apart] == values[apart:]) & (differing <= NEAR)
                yield from zip(a[together], b[together], strict=True)


def difference_hash(jpeg: bytes) -> bytes:
    """Returns 256 bits: for cells of a 16 x 17 grid over the image, whether each is brighter than its right neighbour.

    All bits are 0 for a file that cannot be decoded.
    """
    import cv2

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_4)
    if image is None:
        return bytes(BITS // 8)
    small = cv2.resize(image, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, :-1] > small[:, 1:]).tobytes()
