// SPDX-License-Identifier: Apache-2.0
#include "tests/peers/private_server.hpp"

#include "tests/backend/scripted_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace queuemeter::peers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* places = "/usr/sbin:/usr/local/sbin";  // beside PATH

std::string search_path() {
  const char* const ours = std::getenv("PATH");
  return std::string{ours == nullptr ? "/usr/bin:/bin" : ours} + ":" + places;
}

/// Becomes the server, beside a watcher that ends the whole group when stdin, the leash, is gone.
constexpr const char* on_a_leash =
    "exec 3<&0 </dev/null\n"
    "(cat <&3 >/dev/null; kill -s KILL 0) &\n"
    "exec 3<&- \"$@\"\n";

bool accepts_connections(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  ::close(descriptor);
  return connected;
}

std::string text_of(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

bool is_installed(const std::string& program) {
  return std::system(
             ("PATH='" + search_path() + "' command -v " + program + " >/dev/null 2>&1").c_str()) ==
         0;
}

PrivateServer::PrivateServer(const MakeCommand& make_command) {
  // Servers that give up their rights must still be able to read it.
  std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755});
  constexpr int attempts = 3;  // somebody else may take the port between our look and the server's
  for (int attempt = 0; attempt < attempts; ++attempt) {
    port_ = unused_port();
    start(make_command(folder_, port_));
    if (becomes_ready()) {
      return;
    }
    stop();
  }
  throw std::runtime_error{"the server did not start: " + text_of(folder_.path() + "/log")};
}

PrivateServer::~PrivateServer() { stop(); }

void PrivateServer::start(const Command& command) {
  std::array<int, 2> leash{};
  if (::pipe2(leash.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error{"no pipe for a server of the test"};
  }
  std::vector<std::string> words{"sh", "-c", on_a_leash, "sh"};
  words.insert(words.end(), command.words.begin(), command.words.end());
  std::vector<std::string> environment = command.environment;
  environment.push_back("PATH=" + search_path());
  for (char** ours = environ; *ours != nullptr; ++ours) {
    environment.emplace_back(*ours);  // of two values of one name the first one counts
  }

  posix_spawnattr_t group;
  posix_spawnattr_init(&group);
  posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, leash[0], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, (folder_.path() + "/log").c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  const int failure = ::posix_spawnp(&process_id_, "sh", &files, &group, pointers_to(words).data(),
                                     pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&group);
  ::close(leash[0]);
  leash_ = leash[1];
  if (failure != 0) {
    process_id_ = -1;
    throw std::runtime_error{"no process for a server of the test"};
  }
}

bool PrivateServer::becomes_ready() {
  const auto limit = steady_clock::now() + seconds{20};
  while (!accepts_connections(port_)) {
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(process_id_), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid != 0 || steady_clock::now() > limit) {
      return false;
    }
    std::this_thread::sleep_for(milliseconds{5});
  }
  return true;
}

void PrivateServer::stop() {
  if (process_id_ > 0) {
    ::kill(-process_id_, SIGKILL);
    ::waitpid(process_id_, nullptr, 0);
    process_id_ = -1;
  }
  if (leash_ >= 0) {
    ::close(leash_);
    leash_ = -1;
  }
}

std::string PrivateServer::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string{target};
}

std::string server_file(std::string_view name, std::string_view folder, std::uint16_t port) {
  std::string text = text_of(QUEUEMETER_SOURCE_DIR "/tests/peers/servers/" + std::string{name});
  replace_all(text, "@PORT@", std::to_string(port));
  replace_all(text, "@FOLDER@", folder);
  return text;
}

}  // namespace queuemeter::peers
