// A small HTTP server for tests of downloads.
#ifndef LOCKSTEP_TESTS_CORE_DATA_HTTP_SERVER_H_
#define LOCKSTEP_TESTS_CORE_DATA_HTTP_SERVER_H_

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lockstep {

// How requests are answered.
struct HttpBehaviour {
  std::string body;
  bool ranges = true;              // whether "Range: bytes=N-" is honoured
  int error = 0;                   // such as 404: the answer to everything
  size_t cut = std::string::npos;  // the connection ends after so many bytes of an answer's body
};

// Listens on a free port of this host until it ends. Answers one request a connection, in its own
// thread.
class HttpServer {
 public:
  explicit HttpServer(HttpBehaviour behaviour);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/file"; }
  // The first byte that each request so far asked for.
  std::vector<size_t> FirstBytes();

 private:
  void Serve();
  void Answer(int connection);

  HttpBehaviour behaviour_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;  // guards first_bytes_
  std::vector<size_t> first_bytes_;
  std::thread thread_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_HTTP_SERVER_H_
