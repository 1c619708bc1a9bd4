#include "tools/predict_pictures.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <span>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/config/load_config.h"
#include "core/data/class_label.h"
#include "core/data/picture_reader.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/train/data_description.h"
#include "distributed/train/evaluator.h"
#include "tools/prediction_table.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

Status CheckTakesPictures(const DataDescription& data, const std::string& folder) {
  const SampleFormat& format = data.format;
  const bool pictures = format.encoding == Encoding::kUint8 && format.shape.size() == 3 &&
                        (format.shape[2] == 1 || format.shape[2] == 3) && format.classes > 0;
  if (pictures) return OkStatus();
  return UsageError(folder + ": --image needs a network that classifies pictures of bytes [height, "
                             "width, 1 or 3]; this one takes other samples");
}

// Of [height, width, 3] what the network takes of it. Grey: Rec. 601's luma, as JPEG has it.
void ToSample(std::span<const uint8_t> rgb, int64_t channels, bool invert, uint8_t* sample) {
  const auto put = [&](int value) {
    *sample++ = static_cast<uint8_t>(invert ? 255 - value : value);
  };
  for (size_t i = 0; i < rgb.size(); i += 3) {
    if (channels == 1) {
      put((299 * rgb[i] + 587 * rgb[i + 1] + 114 * rgb[i + 2] + 500) / 1000);
    } else {
      for (size_t c = 0; c < 3; ++c) put(rgb[i + c]);
    }
  }
}

// The files that could be read, as samples.
struct Pictures {
  Dataset samples;
  std::vector<std::string> names;
  Status error;  // one for those that could not
};

// One error for all `failures`, with the code of the first. The caller prints it as the last line,
// so the others are printed here.
Status AllOf(std::span<const Status> failures, size_t files) {
  if (failures.empty()) return OkStatus();
  if (files == 1) return failures.front();
  for (const Status& failure : failures) {
    std::fprintf(stderr, "lockstep: %s\n", std::string(failure.message()).c_str());
  }
  return ErrorWithCode(ExitCodeOf(failures.front()),
                       absl::StrFormat("%d of %d pictures could not be read", failures.size(),
                                       files));
}

Pictures ReadPictures(const PicturePredictions& wanted, const DataDescription& data,
                      double resize) {
  Pictures pictures;
  pictures.samples.format = data.format;
  const int64_t height = data.format.shape[0], width = data.format.shape[1];
  const size_t features = static_cast<size_t>(data.format.features());
  std::vector<Status> failures;
  PictureScratch scratch;
  std::vector<uint8_t> rgb(static_cast<size_t>(height * width * 3)), sample(features);
  for (const std::string& name : wanted.files) {
    const StatusOr<std::string> bytes = ReadFile(name);
    const Status status = bytes.ok() ? DecodePicture(*bytes, name, {height, width, resize}, nullptr,
                                                     &scratch, rgb.data())
                                     : bytes.status();
    if (!status.ok()) {
      failures.push_back(status);
      continue;
    }
    ToSample(rgb, data.format.shape[2], wanted.invert, sample.data());
    pictures.samples.bytes.insert(pictures.samples.bytes.end(), sample.begin(), sample.end());
    pictures.samples.labels.push_back(0);  // unknown; nobody asks
    pictures.names.push_back(name);
    ++pictures.samples.size;
  }
  pictures.error = AllOf(failures, wanted.files.size());
  return pictures;
}

// "rose 0.83, tulip 0.12": the most probable first.
std::string BestClasses(const DataDescription& data, std::span<const float> output) {
  const std::vector<float> probabilities = ClassProbabilities(output);
  std::string text;
  for (const size_t label : MostProbable(probabilities, kToldClasses)) {
    absl::StrAppendFormat(&text, "%s%s %.4f", text.empty() ? "" : ", ",
                          ClassLabel(data.class_names, static_cast<int64_t>(label)),
                          probabilities[label]);
  }
  return text;
}

}  // namespace

Status PredictPictures(const PicturePredictions& wanted) {
  LOCKSTEP_RETURN_IF_ERROR(ExpectRunFolder(wanted.run_folder));
  LOCKSTEP_ASSIGN_OR_RETURN(const DataDescription data, ReadDataDescription(wanted.run_folder));
  LOCKSTEP_RETURN_IF_ERROR(CheckTakesPictures(data, wanted.run_folder));
  LOCKSTEP_ASSIGN_OR_RETURN(
      Config config, LoadConfig(JoinPath(wanted.run_folder, "config.textproto"), {}));
  const double resize = config.data().has_image_folder()
                            ? static_cast<double>(config.data().image_folder().resize())
                            : 1.0;
  const Pictures pictures = ReadPictures(wanted, data, resize);
  if (pictures.samples.size == 0) return pictures.error;
  constexpr int64_t kRows = 64;
  const int64_t rows = std::min(kRows, pictures.samples.size);
  LOCKSTEP_ASSIGN_OR_RETURN(const Replica replica,
                            OpenReplica(wanted.run_folder, config, data.format, rows));
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(replica.graph.get(), &pictures.samples, communicators[0].get(), rows);
  std::vector<uint32_t> ids(static_cast<size_t>(pictures.samples.size));
  std::iota(ids.begin(), ids.end(), 0u);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<float> outputs,
                            evaluator.Predict(replica.weights.data(), ids));
  const size_t width = outputs.size() / ids.size();
  for (size_t i = 0; i < ids.size(); ++i) {
    std::printf("%s: %s\n", pictures.names[i].c_str(),
                BestClasses(data, std::span(outputs).subspan(i * width, width)).c_str());
  }
  return pictures.error;
}

}  // namespace lockstep
