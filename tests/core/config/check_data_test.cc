// The settings of images; the other sources are in check_config_test.
#include "core/config/check_data.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

std::string ErrorOf(const std::string& text) {
  DataConfig data;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &data)) << text;
  const Status status = CheckData(data);
  EXPECT_TRUE(status.ok() || ExitCodeOf(status) == ExitCode::kUsage) << status;
  return std::string(status.message());
}

TEST(CheckData, SettingsAtTheirBoundsPass) {
  for (const char* text : {
           "cifar10 {}",
           "image_folder { path: 'p' height: 1 width: 8192 resize: 8 }",
           "cifar10 {} augment { random_resized_crop { min_area: 1 max_area: 1 max_aspect: 1 } }",
           "cifar10 {} augment { pad_and_crop: 4096 color_jitter { contrast: 0 } }",
           "cifar10 {} normalize { mean: [-1, 0, 1] std: 0.001 } standardize: true",
           "cifar10 {} decode_threads: 256",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

TEST(CheckData, AWrongSettingIsNamed) {
  const char* const kCases[][2] = {
      {"image_folder {}", "data.image_folder.path is missing"},
      {"image_folder { path: 'p' height: 0 }", "data.image_folder.height: found 0"},
      {"image_folder { path: 'p' width: 8193 }", "data.image_folder.width: found 8193"},
      {"image_folder { path: 'p' resize: 0.9 }", "data.image_folder.resize: found 0.9"},
      {"image_folder { path: 'p' resize: nan }", "data.image_folder.resize: found nan"},
      {"cifar10 {} decode_threads: 0", "data.decode_threads: found 0"},
      {"cifar10 {} decode_threads: 257", "data.decode_threads: found 257"},
      {"cifar10 {} normalize { mean: inf }", "data.normalize.mean: found inf"},
      {"cifar10 {} normalize { std: [1, 0] }", "data.normalize.std: found 0"},
      {"cifar10 {} augment { pad_and_crop: 4097 }", "data.augment.pad_and_crop: found 4097"},
      {"cifar10 {} augment { random_resized_crop { min_area: 0 } }",
       "data.augment.random_resized_crop.min_area: found 0"},
      {"cifar10 {} augment { random_resized_crop { min_area: 0.5 max_area: 0.4 } }",
       "data.augment.random_resized_crop.max_area: found 0.4"},
      {"cifar10 {} augment { random_resized_crop { max_area: 1.1 } }",
       "data.augment.random_resized_crop.max_area: found 1.1"},
      {"cifar10 {} augment { random_resized_crop { max_aspect: 0.9 } }",
       "data.augment.random_resized_crop.max_aspect: found 0.9"},
      {"cifar10 {} augment { color_jitter { brightness: -1 } }",
       "data.augment.color_jitter.brightness: found -1"},
      {"cifar10 {} augment { color_jitter { contrast: nan } }",
       "data.augment.color_jitter.contrast: found nan"},
      {"cifar10 {} augment { color_jitter { saturation: -1 } }",
       "data.augment.color_jitter.saturation: found -1"},
      {"cifar10 {} standardize: true augment { horizontal_flip: true }",
       "data.standardize: it does not go with augment; write divide_by: 255 normalize"},
      {"image_folder { path: 'p' } standardize: true",
       "data.standardize: it does not go with image_folder; write divide_by: 255 normalize"},
  };
  for (const auto& [text, start] : kCases) {
    EXPECT_TRUE(ErrorOf(text).starts_with(start)) << text << "\n" << ErrorOf(text);
  }
}

}  // namespace
}  // namespace lockstep
