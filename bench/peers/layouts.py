# SPDX-License-Identifier: Apache-2.0
"""Layouts of images: channels first (.onnx) or last (.tflite)."""

TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def fits(shape, wanted):
    """Whether a shape is as wanted; wanted dimensions that are no positive number are open."""
    pairs = zip(shape, wanted, strict=True)
    return all(not (isinstance(w, int) and w > 0) or size == w for size, w in pairs)


def axes_to(shape, wanted):
    """The order of axes that brings an image of this shape to the wanted layout."""
    shape = [int(size) for size in shape]
    wanted = [size if isinstance(size, str) or size is None else int(size) for size in wanted]
    orders = [tuple(range(len(shape)))]
    if len(shape) == 4:
        orders += [TO_FIRST, TO_LAST]
    for axes in orders:
        if len(shape) == len(wanted) and fits([shape[axis] for axis in axes], wanted):
            return axes
    raise ValueError(f"expected shape {wanted}, got {shape}")


def moved(shape, wanted):
    """The shape with its axes in the order of the wanted layout."""
    return [shape[axis] for axis in axes_to(shape, wanted)]
