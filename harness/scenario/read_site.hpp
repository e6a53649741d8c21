// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/table_reader.hpp"
#include "harness/scenario/toml_writer.hpp"

namespace queuemeter {

/// The keys of [path] that belong to kind = "front".
[[nodiscard]] SiteSettings read_site(const TableReader& reader);

/// The same keys, as `read_site` reads them.
void write_front(const SiteSettings& front, TomlWriter& writer);

/// Adds an error for every setting of a front end that contradicts another one. Only where
/// `path.kind` is "front".
void check_site(const Scenario& scenario, const TableReader& root);

}  // namespace queuemeter
