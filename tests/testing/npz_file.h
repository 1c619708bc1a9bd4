// Small .npz files of any element type, as numpy.savez makes them.
#ifndef LOCKSTEP_TESTS_TESTING_NPZ_FILE_H_
#define LOCKSTEP_TESTS_TESTING_NPZ_FILE_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace lockstep {

// One .npy file of an archive.
struct NpzMember {
  std::string name;   // without ".npy"
  std::string bytes;  // header and data
};

// A C-ordered .npy of `data`, whose elements are of numpy's type `descr`, such as "<f4".
std::string NpyBytes(const std::string& descr, const std::vector<int64_t>& shape,
                     const std::string& data);

// The stored (not deflated) zip archive of `members`.
std::string NpzBytes(const std::vector<NpzMember>& members);

template <typename T>
NpzMember MakeMember(const std::string& name, const std::vector<int64_t>& shape,
                     const std::vector<T>& values) {
  const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  const std::string descr =
      (sizeof(T) == 1 ? "|" : "<") + std::string(1, kind) + std::to_string(sizeof(T));
  return {name, NpyBytes(descr, shape,
                         std::string(reinterpret_cast<const char*>(values.data()),
                                     values.size() * sizeof(T)))};
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_NPZ_FILE_H_
