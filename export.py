"""Exports a trained model, for serving.

python export.py --run=models_ex/<run> --format=saved_model
"""

from tfpose import serving
from tfpose.doors import plain_errors

if __name__ == "__main__":
    with plain_errors():
        serving.main()
