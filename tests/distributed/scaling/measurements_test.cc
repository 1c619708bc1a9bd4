#include "distributed/scaling/measurements.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const std::string kColumns =
    "curve,system,model,precision,batch_per_gpu,data,update,servers,hosts,gpus,rate,base_gpus,"
    "speedup,use\n";
const std::string kBase = "g/a,s,m,amp,32,real,horovod,0,1,1,100,1,1,base\n";

TEST(ReadMeasurements, PutsPointsOfACurveTogether) {
  const auto curves =
      ReadMeasurements(kColumns + kBase + "g/a,s,m,amp,32,real,horovod,0,2,16,,1,14,calib\n", "p");
  ASSERT_TRUE(curves.ok()) << curves.status();
  ASSERT_EQ(curves->size(), 1u);
  const MeasuredCurve& curve = curves->front();
  EXPECT_EQ(curve.group(), "g");
  EXPECT_TRUE(curve.real_input);
  EXPECT_EQ(curve.exchange.wire(), Exchange::FP16);
  EXPECT_EQ(curve.Find(PointUse::kCalib)->speedup, 14);
  EXPECT_EQ(curve.Find(PointUse::kScore), nullptr);
}

TEST(ReadMeasurements, ErrorsNameTheLineAndWhatIsKnown) {
  const std::pair<std::string, std::string> cases[] = {
      {"g/a,s,m,fp32,32,real,horovood,0,1,1,100,1,1,base\n",
       "p:2: update: found \"horovood\"; expected one of"},
      {"g/a,s,m,fp32,32,real,ddp,0,1,1,100,1,1,bass\n", "p:2: use: found \"bass\""},
      {"g/a,s,m,fp32,32,real,ddp,0,1,1,,1,1,base\n", "p:2: rate: a point to start from"},
      {"g/a,s,m,fp32,,real,ddp,0,1,1,9,1,1,base\n", "p:2: batch_per_gpu: expected"},
      {"g/a,s,m,fp32,32,real,ddp,0,3,2,9,1,1,base\n", "p:2: hosts: more hosts than gpus"},
      {"g/a,s,m,fp32,32,real,ddp,0,1,2,9,1,1.9,score\n", "p:2: curve: \"g/a\" does not begin"},
      {kBase + "g/a,s,n,fp32,32,real,ddp,0,1,2,9,1,1.9,score\n", "p:3: curve: \"g/a\" has another"},
  };
  for (const auto& [rows, message] : cases) {
    const auto curves = ReadMeasurements(kColumns + rows, "p");
    EXPECT_EQ(curves.status().message().substr(0, message.size()), message) << rows;
  }
}

}  // namespace
}  // namespace lockstep
