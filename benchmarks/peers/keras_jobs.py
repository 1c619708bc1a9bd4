"""A whole Keras job as the tutorials write it, to be timed from process start to end by ../compare.py.

    python keras_jobs.py imdb|boston|mnist [--epochs N] [--threads N]

Data come from local files (see datasets.find); nothing is downloaded. The last line printed is a JSON object with the
job's results, so that a fast wrong job is noticed.
"""

import argparse
import json
import os
import pathlib
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

EPOCHS = {"imdb": 20, "boston": 100, "mnist": 5}
FILES = {"imdb": "imdb.npz", "boston": "boston_housing.npz", "mnist": "mnist.npz"}


def offer_local_file(name):
    """Makes Keras' load_data find a local file: a new KERAS_HOME whose datasets folder links to it."""
    import datasets
    home = tempfile.TemporaryDirectory(prefix="keras-home-")
    folder = pathlib.Path(home.name) / "datasets"
    folder.mkdir()
    (folder / name).symlink_to(datasets.find(name).resolve())
    os.environ["KERAS_HOME"] = home.name
    return home  # removed when the caller lets go of it


def last_values(history):
    return {key: round(float(values[-1]), 4) for key, values in history.history.items() if key.startswith("val_")}


def imdb(keras, epochs):
    import numpy as np
    (texts, labels), _ = keras.datasets.imdb.load_data(num_words=10000)
    x = np.zeros((len(texts), 10000), dtype="float32")
    for row, text in enumerate(texts):
        x[row, text] = 1
    y = np.asarray(labels).astype("float32")
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(16, activation="relu"),
                              keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return last_values(model.fit(x[10000:], y[10000:], epochs=epochs, batch_size=512, verbose=2,
                                 validation_data=(x[:10000], y[:10000])))


def boston(keras, epochs, folds=4):
    import numpy as np
    (x, y), _ = keras.datasets.boston_housing.load_data()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    size = len(x) // folds
    results = []
    for fold in range(folds):
        first, last = fold * size, (fold + 1) * size
        model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(64, activation="relu"),
                                  keras.layers.Dense(1)])
        model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
        history = model.fit(np.concatenate([x[:first], x[last:]]), np.concatenate([y[:first], y[last:]]),
                            validation_data=(x[first:last], y[first:last]), epochs=epochs, batch_size=1, verbose=0)
        results.append(last_values(history))
    return {key: round(sum(result[key] for result in results) / folds, 4) for key in results[0]}


def mnist(keras, epochs):
    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    x = x.reshape(60000, 784).astype("float32") / 255
    x_test = x_test.reshape(10000, 784).astype("float32") / 255
    y, y_test = keras.utils.to_categorical(y), keras.utils.to_categorical(y_test)
    model = keras.Sequential([keras.layers.Dense(128, activation="relu"), keras.layers.Dense(64, activation="relu"),
                              keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return last_values(model.fit(x, y, epochs=epochs, batch_size=100, verbose=2, validation_data=(x_test, y_test)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=list(EPOCHS))
    parser.add_argument("--epochs", type=int, help="default: the tutorial's 20, 100, 5")
    parser.add_argument("--threads", type=int, default=0, help="0 (default) leaves TensorFlow's own choice")
    flags = parser.parse_args()
    home = offer_local_file(FILES[flags.job])
    import keras
    if flags.threads > 0:
        import tensorflow
        tensorflow.config.threading.set_intra_op_parallelism_threads(flags.threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(flags.threads)
    keras.utils.set_random_seed(0)
    epochs = flags.epochs or EPOCHS[flags.job]
    result = {"imdb": imdb, "boston": boston, "mnist": mnist}[flags.job](keras, epochs)
    print(json.dumps({"job": flags.job, "epochs": epochs, "threads": flags.threads or "default", **result,
                      "keras": keras.__version__}))
    home.cleanup()


if __name__ == "__main__":
    main()
