// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/http_settings.hpp"
#include "harness/scenario/table_reader.hpp"

namespace queuemeter {

/// The transport keys of a table that calls over HTTP: [backend], and [path] with kind = "front".
/// Their rows are `transport_keys` in known_keys.cpp, once for every such table.
[[nodiscard]] HttpClientSettings read_http_client(const TableReader& reader);

/// `headers`, `body` and `data`: of [traffic], and of [path] with kind = "front".
[[nodiscard]] HttpRequestSettings read_http_request(const TableReader& reader);

/// What a right answer is: `expect` of such a table.
[[nodiscard]] HttpExpectation read_expectation(const TableReader& reader);

}  // namespace queuemeter
