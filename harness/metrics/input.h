// Bytes of a log, read in pieces: whatever a file's size, a reader holds a window of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Where bytes come from.
class Input {
 public:
  Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  virtual ~Input() = default;

  // Up to `size` next bytes; 0 at the end. Throws Error with the system's reason.
  virtual std::size_t read(char* into, std::size_t size) = 0;
};

// A regular file; anything else (a pipe would block for ever) is refused with Error.
class FileInput final : public Input {
 public:
  explicit FileInput(const std::filesystem::path& path);
  ~FileInput() override;
  std::size_t read(char* into, std::size_t size) override;

 private:
  std::string path_;
  int descriptor_ = -1;
};

class MemoryInput final : public Input {
 public:
  explicit MemoryInput(std::string_view bytes) : rest_(bytes) {}
  std::size_t read(char* into, std::size_t size) override;

 private:
  std::string_view rest_;
};

// The bytes of an input that are at hand.
class Window {
 public:
  static constexpr std::size_t k_first_bytes = std::size_t{4} * 1024;
  static constexpr std::size_t k_chunk_bytes = std::size_t{256} * 1024;

  explicit Window(Input& input) : input_(input), buffer_(k_first_bytes) {}

  std::string_view view() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Where view() starts in the input.
  std::uint64_t offset() const { return offset_; }
  void consume(std::size_t count) {
    begin_ += count;
    offset_ += count;
  }
  // Reads more behind what is at hand, which may move; false at the input's end. The buffer grows
  // with large inputs, and when all of it is unread, so a caller that never consumes sets its own
  // limit.
  bool fill();

 private:
  Input& input_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

struct Line {
  std::string_view text;  // without its line end; valid until the next line is read
  std::uint64_t offset = 0;
  bool is_terminated = true;  // false: the input ended within or right behind it
  bool is_too_long = false;   // `text` is only its start
};

class LineReader {
 public:
  static constexpr std::size_t k_longest_line_bytes = std::size_t{8} * 1024 * 1024;

  explicit LineReader(Input& input) : window_(input) {}

  // False when there is no further line.
  bool next(Line& line);

 private:
  void skip_rest_of_line();

  Window window_;
  std::size_t pending_ = 0;  // bytes of view() that `next` handed out and must consume first
  bool skip_rest_ = false;
};

}  // namespace assay
