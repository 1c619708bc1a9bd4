"""The four data sets as Keras' load_data gives them, read with numpy alone.

The PyTorch peers use this instead of importing Keras, whose import alone would take seconds of a PyTorch job. Files are
looked for in $LOCKSTEP_DATA, ~/.cache/lockstep and ~/.keras/datasets, as lockstep does.
"""

import os
import pathlib
import sys

import numpy as np

WORDS = 10000


def find(name):
    """The path of a data file; exits with one line that says where it was looked for."""
    folders = [pathlib.Path.home() / ".cache/lockstep", pathlib.Path.home() / ".keras/datasets"]
    if os.environ.get("LOCKSTEP_DATA"):
        folders.insert(0, pathlib.Path(os.environ["LOCKSTEP_DATA"]))
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    sys.exit(f"{name}: not found in {', '.join(map(str, folders))}; set LOCKSTEP_DATA to the folder that holds it")


def _as_words(reviews, words):
    # 1 starts a text, 2 stands for a rarer word, the vocabulary begins at 3.
    texts = []
    for review in reviews:
        text = np.concatenate(([1], np.asarray(review, dtype=np.int64) + 3))
        text[text >= words] = 2
        texts.append(text)
    return texts


def imdb(words=WORDS):
    """(x_train, y_train), (x_test, y_test); x is a list of arrays of word numbers, y is int64."""
    with np.load(find("imdb.npz"), allow_pickle=True) as file:
        arrays = [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    random = np.random.RandomState(113)
    splits = []
    for x, y in (arrays[:2], arrays[2:]):
        order = np.arange(len(x))
        random.shuffle(order)
        splits.append((_as_words(x[order], words), y[order]))
    return tuple(splits)


def reuters(words=WORDS):
    """As imdb, with 46 topics and a fifth of the newswires as the test set."""
    with np.load(find("reuters.npz"), allow_pickle=True) as file:
        x, y = file["x"], file["y"]
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    texts, y = _as_words(x[order], words), y[order]
    train = int(len(texts) * 0.8)
    return (texts[:train], y[:train]), (texts[train:], y[train:])


def boston():
    """(x_train, y_train), (x_test, y_test): float32 [n,13] standardised by the training set, float32 [n]."""
    with np.load(find("boston_housing.npz")) as file:
        x, y = file["x"], file["y"]
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    x, y = x[order], y[order].astype(np.float32)
    train = int(len(x) * 0.8)
    x = (x - x[:train].mean(axis=0)) / x[:train].std(axis=0)
    x = x.astype(np.float32)
    return (x[:train], y[:train]), (x[train:], y[train:])


def mnist():
    """(x_train, y_train), (x_test, y_test): float32 [n,784] in 0..1, int64 [n]."""
    with np.load(find("mnist.npz")) as file:
        return tuple((file[f"x_{part}"].reshape(-1, 784).astype(np.float32) / 255, file[f"y_{part}"].astype(np.int64))
                     for part in ("train", "test"))


def multi_hot(texts, words=WORDS):
    """float32 [n,words]: 1 at every word that occurs."""
    x = np.zeros((len(texts), words), dtype=np.float32)
    for row, text in enumerate(texts):
        x[row, text] = 1
    return x


def bags(texts):
    """The same as word lists without repetition: (all words one after another, int64 start of each text)."""
    unique = [np.unique(text) for text in texts]
    starts = np.zeros(len(unique), dtype=np.int64)
    starts[1:] = np.cumsum([len(text) for text in unique])[:-1]
    return np.concatenate(unique), starts
