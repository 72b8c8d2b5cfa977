"""Grouping of detected keypoints into people: by tags (associative embedding) and by multicut (DeeperCut)."""
