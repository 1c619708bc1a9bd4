// Buffer: an owning block of 64-byte aligned host memory, zeroed; large ones lie in huge pages
// where the system has them. Without enough memory the program ends (core/base/out_of_memory.h).
#ifndef LOCKSTEP_CORE_DEVICE_BUFFER_H_
#define LOCKSTEP_CORE_DEVICE_BUFFER_H_

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace lockstep {

// Memory as a Buffer has it, to be given back by std::free. REQUIRES: bytes > 0.
void* AllocateZeroed(size_t bytes);

// `size` values of T, aligned for every SIMD width and cache line. Move-only.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) : size_(size) {
    if (size > 0) data_.reset(static_cast<T*>(AllocateZeroed(size * sizeof(T))));
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T[], Free> data_;
  size_t size_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_BUFFER_H_
