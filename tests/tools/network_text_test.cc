#include "tools/network_text.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "core/data/dataset.h"
#include "core/nn/build_graph.h"
#include "core/nn/zoo/zoo.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

std::unique_ptr<Graph> Build(const std::string& model, const SampleFormat& format) {
  static const std::unique_ptr<Ops> ops = MakeReferenceOps();  // plans cost nothing
  Config config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "loss: CATEGORICAL_CROSSENTROPY model { " + model + " }", &config));
  auto graph = BuildGraph(config, format, ops.get(), 1);
  EXPECT_TRUE(graph.ok()) << graph.status();
  return graph.ok() ? *std::move(graph) : nullptr;
}

constexpr const char* kBlock =
    "layer { name: 'c' conv2d { filters: 2 kernel_size: 1 use_bias: false } }"
    "layer { name: 'n' batch_normalization {} }"
    "layer { name: 's' input: 'n' input: 'input' add {} }"
    "layer { name: 'g' global_average_pooling2d {} }"
    "layer { name: 'o' dense { units: 3 activation: SOFTMAX } }";
const SampleFormat kPictures = {.shape = {4, 4, 2}, .classes = 3};

TEST(LayerTable, NamesWhatALayerTakesWhereItIsNotTheOneBefore) {
  EXPECT_EQ(LayerTable(*Build(kBlock, kPictures), "block"),
            "Model: block\n"
            "Layer (type)                                  Output shape            Parameters\n"
            "--------------------------------------------------------------------------------\n"
            "c (conv2d)                                    (None, 4, 4, 2)                  4\n"
            "n (batch_norm)                                (None, 4, 4, 2)                  8\n"
            "s (add)                                       (None, 4, 4, 2)                  0\n"
            "    of n,\n"
            "    and input\n"
            "g (global_average)                            (None, 2)                        0\n"
            "o (dense)                                     (None, 3)                        9\n"
            "--------------------------------------------------------------------------------\n"
            "Total parameters: 21 (84 bytes)\n"
            "Trainable: 17, moving statistics: 4\n"
            "Multiply-adds of a sample, forward: 70\n");
}

void ExpectNarrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(LayerTable, OfEachZooNetworkFitsInto80Columns) {
  for (const ZooEntry& entry : ZooEntries()) {
    const SampleFormat format = {.shape = {entry.side, entry.side, 3}, .classes = entry.classes};
    ExpectNarrow(LayerTable(*Build("zoo: '" + entry.name + "'", format), entry.name));
  }
}

TEST(LayersAsDot, HasANodePerLayerAndAnEdgePerInput) {
  EXPECT_EQ(LayersAsDot(*Build("layer { name: 'a\"b' flatten {} }"
                               "layer { name: 'o' dense { units: 3 activation: SOFTMAX } }",
                               kPictures),
                        "net"),
            "digraph \"net\" {\n"
            "  rankdir=TB;\n"
            "  node [shape=box];\n"
            "  \"input\" [shape=ellipse];\n"
            "  \"a\\\"b\" [label=\"a\\\"b\\nflatten [32]\"];\n"
            "  \"input\" -> \"a\\\"b\";\n"
            "  \"o\" [label=\"o\\ndense [3]\"];\n"
            "  \"a\\\"b\" -> \"o\";\n"
            "}\n");
}

TEST(ZooTable, ListsEachNetworkWithItsCounts) {
  const auto table = ZooTable();
  ASSERT_TRUE(table.ok()) << table.status();
  ExpectNarrow(*table);
  for (const ZooEntry& entry : ZooEntries()) {
    EXPECT_NE(table->find("\n" + entry.name + " "), std::string::npos) << entry.name;
  }
  EXPECT_NE(table->find("resnet50          224  25,557,032  4,089,184,256  He et al. 2015\n"),
            std::string::npos)
      << *table;
}

}  // namespace
}  // namespace lockstep
