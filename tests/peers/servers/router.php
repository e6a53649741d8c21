<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's built-in server for the tests. It says the length of no body and closes after each.

function fillers(int $count): void {
    for ($i = 0; $i < $count; ++$i) {
        header("X-Filler-$i: " . str_repeat('x', 980));
    }
}

switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case '/none':
        http_response_code(204);
        return;
    case '/same':
        http_response_code(304);
        return;
    case '/big':
        fillers(12);
        break;
    case '/huge':
        fillers(40);
        break;
    case '/slow':
        for ($part = 0; $part < 3; ++$part) {
            echo str_repeat('x', 300);
            flush();
            usleep(300000);
        }
        return;
    case '/three':
    case '/close':
        break;
    default:
        http_response_code(404);
        return;
}
echo 'abc';
