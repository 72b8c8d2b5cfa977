"""Draws people with exact keypoints: `scene.draw` makes one image of the data set `figures`.

Read in this order: `poses` (angles) → `body` (points in space) → `canvas` (paint) → `looks`, `head`, `torso`, `people`
(a person painted) → `scenery`, `clutter`, `furniture`, `light` (what is around people) → `scene` (all of it).
"""
