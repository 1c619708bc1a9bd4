#include "core/config/load_config.h"

#include <google/protobuf/text_format.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/config/check_config.h"
#include "core/config/check_model.h"
#include "core/config/locate_setting.h"
#include "core/config/parse_text.h"

namespace lockstep {
namespace {

// The file's stem, as a name of a run may be.
std::string NameOfFile(const std::string& file) {
  constexpr size_t kDots = 3;  // where Printable cuts
  const std::string stem =
      Printable(std::filesystem::path(file).stem().string(), kMaxNameBytes - kDots);
  return stem.empty() ? "run" : stem;
}

void MakeAbsolute(const std::string& folder, std::string* path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(JoinPath(folder, *path), error);
  if (!error) *path = absolute.lexically_normal().string();
}

void ResolvePaths(const std::string& folder, Config* config) {
  DataConfig* data = config->mutable_data();
  if (data->has_idx()) {
    IdxData* idx = data->mutable_idx();
    MakeAbsolute(folder, idx->mutable_images());
    MakeAbsolute(folder, idx->mutable_labels());
    if (idx->has_test_images()) MakeAbsolute(folder, idx->mutable_test_images());
    if (idx->has_test_labels()) MakeAbsolute(folder, idx->mutable_test_labels());
  }
  if (data->has_npz()) MakeAbsolute(folder, data->mutable_npz()->mutable_path());
  if (data->has_image_folder()) {
    MakeAbsolute(folder, data->mutable_image_folder()->mutable_path());
    if (data->image_folder().has_test_path()) {
      MakeAbsolute(folder, data->mutable_image_folder()->mutable_test_path());
    }
  }
  if (data->has_csv()) {
    MakeAbsolute(folder, data->mutable_csv()->mutable_path());
    if (data->csv().has_test_path()) {
      MakeAbsolute(folder, data->mutable_csv()->mutable_test_path());
    }
  }
  if (config->training().has_initial_weights()) {
    MakeAbsolute(folder, config->mutable_training()->mutable_initial_weights());
  }
}

}  // namespace

StatusOr<Config> ParseConfig(std::string_view text, const std::string& file,
                             const std::string& folder, const std::vector<std::string>& sets) {
  std::vector<SettingText> texts = {{file, std::string(text)}};
  for (const std::string& set : sets) texts.push_back({"--set", set});
  Config config;
  for (const SettingText& part : texts) {
    LOCKSTEP_RETURN_IF_ERROR(MergeText(part.text, part.name, &config));
  }
  if (!config.has_name()) config.set_name(NameOfFile(file));
  const Status status = CheckConfig(config);
  if (!status.ok()) {
    const absl::string_view message = status.message();
    const std::string place = LocateSetting({message.data(), message.size()}, texts);
    return Annotate(status, place.empty() ? file : place);
  }
  ResolvePaths(folder, &config);
  return config;
}

StatusOr<Config> LoadConfig(const std::string& path, const std::vector<std::string>& sets) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxConfigBytes + 1));
  return ParseConfig(text, path, std::filesystem::path(path).parent_path().string(), sets);
}

std::string ConfigText(const Config& config) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(config, &text);
  return text;
}

}  // namespace lockstep
