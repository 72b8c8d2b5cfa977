"""Draws images of people with exact keypoints; `scene.draw` makes one image of the data set `figures`.

Modules, from the bottom up: `poses` (joint angles), `body` (3-D points), `canvas` (drawing of shapes); `looks`, `head`,
`torso`, `people` (drawing of a person); `scenery`, `clutter`, `furniture`, `light` (surroundings); `scene` (an image).
"""
