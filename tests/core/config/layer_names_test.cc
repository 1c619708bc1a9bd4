#include "core/config/layer_names.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/config.pb.h"

namespace lockstep {
namespace {

TEST(DefaultLayerNames, CountEachKindAsKerasDoes) {
  ModelConfig model;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "layer { dense { units: 1 } } layer { dense { units: 1 } }"
      "layer { name: 'mine' dense { units: 1 } } layer { flatten {} }"
      "layer { max_pooling2d {} } layer { dense { units: 1 } }",
      &model));
  EXPECT_EQ(DefaultLayerNames(model),
            (std::vector<std::string>{"dense", "dense_1", "mine", "flatten", "max_pooling2d",
                                      "dense_2"}));
}

TEST(LayerKind, IsTheConfigsNameOfTheKind) {
  LayerConfig layer;
  EXPECT_EQ(LayerKind(layer), "");
  layer.mutable_global_average_pooling2d();
  EXPECT_EQ(LayerKind(layer), "global_average_pooling2d");
}

}  // namespace
}  // namespace lockstep
