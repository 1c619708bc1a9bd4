#include "distributed/comm/mpirun_environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace lockstep {
namespace {

std::optional<int> EnvironmentInt(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  const std::string_view text = value;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<MpirunPlace> PlaceUnderMpirun() {
  auto rank = EnvironmentInt("OMPI_COMM_WORLD_RANK");
  auto size = EnvironmentInt("OMPI_COMM_WORLD_SIZE");
  auto local_size = EnvironmentInt("OMPI_COMM_WORLD_LOCAL_SIZE");
  auto local_rank = EnvironmentInt("OMPI_COMM_WORLD_LOCAL_RANK");
  if (!rank || !size) {
    rank = EnvironmentInt("PMI_RANK");
    size = EnvironmentInt("PMI_SIZE");
    local_size = EnvironmentInt("MPI_LOCALNRANKS");
    local_rank = EnvironmentInt("MPI_LOCALRANKID");
  }
  if (!rank || !size) return std::nullopt;
  return MpirunPlace{*rank, *size, local_size.value_or(*size), local_rank.value_or(*rank)};
}

int RanksOnThisHost(int ranks) {
  const auto place = PlaceUnderMpirun();
  return place ? std::max(place->local_size, 1) : ranks;
}

}  // namespace lockstep
