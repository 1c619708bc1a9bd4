#include "tests/core/data/http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace lockstep {
namespace {

// The bytes of a request up to the empty line that ends its head.
std::string ReadHead(int connection) {
  std::string head;
  char piece[1024];
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, piece, sizeof(piece), 0);
    if (got <= 0) break;
    head.append(piece, static_cast<size_t>(got));
  }
  return head;
}

void SendAll(int connection, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return;
    sent += static_cast<size_t>(now);
  }
}

}  // namespace

HttpServer::HttpServer(HttpBehaviour behaviour) : behaviour_(std::move(behaviour)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

HttpServer::~HttpServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::vector<size_t> HttpServer::FirstBytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return first_bytes_;
}

void HttpServer::Serve() {
  while (true) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    Answer(connection);
    ::close(connection);
  }
}

void HttpServer::Answer(int connection) {
  const std::string head = ReadHead(connection);
  const size_t range = head.find("Range: bytes=");
  const size_t asked =
      range == std::string::npos ? 0 : std::strtoul(head.c_str() + range + 13, nullptr, 10);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    first_bytes_.push_back(asked);
  }
  const size_t size = behaviour_.body.size();
  const bool partial = behaviour_.ranges && range != std::string::npos;
  if (behaviour_.error != 0 || (partial && asked >= size)) {
    const int status = behaviour_.error != 0 ? behaviour_.error : 416;
    SendAll(connection, "HTTP/1.1 " + std::to_string(status) +
                            " No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const std::string body = behaviour_.body.substr(partial ? asked : 0);
  std::string answer = partial ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
  if (partial) {
    answer += "Content-Range: bytes " + std::to_string(asked) + "-" + std::to_string(size - 1) +
              "/" + std::to_string(size) + "\r\n";
  }
  SendAll(connection, answer + "Content-Length: " + std::to_string(body.size()) +
                          "\r\nConnection: close\r\n\r\n" + body.substr(0, behaviour_.cut));
}

}  // namespace lockstep
