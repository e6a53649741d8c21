// SPDX-License-Identifier: Apache-2.0
#include "harness/record/run_folder.hpp"

#include "harness/record/result_json.hpp"
#include "harness/record/tick_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

namespace fs = std::filesystem;

constexpr mode_t folder_mode = 0777;  // the umask takes away what it must
constexpr mode_t file_mode = 0666;
/// How many numbers in a row other processes may snatch before we give up.
constexpr int numbering_attempts = 1'000;

Error cannot_write(const std::string& path) {
  return Error::io(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
}

/// Writes all of `text`, however many calls that takes; `errno` says why it failed.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return true;
}

/// Makes a rename or a new file in `folder` survive a power cut, as far as the file system can.
void synchronise_folder(const fs::path& folder) {
  const int file =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file >= 0) {
    ::fsync(file);
    ::close(file);
  }
}

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), folder_mode) == 0) {
    return {};
  }
  if (errno == ENOENT) {
    return Error::io(
        fmt::format("the run folder {} cannot be made: {} does not exist; make it first", path,
                    fs::path{path}.parent_path().string()));
  }
  return Error::io(fmt::format("the run folder {} cannot be made: {}; name another with --out",
                               path, std::strerror(errno)));
}

/// The number that a folder's name is, or 0.
std::uint64_t number_of(const std::string& name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() ? number : 0;
}

double wall_clock_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Files that were made for a run which then could not begin; removed unless kept.
class NewFolder {
 public:
  explicit NewFolder(std::string path, bool made) : path_{std::move(path)}, made_{made} {}
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    if (kept_) {
      return;
    }
    for (const std::string& file : files_) {
      ::unlink(file.c_str());
    }
    if (made_) {
      ::rmdir(path_.c_str());
    }
  }
  void add(std::string file) { files_.push_back(std::move(file)); }
  void keep() noexcept { kept_ = true; }

 private:
  std::string path_;
  std::vector<std::string> files_;
  bool made_;
  bool kept_ = false;
};

}  // namespace

Result<std::string> make_numbered_folder(const std::string& parent) {
  if (::mkdir(parent.c_str(), folder_mode) != 0 && errno != EEXIST) {
    return Error::io(fmt::format("the folder {} for runs cannot be made: {}; name one with --out",
                                 parent, std::strerror(errno)));
  }
  std::error_code error;
  std::uint64_t highest = 0;
  for (fs::directory_iterator entry{parent, error}, end; !error && entry != end;
       entry.increment(error)) {
    highest = std::max(highest, number_of(entry->path().filename().string()));
  }
  if (error) {
    return Error::io(fmt::format("the folder {} for runs cannot be read: {}; name one with --out",
                                 parent, error.message()));
  }
  for (int attempt = 1; attempt <= numbering_attempts; ++attempt) {
    std::string path = fmt::format("{}/{}", parent, highest + static_cast<std::uint64_t>(attempt));
    if (::mkdir(path.c_str(), folder_mode) == 0) {
      return path;
    }
    if (errno != EEXIST) {
      return Error::io(fmt::format("the run folder {} cannot be made: {}; name another with --out",
                                   path, std::strerror(errno)));
    }
  }
  return Error::io(fmt::format("no free number found in {}; name a folder with --out", parent));
}

Result<void> write_whole_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".part";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode);
  if (file < 0) {
    return cannot_write(path);
  }
  const bool written = write_all(file, text) && ::fsync(file) == 0;
  const int reason = errno;
  const bool closed = ::close(file) == 0;
  if (!written || !closed || ::rename(draft.c_str(), path.c_str()) != 0) {
    errno = written ? errno : reason;
    const Error error = cannot_write(path);
    ::unlink(draft.c_str());
    return error;
  }
  synchronise_folder(fs::path{path}.parent_path());
  return {};
}

Result<RunFolder> RunFolder::create(const std::string& path, const RunDocument& opening) {
  std::string folder = path;
  bool made = true;
  if (folder.empty()) {
    Result<std::string> numbered = make_numbered_folder();
    if (!numbered) {
      return numbered.error();
    }
    folder = std::move(*numbered);
  } else if (std::error_code ignored; fs::is_directory(folder, ignored)) {
    made = false;
  } else if (const Result<void> result = make_folder(folder); !result) {
    return result.error();
  }
  NewFolder fresh{folder, made};

  const Error taken =
      Error::io(fmt::format("the folder {} holds a run already; name another with --out", folder));
  const std::string result_path = folder + "/result.json";
  if (std::error_code ignored; fs::exists(result_path, ignored)) {
    return taken;
  }
  // The exclusive creation decides between two processes that were given the same folder.
  const std::string ticks_path = folder + "/ticks.jsonl";
  const int ticks =
      ::open(ticks_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, file_mode);
  if (ticks < 0) {
    return errno == EEXIST ? taken : cannot_write(ticks_path);
  }
  fresh.add(ticks_path);

  const std::string log_path = folder + "/latency.hlog";
  fresh.add(log_path);
  Result<HistogramLogWriter> log = HistogramLogWriter::open(log_path, wall_clock_seconds());
  if (!log) {
    ::close(ticks);
    return log.error();
  }
  RunFolder run{folder, ticks, std::move(*log)};
  RunDocument unfinished = opening;
  unfinished.complete = false;
  if (const Result<void> written = run.write_result(unfinished); !written) {
    return written.error();
  }
  fresh.keep();
  return run;
}

RunFolder::RunFolder(std::string path, int ticks, HistogramLogWriter histograms)
    : path_{std::move(path)}, ticks_{ticks}, histograms_{std::move(histograms)} {}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_{std::move(other.path_)},
      ticks_{std::exchange(other.ticks_, -1)},
      histograms_{std::move(other.histograms_)} {}

RunFolder& RunFolder::operator=(RunFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(ticks_, other.ticks_);
  std::swap(histograms_, other.histograms_);
  return *this;
}

RunFolder::~RunFolder() {
  if (ticks_ >= 0) {
    ::close(ticks_);
  }
}

Result<void> RunFolder::write_scenario(const Scenario& scenario) {
  return write_whole_file(path_ + "/scenario.toml", to_toml(scenario));
}

Result<void> RunFolder::append_tick(const Tick& tick) {
  if (!write_all(ticks_, to_json_line(tick) + "\n")) {
    return cannot_write(path_ + "/ticks.jsonl");
  }
  return {};
}

Result<void> RunFolder::write_histograms(Duration start, Duration length,
                                         std::span<const TaggedHistogram> histograms) {
  for (const TaggedHistogram& series : histograms) {
    Result<void> written =
        histograms_.write(series.tag, to_seconds(start), to_seconds(length), series.histogram);
    if (!written) {
      return written;
    }
  }
  return {};
}

Result<void> RunFolder::write_result(const RunDocument& document) {
  return write_whole_file(path_ + "/result.json", to_json(document));
}

}  // namespace queuemeter
