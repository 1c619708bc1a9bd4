#include "distributed/comm/mpirun_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace lockstep {
namespace {

TEST(MpirunEnvironment, APlainStartHasNoPlace) { EXPECT_FALSE(PlaceUnderMpirun().has_value()); }

TEST(MpirunEnvironment, OpenMpiAndPmiAreBothUnderstood) {
  setenv("PMI_RANK", "1", 1);
  setenv("PMI_SIZE", "3", 1);
  ASSERT_TRUE(PlaceUnderMpirun().has_value());
  EXPECT_EQ(PlaceUnderMpirun()->rank, 1);
  EXPECT_EQ(PlaceUnderMpirun()->size, 3);
  EXPECT_EQ(PlaceUnderMpirun()->local_rank, 1);  // all on one host, as far as is told
  setenv("MPI_LOCALRANKID", "0", 1);
  EXPECT_EQ(PlaceUnderMpirun()->local_rank, 0);
  setenv("OMPI_COMM_WORLD_RANK", "2", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
  setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2", 1);
  setenv("OMPI_COMM_WORLD_LOCAL_RANK", "1", 1);
  EXPECT_EQ(PlaceUnderMpirun()->rank, 2);
  EXPECT_EQ(PlaceUnderMpirun()->size, 4);
  EXPECT_EQ(PlaceUnderMpirun()->local_size, 2);
  EXPECT_EQ(PlaceUnderMpirun()->local_rank, 1);
}

TEST(MpirunEnvironment, ANumberThatIsNoneIsNoPlace) {
  unsetenv("PMI_RANK");
  setenv("OMPI_COMM_WORLD_RANK", "two", 1);
  EXPECT_FALSE(PlaceUnderMpirun().has_value());
}

}  // namespace
}  // namespace lockstep
