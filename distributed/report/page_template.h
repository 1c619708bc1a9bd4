// Fills the places of a page.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_PAGE_TEMPLATE_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_PAGE_TEMPLATE_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep {

using Filling = std::pair<std::string_view, std::string_view>;  // name of a place, its text

// `page` with each {{name}} replaced, in one pass, so that what is filled in is never searched.
// REQUIRES: every place of `page` has a filling.
std::string FillPage(std::string_view page, std::span<const Filling> fillings);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_PAGE_TEMPLATE_H_
