// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/queue/queue.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace queuemeter::queues {

/// One row of the catalogue. Adding a queue is one file pair and one row: it is then listed,
/// contract-tested, measured and compared.
struct CatalogueEntry {
  const QueueTraits* traits = nullptr;
  bool built = true;
  std::string_view not_built_because = {};  ///< the package to install, when not built
  /// The schemes of the URLs it is opened by ("redis"); empty where the name alone will do.
  std::span<const std::string_view> schemes = {};
  std::span<const std::string_view> options = {};  ///< the keys of `queue.options` it knows
  Result<std::unique_ptr<Queue>> (*make)(const QueueSettings& settings,
                                         const QueueContext& context) = nullptr;
};

/// All queues, in the order they are listed. A table rather than self-registration: the linker
/// drops unreferenced objects of a static library, and a table can be read.
[[nodiscard]] std::span<const CatalogueEntry> catalogue();

/// The row named `name`; null when there is none.
[[nodiscard]] const CatalogueEntry* find(std::string_view name);

/// The row for what `queue.use` says, a name or a URL; null when there is none.
[[nodiscard]] const CatalogueEntry* find_for(std::string_view use);

/// Makes the queue that `settings.use` names, by its row or by the scheme of its URL. Errors: not
/// in the catalogue, not built, a bound or an option the queue cannot have; each with the nearest
/// possible setting. No text of a URL is repeated in them, as it may hold a password.
[[nodiscard]] Result<std::unique_ptr<Queue>> open_queue(const QueueSettings& settings,
                                                        const QueueContext& context);
/// The same from a catalogue of these rows alone.
[[nodiscard]] Result<std::unique_ptr<Queue>> open_queue_from(std::span<const CatalogueEntry> rows,
                                                             const QueueSettings& settings,
                                                             const QueueContext& context);

}  // namespace queuemeter::queues
