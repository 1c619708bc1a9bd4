// Convolutions. Random reals are held to the bound of their sums; small whole numbers, whose sums
// are exact, to equality, so that no term can be missing or doubled.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

struct Layer {
  ConvSpec spec;
  int64_t rows = 0;
  bool wants_dx = false;
  bool exact = false;
};

std::string Describe(const Layer& layer) {
  return std::to_string(layer.rows) + " rows, activation " +
         std::to_string(static_cast<int>(layer.spec.activation)) +
         (layer.spec.use_bias ? ", bias" : "") + (layer.wants_dx ? ", dx" : "") +
         (layer.exact ? ", whole numbers" : "");
}

int64_t Taps(const ConvSpec& spec) { return spec.window.height * spec.window.width; }
int64_t KernelElems(const ConvSpec& spec) {
  return Taps(spec) * spec.in.channels / spec.groups * spec.out.channels;
}

// The arrays of one layer; results are NaN until an op writes them.
struct Arrays {
  explicit Arrays(const Layer& layer)
      : x(layer.rows * layer.spec.in.elems()),
        w(KernelElems(layer.spec)),
        b(layer.spec.out.channels),
        y(layer.rows * layer.spec.out.elems()),
        dy(layer.rows * layer.spec.out.elems()),
        dx(layer.rows * layer.spec.in.elems()),
        dw(KernelElems(layer.spec)),
        db(layer.spec.out.channels) {}

  bool intact() const {
    return x.intact() && w.intact() && b.intact() && y.intact() && dy.intact() && dx.intact() &&
           dw.intact() && db.intact();
  }
  Floats x, w, b, y, dy, dx, dw, db;
};

// One plan with its arrays.
class Run {
 public:
  Run(Ops* ops, const Layer& layer, Arrays* arrays)
      : layer_(layer), a_(arrays), plan_(ops->PlanConv(layer.spec)) {}

  void Forward() { plan_->Forward(X(), a_->w.data(), Bias(), Y(), false); }
  void Infer(const BatchNormParameters& p) {
    plan_->Infer(X(), a_->w.data(), Bias(), p, Y(), false);
  }
  void Backward(bool same_weights) {
    plan_->Backward(X(), a_->w.data(),
                    {.y = Y(),
                     .dy = {a_->dy.data(), layer_.rows, layer_.spec.out.elems()},
                     .dx = layer_.wants_dx ? a_->dx.data() : nullptr,
                     .dw = a_->dw.data(),
                     .db = layer_.spec.use_bias ? a_->db.data() : nullptr},
                    same_weights);
  }

 private:
  Matrix X() { return {a_->x.data(), layer_.rows, layer_.spec.in.elems()}; }
  Matrix Y() { return {a_->y.data(), layer_.rows, layer_.spec.out.elems()}; }
  const float* Bias() { return layer_.spec.use_bias ? a_->b.data() : nullptr; }

  Layer layer_;
  Arrays* a_;
  std::unique_ptr<ConvPlan> plan_;
};

Arrays Inputs(const Layer& layer) {
  const auto draw = [&](int64_t size, uint32_t stream) {
    return layer.exact ? SmallIntegers(size, stream) : RandomFloats(size, stream);
  };
  Arrays a(layer);
  a.x = draw(a.x.size(), 1);
  a.w = draw(a.w.size(), 2);
  a.b = draw(a.b.size(), 3);
  a.dy = draw(a.dy.size(), 4);
  return a;
}

Arrays Copy(const Layer& layer, const Arrays& from) {
  Arrays a(layer);
  a.x = from.x.Copy();
  a.w = from.w.Copy();
  a.b = from.b.Copy();
  a.y = from.y.Copy();
  a.dy = from.dy.Copy();
  return a;
}

// The sums of the absolute values of what each result adds up.
Arrays Magnitudes(Ops* reference, Layer layer, const Arrays& inputs) {
  layer.spec.activation = ActivationKind::kLinear;
  Arrays a(layer);
  a.x = inputs.x.Absolute();
  a.w = inputs.w.Absolute();
  a.b = inputs.b.Absolute();
  a.dy = inputs.dy.Absolute();
  Run run(reference, layer, &a);
  run.Forward();
  run.Backward(true);
  return a;
}

void ExpectSum(const Floats& actual, const Floats& expected, const Floats& magnitude,
               int64_t terms) {
  ExpectWithin(actual.span(), expected.span(),
               [&](int64_t i) { return SumTolerance(terms, magnitude[i]); });
}

bool IsSmooth(const Layer& layer) {
  return layer.spec.activation == ActivationKind::kSigmoid ||
         layer.spec.activation == ActivationKind::kTanh;
}

void CheckBackward(const Layer& layer, const Arrays& actual, const Arrays& expected,
                   const Arrays& magnitude) {
  if (layer.exact && !IsSmooth(layer)) {
    ExpectExactly(actual.dy.span(), expected.dy.span());
    ExpectExactly(actual.dw.span(), expected.dw.span());
    ExpectExactly(actual.db.span(), expected.db.span());
    ExpectExactly(actual.dx.span(), expected.dx.span());
    return;
  }
  const ConvSpec& spec = layer.spec;
  const int64_t positions = layer.rows * spec.out.height * spec.out.width;
  ExpectSum(actual.dy, expected.dy, magnitude.dy, 0);
  ExpectSum(actual.dw, expected.dw, magnitude.dw, positions);
  ExpectSum(actual.db, expected.db, magnitude.db, positions);
  ExpectSum(actual.dx, expected.dx, magnitude.dx, Taps(spec) * spec.out.channels / spec.groups);
}

void Check(const OpsPair& ops, const Layer& layer) {
  SCOPED_TRACE(Describe(layer));
  const bool smooth = IsSmooth(layer);
  const int64_t terms = Taps(layer.spec) * layer.spec.in.channels / layer.spec.groups;
  Arrays expected = Inputs(layer);
  const Arrays magnitude =
      layer.exact && !smooth ? Arrays(layer) : Magnitudes(ops.reference, layer, expected);
  Run reference(ops.reference, layer, &expected);
  reference.Forward();
  Arrays actual = Copy(layer, expected);
  Run tested(ops.tested, layer, &actual);
  tested.Forward();
  // The slopes of the activations are at most 1; sigmoid and tanh have an error of their own.
  ExpectWithin(actual.y.span(), expected.y.span(), [&](int64_t i) {
    return (layer.exact ? 0 : SumTolerance(terms, magnitude.y[i])) +
           (smooth ? 8 * kUnitRoundoff : 0);
  });

  actual.y = expected.y.Copy();
  reference.Backward(true);
  tested.Backward(true);
  CheckBackward(layer, actual, expected, magnitude);
  EXPECT_TRUE(actual.intact()) << "written outside an array";
}

// With the normalisation folded in. The folded kernel and bias have six more roundings: variance +
// epsilon, its root, the quotient and the product; for the bias also its two sums.
void CheckInfer(const OpsPair& ops, Layer layer) {
  SCOPED_TRACE("folded: " + Describe(layer));
  layer.spec.activation = ActivationKind::kLinear;
  layer.spec.folded_activation = layer.wants_dx ? ActivationKind::kRelu : ActivationKind::kLinear;
  const int64_t filters = layer.spec.out.channels;
  Floats gamma = RandomFloats(filters, 5), beta = RandomFloats(filters, 6);
  Floats mean = RandomFloats(filters, 7), variance = RandomFloats(filters, 8).Absolute();
  Floats minus_mean = mean.Absolute(), positive_gamma = gamma.Absolute();
  Floats positive_beta = beta.Absolute();
  for (float& value : minus_mean.span()) value = -value;
  Arrays expected = Inputs(layer);
  Arrays actual = Copy(layer, expected), magnitude = Copy(layer, expected);
  magnitude.x = expected.x.Absolute();
  magnitude.w = expected.w.Absolute();
  magnitude.b = expected.b.Absolute();
  Run(ops.reference, layer, &magnitude)
      .Infer({positive_gamma.data(), positive_beta.data(), minus_mean.data(), variance.data()});
  const BatchNormParameters p = {gamma.data(), beta.data(), mean.data(), variance.data()};
  Run(ops.reference, layer, &expected).Infer(p);
  Run(ops.tested, layer, &actual).Infer(p);
  ExpectSum(actual.y, expected.y, magnitude.y,
            Taps(layer.spec) * layer.spec.in.channels / layer.spec.groups + 6);
  EXPECT_TRUE(actual.intact()) << "written outside an array";
}

// One size. `extent` is the picture's height, its width is one more.
struct Size {
  int64_t channels = 1, filters = 1, extent = 5, groups = 1;
  WindowSpec window;
};

ConvSpec SpecOf(const Size& size) {
  const WindowSpec& w = size.window;
  const auto outputs = [](int64_t in, int64_t window, int64_t dilation, int64_t stride,
                          int64_t padding) {
    return (in + padding - (window - 1) * dilation - 1) / stride + 1;
  };
  ConvSpec spec;
  spec.in = {size.extent, size.extent + 1, size.channels};
  spec.out = {
      outputs(spec.in.height, w.height, w.dilation_height, w.stride_height,
              w.pad_top + w.pad_bottom),
      outputs(spec.in.width, w.width, w.dilation_width, w.stride_width, w.pad_left + w.pad_right),
      size.filters};
  spec.window = w;
  spec.groups = size.groups;
  return spec;
}

// Each activation with two of the eight combinations of bias, dx and kind of numbers; the next
// `turn` has others, so that four turns have them all.
void CheckSize(const OpsPair& ops, const Size& size, int64_t rows, int turn) {
  constexpr ActivationKind kActivations[] = {ActivationKind::kLinear, ActivationKind::kRelu,
                                             ActivationKind::kSigmoid, ActivationKind::kTanh};
  for (int variant = 0; variant < 4; ++variant) {
    const int flags = (variant + turn) % 4;
    Layer layer = {.spec = SpecOf(size), .rows = rows};
    layer.spec.use_bias = (flags & 1) != 0;
    layer.spec.activation = kActivations[variant];
    layer.spec.max_rows = rows + flags;
    layer.wants_dx = (flags & 2) != 0;
    layer.exact = (variant + turn / 4) % 2 == 0;
    Check(ops, layer);
    if (variant < 2) CheckInfer(ops, layer);
    if (testing::Test::HasFailure()) return;
  }
}

WindowSpec Square(int64_t extent, int64_t stride = 1, int64_t padding = 0, int64_t dilation = 1) {
  return {.height = extent,
          .width = extent,
          .stride_height = stride,
          .stride_width = stride,
          .dilation_height = dilation,
          .dilation_width = dilation,
          .pad_top = padding,
          .pad_bottom = padding,
          .pad_left = padding,
          .pad_right = padding};
}

// The windows that each pair of channels and filters meets.
struct Window {
  const char* name;
  int64_t extent;  // of the picture
  WindowSpec window;
};

const std::vector<Window>& Windows() {
  static const std::vector<Window> windows = {
      {"1x1", 5, Square(1)},
      {"1x1_stride_2", 7, Square(1, 2)},
      {"1x1_padded", 4, Square(1, 1, 1)},
      {"3x3_same", 6, Square(3, 1, 1)},
      {"3x3_valid", 5, Square(3)},
      {"3x3_stride_2", 7, Square(3, 2, 1)},
      {"3x3_stride_2_same_even",
       8,
       {.height = 3,
        .width = 3,
        .stride_height = 2,
        .stride_width = 2,
        .pad_bottom = 1,
        .pad_right = 1}},
      {"3x3_dilated", 7, Square(3, 1, 2, 2)},
      {"5x5_same", 6, Square(5, 1, 2)},
      {"7x7_stride_2", 11, Square(7, 2, 3)},
      {"11x11_stride_4", 15, Square(11, 4)},
      {"2x2_same", 5, {.height = 2, .width = 2, .pad_bottom = 1, .pad_right = 1}},
      {"1x3_and_strides_1_2",
       6,
       {.height = 1, .width = 3, .stride_width = 2, .pad_left = 1, .pad_right = 1}},
      {"7x1_dilated_uneven",
       17,
       {.height = 7, .width = 1, .dilation_height = 2, .pad_top = 5, .pad_bottom = 3}},
      {"stride_over_window", 9, Square(2, 3)},
      {"padding_over_window",
       3,
       {.height = 2, .width = 3, .pad_top = 3, .pad_bottom = 1, .pad_left = 4, .pad_right = 2}},
      {"last_pixels_unused", 8, Square(3, 3)},
      {"whole_picture", 4, {.height = 4, .width = 5}},
  };
  return windows;
}

struct Channels {
  int64_t in, out, groups;
};

constexpr Channels kChannels[] = {
    {1, 1, 1},   {1, 16, 1}, {3, 5, 1},   {3, 64, 1},  {5, 3, 1},   {16, 16, 1},  {16, 17, 1},
    {17, 16, 1}, {33, 7, 1}, {64, 16, 1}, {16, 64, 1}, {4, 4, 4},   {16, 16, 16}, {17, 17, 17},
    {4, 12, 4},  {6, 9, 3},  {32, 32, 2}, {32, 16, 2}, {34, 10, 2}, {64, 64, 4},
};

// Pictures so large that the CPU cuts them into bands: two or three of them, the last one shorter.
// Whole numbers, which show every row that a band lacks or has twice.
struct Large {
  const char* name;
  ImageSize in;
  int64_t filters, groups;
  WindowSpec window;
};

const std::vector<Large>& LargePictures() {
  static const std::vector<Large> pictures = {
      {"3x3", {149, 90, 40}, 4, 1, Square(3, 1, 1)},
      {"3x3_stride_2", {301, 90, 20}, 4, 1, Square(3, 2, 1)},
      {"3x3_dilated", {149, 90, 40}, 2, 2, Square(3, 1, 2, 2)},
      {"5x2_uneven",
       {151, 90, 40},
       2,
       1,
       {.height = 5, .width = 2, .pad_top = 4, .pad_bottom = 1, .pad_right = 1}},
      {"1x1", {149, 90, 40}, 4, 1, Square(1)},
      {"wide_output", {149, 90, 4}, 40, 1, Square(3)},
      {"7x7_stride_2", {261, 150, 3}, 40, 1, Square(7, 2, 3)},
  };
  return pictures;
}

void CheckLarge(const OpsPair& ops, const Large& large) {
  const WindowSpec& w = large.window;
  const auto outputs = [](int64_t in, int64_t extent, int64_t stride, int64_t padding) {
    return (in + padding - extent) / stride + 1;
  };
  Layer layer = {.spec = {}, .rows = 2, .wants_dx = true, .exact = true};
  layer.spec.in = large.in;
  layer.spec.out = {outputs(large.in.height, (w.height - 1) * w.dilation_height + 1,
                            w.stride_height, w.pad_top + w.pad_bottom),
                    outputs(large.in.width, (w.width - 1) * w.dilation_width + 1, w.stride_width,
                            w.pad_left + w.pad_right),
                    large.filters};
  layer.spec.window = w;
  layer.spec.groups = large.groups;
  layer.spec.activation = ActivationKind::kRelu;
  layer.spec.max_rows = 2;
  Check(ops, layer);
}

}  // namespace

std::vector<OpCase> ConvCases() {
  std::vector<OpCase> cases;
  for (const Window& window : Windows()) {
    cases.push_back({std::string("conv_") + window.name, [window](const OpsPair& ops) {
                       int turn = 0;
                       for (const Channels& c : kChannels) {
                         const Size size = {c.in, c.out, window.extent, c.groups, window.window};
                         SCOPED_TRACE(std::to_string(c.in) + " channels to " +
                                      std::to_string(c.out) + ", " + std::to_string(c.groups) +
                                      " groups");
                         constexpr int64_t kRows[] = {1, 2, 0, 3, 5};
                         CheckSize(ops, size, kRows[turn % 5], turn);
                         ++turn;
                       }
                     }});
  }
  for (const Large& large : LargePictures()) {
    cases.push_back({std::string("conv_large_") + large.name,
                     [large](const OpsPair& ops) { CheckLarge(ops, large); }});
  }
  return cases;
}

}  // namespace lockstep
