// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/http_settings.hpp"
#include "harness/scenario/toml_writer.hpp"

namespace queuemeter {

/// The transport keys of a table that calls over HTTP, as `read_http_client` reads them; of
/// `connections` and `timeouts` the caller decides whether they are written at all.
void write_http_client(const HttpClientSettings& client, TomlWriter& writer);
void write_connections(const HttpClientSettings& client, TomlWriter& writer);

/// What is said, as `read_http_request` reads it; values of headers that are secrets are masked.
void write_http_request(const HttpRequestSettings& request, TomlWriter& writer);

}  // namespace queuemeter
