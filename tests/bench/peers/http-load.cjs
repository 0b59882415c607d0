// Sends the same request over several connections, one after another in each, and prints the number of answers. It
// writes and counts bytes without an HTTP client, which would need more time than the server.
const { connect } = require("node:net");

const [port, method, path, token, body, connections, seconds] = process.argv.slice(2);
const head = [
  `${method} ${path} HTTP/1.1`,
  "host: 127.0.0.1",
  `authorization: Bearer ${token}`,
  ...(body ? ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`] : []),
];
const request = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
let answers = 0;

for (let index = 0; index < Number(connections); index += 1) {
  const socket = connect(Number(port), "127.0.0.1", () => socket.write(request));
  let received = "";
  socket.on("data", (data) => {
    received += data.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
    if (received.length < end + 4 + length) return;
    if (!received.startsWith("HTTP/1.1 200 ")) throw new Error(received);
    received = "";
    answers += 1;
    socket.write(request);
  });
}
setTimeout(
  () => {
    process.stdout.write(String(answers));
    process.exit(0);
  },
  Number(seconds) * 1000,
);
