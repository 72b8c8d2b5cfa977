"""What is to be known of pairs of keypoints before detections can be grouped: `tfpose pairwise`."""
