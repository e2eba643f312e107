// A server that a test starts, which ends with the test.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace assay::test {

// Runs /usr/bin/python3 with a script that prints one line once it serves (its port) and ends when
// its standard input does.
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& script,
                         const std::vector<std::string>& arguments = {}) {
    int to[2];
    int from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe2");
    }
    std::vector<const char*> argv = {"/usr/bin/python3", script.c_str()};
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(to[0], 0);
      ::dup2(from[1], 1);
      ::execv(argv[0], const_cast<char* const*>(argv.data()));
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    char c = 0;
    while (::read(from[0], &c, 1) == 1 && c != '\n') line_ += c;
    ::close(from[0]);
    if (line_.empty()) {
      stop();
      throw std::runtime_error("the server did not start: " + script);
    }
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() { stop(); }

  const std::string& line() const { return line_; }
  std::string url() const { return "http://127.0.0.1:" + line_; }

 private:
  void stop() {
    if (pid_ <= 0) return;
    ::close(input_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  pid_t pid_ = 0;
  int input_ = -1;
  std::string line_;
};

}  // namespace assay::test
