// SPDX-License-Identifier: Apache-2.0
#include "harness/report/validity_text.hpp"

#include "harness/record/machine.hpp"
#include "harness/report/columns.hpp"

#include <fmt/format.h>

namespace queuemeter {

std::string validity_text(const RunDocument& run, const std::string& who) {
  Page page;
  for (const Check& check : run.validity.checks) {
    switch (check.verdict) {
      case Check::Verdict::fail:
        page.paragraph(fmt::format("{}INVALID {}: {}", who, check.id, check.note), 8);
        break;
      case Check::Verdict::warn:
        page.paragraph(fmt::format("{}SUSPECT {}: {}", who, check.id, check.note), 8);
        break;
      case Check::Verdict::pass:
      case Check::Verdict::not_applicable:
        break;
    }
  }
  return page.text();
}

std::string label_text(const RunDocument& run) {
  Page page;
  if (!is_measuring_build(run.build)) {
    page.paragraph(fmt::format("NOTE build \"{}\": its numbers do not count; for some that do: "
                               "cmake --workflow --preset measure",
                               run.build.preset),
                   5);
  }
  if (run.altered) {
    page.paragraph("NOTE altered: a setting was changed by hand while the run went on.", 5);
  }
  return page.text();
}

}  // namespace queuemeter
