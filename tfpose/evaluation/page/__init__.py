"""The page of an evaluation: `tfpose evaluate --report`."""
