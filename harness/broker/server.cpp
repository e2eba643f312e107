#include "broker/server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <thread>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/files.h"
#include "broker/connection.h"
#include "broker/log.h"
#include "broker/overview.h"
#include "broker/scheduler.h"
#include "broker/session.h"

namespace assay {

namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::chrono::seconds k_takeover{10};
constexpr std::chrono::milliseconds k_takeover_pause{20};

// As many connections as the system lets this process have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool is_of_this_user(stream_protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::getuid();
}

// Held for the process's life: one broker per journal. Not open when another
// one serves; one that is about to leave is waited for.
Descriptor lock_journal(const BrokerPaths& paths) {
  const auto path = paths.journal.string() + ".lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) throw Error("cannot open " + path + ": " + std::strerror(errno));
  const auto until = std::chrono::steady_clock::now() + k_takeover;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    const bool is_served = connect_to(paths.socket).is_open();
    if (is_served || std::chrono::steady_clock::now() >= until) return {};
    std::this_thread::sleep_for(k_takeover_pause);
  }
  return lock;
}

class Server {
 public:
  Server(const LauncherConfig& config, Launcher& launcher, const BrokerPaths& paths,
         const ServerOptions& options)
      : config_(config),
        paths_(paths),
        options_(options),
        log_(paths.log),
        journal_(open_journal(paths.journal)),
        scheduler_(launcher, *journal_, read_watch_settings(config), hooks()),
        acceptor_(io_),
        step_timer_(io_),
        idle_timer_(io_),
        signals_(io_, SIGTERM, SIGINT) {}

  void run() {
    ::unlink(paths_.socket.c_str());  // what a killed broker left: the journal's lock is ours
    const stream_protocol::endpoint endpoint(paths_.socket.string());
    acceptor_.open();
    acceptor_.bind(endpoint);
    ::chmod(paths_.socket.c_str(), 0600);
    acceptor_.listen(SOMAXCONN);
    log_.line("serves launcher '" + config_.name + "' at " + paths_.socket.string());
    signals_.async_wait([this](error_code error, int signal) {
      if (!error) leave("signal " + std::to_string(signal));
    });
    accept();
    step();
    watch_idleness();
    io_.run();
  }

 private:
  SchedulerHooks hooks() {
    SchedulerHooks hooks;
    hooks.clock = [] { return Moment{std::chrono::steady_clock::now(), now()}; };
    hooks.is_claimed = [](const std::string& directory) {
      return std::filesystem::exists(std::filesystem::path(directory) / "record.json") ||
             !std::filesystem::exists(directory);
    };
    hooks.renew_lease = [](const std::string& lease) { renew_lease(lease); };
    hooks.log = [this](const std::string& line) { log_.line(line); };
    return hooks;
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, stream_protocol::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) {
        // Out of descriptors: drivers wait in the queue until some are
        // free.
        log_.line("cannot take a connection: " + error.message());
        accept_timer_.expires_after(std::chrono::seconds(1));
        accept_timer_.async_wait([this](error_code) { accept(); });
        return;
      }
      if (is_of_this_user(socket)) add_session(std::move(socket));
      accept();
    });
  }

  void add_session(stream_protocol::socket socket) {
    auto session = std::make_shared<Session>(
        std::move(socket), Session::Handlers{[this](Session& from, Message message) {
                                               std::visit([&](auto& m) { handle(from, m); },
                                                          message);
                                               step_soon();
                                             },
                                             [this](Session& gone) { forget(gone); }});
    sessions_.emplace(session.get(), session);
    session->start();
  }

  void forget(Session& session) {
    for (const auto& token : session.tokens) {
      const auto watcher = watchers_.find(token);
      if (watcher == watchers_.end() || watcher->second != &session) continue;
      watchers_.erase(watcher);
      scheduler_.orphan(token);
    }
    sessions_.erase(&session);
    step_soon();
    watch_idleness();
  }

  void watch(Session& session, const std::string& token) {
    session.tokens.insert(token);
    watchers_[token] = &session;
  }

  // --- Messages ---

  void handle(Session& from, SubmitRequest& request) {
    watch(from, request.workload.token);
    scheduler_.submit(std::move(request.workload), request.known, request.is_resumed);
  }
  void handle(Session& /*from*/, CancelRequest& request) {
    scheduler_.cancel(request.token, request.reason);
  }
  void handle(Session& from, ReleaseRequest& request) {
    from.tokens.erase(request.token);
    watchers_.erase(request.token);
    scheduler_.release(request.token);
  }
  void handle(Session& from, AdoptRequest& request) {
    auto kept = scheduler_.adopt(request.digest);
    if (kept) watch(from, kept->job.token);
    from.send(AdoptReply{std::move(kept)});
  }
  void handle(Session& from, CancelMatching& request) {
    from.send(TextReply{cancel_matching(scheduler_, request)});
  }
  void handle(Session& from, OverviewRequest& /*request*/) {
    from.send(TextReply{overview_json(scheduler_, config_, paths_, sessions_.size() - 1)});
  }
  void handle(Session& from, StopRequest& /*request*/) {
    from.send(TextReply{overview_json(scheduler_, config_, paths_, sessions_.size() - 1)});
    from.close_when_sent();
    leave("told to stop");
  }
  void handle(Session& /*from*/, StatusNews& /*message*/) {}
  void handle(Session& /*from*/, AdoptReply& /*message*/) {}
  void handle(Session& /*from*/, TextReply& /*message*/) {}

  // --- The loop ---

  // After what other messages have already come: a thousand drivers are one
  // batch.
  void step_soon() {
    if (std::exchange(is_step_posted_, true)) return;
    asio::post(io_, [this] {
      is_step_posted_ = false;
      step();
    });
  }

  void step() {
    if (is_leaving_) return;
    Scheduler::Steady due;
    try {
      due = scheduler_.step();
    } catch (const std::exception& error) {
      // A launcher's own mistake: the jobs are still there, and so is who waits
      // for them.
      log_.line(std::string("error: ") + error.what());
      due = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    }
    for (auto& [token, status] : scheduler_.take_updates()) send(token, status);
    step_timer_.expires_at(due);
    step_timer_.async_wait([this](error_code error) {
      if (!error) step();
    });
    watch_idleness();
  }

  void send(const std::string& token, const JobStatus& status) {
    const auto watcher = watchers_.find(token);
    if (watcher == watchers_.end()) return;
    watcher->second->send(
        StatusNews{token, scheduler_.reference(token).value_or(JobRef{}), status});
  }

  // --- Leaving ---

  void watch_idleness() {
    if (is_leaving_) return;
    if (!sessions_.empty() || !scheduler_.is_idle()) {
      idle_timer_.cancel();
      is_idle_ = false;
      return;
    }
    if (std::exchange(is_idle_, true)) return;
    idle_timer_.expires_after(options_.idle);
    idle_timer_.async_wait([this](error_code error) {
      if (!error && is_idle_) leave("idle");
    });
  }

  // A driver that connects at the last moment loses its connection, and starts
  // the next broker.
  void leave(const std::string& why) {
    if (std::exchange(is_leaving_, true)) return;
    log_.line("leaves: " + why);
    error_code ignored;
    acceptor_.close(ignored);
    ::unlink(paths_.socket.c_str());
    accept_timer_.cancel();
    step_timer_.cancel();
    idle_timer_.cancel();
    signals_.cancel(ignored);
    const auto sessions = sessions_;
    for (const auto& [key, session] : sessions) session->close_when_sent();
  }

  const LauncherConfig& config_;
  const BrokerPaths& paths_;
  ServerOptions options_;
  BrokerLog log_;
  std::unique_ptr<Journal> journal_;
  Scheduler scheduler_;
  asio::io_context io_{1};
  stream_protocol::acceptor acceptor_;
  asio::steady_timer step_timer_;
  asio::steady_timer idle_timer_;
  asio::steady_timer accept_timer_{io_};
  asio::signal_set signals_;
  std::map<Session*, std::shared_ptr<Session>> sessions_;
  std::map<std::string, Session*> watchers_;  // by token
  bool is_step_posted_ = false;
  bool is_idle_ = false;
  bool is_leaving_ = false;
};

}  // namespace

void serve(const LauncherConfig& config, Launcher& launcher, const BrokerPaths& paths,
           const ServerOptions& options) {
  make_directories(paths.journal.parent_path());
  const auto lock = lock_journal(paths);
  if (!lock.is_open()) return;
  raise_descriptor_limit();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
  Server(config, launcher, paths, options).run();
}

}  // namespace assay
