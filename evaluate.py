"""Measures a trained model, keypoint by keypoint.

python evaluate.py --split=test --json=numbers.json --curves=curves.png
"""

from tfpose.doors import plain_errors
from tfpose.evaluation import command

if __name__ == "__main__":
    with plain_errors():
        command.main()
