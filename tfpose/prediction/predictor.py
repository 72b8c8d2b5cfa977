"""Base class of everything that finds people in images."""

import abc

import numpy as np


class Predictor(abc.ABC):
    """Finds the people in images of any size with a trained model or an export.

    `Predictor.load` opens a model and returns the subclass that suits it: `SinglePersonPredictor`,
    `MultiPersonPredictor` or `ExportedPredictor`. `MaskedPredictor` is made from a model directly.

    Attributes:
        skeleton: The `Skeleton` of the keypoints that are found.
        several: Whether everyone in an image is found, rather than the one person who is shown.
        takes_torso: Whether the network must be given the middle of the torso.
        crop: What the network was trained to see: `"frame"`, the whole image; `"person"`, the surroundings of the
            person's box; or `"torso"`, those of the torso box. `"records"`, if that was different in the data sets of
            a mixture; None if it is not recorded. `tfpose.data.crops.box` gives the box to show.
        calibration: The `Calibration` that turns the scores of people into probabilities, `calibration(people)`, where
            the model was opened by `load` and has one; see `tfpose evaluate --calibrate`.
    """

    several = False
    takes_torso = False
    crop = None
    calibration = None

    @classmethod
    def load(cls, path, **options):
        """Opens a trained model or an export.

        Args:
            path: A run folder (its `best.keras` is taken), a `.keras` file, or an exported folder (SavedModel, ONNX or
                LiteRT).
            **options: For runs and `.keras` files: arguments of `SinglePersonPredictor` or `MultiPersonPredictor`,
                whichever the model calls for, and `image_size`, height and width of the network's input if not those of
                training. An export takes none.

        Returns:
            The `Predictor`.

        Raises:
            ValueError: If there is no such model, or it cannot take the options.
        """
        from tfpose.prediction import calibration
        from tfpose.prediction.loading import open_predictor

        predictor = open_predictor(path, **options)
        predictor.calibration = calibration.beside(path)
        return predictor

    @abc.abstractmethod
    def __call__(self, image, box=None):
        """Finds the people.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of the part to show to the network, in pixels of `image`; the whole image
                by default. It may reach beyond the image.

        Returns:
            People `float32 [N, K, 3]`: `(x, y, score)` in pixels of `image`. A score of 0 means not found.

        Raises:
            ValueError: If the image is not RGB, or the box not finite or without extent.
        """

    def in_boxes(self, image, boxes, **options):
        """Finds people in each of several boxes, in turn.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            boxes: `[N, 4]`, each as `box` of a call.
            **options: Further arguments of each call.

        Returns:
            People `float32 [N, K, 3]` as of a call, those of the first box first; for single-person networks one per
            box.
        """
        people = [self(image, box, **options) for box in boxes]
        return np.concatenate([np.zeros((0, len(self.skeleton), 3), "float32"), *people])
