"""Makes the small archives of these tests as numpy writes them. Run in this folder with numpy installed."""

import pickle

import numpy as np


def ragged():
    lists = np.empty(5, dtype=object)
    lists[:] = [[1, 2, 300], [], [70000], [255, 256, 65535, 65536, 2147483647], list(range(1005))]
    return lists


def main():
    values = np.array([[0, 1, 2], [3, 4, 5]])
    types = {name: values.astype(name) for name in ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "f4", "f8")}
    np.savez_compressed(
        "numbers.npz", **types, b1=values > 2, negative=np.array([-1, -128], np.int8),
        scalar=np.float64(2.5), empty=np.zeros((0, 4), np.float32), fortran=np.asfortranarray(values),
        big_endian=values.astype(">f4"), half=np.array([0.5, np.nan]), text=np.array(["a"]),
        large=np.array([2**31]))
    np.savez("lists.npz", lists=ragged())  # the protocol of this numpy
    np.savez(  # what npz_writer_test writes
        "weights.npz", **{"dense/kernel": np.float32([[1, -2, 0.1], [np.inf, 3e38, 1e-45]]),
                          "dense/bias": np.float32([1, 2, 3]), "scalar": np.float32(2.5),
                          "empty": np.zeros((0, 4), np.float32), "axes": np.zeros((1, 2, 1, 2, 3), np.float32)})
    with open("lists_protocol3.pickle", "wb") as file:
        file.write(pickle.dumps(ragged(), protocol=3))


if __name__ == "__main__":
    main()
