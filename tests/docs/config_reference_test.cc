// docs/config.md is what the comments of proto/config.proto say.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The reference of a .proto file of this text.
CommandResult ReferenceOf(const std::string& text) {
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "/some.proto") << "syntax = \"proto2\";\npackage some;\n" << text;
  return RunCommand("protoc --proto_path=" + folder + " --include_source_info " +
                    "--descriptor_set_out=" + folder + "/some.descriptors " + folder +
                    "/some.proto && " + RunfilePath("tools/config_reference") + " " + folder +
                    "/some.descriptors " + RunfilePath("examples/imdb.textproto"));
}

TEST(ConfigReference, IsWhatTheProtoSays) {
  const std::string made = ReadText(RunfilePath("docs/config_made.md"));
  EXPECT_GT(made.size(), 5000u);
  EXPECT_TRUE(ReadText(RunfilePath("docs/config.md")) == made)
      << "docs/config.md is not up to date; run\n"
         "  bazel build //docs:config_made && cp bazel-bin/docs/config_made.md docs/config.md";
}

TEST(ConfigReference, NamesTypeDefaultAndMeaningOfEachField) {
  const CommandResult made = ReferenceOf(
      "// A thing.\nmessage Thing {\n  // How\n  // many | of them.\n"
      "  optional uint32 count = 1 [default = 3];\n  // Small.\n"
      "  optional float epsilon = 2 [default = 1e-7];\n  // Others.\n  repeated Thing other = 3;\n"
      "  oneof kind {\n    // A name.\n    string name = 4;\n    // Its colour.\n    Colour colour = 5;\n"
      "  }\n}\n// Colours.\nenum Colour {\n  // Like blood.\n  RED = 0;\n}\n");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  for (const char* line : {
           "## Thing\n\nA thing.\n",
           "| `count` | whole number | `3` | How many \\| of them. |",
           "| `epsilon` | number | `1e-7` | Small. |",
           "| `other` | [Thing](#thing), repeatable |  | Others. |",
           "One kind of:\n\n| setting |",
           "| `name` | text |  | A name. |",
           "| `colour` | [Colour](#colour) |  | Its colour. |",
           "## Colour\n\nColours.\n",
           "| `RED` | Like blood. |",
       }) {
    EXPECT_NE(made.output.find(line), std::string::npos) << line << "\n" << made.output;
  }
}

TEST(ConfigReference, ANameWithoutACommentIsRefused) {
  const CommandResult made =
      ReferenceOf("// A thing.\nmessage Thing {\n  optional uint32 count = 1;\n}\n");
  EXPECT_EQ(made.exit_code, 65);
  EXPECT_EQ(made.output, "config_reference: no comment above some.Thing.count\n");
}

}  // namespace
}  // namespace lockstep
