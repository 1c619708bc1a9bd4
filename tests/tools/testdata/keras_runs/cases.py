"""The networks of make_keras_runs.py: each is described once, for Keras and for a lockstep config alike."""

# Layers: ("dense", units, activation, options), ("activation", function), ("dropout", rate), ("flatten",).
# "graph": layers as (kind, options, names of inputs), without inputs the layer before; "outputs": names and weights.
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
    "conv_and_pool": dict(
        x="x_image", y="y_7", divide_by=64, epochs=5,
        graph=[("conv2d", dict(filters=6, kernel_size=(3, 3), padding="same", strides=(2, 1), activation="relu")),
               ("max_pooling2d", dict(pool_size=(2, 2), strides=(1, 2), padding="same")),
               ("conv2d", dict(filters=5, kernel_size=(3, 2), dilation_rate=(2, 1), activation="tanh")),
               ("flatten", {}), ("dense", dict(units=7, activation="softmax"))],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="sgd", learning_rate=0.05, momentum=0.9)),
    "batch_norm_and_shortcut": dict(
        x="x_image", y="y_7", divide_by=64, epochs=5,
        graph=[("conv2d", dict(filters=6, kernel_size=(3, 3), padding="same", use_bias=False)),
               ("batch_normalization", dict(momentum=0.8, epsilon=0.01)),
               ("activation", dict(function="tanh", name="start")),
               ("conv2d", dict(filters=6, kernel_size=(3, 3), padding="same", use_bias=False)),
               ("batch_normalization", dict(momentum=0.9)),
               ("add", dict(name="sum"), "start", "batch_normalization_1"),
               ("activation", dict(function="sigmoid")),
               ("global_average_pooling2d", {}), ("dense", dict(units=7, activation="softmax"))],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam", learning_rate=0.01)),
    "batch_norm_relu_uneven": dict(
        x="x_image", y="y_real_1", divide_by=64, batch_size=20, epochs=3,
        graph=[("conv2d", dict(filters=5, kernel_size=(2, 3), strides=(2, 2), use_bias=False)),
               ("batch_normalization", {}), ("activation", dict(function="relu")),
               ("flatten", {}), ("dense", dict(units=8, use_bias=False)), ("batch_normalization", {}),
               ("activation", dict(function="relu")), ("dense", dict(units=1))],
        loss="mean_squared_error", metrics=["mean_absolute_error"],
        optimizer=dict(kind="rmsprop", learning_rate=0.002)),
    "branches_and_two_outputs": dict(
        x="x_image", y="y_7", divide_by=64,
        graph=[("zero_padding2d", dict(padding=(1, 0, 2, 1))),
               ("conv2d", dict(filters=8, kernel_size=(3, 3), activation="relu", name="stem")),
               ("conv2d", dict(filters=3, kernel_size=(1, 1), activation="relu", name="one"), "stem"),
               ("conv2d", dict(filters=4, kernel_size=(5, 5), padding="same", activation="relu", name="five"), "stem"),
               ("max_pooling2d", dict(pool_size=(3, 3), strides=(1, 1), padding="same", name="pool"), "stem"),
               ("concatenate", dict(name="all"), "one", "five", "pool"),
               ("average_pooling2d", dict(pool_size=(3, 2), strides=(2, 2), padding="same")),
               ("reshape", dict(target_shape=(-1, 5))), ("flatten", {}),
               ("dense", dict(units=7, activation="softmax", name="main")),
               ("global_average_pooling2d", {}, "all"), ("dense", dict(units=7, activation="softmax", name="side"))],
        outputs=[("main", 1.0), ("side", 0.3)],
        loss="categorical_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="adam", learning_rate=0.003)),
    "multi_hot": dict(
        x="imdb", y="imdb", words=50, batch_size=8, epochs=12,
        layers=[dense(8, "relu"), dense(8, "tanh"), dense(1, "sigmoid")],
        loss="binary_crossentropy", metrics=["accuracy"],
        optimizer=dict(kind="rmsprop")),
}
