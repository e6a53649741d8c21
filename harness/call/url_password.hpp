// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace queuemeter {

/// What stands in files, labels and errors where a password was.
inline constexpr std::string_view password_mask = "***";

/// A URL as files, labels and errors may show it: redis://user:secret@host/0 →
/// redis://user:***@host/0. Credentials without a colon are masked as a whole, because what one
/// broker calls a user another calls a token or a password; so are parameters of the query such as
/// `password=`. In doubt (an `@` or a `/` inside of a password) rather more is masked than less.
/// Text that is no URL comes back as it is.
[[nodiscard]] std::string without_password(std::string_view url);

/// True for what `without_password` has masked: it must be given anew before it can be used.
[[nodiscard]] bool has_masked_password(std::string_view url) noexcept;

/// True for the names of options whose values are secrets: password, sasl_password, auth_token, ….
[[nodiscard]] bool is_secret_name(std::string_view name);

/// True for the names of HTTP headers whose values are secrets: Authorization, Cookie, X-Api-Key,
/// and whatever `is_secret_name`.
[[nodiscard]] bool is_secret_header(std::string_view name);

}  // namespace queuemeter
