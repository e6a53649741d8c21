// SPDX-License-Identifier: Apache-2.0
#include "harness/call/guarantee.hpp"

namespace queuemeter {

std::string_view to_string(ProducerGuarantee guarantee) noexcept {
  switch (guarantee) {
    case ProducerGuarantee::g0_fire_and_forget:
      return "G0";
    case ProducerGuarantee::g1_acknowledged_volatile:
      return "G1";
    case ProducerGuarantee::g2_survives_process_kill:
      return "G2";
    case ProducerGuarantee::g3_after_fsync:
      return "G3";
    case ProducerGuarantee::g4_quorum:
      return "G4";
  }
  return "";
}

std::string_view to_string(ConsumerGuarantee guarantee) noexcept {
  switch (guarantee) {
    case ConsumerGuarantee::c0_at_most_once:
      return "C0";
    case ConsumerGuarantee::c1_ack_after_work:
      return "C1";
    case ConsumerGuarantee::c2_batched_ack:
      return "C2";
  }
  return "";
}

std::string_view plain_words(ProducerGuarantee guarantee) noexcept {
  switch (guarantee) {
    case ProducerGuarantee::g0_fire_and_forget:
      return "sent without waiting for an answer; may be gone unnoticed";
    case ProducerGuarantee::g1_acknowledged_volatile:
      return "acknowledged, but gone when the process dies";
    case ProducerGuarantee::g2_survives_process_kill:
      return "kept when the process is killed, but not when the machine loses power";
    case ProducerGuarantee::g3_after_fsync:
      return "acknowledged after it was forced to disk; survives a power cut";
    case ProducerGuarantee::g4_quorum:
      return "acknowledged by a majority of machines; survives the loss of one";
  }
  return "";
}

std::string_view plain_words(ConsumerGuarantee guarantee) noexcept {
  switch (guarantee) {
    case ConsumerGuarantee::c0_at_most_once:
      return "at most once: a call is gone when the worker that took it dies";
    case ConsumerGuarantee::c1_ack_after_work:
      return "acknowledged after the work: a dead worker's call is delivered again";
    case ConsumerGuarantee::c2_batched_ack:
      return "acknowledged in batches: a dead worker's whole batch is delivered again";
  }
  return "";
}

}  // namespace queuemeter
