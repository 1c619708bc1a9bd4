"""Trains the networks of cases.py in Keras; writes imdb.npz, data.npz, weights.npz and runs.json beside this script.

    python make_keras_runs.py        # Keras 3 with TensorFlow, on a CPU

Everything is float32 without shuffling, one thread, deterministic ops. runs.json holds for each network the lockstep
config, the names and shapes of its weights, the loss of every batch before its update, the epochs' history, and how
far the same run in float64 is away (`noise`, relative; of weights: to the largest of their tensor before or after the
run): a float32 trainer that adds in another order can differ by about as much. weights.npz holds the weights of each
network before and after, in a row.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras.src.datasets import imdb

from cases import CASES

HERE = pathlib.Path(__file__).resolve().parent
TRAIN, TEST, FEATURES = 96, 32, 10


def make_images(x):
    """Pictures [9, 8, 3] in which each feature shows as a bright or dark spot."""
    rng = np.random.RandomState(8)
    images = 0.5 * rng.normal(size=(len(x), 9, 8, 3))
    for k, (row, column, channel) in enumerate(zip(rng.randint(9, size=FEATURES), rng.randint(8, size=FEATURES),
                                                   rng.randint(3, size=FEATURES))):
        images[:, row, column, channel] += x[:, k]
    return np.clip(48 * images + 128, 0, 255).astype(np.uint8)


def make_data():
    rng = np.random.RandomState(5)
    n = TRAIN + TEST
    x = rng.normal(size=(n, FEATURES)).astype(np.float32)
    hidden = np.tanh(x @ rng.normal(size=(FEATURES, 7)))
    noisy = lambda columns: hidden[:, :columns] + 0.1 * rng.normal(size=(n, columns))
    arrays = {
        "x": x,
        "x_bytes": np.clip(64 * x + 128, 0, 255).astype(np.uint8).reshape(n, 2, 5),
        "x_image": make_images(x),
        "x_wide": (x * np.logspace(-2, 3, FEATURES) + np.linspace(-20, 30, FEATURES)).astype(np.float32),
        "y_2": (hidden.sum(axis=1) > 0).astype(np.int64),
        "y_7": noisy(7).argmax(axis=1).astype(np.int64),
        "y_real_1": noisy(1)[:, 0].astype(np.float32),
        "y_price": (20 + 9 * noisy(1)[:, 0]).astype(np.float32),
        "y_real_3": noisy(3).astype(np.float32),
        "y_zero_or_one": (hidden[:, :1] > 0).astype(np.float32),
        "y_one_hot": np.eye(7, dtype=np.float32)[noisy(7).argmax(axis=1)],
    }
    return {name + part: values[rows] for name, values in arrays.items()
            for part, rows in (("_train", slice(0, TRAIN)), ("_test", slice(TRAIN, n)))}


def make_reviews():
    """imdb.npz as Keras keeps it, of short reviews; a third of the words lean to one side."""
    rng = np.random.RandomState(6)
    lean = rng.choice([-1, 0, 1], size=60)
    reviews = np.empty(72, dtype=object)
    for i in range(len(reviews)):
        reviews[i] = [int(w) for w in rng.randint(1, 60, size=rng.randint(1, 30))]
    labels = np.array([int(lean[review].sum() > 0) for review in reviews])
    np.savez_compressed(HERE / "imdb.npz", x_train=reviews[:48], y_train=labels[:48], x_test=reviews[48:],
                        y_test=labels[48:])


def load_reviews(words):
    """What Keras' load_data makes of imdb.npz, as multi-hot vectors."""
    imdb.get_file = lambda *args, **options: str(HERE / "imdb.npz")
    parts = []
    for reviews, labels in imdb.load_data(num_words=words):
        x = np.zeros((len(reviews), words), np.float32)
        for row, review in zip(x, reviews):
            row[review] = 1
        parts += [x, labels]
    return parts


def arrays_of(case, data):
    """x and y of the training and of the validation samples, as the config has them prepared."""
    if case["x"] == "imdb":
        x, y, vx, vy = load_reviews(case["words"])
    else:
        x, vx = (data[case["x"] + part] for part in ("_train", "_test"))
        y, vy = (data[case["y"] + part] for part in ("_train", "_test"))
    if case.get("standardize"):
        wide = x.astype(np.float64)
        mean, deviation = wide.mean(axis=0), wide.std(axis=0)
        x, vx = (((a - mean) / deviation).astype(np.float32) for a in (wide, vx.astype(np.float64)))
    if "divide_by" in case:
        x, vx = (a.astype(np.float32) / np.float32(case["divide_by"]) for a in (x, vx))
    if "last_fraction" in case:
        split = int(len(x) * (1 - case["last_fraction"]))
        x, vx, y, vy = x[:split], x[split:], y[:split], y[split:]
    column = lambda a: a.reshape(len(a), -1) if case["loss"] != "categorical_crossentropy" else a
    return x, column(y), vx, column(vy)


def make_optimizer(spec):
    options = {key: value for key, value in spec.items() if key not in ("kind", "schedule", "clip_global_norm")}
    if "clip_global_norm" in spec:
        options["global_clipnorm"] = spec["clip_global_norm"]
    schedule = spec.get("schedule", {})
    rate = spec.get("learning_rate")
    if "decay_steps" in schedule:
        options["learning_rate"] = keras.optimizers.schedules.CosineDecay(
            0.0, schedule["decay_steps"], alpha=schedule["final_fraction"], warmup_target=rate,
            warmup_steps=schedule["warmup_steps"])
    elif "boundary" in schedule:
        rates = [round(rate * schedule["factor"] ** k, 12) for k in range(len(schedule["boundary"]) + 1)]
        options["learning_rate"] = keras.optimizers.schedules.PiecewiseConstantDecay(schedule["boundary"], rates)
    kinds = {"sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam,
             "adamw": keras.optimizers.AdamW}
    return kinds[spec["kind"]](**options)


def make_graph(case, shape):
    """A functional model of layers given as (kind, options, names of inputs)."""
    classes = {"conv2d": keras.layers.Conv2D, "max_pooling2d": keras.layers.MaxPooling2D, "dense": keras.layers.Dense,
               "average_pooling2d": keras.layers.AveragePooling2D, "activation": keras.layers.Activation,
               "global_average_pooling2d": keras.layers.GlobalAveragePooling2D, "flatten": keras.layers.Flatten,
               "batch_normalization": keras.layers.BatchNormalization, "add": keras.layers.Add,
               "concatenate": keras.layers.Concatenate, "zero_padding2d": keras.layers.ZeroPadding2D,
               "reshape": keras.layers.Reshape}
    # What Keras calls otherwise.
    keras_name = {("activation", "function"): "activation"}
    keras_value = {("zero_padding2d", "padding"): lambda v: ((v[0], v[1]), (v[2], v[3]))}
    tensors = {"input": keras.Input(shape)}
    previous = "input"
    for kind, options, *inputs in case["graph"]:
        options = {keras_name.get((kind, k), k): keras_value.get((kind, k), lambda v: v)(v) for k, v in options.items()}
        layer = classes[kind](**options)
        given = [tensors[name] for name in inputs] or [tensors[previous]]
        previous = layer.name
        tensors[previous] = layer(given if kind in ("add", "concatenate") else given[0])
    outputs = [tensors[name] for name, _ in case.get("outputs", [(previous, 1)])]
    return keras.Model(tensors["input"], outputs if len(outputs) > 1 else outputs[0])


def make_model(case, shape):
    keras.backend.clear_session()
    layers = [keras.Input(shape)]
    for kind, *rest in case.get("layers", []):
        if kind == "dense":
            penalty = keras.regularizers.L2(case["l2"]) if "l2" in case else None
            layers.append(keras.layers.Dense(rest[0], rest[1], kernel_regularizer=penalty, **rest[2]))
        else:
            kinds = {"activation": keras.layers.Activation, "dropout": keras.layers.Dropout,
                     "flatten": keras.layers.Flatten}
            layers.append(kinds[kind](*rest))
    outputs = case.get("outputs", [])
    model = make_graph(case, shape) if "graph" in case else keras.Sequential(layers)
    sparse = case["loss"] == "categorical_crossentropy"
    top_5 = keras.metrics.SparseTopKCategoricalAccuracy if sparse else keras.metrics.TopKCategoricalAccuracy
    metrics = {
        "accuracy": lambda: "accuracy",
        "top_5_accuracy": lambda: top_5(5, name="top_5_accuracy"),
        "mean_absolute_error": lambda: keras.metrics.MeanAbsoluteError(name="mean_absolute_error"),
        "mean_squared_error": lambda: keras.metrics.MeanSquaredError(name="mean_squared_error"),
    }
    loss = ("sparse_" if sparse else "") + case["loss"]
    if outputs:  # metrics of the first one
        model.compile(optimizer=make_optimizer(case["optimizer"]), loss=[loss] * len(outputs),
                      loss_weights=[weight for _, weight in outputs],
                      metrics=[[metrics[name]() for name in case["metrics"]]] + [[]] * (len(outputs) - 1),
                      jit_compile=False)
        return model
    model.compile(optimizer=make_optimizer(case["optimizer"]), loss=loss,
                  metrics=[metrics[name]() for name in case["metrics"]
                           if name != "top_5_accuracy" or keras.config.floatx() == "float32"],  # it has no float64
                  jit_compile=False)
    return model


def first_weights(case, shape):
    """Keras' initial kernels; biases are not zero, so that their decay shows."""
    keras.utils.set_random_seed(11)
    rng = np.random.RandomState(3)
    model = make_model(case, shape)
    names = [v.name for layer in model.layers for v in layer.weights]
    return [w if w.ndim != 1 or name in ("gamma", "moving_mean", "moving_variance") else rng.normal(scale=0.1, size=w.shape).astype(np.float32)
            for name, w in zip(names, model.get_weights())]


def step_losses(model, x, y, batch_size, epochs):
    losses = []
    for _ in range(epochs):
        for begin in range(0, len(x), batch_size):
            xb, yb = x[begin:begin + batch_size], y[begin:begin + batch_size]
            with tf.GradientTape() as tape:
                predicted = model(xb, training=True)
                y_true = [tf.constant(yb)] * len(predicted) if isinstance(predicted, list) else tf.constant(yb)
                loss = model.compute_loss(x=xb, y=y_true, y_pred=predicted, training=True)
            model.optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            losses.append(float(loss))
    return losses


def train(case, data, start, floatx):
    keras.config.set_floatx(floatx)
    x, y, vx, vy = arrays_of(case, data)
    convert = lambda a: a.astype(floatx) if a.dtype.kind == "f" else a
    x, y, vx, vy = (convert(a) for a in (x, y, vx, vy))
    batch_size, epochs = case.get("batch_size", 16), case.get("epochs", 10)
    model = make_model(case, x.shape[1:])
    model.set_weights(start)
    losses = step_losses(model, x, y, batch_size, epochs)
    weights = model.get_weights()
    parameters = [[layer.name + "/" + v.name, list(v.shape)] for layer in model.layers for v in layer.weights]
    model = make_model(case, x.shape[1:])
    model.set_weights(start)
    many = lambda labels: [labels] * len(case["outputs"]) if "outputs" in case else labels
    history = model.fit(x, many(y), batch_size, epochs, verbose=0, shuffle=False, validation_data=(vx, many(vy))).history
    if "outputs" in case:  # of the whole loss, and the first output's metrics under their plain names
        first = case["outputs"][0][0] + "_"
        history = {name.replace(first, ""): values for name, values in history.items()
                   if name in ("loss", "val_loss") or (first in name and not name.endswith("_loss"))}
    apart = max(float(np.abs(a - b).max()) for a, b in zip(weights, model.get_weights()))
    return losses, history, weights, parameters, apart


def message(name, fields):
    return "%s { %s }" % (name, " ".join(fields))


def fields(options):
    text = lambda v: str(v).lower() if isinstance(v, bool) else str(list(v)) if isinstance(v, tuple) else str(v)
    return ["%s: %s" % (key, text(value)) for key, value in options.items()]


def graph_text(case):
    lines = []
    for kind, options, *inputs in case["graph"]:
        upper = {k: v.upper() if isinstance(v, str) else v for k, v in options.items() if k != "name"}
        own = ['name: "%s"' % options["name"]] if "name" in options else []
        lines.append("model { %s }" % message("layer", own + ['input: "%s"' % name for name in inputs]
                                              + [message(kind, fields(upper))]))
    lines += ['model { output { layer: "%s" weight: %s } }' % output for output in case.get("outputs", [])]
    return lines


def layer_text(kind, *rest):
    if kind == "dense":
        units, activation, options = rest
        options = {k: v.upper() if isinstance(v, str) else v for k, v in options.items()}
        return message("dense", fields({"units": units, "activation": activation.upper(), **options}))
    if kind == "activation":
        return message(kind, fields({"function": rest[0].upper()}))
    return message(kind, fields({"rate": rest[0]}) if kind == "dropout" else [])


def optimizer_text(spec, l2):
    shared = {k: spec[k] for k in ("weight_decay", "clip_global_norm") if k in spec}
    own = {k: v for k, v in spec.items() if k not in ("kind", "schedule", *shared)}
    parts = [message(spec["kind"], fields(own))] + fields(shared) + fields(l2)
    schedule = dict(spec.get("schedule", {}))
    if schedule:
        warmup = fields({"warmup_steps": schedule.pop("warmup_steps")}) if "warmup_steps" in schedule else []
        kind = "cosine" if "decay_steps" in schedule else "step"
        parts.append(message("schedule", warmup + [message(kind, fields(schedule))]))
    return message("optimizer", parts)


def config_text(case):
    if case["x"] == "imdb":
        data = [message("imdb", fields({"words": case["words"]}))]
    else:
        names = {"x": case["x"] + "_train", "y": case["y"] + "_train", "x_test": case["x"] + "_test",
                 "y_test": case["y"] + "_test"}
        data = [message("npz", ['%s: "%s"' % item for item in names.items()])]
    data += fields({k: case[k] for k in ("standardize", "divide_by") if k in case})
    data.append("validation { last_fraction: %s }" % case["last_fraction"] if "last_fraction" in case
                else "validation { test: true }")
    training = {"batch_size": case.get("batch_size", 16), "epochs": case.get("epochs", 10), "shuffle": False}
    return "\n".join([message("data", data),
                      *(graph_text(case) if "graph" in case else
                        ["model { layer { %s } }" % layer_text(*layer) for layer in case["layers"]]),
                      "loss: " + case["loss"].upper(), *("metric: " + m.upper() for m in case["metrics"]),
                      optimizer_text(case["optimizer"], {k: case[k] for k in ("l2",) if k in case}), message("training", fields(training))]) + "\n"


def apart(values, exact):
    """The largest difference relative to the exact value, or to 1 where that is smaller than rounding."""
    return max((abs(a - b) / abs(b) if b else abs(a - b) for a, b in zip(values, exact)), default=0.0)


def noise_of(run, exact, start):
    losses, history, weights = run[:3]
    losses64, history64, weights64 = exact[:3]
    return {"losses_10": apart(losses[:10], losses64[:10]), "losses": apart(losses, losses64),
            "history": max(apart(history[name], history64[name]) for name in history64),
            "weights": max(float(np.abs(a - b).max() / max(np.abs(b).max(), np.abs(first).max()))
                           for a, b, first in zip(weights, weights64, start))}


def main():
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(1)
    make_reviews()
    data, runs, weights = make_data(), {}, {}
    for name, case in CASES.items():
        keras.config.set_floatx("float32")
        start = first_weights(case, arrays_of(case, data)[0].shape[1:])
        run, exact = (train(case, data, start, floatx) for floatx in ("float32", "float64"))
        losses, history, final, parameters, fit_apart = run
        noise = noise_of(run, exact, start)
        print(name, len(losses), "steps, fit differs by", fit_apart, {k: "%.1e" % v for k, v in noise.items()})
        runs[name] = {"config": config_text(case), "parameters": parameters, "losses": [np.float32(l) for l in losses],
                      "history": history, "noise": {k: float("%.2g" % v) for k, v in noise.items()}}
        weights[name + "/initial"], weights[name + "/final"] = (
            np.concatenate([w.ravel() for w in all_of]).astype(np.float32) for all_of in (start, final))
    np.savez_compressed(HERE / "data.npz", **data)
    np.savez_compressed(HERE / "weights.npz", **weights)
    short = lambda v: [float(str(np.float32(x))) for x in v]
    for run in runs.values():
        run["losses"] = short(run["losses"])
        run["history"] = {name: short(values) for name, values in run["history"].items()}
    lines = ["%s: %s" % (json.dumps(name), json.dumps(run)) for name, run in runs.items()]
    (HERE / "runs.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
