#include "tests/core/ops/cuda/copying_ops.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/device/tensor.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

// The arrays of one call. Arrays that are one on the host are one on the device.
class Call {
 public:
  explicit Call(TestMemory* memory) : memory_(memory) {}
  ~Call() {
    for (const auto& [host, array] : arrays_) {
      if (array.written != nullptr) memory_->ToHost(array.written, array.device, array.bytes);
    }
    for (const auto& [host, array] : arrays_) memory_->Free(array.device);
  }

  template <typename T>
  T* Read(const T* host, int64_t count) {
    return static_cast<T*>(Find(host, static_cast<size_t>(count) * sizeof(T)).device);
  }
  template <typename T>
  T* Written(T* host, int64_t count) {
    Array& array = Find(host, static_cast<size_t>(count) * sizeof(T));
    array.written = host;
    return static_cast<T*>(array.device);
  }
  Matrix Read(Matrix m) { return {Read(m.data, m.elems()), m.rows, m.cols}; }
  Matrix Written(Matrix m) { return {Written(m.data, m.elems()), m.rows, m.cols}; }

 private:
  struct Array {
    void* device = nullptr;
    void* written = nullptr;  // where it goes back to
    size_t bytes = 0;
  };

  Array& Find(const void* host, size_t bytes) {
    if (host == nullptr) return none_ = Array();
    const auto [at, is_new] = arrays_.try_emplace(host);
    if (is_new) {
      at->second = {memory_->Allocate(bytes), nullptr, bytes};
      memory_->ToDevice(at->second.device, host, bytes);
    }
    return at->second;
  }

  TestMemory* memory_;
  std::map<const void*, Array> arrays_;
  Array none_;
};

// Of a dense layer or a convolution.
LinearGradients Mirrored(Call* call, const LinearGradients& g, int64_t x_elems, int64_t w_elems,
                         int64_t columns) {
  return {call->Read(g.y), call->Written(g.dy), call->Written(g.dx, x_elems),
          call->Written(g.dw, w_elems), call->Written(g.db, columns)};
}

class CopyingDense final : public DensePlan {
 public:
  CopyingDense(std::unique_ptr<DensePlan> plan, TestMemory* memory, const DenseSpec& spec)
      : plan_(std::move(plan)), memory_(memory), spec_(spec) {}
  void Forward(Matrix x, const float* w, const float* b, Matrix y) override {
    Call call(memory_);
    plan_->Forward(call.Read(x), call.Read(w, spec_.in * spec_.out), call.Read(b, spec_.out),
                   call.Written(y));
  }
  void Backward(Matrix x, const float* w, const LinearGradients& g) override {
    Call call(memory_);
    const int64_t weights = spec_.in * spec_.out;
    plan_->Backward(call.Read(x), call.Read(w, weights),
                    Mirrored(&call, g, x.elems(), weights, spec_.out));
  }

 private:
  std::unique_ptr<DensePlan> plan_;
  TestMemory* memory_;
  DenseSpec spec_;
};

class CopyingSparseDense final : public SparseDensePlan {
 public:
  CopyingSparseDense(std::unique_ptr<SparseDensePlan> plan, TestMemory* memory,
                     const DenseSpec& spec)
      : plan_(std::move(plan)), memory_(memory), spec_(spec) {}
  void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) override {
    Call call(memory_);
    plan_->Forward(x, call.Read(w, spec_.in * spec_.out), call.Read(b, spec_.out), call.Written(y));
  }
  void Backward(const SparseRows& x, const LinearGradients& g) override {
    Call call(memory_);
    plan_->Backward(x, Mirrored(&call, g, 0, spec_.in * spec_.out, spec_.out));
  }

 private:
  std::unique_ptr<SparseDensePlan> plan_;
  TestMemory* memory_;
  DenseSpec spec_;
};

class CopyingConv final : public ConvPlan {
 public:
  CopyingConv(std::unique_ptr<ConvPlan> plan, TestMemory* memory, const ConvSpec& spec)
      : plan_(std::move(plan)),
        memory_(memory),
        filters_(spec.out.channels),
        weights_(spec.window.height * spec.window.width * spec.in.channels / spec.groups *
                 filters_) {}
  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool same_weights) override {
    Call call(memory_);
    plan_->Forward(call.Read(x), call.Read(w, weights_), call.Read(b, filters_), call.Written(y),
                   same_weights);
  }
  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool same_weights) override {
    Call call(memory_);
    plan_->Infer(call.Read(x), call.Read(w, weights_), call.Read(b, filters_),
                 {call.Read(p.gamma, filters_), call.Read(p.beta, filters_),
                  call.Read(p.mean, filters_), call.Read(p.variance, filters_)},
                 call.Written(y), same_weights);
  }
  void Backward(Matrix x, const float* w, const LinearGradients& g, bool same_weights) override {
    Call call(memory_);
    plan_->Backward(call.Read(x), call.Read(w, weights_),
                    Mirrored(&call, g, x.elems(), weights_, filters_), same_weights);
  }

 private:
  std::unique_ptr<ConvPlan> plan_;
  TestMemory* memory_;
  int64_t filters_, weights_;
};

class CopyingPool final : public PoolPlan {
 public:
  CopyingPool(std::unique_ptr<PoolPlan> plan, TestMemory* memory)
      : plan_(std::move(plan)), memory_(memory) {}
  void Forward(Matrix x, Matrix y, uint16_t* chosen) override {
    Call call(memory_);
    plan_->Forward(call.Read(x), call.Written(y), call.Written(chosen, y.elems()));
  }
  void Backward(Matrix dy, const uint16_t* chosen, Matrix dx) override {
    Call call(memory_);
    plan_->Backward(call.Read(dy), call.Read(chosen, dy.elems()), call.Written(dx));
  }

 private:
  std::unique_ptr<PoolPlan> plan_;
  TestMemory* memory_;
};

class CopyingBatchNorm final : public BatchNormPlan {
 public:
  CopyingBatchNorm(std::unique_ptr<BatchNormPlan> plan, TestMemory* memory, int64_t channels)
      : plan_(std::move(plan)), memory_(memory), channels_(channels) {}
  void Forward(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    Call call(memory_);
    plan_->Forward(call.Read(x), call.Read(addend, x.elems()), Mirrored(&call, p), call.Written(y));
  }
  void Infer(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    Call call(memory_);
    plan_->Infer(call.Read(x), call.Read(addend, x.elems()), Mirrored(&call, p), call.Written(y));
  }
  void Backward(Matrix x, const BatchNormParameters& p, const BatchNormGradients& g) override {
    Call call(memory_);
    plan_->Backward(call.Read(x), Mirrored(&call, p),
                    {call.Read(g.y), call.Written(g.dy), call.Written(g.dx, x.elems()),
                     call.Written(g.daddend, x.elems()), call.Written(g.dgamma, channels_),
                     call.Written(g.dbeta, channels_)});
  }

 private:
  BatchNormParameters Mirrored(Call* call, const BatchNormParameters& p) const {
    return {call->Read(p.gamma, channels_), call->Read(p.beta, channels_),
            call->Written(p.mean, channels_), call->Written(p.variance, channels_)};
  }
  std::unique_ptr<BatchNormPlan> plan_;
  TestMemory* memory_;
  int64_t channels_;
};

class CopyingOps final : public Ops {
 public:
  CopyingOps(Ops* ops, TestMemory* memory) : ops_(ops), memory_(memory) {}

  std::string name() const override { return ops_->name(); }
  int64_t workspace_bytes() const override { return ops_->workspace_bytes(); }
  std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) override {
    return std::make_unique<CopyingDense>(ops_->PlanDense(spec), memory_, spec);
  }
  std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) override {
    return std::make_unique<CopyingSparseDense>(ops_->PlanSparseDense(spec), memory_, spec);
  }
  std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) override {
    return std::make_unique<CopyingConv>(ops_->PlanConv(spec), memory_, spec);
  }
  std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) override {
    return std::make_unique<CopyingPool>(ops_->PlanPool(spec), memory_);
  }
  std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) override {
    return std::make_unique<CopyingBatchNorm>(ops_->PlanBatchNorm(spec), memory_, spec.channels);
  }

  void Fill(float* x, int64_t elems, float value) override {
    Call call(memory_);
    ops_->Fill(call.Written(x, elems), elems, value);
  }
  void Add(const float* x, float* y, int64_t elems) override {
    Call call(memory_);
    ops_->Add(call.Read(x, elems), call.Written(y, elems), elems);
  }
  void MovingAverage(const float* x, float momentum, float* y, int64_t elems) override {
    Call call(memory_);
    ops_->MovingAverage(call.Read(x, elems), momentum, call.Written(y, elems), elems);
  }
  void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) override {
    Call call(memory_);
    const auto extent = [&](int64_t outer, int64_t inner) {
      const bool any = blocks.outer * blocks.inner * blocks.block > 0;
      return any ? (blocks.outer - 1) * outer + (blocks.inner - 1) * inner + blocks.block : 0;
    };
    ops_->CopyBlocks(blocks, call.Read(source, extent(blocks.source_outer, blocks.source_inner)),
                     call.Written(target, extent(blocks.target_outer, blocks.target_inner)));
  }
  void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y, int64_t elems) override {
    Call call(memory_);
    ops_->BytesToFloat(call.Read(x, elems), scale, call.Written(y, elems), elems);
  }
  double SumOfProducts(const float* x, const float* y, int64_t elems) override {
    Call call(memory_);
    return ops_->SumOfProducts(call.Read(x, elems), call.Read(y, elems), elems);
  }
  void Activate(ActivationKind kind, Matrix x, Matrix y) override {
    Call call(memory_);
    ops_->Activate(kind, call.Read(x), call.Written(y));
  }
  void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) override {
    Call call(memory_);
    ops_->ActivateGradient(kind, call.Read(x), call.Read(y), call.Read(dy), call.Written(dx));
  }
  void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) override {
    Call call(memory_);
    ops_->Dropout(spec, call.Read(x), call.Written(y));
  }
  void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) override {
    Call call(memory_);
    ops_->Lrn(spec, call.Read(x), call.Written(scale, x.elems()), call.Written(y));
  }
  void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                   Matrix dx) override {
    Call call(memory_);
    ops_->LrnGradient(spec, call.Read(x), call.Read(scale, x.elems()), call.Read(y), call.Read(dy),
                      call.Written(dx));
  }
  LossSums Loss(LossKind kind, const LossBatch& batch) override {
    Call call(memory_);
    const int64_t elems = batch.output.elems();
    LossBatch mirrored = batch;
    mirrored.output = call.Read(batch.output);
    mirrored.labels = call.Read(batch.labels, batch.output.rows);
    mirrored.targets = call.Read(batch.targets, elems);
    mirrored.predictions = call.Written(batch.predictions, elems);
    mirrored.doutput = call.Written(batch.doutput, elems);
    return ops_->Loss(kind, mirrored);
  }
  void Update(const UpdateSpec& spec, const UpdateBuffers& u) override {
    Call call(memory_);
    ops_->Update(spec, {call.Written(u.weights, u.elems), call.Read(u.gradients, u.elems),
                        call.Written(u.slot_0, u.elems), call.Written(u.slot_1, u.elems),
                        call.Read(u.block_groups, u.elems / 64), u.elems});
  }

 private:
  Ops* ops_;
  TestMemory* memory_;
};

}  // namespace

std::unique_ptr<Ops> MakeCopyingOps(Ops* ops, TestMemory* memory) {
  return std::make_unique<CopyingOps>(ops, memory);
}

}  // namespace lockstep
