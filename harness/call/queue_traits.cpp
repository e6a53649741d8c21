// SPDX-License-Identifier: Apache-2.0
#include "harness/call/queue_traits.hpp"

namespace queuemeter {

std::string_view to_string(QueueOrder order) noexcept {
  switch (order) {
    case QueueOrder::fifo:
      return "fifo";
    case QueueOrder::per_producer_fifo:
      return "per_producer_fifo";
    case QueueOrder::k_relaxed:
      return "k_relaxed";
    case QueueOrder::priority:
      return "priority";
    case QueueOrder::deadline:
      return "deadline";
    case QueueOrder::lifo:
      return "lifo";
  }
  return "";
}

std::string_view to_string(QueueEnds ends) noexcept {
  switch (ends) {
    case QueueEnds::one:
      return "one";
    case QueueEnds::many:
      return "many";
  }
  return "";
}

std::string_view to_string(QueueBound bound) noexcept {
  switch (bound) {
    case QueueBound::calls:
      return "calls";
    case QueueBound::bytes:
      return "bytes";
    case QueueBound::none:
      return "none";
  }
  return "";
}

std::string_view to_string(QueueWait wait) noexcept {
  switch (wait) {
    case QueueWait::none:
      return "never";
    case QueueWait::spins:
      return "spins";
    case QueueWait::parks:
      return "parks";
  }
  return "";
}

std::string_view to_string(QueueScope scope) noexcept {
  switch (scope) {
    case QueueScope::threads:
      return "threads";
    case QueueScope::processes:
      return "processes";
    case QueueScope::hosts:
      return "hosts";
  }
  return "";
}

std::string_view to_string(QueueDelivery delivery) noexcept {
  switch (delivery) {
    case QueueDelivery::destructive:
      return "destructive";
    case QueueDelivery::acked:
      return "acked";
  }
  return "";
}

std::string_view to_string(Ability ability) noexcept {
  switch (ability) {
    case Ability::native:
      return "native";
    case Ability::emulated:
      return "emulated";
    case Ability::none:
      return "none";
  }
  return "";
}

}  // namespace queuemeter
