<?php
// SPDX-License-Identifier: Apache-2.0
// A shop that asks a price service for every order. Where that service is, its surroundings say:
//   PRICE_URL=http://127.0.0.1:8091/price PHP_CLI_SERVER_WORKERS=8 php -S 127.0.0.1:8090 examples/17_shop.php
$id = $_SERVER['HTTP_X_REQUEST_ID'] ?? '';
$service = ['http' => ['method' => 'POST', 'header' => "X-Request-Id: $id\r\n", 'timeout' => 5]];
$price = @file_get_contents(getenv('PRICE_URL'), false, stream_context_create($service));
http_response_code($price === false ? 502 : 200);
echo $price === false ? "no price\n" : "your order costs $price";
