#include "core/data/catalog.h"

#include "core/base/nearest_name.h"

namespace lockstep {
namespace {

// Where Keras publishes its sets; hashes are those of keras/src/datasets, or of the very files.
std::string KerasUrl(const std::string& file) {
  return "https://storage.googleapis.com/tensorflow/tf-keras-datasets/" + file;
}

CatalogFile KerasFile(const std::string& name, int64_t bytes, const std::string& sha256) {
  return {name, KerasUrl(name), sha256, bytes, ""};
}

// Keras keeps Fashion-MNIST in a folder of its own, the publisher has no folder.
CatalogFile FashionFile(const std::string& name, int64_t bytes, const std::string& sha256,
                        const std::string& debian_sha256) {
  return {"fashion-mnist/" + name, KerasUrl(name), sha256, bytes, debian_sha256};
}

}  // namespace

const std::vector<CatalogEntry>& Catalog() {
  static const std::vector<CatalogEntry> catalog = {
      {"imdb",
       "50000 film reviews, good or bad (Maas et al., 2011)",
       {KerasFile("imdb.npz", 17464789,
                  "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"),
        KerasFile("imdb_word_index.json", 1641221,
                  "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6")}},
      {"reuters",
       "11228 newswires of 46 topics (Reuters-21578; for research use)",
       {KerasFile("reuters.npz", 2110848,
                  "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
        KerasFile("reuters_word_index.json", 550378,
                  "9b56000edc4b34a32e89fd5a23b2605594682c74efcf7d8f4e2a5514b771e633")}},
      {"boston_housing",
       "506 suburbs of Boston: 13 features, house price (Harrison, Rubinfeld, 1978)",
       {KerasFile("boston_housing.npz", 57026,
                  "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5")}},
      {"mnist",
       "70000 handwritten digits, 28 x 28 (LeCun, Cortes, Burges; CC BY-SA 3.0)",
       {KerasFile("mnist.npz", 11490434,
                  "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")}},
      {"fashion_mnist",
       "70000 pictures of clothing, 28 x 28 (MIT; Debian: dataset-fashion-mnist)",
       {FashionFile("train-images-idx3-ubyte.gz", 26421880,
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"),
        FashionFile("train-labels-idx1-ubyte.gz", 29515,
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"),
        FashionFile("t10k-images-idx3-ubyte.gz", 4422102,
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"),
        FashionFile("t10k-labels-idx1-ubyte.gz", 5148,
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                    "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05")}},
      {"cifar10",
       "60000 colour pictures of 10 classes, 32 x 32 (Krizhevsky, 2009)",
       {{"cifar-10-binary.tar.gz", "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
         "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", 170052171, ""}}},
  };
  return catalog;
}

StatusOr<CatalogEntry> FindCatalogEntry(std::string_view name) {
  std::vector<std::string> names;
  std::string listed;
  for (const CatalogEntry& entry : Catalog()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
    listed += (listed.empty() ? "" : ", ") + entry.name;
  }
  return UsageError("no data set is named \"" + std::string(name) + "\"; expected one of " + listed +
                    DidYouMean(name, names));
}

}  // namespace lockstep
