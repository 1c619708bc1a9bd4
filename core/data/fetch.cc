#include "core/data/fetch.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/shared_library.h"
#include "core/data/sha256.h"

namespace lockstep {
namespace {

// What is used of libcurl, which is opened at the first download: nothing else needs it or the
// twenty libraries that it brings, and a machine's own knows where its certificates lie.
struct Curl {
  decltype(curl_easy_init)* Init = nullptr;
  decltype(curl_easy_cleanup)* Cleanup = nullptr;
  decltype(curl_easy_setopt)* SetOption = nullptr;
  decltype(curl_easy_perform)* Perform = nullptr;
  decltype(curl_easy_getinfo)* GetInfo = nullptr;
  decltype(curl_easy_strerror)* ErrorText = nullptr;
};

StatusOr<Curl> OpenCurl() {
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, SharedLibrary::Open("libcurl.so.4", {}));
  Curl curl;
  library.Find("curl_easy_init", &curl.Init);
  library.Find("curl_easy_cleanup", &curl.Cleanup);
  library.Find("curl_easy_setopt", &curl.SetOption);
  library.Find("curl_easy_perform", &curl.Perform);
  library.Find("curl_easy_getinfo", &curl.GetInfo);
  library.Find("curl_easy_strerror", &curl.ErrorText);
  LOCKSTEP_RETURN_IF_ERROR(library.status());
  return curl;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// What a transfer writes to and how far it is.
struct Transfer {
  std::FILE* out = nullptr;
  int64_t done_bytes = 0;
  int64_t expected_bytes = 0;
  const FetchProgress* progress = nullptr;
  bool disk_full = false;
  bool too_long = false;
  bool cannot_resume = false;  // the server gives no such range
};

// Returning less than was offered ends the transfer.
size_t WriteChunk(char* data, size_t size, size_t count, void* user) {
  Transfer* transfer = static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  if (transfer->done_bytes + static_cast<int64_t>(bytes) > transfer->expected_bytes) {
    transfer->too_long = true;
    return 0;
  }
  if (std::fwrite(data, 1, bytes, transfer->out) != bytes) {
    transfer->disk_full = true;
    return 0;
  }
  transfer->done_bytes += static_cast<int64_t>(bytes);
  if (*transfer->progress) (*transfer->progress)(transfer->done_bytes, transfer->expected_bytes);
  return bytes;
}

int64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

void Remove(const std::string& path) {
  std::error_code ignored;  // what is not there need not be removed
  std::filesystem::remove(path, ignored);
}

CURLcode Perform(const Curl& library, const CatalogFile& file, Transfer* transfer,
                 std::string* cause) {
  const std::unique_ptr<CURL, decltype(library.Cleanup)> curl(library.Init(), library.Cleanup);
  const auto set = [&](CURLoption option, auto value) {
    library.SetOption(curl.get(), option, value);
  };
  if (curl == nullptr) return CURLE_FAILED_INIT;
  char error[CURL_ERROR_SIZE] = "";
  set(CURLOPT_URL, file.url.c_str());
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 20L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second,
  set(CURLOPT_LOW_SPEED_TIME, 30L);  // for so many seconds
  set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer->done_bytes));
  set(CURLOPT_WRITEFUNCTION, WriteChunk);
  set(CURLOPT_WRITEDATA, transfer);
  const CURLcode code = library.Perform(curl.get());
  *cause = error[0] != '\0' ? error : library.ErrorText(code);
  constexpr long kRangeNotSatisfiable = 416;
  long answer = 0;
  library.GetInfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  transfer->cannot_resume = code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
                            answer == kRangeNotSatisfiable;
  return code;
}

// Downloads what `part` lacks of `file`, or all of it if the server cannot resume.
Status Download(const CatalogFile& file, const std::string& part, const std::string& path,
                const FetchProgress& progress) {
  const auto curl = OpenCurl();
  if (!curl.ok()) {
    return MissingInputError(
        absl::StrFormat("cannot download %s: %s; or put the file at %s by hand", file.url,
                        std::string(curl.status().message()), path));
  }
  for (const bool resume : {true, false}) {
    if (!resume || SizeOf(part) >= file.bytes) Remove(part);
    const std::unique_ptr<std::FILE, CloseFile> out(std::fopen(part.c_str(), "ab"));
    if (out == nullptr) {
      return CannotWriteError("cannot write " + part + ": " + std::strerror(errno));
    }
    Transfer transfer{out.get(), SizeOf(part), file.bytes, &progress};
    const bool resumed = transfer.done_bytes > 0;
    std::string cause;
    const CURLcode code = Perform(*curl, file, &transfer, &cause);
    if (std::fflush(out.get()) != 0 || transfer.disk_full) {
      return IoError("cannot write " + part + ": " + std::strerror(errno));
    }
    if (code == CURLE_OK) return OkStatus();
    if (transfer.too_long) {
      Remove(part);
      return BadDataError(absl::StrFormat("%s offers more than the %d bytes that %s has: it is "
                                          "another file",
                                          file.url, file.bytes, file.name));
    }
    if (resumed && transfer.cannot_resume && resume) continue;
    return MissingInputError(absl::StrFormat(
        "cannot download %s: %s; run the command again to go on, or put the file at %s by hand",
        file.url, cause, path));
  }
  return OkStatus();
}

}  // namespace

Status VerifyFile(const CatalogFile& file, const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  const std::string found = Sha256(bytes);
  if (found == file.sha256 || found == file.debian_sha256) return OkStatus();
  return BadDataError(absl::StrFormat(
      "%s: SHA-256 is %s (%d bytes), expected %s (%d bytes): remove the file and fetch it again",
      path, found, bytes.size(), file.sha256, file.bytes));
}

Status FetchFile(const CatalogFile& file, const std::string& folder,
                 const FetchProgress& progress) {
  const std::string path = JoinPath(folder, file.name);
  const std::string part = path + ".part";
  if (VerifyFile(file, path).ok()) return OkStatus();
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(std::filesystem::path(path).parent_path().string()));
  if (SizeOf(part) != file.bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Download(file, part, path, progress));
  }
  const Status verified = VerifyFile(file, part);
  if (!verified.ok()) {
    Remove(part);
    return Annotate(verified, "the download from " + file.url + " is not the expected file");
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) {
    return CannotWriteError("cannot rename to " + path + ": " + std::strerror(errno));
  }
  return OkStatus();
}

}  // namespace lockstep
