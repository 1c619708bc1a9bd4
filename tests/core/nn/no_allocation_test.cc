// Nothing is allocated in a step: every way to the heap that this program has is counted.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/data/dataset.h"
#include "core/nn/build_graph.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"
#include "tests/testing/floats.h"
#include "tests/testing/samples.h"

namespace {
int64_t allocations = 0;
}  // namespace

// glibc's own, under the names that are not replaced here.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);

void* malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
}

namespace lockstep {
namespace {

// A network and its samples; products are small enough for kernels of our own (oneDNN packs the
// operands of larger ones into memory that it allocates, and makes lists of a convolution's
// arguments).
struct Job {
  const char* name;
  const char* config;
  SampleFormat format;
};

const Job kJobs[] = {
    {"multi_hot_binary",
     "model { layer { dense { units: 16 activation: RELU } } layer { dropout { rate: 0.5 } }"
     "        layer { dense { units: 1 activation: SIGMOID } } } loss: BINARY_CROSSENTROPY",
     {.shape = {40}, .encoding = Encoding::kSparse, .classes = 2}},
    {"images_categorical",
     "model { layer { flatten {} } layer { dense { units: 20 activation: GELU } }"
     "        layer { activation { function: TANH } }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     {.shape = {4, 4, 1}, .encoding = Encoding::kUint8, .divide_by = 255, .classes = 5}},
    {"pictures",
     "model { layer { batch_normalization {} } layer { name: 'r' activation { function: RELU } }"
     "        layer { name: 'n' batch_normalization {} } layer { input: 'n' input: 'r' add {} }"
     "        layer { local_response_normalization {} } layer { max_pooling2d { pool_size: 2 } }"
     "        layer { zero_padding2d { padding: 1 } }"
     "        layer { name: 'p' average_pooling2d { pool_size: 2 strides: 1 } }"
     "        layer { input: 'p' input: 'p' concatenate {} } layer { dropout { rate: 0.5 } }"
     "        layer { global_average_pooling2d {} }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     {.shape = {8, 8, 3}, .encoding = Encoding::kUint8, .divide_by = 255, .classes = 5}},
    {"regression",
     "model { layer { dense { units: 64 activation: RELU } } layer { dense { units: 3 } } }"
     "loss: MEAN_SQUARED_ERROR",
     {.shape = {13}, .targets = 3}}};

class Steps : public testing::TestWithParam<Job> {};

TEST_P(Steps, AllocateNothing) {
  const auto ops = MakeCpuOps();
  Config config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(GetParam().config, &config));
  const Dataset data = MakeSamples(GetParam().format, 9);
  auto graph = BuildGraph(config, GetParam().format, ops.get(), 4);
  ASSERT_TRUE(graph.ok()) << graph.status();
  (*graph)->Allocate();
  BatchBuffer buffer(&data, 4);
  const Floats weights = RandomFloats((*graph)->layout().size_elems(), 1);
  Floats gradients(weights.size()), predictions(4 * (*graph)->outputs());
  const std::vector<uint32_t> ids = {3, 1, 4, 8};
  const auto step = [&](bool training) {
    const Batch& batch = buffer.Gather(ids);
    const PassInfo info = {.training = training, .seed = 1, .step = 1};
    (*graph)->Forward(info, batch, weights.data(), 4, predictions.data());
    if (training) {
      (*graph)->Backward(info, batch, weights.data(), gradients.data(), nullptr);
    }
  };
  const int64_t before = allocations;
  step(true);  // the first step too: plans and buffers exist before it
  step(false);
  EXPECT_EQ(allocations - before, 0);
  const auto counted = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(allocations - before, 2) << "the counter does not count";
}

INSTANTIATE_TEST_SUITE_P(Jobs, Steps, testing::ValuesIn(kJobs),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace lockstep
