"""The networks of make_keras_runs.py: each is described once, for Keras and for a lockstep config alike."""

# Layers: ("dense", units, activation, options), ("activation", function), ("dropout", rate), ("flatten",).
# Arrays: names in data.npz; "x" stands for x_train and x_test. "imdb": imdb.npz, multi-hot.


def dense(units, activation="linear", **options):
    return ("dense", units, activation, options)


CASES = {
    "sgd_nesterov_tanh": dict(
        x="x", y="y_7",
        layers=[dense(16, "tanh"), dense(9, "tanh"), dense(7, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy", "top_5_accuracy"],
        optimizer=dict(kind="sgd", learning_rate=0.1, momentum=0.9, nesterov=True)),
    "sgd_momentum_gelu_mae": dict(
        x="x", y="y_real_3",
        layers=[dense(16, "gelu"), dense(8, "gelu"), dense(3)],
        loss="mean_absolute_error", metrics=["mean_squared_error", "mean_absolute_error"],
        optimizer=dict(kind="sgd", learning_rate=0.05, momentum=0.8)),
    "rmsprop_momentum_sigmoid": dict(
        x="x", y="y_2",
        layers=[dense(12, "sigmoid"), dense(1, "sigmoid")],
        loss="binary_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="rmsprop", learning_rate=0.01, rho=0.8, momentum=0.5, epsilon=1e-5)),
    "adam_uneven_batches": dict(
        x="x", y="y_7", batch_size=20,
        layers=[dense(16, "relu"), dense(7, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam", learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-6)),
    "adamw_default_decay": dict(
        x="x", y="y_real_1",
        layers=[dense(16, "tanh"), dense(1)],
        loss="mean_squared_error", metrics=["mean_absolute_error"],
        optimizer=dict(kind="adamw", learning_rate=0.02)),
    "clip_and_decay": dict(
        x="x", y="y_real_3",
        layers=[dense(16, "tanh"), dense(3)],
        loss="mean_squared_error", metrics=[],
        optimizer=dict(kind="sgd", learning_rate=0.1, momentum=0.9, clip_global_norm=0.2, weight_decay=0.01)),
    "cosine_after_warmup": dict(
        x="x", y="y_7",
        layers=[dense(12, "relu"), dense(7, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam", learning_rate=0.02,
                       schedule=dict(warmup_steps=7, decay_steps=40, final_fraction=0.05))),
    "step_schedule": dict(
        x="x", y="y_2",
        layers=[dense(12, "tanh"), dense(2, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="rmsprop", learning_rate=0.01, schedule=dict(boundary=[11, 30], factor=0.1))),
    "deep_he_normal": dict(
        x="x", y="y_real_3", epochs=6,
        layers=[dense(12, "relu", kernel_initializer="he_normal") for _ in range(6)] + [dense(3)],
        loss="mean_squared_error", metrics=["mean_absolute_error", "mean_squared_error"],
        optimizer=dict(kind="adam", learning_rate=0.001)),
    "activation_layers_without_bias": dict(
        x="x", y="y_7",
        layers=[("activation", "tanh"), dense(16, use_bias=False), ("activation", "gelu"), ("dropout", 0.0),
                dense(9, "softmax"), dense(8, use_bias=False), ("activation", "sigmoid"), dense(7, use_bias=False),
                ("activation", "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy", "top_5_accuracy"],
        optimizer=dict(kind="adam", learning_rate=0.01)),
    "squared_error_of_a_sigmoid": dict(
        x="x", y="y_zero_or_one",
        layers=[dense(8, "relu", kernel_initializer="he_uniform"), dense(1), ("activation", "sigmoid")],
        loss="mean_squared_error", metrics=["accuracy", "mean_absolute_error"],
        optimizer=dict(kind="rmsprop")),
    "squared_error_of_one_hot": dict(
        x="x", y="y_one_hot",
        layers=[dense(16, "relu"), dense(7, "softmax")],
        loss="mean_squared_error", metrics=["accuracy", "top_5_accuracy", "mean_absolute_error"],
        optimizer=dict(kind="adam", learning_rate=0.01)),
    "l2_penalty": dict(
        x="x", y="y_7",
        layers=[dense(16, "relu"), dense(7, "softmax")], l2=0.01,
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="sgd", learning_rate=0.1, momentum=0.5)),
    "wide": dict(
        x="x", y="y_7", batch_size=32, epochs=15,
        layers=[dense(48, "gelu"), dense(48, "relu"), dense(7, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam")),
    "bytes_divided": dict(
        x="x_bytes", y="y_7", divide_by=51, last_fraction=0.25,
        layers=[("activation", "softmax"), ("flatten",), dense(16, "gelu", kernel_initializer="glorot_normal"), dense(7, "softmax")],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam")),
    "standardized": dict(
        x="x_wide", y="y_price", standardize=True, batch_size=1, epochs=1,
        layers=[dense(12, "relu"), dense(12, "relu"), dense(1)],
        loss="mean_squared_error", metrics=["mean_absolute_error"],
        optimizer=dict(kind="rmsprop")),
    "multi_hot": dict(
        x="imdb", y="imdb", words=50, batch_size=8, epochs=12,
        layers=[dense(8, "relu"), dense(8, "tanh"), dense(1, "sigmoid")],
        loss="binary_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="rmsprop")),
}
