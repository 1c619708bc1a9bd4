// Environment variables for the time of a test.
#ifndef LOCKSTEP_TESTS_TESTING_SCOPED_ENVIRONMENT_H_
#define LOCKSTEP_TESTS_TESTING_SCOPED_ENVIRONMENT_H_

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace lockstep {

// Sets a variable, and at its end puts back what was there.
class ScopedEnvironment {
 public:
  ScopedEnvironment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), /*overwrite=*/1);
  }
  ~ScopedEnvironment() {
    if (before_) ::setenv(name_.c_str(), before_->c_str(), /*overwrite=*/1);
    else ::unsetenv(name_.c_str());
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_SCOPED_ENVIRONMENT_H_
