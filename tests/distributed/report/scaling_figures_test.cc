#include "distributed/report/scaling_figures.h"

#include <gtest/gtest.h>

#include "tests/distributed/report/scaling_sample.h"

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
const PictureForm kForm{.width = 600, .height = 400, .inks = InkSet::kPage};

Figure Named(const ScalingResult& result, const std::string& name) {
  for (const Figure& figure : ScalingFigures(result)) {
    if (figure.name == name) return figure;
  }
  ADD_FAILURE() << "no picture " << name;
  return ScalingFigures(result).front();
}

std::string Drawn(const std::string& name) { return Named(ScalingSample(), name).draw(kForm); }

TEST(ScalingFigures, AreFivePicturesOfAWholeResult) {
  std::string names;
  for (const Figure& figure : ScalingFigures(ScalingSample())) names += figure.name + " ";
  EXPECT_EQ(names,
            "scaling_speedup scaling_efficiency scaling_breakdown scaling_shares "
            "scaling_timeline ");
}

TEST(ScalingFigures, LeaveOutPicturesWithoutData) {
  const std::vector<Figure> figures = ScalingFigures(ScalingResult{});
  ASSERT_EQ(figures.size(), 2u);
  for (const Figure& figure : figures) {
    EXPECT_NE(figure.draw(kForm).find(">no data<"), kNowhere) << figure.name;
  }
}

TEST(ScalingFigures, HaveTheirNumbersAsCsv) {
  ScalingResult result = ScalingSample();
  result.measured.resize(2);
  result.predicted.erase(result.predicted.begin(), result.predicted.begin() + 1);
  result.predicted.resize(3);
  EXPECT_EQ(Named(result, "scaling_speedup").csv,
            "ranks,ideal,measured,measured_low,measured_high,predicted,predicted_low,"
            "predicted_high\n1,1,1,1,1,,,\n2,2,1.6892,1.6534,1.725,1.8437,1.7883,1.899\n"
            "4,4,,,,1.931,1.8344,2.0275\n8,8,,,,1.8437,1.7146,1.9727\n");
  EXPECT_NE(Named(result, "scaling_efficiency").csv.find("2,1,0.84459,0.82668,0.86251,0.9218"),
            kNowhere);
  EXPECT_EQ(Named(result, "scaling_breakdown").csv,
            "ranks,input_ms,forward_ms,backward_ms,transfer_ms,wait_ms,optimizer_ms\n"
            "1,0.05,5.9,12.2,0,0,0.6\n2,0.05,3,6.3,0.9,0.25,0.6\n");
  EXPECT_NE(Named(result, "scaling_shares").csv.find("\n2,0.45045,27.027,56.7568,"), kNowhere);
  const std::string timeline = Named(result, "scaling_timeline").csv;
  EXPECT_NE(timeline.find("\nrank 0,waiting for late ranks,9.35,9.85\n"), kNowhere) << timeline;
  EXPECT_NE(timeline.find("\nbucket 1,bucket waits,6,6.2\nbucket 1,bucket is summed,6.2,8.3\n"),
            kNowhere);
}

TEST(ScalingFigures, DrawWhatWasMeasuredAndPredicted) {
  const std::string speedup = Drawn("scaling_speedup");
  for (const char* part :
       {"measured at 2: 1.689 (1.653 to 1.725)", "predicted, 90 % at 128: 1.654 (1.406 to 1.902)",
        ">ideal<", ">measured<", ">predicted, 90 %<", ">128<", ">speed-up, times<"}) {
    EXPECT_NE(speedup.find(part), kNowhere) << part;
  }
  EXPECT_EQ(speedup.find("measured at 8"), kNowhere);
  EXPECT_NE(Drawn("scaling_efficiency").find("measured at 2: 84.46 (82.67 to 86.25)"), kNowhere);
  EXPECT_NE(Drawn("scaling_breakdown").find("2, backward: 6.30 ms"), kNowhere);
  EXPECT_NE(Drawn("scaling_shares").find("2, backward: 56.8 %"), kNowhere);
  const std::string timeline = Drawn("scaling_timeline");
  for (const char* label : {">rank 1<", ">bucket 3<", ">bucket waits<", ">exposed transfer<",
                            ">milliseconds since the step began<"}) {
    EXPECT_NE(timeline.find(label), kNowhere) << label;
  }
}

TEST(ScalingFigures, MeasureTheIdealFromTheSmallestNumberOfRanks) {
  ScalingResult result = ScalingSample();
  result.base_ranks = 2;
  EXPECT_NE(Named(result, "scaling_speedup").csv.find("\n8,4,"), kNowhere);
}

TEST(ScalingFigures, GiveAPartOneColourInBreakdownAndTimeline) {
  const auto colour = [](const std::string& name, const std::string& hint) {
    const std::string svg = Drawn(name);
    const size_t end = svg.find("<title>" + hint);
    const size_t at = svg.rfind("fill=\"", end);
    return end == kNowhere ? "absent" : svg.substr(at, svg.find('"', at + 6) - at);
  };
  EXPECT_EQ(colour("scaling_breakdown", "1, backward"), "fill=\"var(--series-2)");
  EXPECT_EQ(colour("scaling_timeline", "rank 0: backward"), "fill=\"var(--series-2)");
  EXPECT_EQ(colour("scaling_timeline", "rank 0: exposed transfer"), "fill=\"var(--series-4)");
}

TEST(ScalingFigures, ShowSomeOfManyRanksAndSaySo) {
  ScalingResult result = ScalingSample();
  result.drawn.ranks = 64;
  result.drawn.phases.resize(64, result.drawn.phases[0]);
  const Figure figure = Named(result, "scaling_timeline");
  EXPECT_NE(figure.caption.find("first 16 of 64 ranks"), kNowhere) << figure.caption;
  EXPECT_NE(figure.draw(kForm).find(">rank 15<"), kNowhere);
  EXPECT_EQ(figure.draw(kForm).find(">rank 16<"), kNowhere);
}

TEST(ScalingFigures, LeaveOutPhasesThatTheyDoNotKnow) {
  ScalingResult result = ScalingSample();
  result.drawn.phases[0][2].phase = "dreaming";
  const std::string csv = Named(result, "scaling_timeline").csv;
  EXPECT_EQ(csv.find("rank 0,backward"), kNowhere);
  EXPECT_NE(csv.find("rank 0,optimizer"), kNowhere);
}

}  // namespace
}  // namespace lockstep
