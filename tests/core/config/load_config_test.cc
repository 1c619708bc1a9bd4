#include "core/config/load_config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/config/parse_text.h"

namespace lockstep {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

constexpr const char* kNet =
    "data { mnist {} } model { layer { flatten {} } layer { dense { units: 10 activation: SOFTMAX "
    "} } } "
    "loss: CATEGORICAL_CROSSENTROPY training { batch_size: 8 epochs: 2 } ";

StatusOr<Config> Parse(const std::string& text, const std::vector<std::string>& sets = {}) {
  return ParseConfig(text, "nets/small.textproto", "/nets", sets);
}

TEST(ParseConfig, SetsAreMergedInOrder) {
  const StatusOr<Config> config =
      Parse(kNet, {"training { epochs: 3 }", "seed: 9 training { epochs: 4 steps: 5 }",
                   "data { imdb { words: 100 } }"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->training().epochs(), 4u);
  EXPECT_EQ(config->training().batch_size(), 8u);
  EXPECT_EQ(config->training().steps(), 5u);
  EXPECT_EQ(config->seed(), 9u);
  EXPECT_TRUE(config->data().has_imdb());
}

TEST(ParseConfig, AWrongSetIsToldAsSet) {
  const Status status = Parse(kNet, {"seed: 1", "training { epoch: 3 }"}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_TRUE(status.message().substr(0, 6) == "--set:") << status;
}

TEST(ParseConfig, TheRulesOfCheckConfigAreToldWithTheirPlace) {
  const auto message = [](const std::string& file, const std::vector<std::string>& sets) {
    return std::string(Parse(file, sets).status().message());
  };
  EXPECT_EQ(message(kNet, {"seed: 1", "training { batch_size: 0 }"}).find(
                "--set:1:12: training.batch_size: found 0"),
            0u);
  EXPECT_EQ(message("\n model {}", {}).find("nets/small.textproto: data has no source"), 0u);
}

TEST(ParseConfig, TheNameComesFromTheFileUnlessItIsSet) {
  EXPECT_EQ(Parse(kNet)->name(), "small");
  EXPECT_EQ(Parse(kNet, {"name: \"mine\""})->name(), "mine");
  EXPECT_EQ(ParseConfig(kNet, "", "", {})->name(), "run");
  EXPECT_EQ(ParseConfig(kNet, "a\nb.textproto", "", {})->name(), "a?b");
  EXPECT_TRUE(ParseConfig(kNet, std::string(200, 'n') + ".textproto", "", {}).ok());
}

TEST(ParseConfig, PathsAreTakenFromTheConfigsFolder) {
  const std::string rest = std::string(kNet).substr(std::string(kNet).find("model"));
  const StatusOr<Config> csv =
      Parse("data { csv { path: \"a.csv\" target: \"y\" test_path: \"../b.csv\" } } " + rest,
            {"training { initial_weights: \"/tmp/w.npz\" }"});
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(csv->data().csv().path(), "/nets/a.csv");
  EXPECT_EQ(csv->data().csv().test_path(), "/b.csv");
  EXPECT_EQ(csv->training().initial_weights(), "/tmp/w.npz");
  const StatusOr<Config> idx = Parse("data { idx { images: \"i\" labels: \"l\" } } " + rest);
  ASSERT_TRUE(idx.ok()) << idx.status();
  EXPECT_EQ(idx->data().idx().images(), "/nets/i");
  EXPECT_EQ(idx->data().idx().labels(), "/nets/l");
  EXPECT_FALSE(idx->data().idx().has_test_images());
  EXPECT_EQ(Parse("data { npz { path: \"a.npz\" } } " + rest)->data().npz().path(), "/nets/a.npz");
}

TEST(LoadConfig, ReadsFilesAndTellsAbsentAndEndlessOnes) {
  const std::string path = JoinPath(::testing::TempDir(), "net.textproto");
  ASSERT_TRUE(WriteFileAtomically(path, kNet).ok());
  EXPECT_EQ(LoadConfig(path, {})->name(), "net");
  EXPECT_EQ(ExitCodeOf(LoadConfig(path + ".absent", {}).status()), ExitCode::kMissingInput);
  EXPECT_EQ(ExitCodeOf(LoadConfig("/dev/zero", {}).status()), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(LoadConfig(::testing::TempDir(), {}).status()), ExitCode::kIoError);
}

TEST(ConfigText, OfAResolvedConfigGivesTheSameConfig) {
  const StatusOr<Config> config = Parse(kNet, {"seed: 18446744073709551615"});
  ASSERT_TRUE(config.ok()) << config.status();
  const StatusOr<Config> again = ParseConfig(ConfigText(*config), "elsewhere/config", "/else", {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*config, *again));
}

// A value of `field` that only an exact text keeps.
void SetScalar(const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      repeated ? reflection->AddUInt32(message, field, 4294967295u)
               : reflection->SetUInt32(message, field, 4294967295u);
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      repeated ? reflection->AddUInt64(message, field, std::numeric_limits<uint64_t>::max())
               : reflection->SetUInt64(message, field, std::numeric_limits<uint64_t>::max());
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      repeated ? reflection->AddFloat(message, field, 0.1f + 1e-7f)
               : reflection->SetFloat(message, field, 0.1f + 1e-7f);
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      repeated ? reflection->AddInt32(message, field, std::numeric_limits<int32_t>::min())
               : reflection->SetInt32(message, field, std::numeric_limits<int32_t>::min());
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->SetDouble(message, field, 0.1 + 1e-16);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(message, field, !field->default_value_bool());
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* last = field->enum_type()->value(field->enum_type()->value_count() - 1);
      repeated ? reflection->AddEnum(message, field, last)
               : reflection->SetEnum(message, field, last);
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = "a \"b\"\n\t\\ \xc3\xb6 \xff'";
      repeated ? reflection->AddString(message, field, text)
               : reflection->SetString(message, field, text);
      return;
    }
    default:
      FAIL() << "a field type this test does not know: " << field->full_name();
  }
}

// Fills every field of `message`, of a choice the `choice`-th (as far as it has so many).
void Fill(int choice, Message* message) {
  const auto* type = message->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const auto* oneof = field->containing_oneof();
    if (oneof != nullptr && field->index_in_oneof() != choice % oneof->field_count()) continue;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      SetScalar(field, message);
    } else if (field->is_repeated()) {
      Fill(choice, message->GetReflection()->AddMessage(message, field));
    } else {
      Fill(choice, message->GetReflection()->MutableMessage(message, field));
    }
  }
}

TEST(ConfigText, KeepsEveryFieldOfTheProto) {
  constexpr int kMostChoices = 14;  // of layers
  ASSERT_EQ(LayerConfig::descriptor()->FindOneofByName("kind")->field_count(), kMostChoices);
  ASSERT_LE(DataConfig::descriptor()->FindOneofByName("source")->field_count(), kMostChoices);
  for (int choice = 0; choice < kMostChoices; ++choice) {
    Config config, again;
    Fill(choice, &config);
    const Status status = MergeText(ConfigText(config), "text", &again);
    ASSERT_TRUE(status.ok()) << status;
    MessageDifferencer differencer;
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(config, again)) << difference;
  }
}

}  // namespace
}  // namespace lockstep
