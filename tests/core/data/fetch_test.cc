#include "core/data/fetch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/sha256.h"
#include "tests/core/data/http_server.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

const FetchProgress kSilent = [](int64_t, int64_t) {};

std::string SomeBytes() {
  std::string bytes;
  for (uint32_t i = 0; i < 100000; ++i) bytes.push_back(static_cast<char>((i * 2654435761u) >> 24));
  return bytes;
}

class Fetch : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        JoinPath(testing::TempDir(), testing::UnitTest::GetInstance()->current_test_info()->name());
    path_ = folder_ + "/set/file.bin";
  }
  // The file that has SomeBytes, as `server` offers it.
  CatalogFile File(const HttpServer& server) const {
    return {"set/file.bin", server.Url(), Sha256(bytes_), static_cast<int64_t>(bytes_.size()), ""};
  }
  void PutPart(const std::string& bytes) {
    ASSERT_TRUE(MakeFolders(folder_ + "/set").ok());
    ASSERT_TRUE(WriteFileAtomically(path_ + ".part", bytes).ok());
  }
  void ExpectError(const Status& status, ExitCode code, const std::vector<std::string>& parts) {
    EXPECT_EQ(ExitCodeOf(status), code) << status.message();
    const std::string message(status.message());
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
    }
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }

  const std::string bytes_ = SomeBytes();
  std::string folder_, path_;

 private:
  ScopedEnvironment no_proxy_{"no_proxy", "*"};
};

TEST_F(Fetch, DownloadsChecksAndKeepsTheFile) {
  HttpServer server({.body = bytes_});
  int64_t done = 0, total = 0;
  const Status status = FetchFile(File(server), folder_, [&](int64_t now, int64_t of) {
    EXPECT_GE(now, done);
    done = now, total = of;
  });
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(*ReadFile(path_), bytes_);
  EXPECT_FALSE(FileExists(path_ + ".part"));
  EXPECT_EQ(done, static_cast<int64_t>(bytes_.size()));
  EXPECT_EQ(total, done);
}

TEST_F(Fetch, GoesOnWithAPart) {
  HttpServer server({.body = bytes_});
  PutPart(bytes_.substr(0, 40000));
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  EXPECT_EQ(*ReadFile(path_), bytes_);
  EXPECT_EQ(server.FirstBytes(), std::vector<size_t>({40000}));
}

TEST_F(Fetch, AConnectionThatEndsEarlyLeavesAPartToGoOnWith) {
  {
    HttpServer server({.body = bytes_, .cut = 30000});
    ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kMissingInput,
                {server.Url(), "run the command again", path_});
  }
  EXPECT_EQ(ReadFile(path_ + ".part")->size(), 30000u);
  EXPECT_FALSE(FileExists(path_));
  HttpServer server({.body = bytes_});
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  EXPECT_EQ(server.FirstBytes(), std::vector<size_t>({30000}));
  EXPECT_EQ(*ReadFile(path_), bytes_);
}

TEST_F(Fetch, BeginsAnewWhereTheServerCannotResume) {
  HttpServer server({.body = bytes_, .ranges = false});
  PutPart(bytes_.substr(0, 40000));
  const Status status = FetchFile(File(server), folder_, kSilent);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(*ReadFile(path_), bytes_);
}

TEST_F(Fetch, AWholePartIsNotDownloadedAgain) {
  HttpServer server({.body = bytes_});
  PutPart(bytes_);
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  EXPECT_EQ(*ReadFile(path_), bytes_);
  EXPECT_TRUE(server.FirstBytes().empty());
}

TEST_F(Fetch, AServersErrorKeepsThePart) {
  HttpServer server({.body = bytes_, .error = 503});
  PutPart(bytes_.substr(0, 40000));
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kMissingInput,
              {"503", server.Url(), path_});
  EXPECT_EQ(ReadFile(path_ + ".part")->size(), 40000u);
}

TEST_F(Fetch, OtherBytesAreRefusedAndTheirPartRemoved) {
  std::string other = bytes_;
  other[500] ^= 1;
  HttpServer server({.body = other});
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kBadData,
              {"SHA-256", Sha256(bytes_), Sha256(other), server.Url()});
  EXPECT_FALSE(FileExists(path_));
  EXPECT_FALSE(FileExists(path_ + ".part"));
}

TEST_F(Fetch, APartOfAnotherFileIsFoundOut) {
  HttpServer server({.body = bytes_});
  PutPart(std::string(1000, 'x'));
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kBadData, {"SHA-256"});
  EXPECT_FALSE(FileExists(path_ + ".part"));
  EXPECT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
}

TEST_F(Fetch, ALongerFileIsRefused) {
  HttpServer server({.body = bytes_ + "more"});
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kBadData,
              {"more than the 100000 bytes"});
  EXPECT_FALSE(FileExists(path_ + ".part"));
}

TEST_F(Fetch, AShorterFileIsRefused) {
  HttpServer server({.body = bytes_.substr(1)});
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kBadData, {"99999 bytes"});
}

TEST_F(Fetch, WithoutANetworkTheMessageSaysWhichFileToPutWhere) {
  CatalogFile file;
  {
    HttpServer gone({.body = bytes_});
    file = File(gone);  // nobody listens at this port once it ends
  }
  ExpectError(FetchFile(file, folder_, kSilent), ExitCode::kMissingInput,
              {file.url, "put the file at " + path_ + " by hand"});
}

TEST_F(Fetch, AFolderThatCannotBeMadeIsNamed) {
  ASSERT_TRUE(MakeFolders(folder_).ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/set", "a file in the way").ok());
  HttpServer server({.body = bytes_});
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kCannotWrite,
              {folder_ + "/set"});
  EXPECT_TRUE(server.FirstBytes().empty());
}

TEST_F(Fetch, AFolderInTheFilesPlaceIsNamed) {
  ASSERT_TRUE(MakeFolders(path_ + ".part").ok());
  HttpServer server({.body = bytes_});
  ExpectError(FetchFile(File(server), folder_, kSilent), ExitCode::kCannotWrite, {path_});
}

TEST_F(Fetch, AGoodFileIsLeftAloneAndABadOneReplaced) {
  HttpServer server({.body = bytes_});
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(server.FirstBytes().size(), 1u);
  ASSERT_TRUE(WriteFileAtomically(path_, "damaged").ok());
  ASSERT_TRUE(FetchFile(File(server), folder_, kSilent).ok());
  EXPECT_EQ(*ReadFile(path_), bytes_);
}

TEST_F(Fetch, VerifyTellsRightWrongAndAbsentApart) {
  CatalogFile file = {"file.bin", "", Sha256("right"), 5, Sha256("repacked")};
  const std::string path = testing::TempDir() + "/verified";
  ExpectError(VerifyFile(file, path + ".absent"), ExitCode::kMissingInput, {path + ".absent"});
  ASSERT_TRUE(WriteFileAtomically(path, "wrong").ok());
  ExpectError(VerifyFile(file, path), ExitCode::kBadData, {path, Sha256("right"), Sha256("wrong")});
  for (const char* bytes : {"right", "repacked"}) {
    ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
    EXPECT_TRUE(VerifyFile(file, path).ok());
  }
}

}  // namespace
}  // namespace lockstep
