"""Fitting of DeeperCut's pairwise terms, which group detections into people: `tfpose pairwise`."""
