// SPDX-License-Identifier: Apache-2.0
// Stands in for `queuemeter worker`: one child of a crew, given its place as the only word.
#include "harness/path/process_worker.hpp"
#include "queue_impls/catalogue.hpp"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const queuemeter::Result<void> lived = queuemeter::run_worker_process(
      std::strtoull(argv[1], nullptr, 10), queuemeter::queues::open_queue);
  return lived ? 0 : 4;
}
