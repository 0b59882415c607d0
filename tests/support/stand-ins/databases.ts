import { createServer } from "node:http";
import { deserialize, serialize, type Document } from "bson";
import { listen, startTcp, type StandIn } from "./tcp-server";

const OP_MSG = 2013;

function opMsg(document: Document, responseTo: number): Buffer {
  const body = serialize(document);
  const message = Buffer.alloc(21 + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, 21);
  return message;
}

const HELLO = { isWritablePrimary: true, maxBsonObjectSize: 16_777_216, maxWireVersion: 21, minWireVersion: 0, ok: 1 };

/** Speaks MongoDB's wire protocol as far as `hello`; hangs up on anything else. The answer comes in two pieces. */
export async function startMongo(answer: Document = HELLO): Promise<StandIn> {
  return await startTcp((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length >= 16 ? received.readInt32LE(0) : Infinity;
      if (received.length < length) return;
      const question = received.readInt32LE(12) === OP_MSG ? deserialize(received.subarray(21, length)) : {};
      if (question.hello !== 1 || question.$db !== "admin") return void socket.destroy();
      const message = opMsg(answer, received.readInt32LE(4));
      socket.write(message.subarray(0, 10), () => socket.write(message.subarray(10)));
    });
  });
}

/** Qdrant's HTTP API as far as the greeting. */
export async function startQdrant(greeting: object = { title: "qdrant - vector search engine", version: "1.12.4" }) {
  return await listen(
    createServer((request, response) => {
      response.statusCode = request.url === "/" ? 200 : 404;
      response.setHeader("content-type", "application/json").end(JSON.stringify(greeting));
    }),
  );
}

/** Speaks Bolt as far as the handshake; chooses 5.4, or nothing when `agrees` is false. */
export async function startNeo4j(agrees = true): Promise<StandIn> {
  return await startTcp((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 20) return;
      if (received.readUInt32BE(0) !== 0x6060b017) return void socket.destroy();
      const proposals = [4, 8, 12, 16].map((at) => received.subarray(at, at + 4));
      const five = proposals.find(([, range = 0, minor = 0, major]) => major === 5 && minor >= 4 && minor - range <= 4);
      socket.write(agrees && five ? Buffer.from([0, 0, 4, 5]) : Buffer.alloc(4));
    });
  });
}
