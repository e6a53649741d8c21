// SPDX-License-Identifier: Apache-2.0
// The one place where Asio itself is compiled; every user of this library only declares it.
#include <boost/asio/impl/src.hpp>
