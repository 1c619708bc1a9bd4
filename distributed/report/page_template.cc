#include "distributed/report/page_template.h"

#include "core/base/check.h"

namespace lockstep {

std::string FillPage(std::string_view page, std::span<const Filling> fillings) {
  std::string out;
  for (;;) {
    const size_t begin = page.find("{{");
    out += page.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const size_t end = page.find("}}", begin);
    LOCKSTEP_CHECK(end != std::string_view::npos, "page: {{ without }}");
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    bool known = false;
    for (const auto& [place, text] : fillings) {
      if (place != name) continue;
      out += text;
      known = true;
    }
    LOCKSTEP_CHECK(known, "page: {{%.*s}} is no known place", static_cast<int>(name.size()),
                   name.data());
    page.remove_prefix(end + 2);
  }
}

}  // namespace lockstep
