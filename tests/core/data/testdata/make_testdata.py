"""Makes the small data sets of these tests and, with numpy alone, what Keras' load_data makes of them.

Run in this folder with numpy installed. Words, labels and features are drawn from a fixed seed.
"""

import json

import numpy as np

KERAS_SEED = 113


def lists(rng, count, top):
    out = np.empty(count, dtype=object)
    for i in range(count):
        out[i] = [int(w) for w in rng.randint(1, top, size=rng.randint(0, 30))]
    return out


def load_data_order(x, y, rng):
    indices = np.arange(len(x))
    rng.shuffle(indices)
    return x[indices], y[indices]


def keras_words(x, words):
    out = [[1] + [w + 3 for w in text] for text in x]
    return [[w if w < words else 2 for w in text] for text in out]


def multi_hot(x, words):
    rows = [sorted(set(text)) for text in keras_words(x, words)]
    offsets = np.cumsum([0] + [len(row) for row in rows])
    return offsets, np.array([w for row in rows for w in row], dtype=np.int64)


def make_imdb(rng):
    x_train, x_test = lists(rng, 40, 60), lists(rng, 25, 60)
    y_train, y_test = rng.randint(0, 2, 40), rng.randint(0, 2, 25)
    np.savez_compressed("imdb.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    state = np.random.RandomState(KERAS_SEED)
    x_train, y_train = load_data_order(x_train, y_train, state)
    x_test, y_test = load_data_order(x_test, y_test, state)
    expected = {}
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        expected[part + "_offsets"], expected[part + "_indices"] = multi_hot(x, 50)
        expected[part + "_labels"] = y
    np.savez_compressed("imdb_expected.npz", **expected)
    with open("imdb_word_index.json", "w") as file:
        json.dump({"word%d" % i: i for i in range(1, 60)}, file)
    print("imdb x_train[0]:", keras_words(x_train, 50)[0], "label", y_train[0])


def make_reuters(rng):
    x, y = lists(rng, 33, 60), rng.randint(0, 46, 33)
    np.savez_compressed("reuters.npz", x=x, y=y)
    x, y = load_data_order(x, y, np.random.RandomState(KERAS_SEED))
    split = int(len(x) * (1 - 0.2))
    expected = {}
    for part, rows in (("train", slice(0, split)), ("test", slice(split, None))):
        expected[part + "_offsets"], expected[part + "_indices"] = multi_hot(x[rows], 50)
        expected[part + "_labels"] = y[rows]
    np.savez_compressed("reuters_expected.npz", **expected)


def make_boston(rng):
    x, y = rng.lognormal(size=(21, 13)), rng.uniform(5, 50, 21)
    x[:, 3] = 2.5  # constant
    np.savez("boston_housing.npz", x=x, y=y)
    x, y = load_data_order(x, y, np.random.RandomState(KERAS_SEED))
    split = int(len(x) * (1 - 0.2))
    mean, deviation = x[:split].mean(axis=0), None
    centred = x[:split] - mean
    deviation = centred.std(axis=0)
    deviation[3] = 1
    scaled = ((x - mean) / deviation).astype(np.float32)
    scaled[:, 3] = 0
    np.savez("boston_expected.npz", train=scaled[:split], test=scaled[split:],
             y_train=y[:split].astype(np.float32), y_test=y[split:].astype(np.float32),
             plain=x[:split].astype(np.float32))


def make_mnist(rng):
    draw = lambda n: rng.randint(0, 256, size=(n, 5, 4)).astype(np.uint8)
    np.savez_compressed("mnist.npz", x_train=draw(12), y_train=(np.arange(12) % 10).astype(np.uint8),
                        x_test=draw(3), y_test=np.array([9, 0, 4], np.uint8))


def main():
    rng = np.random.RandomState(7)
    make_imdb(rng)
    make_reuters(rng)
    make_boston(rng)
    make_mnist(rng)


if __name__ == "__main__":
    main()
