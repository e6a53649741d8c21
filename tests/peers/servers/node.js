// SPDX-License-Identifier: Apache-2.0
// Node's own HTTP server for the tests.
const http = require('node:http');

const bytes = (count) => 'x'.repeat(count);
const headers = (count) => Array.from({ length: count }, (_, i) => [`X-Filler-${i}`, bytes(980)]);

const pages = {
  '/three': (response) => response.writeHead(200, { 'Content-Length': 3 }).end('abc'),
  '/none': (response) => response.writeHead(204).end(),
  '/same': (response) => response.writeHead(304).end(),
  '/close': (response) => response.writeHead(200, { Connection: 'close' }).end('abc'),
  '/chunked': (response) => {
    response.write(bytes(1000));
    response.write(bytes(1000));
    response.end(bytes(1000));
  },
  '/big': (response) => response.writeHead(200, headers(12).flat()).end('abc'),
  '/huge': (response) => response.writeHead(200, headers(40).flat()).end('abc'),
  '/slow': (response) => {
    response.writeHead(200, { 'Content-Length': 900 });
    response.write(bytes(300));
    setTimeout(() => response.write(bytes(300)), 300);
    setTimeout(() => response.end(bytes(300)), 600);
  },
  '/early': (response) => {
    response.writeContinue();
    response.writeProcessing();
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    response.writeHead(200, { 'Content-Length': 3 }).end('abc');
  },
  '/reset': (response) => response.socket.resetAndDestroy(),
};

const server = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const page = pages[request.url];
    page ? page(response) : response.writeHead(404).end();
  });
});
server.keepAliveTimeout = 60000;
server.listen(@PORT@, '127.0.0.1');
