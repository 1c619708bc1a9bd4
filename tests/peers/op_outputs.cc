// Runs the CPU's ops on cases that another program made, for comparing with its own results.
//
//     op_outputs CASES.jsonl IN.bin OUT.bin
//
// Each line of CASES describes one case; IN has its float32 arrays one after another, OUT gets the
// results in the same way. torch_ops.py, the other program, says which arrays an op has.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/device/buffer.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

using nlohmann::json;

// Hands out the arrays of the input file and collects those of the output file.
class Arrays {
 public:
  Arrays(const std::string& in, const std::string& out)
      : in_(in, std::ios::binary), out_(out, std::ios::binary) {}

  Buffer<float> Read(int64_t elems) {
    Buffer<float> values(static_cast<size_t>(elems));
    in_.read(reinterpret_cast<char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
    return values;
  }
  void Write(const Buffer<float>& values) {
    out_.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(float)));
  }
  bool ok() const { return in_.good() && out_.good(); }

 private:
  std::ifstream in_;
  std::ofstream out_;
};

ImageSize SizeOf(const json& extents) { return {extents[0], extents[1], extents[2]}; }

WindowSpec WindowOf(const json& n) {
  return {.height = n[0], .width = n[1], .stride_height = n[2], .stride_width = n[3],
          .dilation_height = n[4], .dilation_width = n[5], .pad_top = n[6], .pad_bottom = n[7],
          .pad_left = n[8], .pad_right = n[9]};
}

ActivationKind ActivationOf(const json& item) {
  return item.value("relu", false) ? ActivationKind::kRelu : ActivationKind::kLinear;
}

Buffer<float> Room(int64_t elems) { return Buffer<float>(static_cast<size_t>(elems)); }

void RunConv(Ops* ops, const json& item, Arrays* arrays) {
  const int64_t n = item["n"];
  const ConvSpec spec = {.in = SizeOf(item["in"]),
                         .out = SizeOf(item["out"]),
                         .window = WindowOf(item["window"]),
                         .groups = item["groups"],
                         .use_bias = item["bias"],
                         .activation = ActivationOf(item),
                         .max_rows = n};
  const int64_t in = spec.in.elems(), out = spec.out.elems(), filters = spec.out.channels;
  const int64_t kernel =
      spec.window.height * spec.window.width * (spec.in.channels / spec.groups) * filters;
  Buffer<float> x = arrays->Read(n * in), w = arrays->Read(kernel);
  Buffer<float> b = arrays->Read(spec.use_bias ? filters : 0), dy = arrays->Read(n * out);
  Buffer<float> y = Room(n * out), dx = Room(n * in), dw = Room(kernel), db = Room(b.size());
  const auto plan = ops->PlanConv(spec);
  const float* bias = spec.use_bias ? b.data() : nullptr;
  plan->Forward({x.data(), n, in}, w.data(), bias, {y.data(), n, out}, false);
  arrays->Write(y);
  plan->Backward({x.data(), n, in}, w.data(),
                 {.y = {y.data(), n, out},
                  .dy = {dy.data(), n, out},
                  .dx = dx.data(),
                  .dw = dw.data(),
                  .db = spec.use_bias ? db.data() : nullptr},
                 true);
  for (const auto* values : {&dx, &dw, &db}) arrays->Write(*values);
}

void RunPool(Ops* ops, const json& item, Arrays* arrays) {
  const int64_t n = item["n"];
  const bool max = item["op"] == "max_pool";
  const PoolSpec spec = {.kind = max ? PoolKind::kMax : PoolKind::kAverage,
                         .in = SizeOf(item["in"]),
                         .out = SizeOf(item["out"]),
                         .window = WindowOf(item["window"]),
                         .max_rows = n};
  const int64_t in = spec.in.elems(), out = spec.out.elems();
  Buffer<float> x = arrays->Read(n * in), dy = arrays->Read(n * out);
  Buffer<float> y = Room(n * out), dx = Room(n * in);
  Buffer<uint16_t> chosen(static_cast<size_t>(n * out));
  const auto plan = ops->PlanPool(spec);
  plan->Forward({x.data(), n, in}, {y.data(), n, out}, max ? chosen.data() : nullptr);
  plan->Backward({dy.data(), n, out}, max ? chosen.data() : nullptr, {dx.data(), n, in});
  arrays->Write(y);
  arrays->Write(dx);
}

void RunBatchNorm(Ops* ops, const json& item, Arrays* arrays) {
  const int64_t n = item["n"];
  const BatchNormSpec spec = {.pixels = item["pixels"],
                              .channels = item["channels"],
                              .epsilon = item["epsilon"],
                              .activation = ActivationOf(item),
                              .has_addend = item["addend"],
                              .max_rows = n};
  const int64_t cols = spec.pixels * spec.channels, elems = n * cols;
  Buffer<float> x = arrays->Read(elems), gamma = arrays->Read(spec.channels);
  Buffer<float> beta = arrays->Read(spec.channels);
  Buffer<float> addend = arrays->Read(spec.has_addend ? elems : 0), dy = arrays->Read(elems);
  Buffer<float> y = Room(elems), dx = Room(elems), daddend = Room(addend.size());
  Buffer<float> mean = Room(spec.channels), variance = Room(spec.channels);
  Buffer<float> dgamma = Room(spec.channels), dbeta = Room(spec.channels);
  const auto plan = ops->PlanBatchNorm(spec);
  const BatchNormParameters p = {gamma.data(), beta.data(), mean.data(), variance.data()};
  plan->Forward({x.data(), n, cols}, spec.has_addend ? addend.data() : nullptr, p,
                {y.data(), n, cols});
  plan->Backward({x.data(), n, cols}, p,
                 {.y = {y.data(), n, cols},
                  .dy = {dy.data(), n, cols},
                  .dx = dx.data(),
                  .daddend = spec.has_addend ? daddend.data() : nullptr,
                  .dgamma = dgamma.data(),
                  .dbeta = dbeta.data()});
  for (const auto* values : {&y, &mean, &variance, &dx, &daddend, &dgamma, &dbeta}) {
    arrays->Write(*values);
  }
}

void RunLrn(Ops* ops, const json& item, Arrays* arrays) {
  const LrnSpec spec = {.channels = item["channels"],
                        .depth_radius = item["depth_radius"],
                        .bias = item["bias"],
                        .alpha = item["alpha"],
                        .beta = item["beta"]};
  const int64_t pixels = item["pixels"], elems = pixels * spec.channels;
  Buffer<float> x = arrays->Read(elems), dy = arrays->Read(elems);
  Buffer<float> y = Room(elems), dx = Room(elems), scale = Room(elems);
  const auto matrix = [&](Buffer<float>& values) {
    return Matrix{values.data(), pixels, spec.channels};
  };
  ops->Lrn(spec, matrix(x), scale.data(), matrix(y));
  ops->LrnGradient(spec, matrix(x), scale.data(), matrix(y), matrix(dy), matrix(dx));
  arrays->Write(y);
  arrays->Write(dx);
}

int Run(const std::string& cases, const std::string& in, const std::string& out) {
  std::ifstream lines(cases);
  Arrays arrays(in, out);
  int count = 0;
  for (std::string line; std::getline(lines, line) && arrays.ok(); ++count) {
    const auto ops = MakeCpuOps();
    const json item = json::parse(line);
    const std::string op = item["op"];
    if (op == "conv") RunConv(ops.get(), item, &arrays);
    if (op == "max_pool" || op == "average_pool") RunPool(ops.get(), item, &arrays);
    if (op == "batch_norm") RunBatchNorm(ops.get(), item, &arrays);
    if (op == "lrn") RunLrn(ops.get(), item, &arrays);
  }
  if (!arrays.ok()) {
    std::fprintf(stderr, "op_outputs: expected three files, could not read or write one\n");
    return 1;
  }
  std::printf("%d cases\n", count);
  return 0;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: op_outputs CASES.jsonl IN.bin OUT.bin\n");
    return 64;
  }
  return lockstep::Run(argv[1], argv[2], argv[3]);
}
