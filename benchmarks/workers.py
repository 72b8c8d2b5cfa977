"""Training by two workers on two cores beside one on one core: images per second, and processor time per image.

    python benchmarks/workers.py --preset=figures_hourglass --data_dir=data/figures

Both have the same number of images per worker. Where other work takes the cores, a step waits for whichever worker was
interrupted, and only the processor time can be compared.
"""

import argparse
import dataclasses
import json
import os
import socket
import statistics
import subprocess
import sys
import time


def main(argv=None):
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description="Times training by one and by two workers.")
    parser.add_argument("--preset", default="figures_hourglass")
    parser.add_argument("--data_dir", default="data/figures")
    parser.add_argument("--batch_size", type=int, default=8, help="images per worker and step")
    parser.add_argument("--steps", type=int, default=30, help="steps per measurement")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each kind, in turn; the median counts")
    args = parser.parse_args(argv)
    if "TFPOSE_CORE" in os.environ:
        measure(args)
        return
    rounds = [(started(1), started(2)) for _ in range(args.rounds)]
    one, two = (
        [statistics.median(values) for values in zip(*measured, strict=True)] for measured in zip(*rounds, strict=True)
    )
    print("| workers | images/s | processor ms per image |\n|---|---|---|")
    for workers, (rate, cost) in ((1, one), (2, two)):
        print(f"| {workers} | {rate:.1f} | {cost:.1f} |")
    print(f"efficiency: {two[0] / one[0] / 2:.2f} by time, {one[1] / two[1]:.2f} by processor time")


def started(workers):
    """Images per second of all workers, and processor milliseconds per image."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(workers)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    processes = []
    for index in range(workers):
        described = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(described), "TFPOSE_CORE": str(index)}
        processes.append(subprocess.Popen([sys.executable, *sys.argv], env=environment, stdout=subprocess.PIPE))
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in processes]
    return sum(rate for rate, _ in found), statistics.mean(cost for _, cost in found)


def measure(args):
    """Trains on one core, and prints this worker's images per second and processor milliseconds per image."""
    os.sched_setaffinity(0, {int(os.environ["TFPOSE_CORE"])})
    import keras

    from tfpose.data import records
    from tfpose.training import batches, build, cluster, devices, interrupts, presets, workers

    members = cluster.read()
    together = workers.Workers(members, workers.connect(), interrupts.StopRequest()) if members else None
    size = args.batch_size * (len(members.workers) if members else 1)
    settings = dataclasses.replace(presets.PRESETS[args.preset], data_dir=args.data_dir, batch_size=size)
    keras.config.set_dtype_policy("float32")
    found = records.load(args.data_dir, "train")
    settings = dataclasses.replace(settings, crop=settings.crop or "frame")
    with (together.strategy if together else devices.strategy(False)).scope():
        model = build.build(settings, found.skeleton)
        model.compile(keras.optimizers.Adam(), build.losses(model, settings), jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        clock = Clock(2)
        shared = batches.Batches(settings, model, found, found, together.shares if together else None)
        if together:
            steps = workers.Steps(together, model.train_step, shared.training_shares(0, 1000))
            with steps.started():
                for step in range(args.steps + 2):
                    steps.run()
                    clock.step(step)
            together.wait()
        else:
            callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, _: clock.step(step))
            model.fit(
                shared.training(0, 1000), steps_per_epoch=args.steps + 2, shuffle=False, verbose=0, callbacks=[callback]
            )
    seconds, busy = clock.read()
    images = args.steps * args.batch_size
    print(json.dumps([images / seconds, 1000 * busy / images]), flush=True)


class Clock:
    """Notes time and processor time when the first steps have ended, which trace the graph."""

    def __init__(self, settling):
        self.last = settling - 1

    def step(self, number):
        """To be called at the end of each step."""
        if number == self.last:
            self.start = time.perf_counter(), time.process_time()
        self.end = time.perf_counter(), time.process_time()

    def read(self):
        """Seconds and processor seconds since then."""
        return [b - a for a, b in zip(self.start, self.end, strict=True)]


if __name__ == "__main__":
    main()
