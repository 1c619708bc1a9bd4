// The data sets that lockstep knows by name: what they are, their files, where these come from.
#ifndef LOCKSTEP_CORE_DATA_CATALOG_H_
#define LOCKSTEP_CORE_DATA_CATALOG_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// One file as its publisher offers it.
struct CatalogFile {
  std::string name;  // below a data folder: "imdb.npz", "fashion-mnist/train-images-idx3-ubyte.gz"
  std::string url;
  std::string sha256;  // 64 lower-case hexadecimal digits
  int64_t bytes = 0;
  std::string debian_sha256;  // of the same content as Debian packs it; "" if it does not
};

// A set by its name.
struct CatalogEntry {
  std::string name;  // as in configs: "imdb"
  std::string description;
  std::vector<CatalogFile> files;
};

// All of them, in the order in which they are listed.
const std::vector<CatalogEntry>& Catalog();

// Errors: UsageError with the names that exist and the nearest.
StatusOr<CatalogEntry> FindCatalogEntry(std::string_view name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_CATALOG_H_
