// Clients of a socket server, in a separate process. Prints "ready" when all are connected, and then for each message
// its number and the time at which the last client had it, on the clock that all processes of a machine share.
const { WebSocket } = require("ws");

const [url, count, workspaceId] = process.argv.slice(2);
let ready = 0;
const taken = new Map();

function take(text) {
  const seq = Number(/"seq":(\d+)/.exec(text)?.[1]);
  const clients = (taken.get(seq) ?? 0) + 1;
  taken.set(seq, clients);
  if (clients === Number(count)) process.stdout.write(`${seq} ${process.hrtime.bigint()}\n`);
}

function becomeReady() {
  if (++ready === Number(count)) process.stdout.write("ready\n");
}

for (let index = 0; index < Number(count); index += 1) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.once("open", () => {
    if (workspaceId) socket.send(JSON.stringify({ type: "subscribe", workspaceId }));
    else becomeReady();
  });
  socket.on("message", (data) => {
    const text = data.toString();
    if (text.startsWith('{"type":"patch"')) take(text);
    else if (text.startsWith('{"type":"panels"')) becomeReady();
  });
}
