#include "core/data/cifar10_set.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/data/data_files.h"
#include "core/data/formats/cifar.h"
#include "core/data/formats/tar_gz.h"

namespace lockstep {
namespace {

constexpr const char* kFolder = "cifar-10-batches-bin";
constexpr const char* kArchive = "cifar-10-binary.tar.gz";
constexpr const char* kNamesFile = "batches.meta.txt";
constexpr int64_t kRecords = 10000;  // of each file
constexpr size_t kMaxNamesBytes = 4096;

// Content by name, and what messages call it.
struct CifarFiles {
  std::string where;
  std::map<std::string, std::string> content;
};

std::vector<std::string> BatchNames(DatasetNeeds needs) {
  std::vector<std::string> names;
  for (int i = 1; needs.train && i <= 5; ++i) {
    names.push_back("data_batch_" + std::to_string(i) + ".bin");
  }
  if (needs.test) names.push_back("test_batch.bin");
  return names;
}

// From the folder that holds `first`.
StatusOr<CifarFiles> ReadFolder(const std::string& first, const std::vector<std::string>& names) {
  CifarFiles files;
  files.where = first.substr(0, first.rfind('/'));
  for (const std::string& name : names) {
    LOCKSTEP_ASSIGN_OR_RETURN(files.content[name], ReadFile(JoinPath(files.where, name)));
  }
  const std::string meta = JoinPath(files.where, kNamesFile);
  if (FileExists(meta)) {
    LOCKSTEP_ASSIGN_OR_RETURN(files.content[kNamesFile], ReadFile(meta, kMaxNamesBytes));
  }
  return files;
}

StatusOr<CifarFiles> ReadArchive(const std::string& path, const std::vector<std::string>& names) {
  std::map<std::string, size_t> wanted = {{kNamesFile, kMaxNamesBytes}};
  for (const std::string& name : names) wanted[name] = kRecords * kCifarRecordBytes;
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  CifarFiles files;
  files.where = path;
  LOCKSTEP_ASSIGN_OR_RETURN(files.content, ReadTarGz(bytes, path, wanted));
  for (const std::string& name : names) {
    if (files.content.contains(name)) continue;
    return BadDataError(path + ": has no " + name + "; fetch it again");
  }
  return files;
}

// The folder is preferred: nothing has to be inflated.
StatusOr<CifarFiles> ReadFiles(const std::vector<std::string>& names) {
  const auto first = FindDataFile(JoinPath(kFolder, names.front()));
  if (first.ok()) return ReadFolder(*first, names);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string archive, FindDataFile(kArchive));
  return ReadArchive(archive, names);
}

// A name a line; the usual ones if the file does not hold ten.
std::vector<std::string> ClassNames(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) names.push_back(Printable(line));
  }
  if (names.size() == static_cast<size_t>(kCifarClasses)) return names;
  return {"airplane", "automobile", "bird",  "cat",  "deer",
          "dog",      "frog",       "horse", "ship", "truck"};
}

}  // namespace

StatusOr<TrainAndTest> LoadCifar10(DatasetNeeds needs) {
  TrainAndTest sets;
  const std::vector<std::string> names = BatchNames(needs);
  if (names.empty()) return sets;
  LOCKSTEP_ASSIGN_OR_RETURN(CifarFiles files, ReadFiles(names));
  for (const std::string& name : names) {
    Dataset& set = name == "test_batch.bin" ? sets.test : sets.train;
    set.format = {.shape = {kCifarSide, kCifarSide, 3},
                  .encoding = Encoding::kUint8,
                  .classes = kCifarClasses};
    LOCKSTEP_RETURN_IF_ERROR(ParseCifar(files.content[name], JoinPath(files.where, name), kRecords,
                                        &set.bytes, &set.labels));
    set.size = static_cast<int64_t>(set.labels.size());
    files.content[name] = {};
  }
  sets.class_names = ClassNames(files.content[kNamesFile]);
  return sets;
}

}  // namespace lockstep
