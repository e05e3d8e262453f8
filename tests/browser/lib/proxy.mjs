// A way to cut the line: a small proxy between the browser and the node. It sets Host and Origin
// to the node's own, because the node refuses foreign ones.
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";

export async function startProxy(base) {
  const target = new URL(base);
  const sockets = new Set();
  let whole = true;
  const headersFor = (headers) => {
    const own = { ...headers, host: target.host };
    if (own.origin !== undefined) own.origin = target.origin;
    return own;
  };
  const server = createServer((request, response) => {
    if (!whole) {
      request.socket.destroy();
      return;
    }
    const upstream = ask({
      host: target.hostname, port: target.port, method: request.method, path: request.url,
      headers: headersFor(request.headers),
    }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => request.socket.destroy());
    request.pipe(upstream);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    if (!whole) socket.destroy();
  });
  server.on("upgrade", (request, socket, head) => {
    if (!whole) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname, () => {
      const lines = Object.entries(headersFor(request.headers))
        .map(([name, value]) => `${name}: ${value}\r\n`).join("");
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines}\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    for (const each of [socket, upstream]) {
      each.on("error", end);
      each.on("close", end);
    }
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${server.address().port}`, cut,
    mend: () => {
      whole = true;
    },
    close: () => {
      cut();
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
