"""The stacked hourglass of tfpose once more, for PyTorch: the other side of benchmarks/hourglass.py.

Run by it in an environment with torch. Reads commands, a line each, `forward N` or `train N`, and answers each with the
seconds that N steps took.
"""

import sys
import time

import torch
from torch import nn


class Residual(nn.Module):
    """A pre-activation bottleneck."""

    def __init__(self, inputs, features):
        super().__init__()
        self.shortcut = nn.Identity() if inputs == features else nn.Conv2d(inputs, features, 1)
        widths = ((inputs, features // 2, 1), (features // 2, features // 2, 3), (features // 2, features, 1))
        self.path = nn.Sequential(
            *(
                part
                for a, b, size in widths
                for part in (nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, size, padding=size // 2))
            )
        )

    def forward(self, x):
        return self.shortcut(x) + self.path(x)


class Hourglass(nn.Module):
    """Down and up again."""

    def __init__(self, features, depth):
        super().__init__()
        self.skip, self.down, self.up = (Residual(features, features) for _ in range(3))
        self.inner = Hourglass(features, depth - 1) if depth > 1 else Residual(features, features)
        self.pool, self.enlarge = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        return self.skip(x) + self.enlarge(self.up(self.inner(self.down(self.pool(x)))))


class Stacked(nn.Module):
    """Images `uint8 [B, 3, H, W]` → S tensors `[B, K, h, w]`."""

    def __init__(self, stacks, f, keypoints, depth):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, f // 4, 7, 2, 3), nn.BatchNorm2d(f // 4), nn.ReLU(), Residual(f // 4, f // 2), nn.MaxPool2d(2),
            Residual(f // 2, f // 2), Residual(f // 2, f),
        )  # fmt: skip
        self.hourglasses = nn.ModuleList(
            nn.Sequential(Hourglass(f, depth), Residual(f, f), nn.Conv2d(f, f, 1), nn.BatchNorm2d(f), nn.ReLU())
            for _ in range(stacks)
        )
        self.maps = nn.ModuleList(nn.Conv2d(f, keypoints, 1) for _ in range(stacks))
        self.told = nn.ModuleList(nn.Conv2d(f, f, 1) for _ in range(stacks - 1))
        self.remembered = nn.ModuleList(nn.Conv2d(keypoints, f, 1) for _ in range(stacks - 1))

    def forward(self, images):
        x, found = self.stem(images.float() / 255), []
        for i, (hourglass, maps) in enumerate(zip(self.hourglasses, self.maps, strict=True)):
            y = hourglass(x)
            found.append(maps(y))
            if i < len(self.told):
                x = x + self.told[i](y) + self.remembered[i](found[-1])
        return found


def main():
    """Answers commands until there are no more."""
    stacks, features, keypoints, depth, size, batch, layout, precision = sys.argv[1:]
    memory = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    model = Stacked(int(stacks), int(features), int(keypoints), int(depth)).to(memory_format=memory)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    images = torch.randint(0, 255, (int(batch), 3, int(size), int(size)), dtype=torch.uint8).to(memory_format=memory)
    targets = torch.rand(int(batch), int(keypoints), int(size) // 4, int(size) // 4)
    print(sum(p.numel() for p in model.parameters()), flush=True)
    for line in sys.stdin:
        kind, steps = line.split()
        model.train(kind == "train")
        start = time.perf_counter()
        for _ in range(int(steps)):
            step(model, optimizer, images, targets, kind, precision == "mixed_bfloat16")
        print(time.perf_counter() - start, flush=True)


def step(model, optimizer, images, targets, kind, mixed):
    """One step forward, or one of training; `mixed`: the network computes in bfloat16."""
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=mixed)
    if kind == "forward":
        with torch.inference_mode(), autocast:
            model(images)
        return
    optimizer.zero_grad()
    with autocast:
        found = model(images)
    loss = sum(((maps.float() - targets) ** 2).sum(dim=(2, 3)).mean() for maps in found)
    loss.backward()
    optimizer.step()


if __name__ == "__main__":
    main()
