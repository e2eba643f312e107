#include "metrics/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace assay {

FileInput::FileInput(const std::filesystem::path& path) : path_(path.string()) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) throw Error("cannot open " + path_ + ": " + std::strerror(errno));
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor_);
    throw Error("cannot read " + path_ + ": not a regular file");
  }
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

FileInput::~FileInput() { ::close(descriptor_); }

std::size_t FileInput::read(char* into, std::size_t size) {
  for (;;) {
    const auto count = ::read(descriptor_, into, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw Error("cannot read " + path_ + ": " + std::strerror(errno));
  }
}

std::size_t MemoryInput::read(char* into, std::size_t size) {
  const std::size_t count = std::min(size, rest_.size());
  if (count > 0) std::memcpy(into, rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

bool Window::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    buffer_.resize(buffer_.size() * 2);
  } else if (offset_ >= buffer_.size() && buffer_.size() < k_chunk_bytes) {
    buffer_.resize(k_chunk_bytes);
  }
  const auto count = input_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += count;
  return count > 0;
}

bool LineReader::next(Line& line) {
  window_.consume(pending_);
  pending_ = 0;
  if (skip_rest_) skip_rest_of_line();

  std::size_t searched = 0;
  for (;;) {
    const auto view = window_.view();
    const auto end = view.find('\n', searched);
    if (end != std::string_view::npos) {
      line = {view.substr(0, end), window_.offset(), true, false};
      pending_ = end + 1;
      break;
    }
    if (view.size() >= k_longest_line_bytes) {
      line = {view, window_.offset(), false, true};
      pending_ = view.size();
      skip_rest_ = true;
      return true;
    }
    searched = view.size();
    if (window_.fill()) continue;
    const auto rest = window_.view();
    if (rest.empty()) return false;
    line = {rest, window_.offset(), false, false};
    pending_ = rest.size();
    break;
  }
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return true;
}

void LineReader::skip_rest_of_line() {
  skip_rest_ = false;
  for (;;) {
    const auto view = window_.view();
    const auto end = view.find('\n');
    if (end != std::string_view::npos) {
      window_.consume(end + 1);
      return;
    }
    window_.consume(view.size());
    if (!window_.fill()) return;
  }
}

}  // namespace assay
