#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace lockstep {
namespace {

std::string Cause() { return std::strerror(errno); }

using Pieces = std::vector<std::string_view>;

Status WriteAll(int fd, const Pieces& pieces, const std::string& path) {
  for (std::string_view bytes : pieces) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return IoError("cannot write " + path + ": " + Cause());
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }
  // A pipe or a terminal cannot be synced (EINVAL) and need not be.
  if (::fsync(fd) != 0 && errno != EINVAL) return IoError("cannot sync " + path + ": " + Cause());
  return OkStatus();
}

bool IsSpecial(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

// The folder of `path` without links, "" if there is none.
std::string RealFolder(const std::filesystem::path& path) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(
      path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), error);
  return error ? "" : folder.string() + "/";
}

bool IsBelowProc(const std::string& path) { return RealFolder(path).starts_with("/proc/"); }

// What `path` names once its links are followed; the last one may hang. Links below /proc are no
// paths but open files: /dev/stdout ends at /proc/self/fd/1, whatever that is.
std::string WithoutLinks(std::string path) {
  constexpr int kMaxLinks = 40;  // Linux' own limit
  for (int i = 0; i < kMaxLinks && !IsBelowProc(path); ++i) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = (std::filesystem::path(path).parent_path() / target).string();
  }
  return path;
}

// A descriptor for `target`. One of this process's own by number (/proc/self/fd/1) shares its place
// in the file, so what is printed before and after stays.
int OpenToWrite(const std::string& target, int flags) {
  if (RealFolder(target) == "/proc/" + std::to_string(::getpid()) + "/fd/") {
    std::fflush(nullptr);
    return ::fcntl(std::atoi(target.c_str() + target.rfind('/') + 1), F_DUPFD_CLOEXEC, 0);
  }
  return ::open(target.c_str(), O_WRONLY | O_CLOEXEC | flags, 0644);
}

// Writes to `target`, which is `path` or a stand-in for it.
Status WriteTo(const std::string& target, int flags, const Pieces& pieces,
               const std::string& path) {
  const int fd = OpenToWrite(target, flags);
  if (fd < 0) return CannotWriteError("cannot write " + path + ": " + Cause());
  const Status status = WriteAll(fd, pieces, path);
  if (::close(fd) != 0 && status.ok()) return IoError("cannot close " + path + ": " + Cause());
  return status;
}

}  // namespace

StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return MissingInputError(path + ": no such file");
  if (fd < 0) return IoError("cannot open " + path + ": " + Cause());
  struct stat info {};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    return IoError("cannot read " + path + ": it is a folder, a file was expected");
  }
  std::string bytes(std::min(static_cast<size_t>(info.st_size), max_bytes), '\0');
  size_t done = 0;
  while (done < max_bytes) {
    if (done == bytes.size()) {  // grown, or of unknown size
      bytes.resize(done + std::min<size_t>(4096, max_bytes - done));
    }
    const ssize_t got = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const std::string cause = Cause();
      ::close(fd);
      return IoError("cannot read " + path + ": " + cause);
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  ::close(fd);
  bytes.resize(done);
  return bytes;
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  return WritePiecesAtomically(path, {bytes});
}

Status WritePiecesAtomically(const std::string& path, const Pieces& pieces) {
  const std::string target = WithoutLinks(path);
  if (IsSpecial(target) || IsBelowProc(target)) return WriteTo(target, O_APPEND, pieces, path);
  const std::string temporary = target + ".tmp" + std::to_string(::getpid());
  Status status = WriteTo(temporary, O_CREAT | O_TRUNC, pieces, path);
  if (status.ok() && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = CannotWriteError("cannot rename to " + path + ": " + Cause());
  }
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

bool IsStandardOutput(const std::string& path) {
  struct stat named {}, printed {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &printed) == 0 &&
         named.st_dev == printed.st_dev && named.st_ino == printed.st_ino;
}

Status MakeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return CannotWriteError("cannot make folder " + path + ": " + error.message());
  return OkStatus();
}

bool FileExists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty() || (!name.empty() && name.front() == '/')) return std::string(name);
  std::string path(folder);
  if (path.back() != '/') path.push_back('/');
  return path.append(name);
}

}  // namespace lockstep
