// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/sysv.hpp"

#include "harness/call/quantity.hpp"
#include "harness/call/reply_wire.hpp"
#include "harness/call/wire.hpp"
#include "queue_impls/ipc/sysv_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace queuemeter::queues {
namespace {

/// What the options say.
struct Options {
  std::optional<std::size_t> bytes;
  std::optional<int> id;
};

Result<Options> read_options(const QueueSettings& settings, bool is_owner) {
  Options options;
  for (const auto& [name, value] : settings.options) {
    if (name == "msg_qbytes") {
      const auto bytes = parse_bytes(value);
      if (!bytes || *bytes == 0) {
        return Error::usage(fmt::format(
            "queue.options.msg_qbytes: \"{}\" is no size; write it as in \"8KiB\"", value));
      }
      options.bytes = *bytes;
    } else if (name == "id" && !is_owner) {
      int id = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
      if (error != std::errc{} || end != value.data() + value.size()) {
        return Error::usage(
            fmt::format("queue.options.id: \"{}\" is no id of a kernel queue", value));
      }
      options.id = id;
    } else {
      return Error::usage(
          fmt::format("queue.options.{}: sysv has no such option; it has msg_qbytes", name));
    }
  }
  if (!is_owner && !options.id.has_value()) {
    return Error::usage("queue.options.id: a process that attaches to a sysv queue needs its id");
  }
  return options;
}

/// Why calls of this size, or so many of them, do not fit; nothing when they do.
std::optional<Error> refusal(const QueueSettings& settings, std::size_t message_bytes,
                             std::size_t bound_bytes) {
  const std::size_t largest = std::min(bound_bytes, largest_kernel_message());
  if (message_bytes > largest) {
    return Error::usage(fmt::format(
        "traffic.payload: a System V message has at most {} bytes here, {} of them the header, so "
        "a payload of {} bytes does not fit; use {}B or less, or raise kernel.msgmax",
        largest, wire_header_bytes, message_bytes - wire_header_bytes,
        largest - std::min(largest, wire_header_bytes)));
  }
  const std::size_t most_calls = bound_bytes / message_bytes;
  if (settings.bound.value_or(most_calls) > most_calls) {
    return Error::usage(fmt::format(
        "queue.bound: a System V queue holds {} bytes here, and {} messages of {} bytes do not "
        "fit; use {} or less, or leave it out",
        bound_bytes, *settings.bound, message_bytes, most_calls));
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Queue>> make_sysv(const QueueSettings& settings,
                                         const QueueContext& context) {
  const Result<Options> options = read_options(settings, context.is_owner);
  if (!options) {
    return options.error();
  }
  const bool carries_replies = context.role == "replies";
  const std::size_t message_bytes =
      carries_replies ? reply_wire_bytes : wire_header_bytes + context.largest_payload;
  Result<KernelQueue> kernel =
      context.is_owner
          ? KernelQueue::create(fmt::format("{:016x}.{}", context.run_id, context.role),
                                options->bytes)
          : KernelQueue::attach(*options->id);
  if (!kernel) {
    return kernel.error();
  }
  if (std::optional<Error> error = refusal(settings, message_bytes, kernel->bound_bytes())) {
    return *error;
  }
  return std::unique_ptr<Queue>{
      std::make_unique<SysvQueue>(std::move(*kernel), settings, context, message_bytes)};
}

}  // namespace queuemeter::queues
