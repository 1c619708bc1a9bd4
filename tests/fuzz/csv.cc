// Tables; the target is the column named y.
#include "core/data/formats/csv.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const StatusOr<CsvTable> table = ParseCsv(text, "y", "a.csv");
  const std::string complaint = ComplaintAbout(table.status(), "a.csv:");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!table.ok()) return 0;
  const size_t rows = static_cast<size_t>(table->rows);
  LOCKSTEP_CHECK(table->y.size() == rows, "%zu targets", table->y.size());
  LOCKSTEP_CHECK(table->x.size() == rows * table->features.size(), "%zu values", table->x.size());
  for (const double value : table->x) LOCKSTEP_CHECK(std::isfinite(value), "not finite");
  return 0;
}
