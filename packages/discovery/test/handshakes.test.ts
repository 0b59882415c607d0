import { connectTcp } from "../src/cluster/tcp-connection";
import { KINDS, type Kind } from "../src/kinds";
import { probe } from "../src/probes";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { startMongo, startNeo4j, startQdrant } from "../../../tests/support/stand-ins/databases";
import {
  startEcho,
  startEndless,
  startHangup,
  startHttp,
  startSaying,
  startSilent,
} from "../../../tests/support/stand-ins/strangers";
import type { StandIn } from "../../../tests/support/stand-ins/tcp-server";

const never = new AbortController().signal;

/** Long enough for servers that answer; tests with a silent server use a shorter time. */
const PATIENT_MS = 5_000;
const SHORT_MS = 100;

function ask(kind: Kind, port: number, timeoutMs = PATIENT_MS, signal = never) {
  return probe(kind, (ends) => connectTcp("127.0.0.1", port, ends), { timeoutMs, signal });
}

/** Probes a server that sends something and then nothing more; the probe ends as soon as that has arrived. */
async function askUntilHeard(kind: Kind, starting: Promise<StandIn>) {
  const over = new AbortController();
  const server = await starting;
  const connect = async () => {
    const socket = await connectTcp("127.0.0.1", server.port, never);
    return socket.once("data", () => setImmediate(() => over.abort()));
  };
  try {
    return await probe(kind, connect, { timeoutMs: PATIENT_MS, signal: over.signal });
  } finally {
    await server.close();
  }
}

/** Probes a server that never sends anything; the probe ends as soon as the server has received the request. */
async function askSilence(kind: Kind) {
  const over = new AbortController();
  const server = await startSilent(() => over.abort());
  try {
    return await ask(kind, server.port, PATIENT_MS, over.signal);
  } finally {
    await server.close();
  }
}

async function askStandIn(kind: Kind, starting: Promise<StandIn>, timeoutMs = PATIENT_MS) {
  const server = await starting;
  try {
    return await ask(kind, server.port, timeoutMs);
  } finally {
    await server.close();
  }
}

describe("E12: real servers", () => {
  let redis: TestRedis;
  let postgres: TestDatabase;
  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), openDatabase()]);
  });
  afterAll(async () => {
    await Promise.all([redis?.stop(), postgres?.stop()]);
  });

  it("Redis with a password is confirmed", async () => {
    const port = redis.settings.REDIS_PORT;
    expect(await ask("redis", port)).toEqual({ verdict: "confirmed", reason: "answers PING: requires a password" });
  });

  it("PostgreSQL is confirmed without a valid user", async () => {
    const reason = "answers a StartupMessage: requires a password";
    expect(await ask("postgres", postgres.settings.DATABASE_PORT)).toEqual({ verdict: "confirmed", reason });
  });

  it("neither is confirmed as another kind", async () => {
    for (const kind of KINDS) {
      if (kind !== "redis")
        expect(await ask(kind, redis.settings.REDIS_PORT, SHORT_MS)).not.toHaveProperty("verdict", "confirmed");
      if (kind !== "postgres")
        expect(await ask(kind, postgres.settings.DATABASE_PORT, SHORT_MS)).not.toHaveProperty("verdict", "confirmed");
    }
  });
});

describe("E12: answers that confirm", () => {
  const error = (fields: string) => {
    const body = Buffer.from(fields);
    const message = Buffer.concat([Buffer.from("E\0\0\0\0"), body]);
    message.writeUInt32BE(4 + body.length, 1);
    return message;
  };
  it.each<[string, Kind, () => Promise<StandIn>, string]>([
    ["hello", "mongo", () => startMongo(), "answers hello: wire version 21"],
    [
      "hello of a replica set",
      "mongo",
      () => startMongo({ maxWireVersion: 17, setName: "rs0", ok: 1 }),
      "answers hello: wire version 17, member of a replica set",
    ],
    ["hello refused", "mongo", () => startMongo({ ok: 0, code: 59 }), "answers hello: refuses it with code 59"],
    ["Qdrant's greeting", "qdrant", () => startQdrant(), "answers GET /: version 1.12.4"],
    ["Bolt", "neo4j", () => startNeo4j(), "answers the Bolt handshake: Bolt 5.4"],
    ["PONG", "redis", () => startSaying("+PONG\r\n"), "answers PING"],
    ["LOADING", "redis", () => startSaying("-LOADING Redis is loading\r\n"), "answers PING: LOADING"],
    [
      "an error with an SQLSTATE",
      "postgres",
      () => startSaying(error("SFATAL\0C28000\0Mno encryption\0\0")),
      "answers a StartupMessage: refuses it with SQLSTATE 28000",
    ],
  ])("%s", async (_what, kind, start, reason) => {
    expect(await askStandIn(kind, start())).toEqual({ verdict: "confirmed", reason });
  });
});

describe.each(KINDS)("E12: other software on the port of %s", (kind) => {
  it("is refuted: a web server", async () => {
    const { verdict, reason } = await askStandIn(kind, startHttp());
    expect(verdict).toBe("refuted");
    expect(reason).toContain("answered like an HTTP server");
  });

  it.each<[string, () => Promise<StandIn>]>([
    ["an echo", () => startEcho()],
    ["SSH", () => startSaying("SSH-2.0-OpenSSH_9.2\r\n")],
    ["garbage", () => startSaying(Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00, 0x00]))],
    ["a mail server", () => startSaying("-ERR unknown command\r\n")],
    ["an endless answer", () => startEndless("")],
  ])("is refuted: %s", async (_what, start) => {
    const { verdict, reason } = await askStandIn(kind, start());
    expect({ verdict, reason }).toMatchObject({ verdict: "refuted" });
    // The part that a message shows contains no control characters for a terminal.
    expect(reason).toMatch(/^[\x20-\x7e]*$/);
  });

  it("is unconfirmed: no answer, a closed connection, TLS, no server", async () => {
    expect(await askSilence(kind)).toEqual({
      verdict: "unconfirmed",
      reason: "accepted the connection but did not answer within 5 s",
    });
    const reason = "closed the connection without an answer; it may require TLS";
    expect(await askStandIn(kind, startHangup())).toEqual({ verdict: "unconfirmed", reason });
    const alert = await askStandIn(kind, startSaying(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])));
    expect(alert).toEqual({ verdict: "unconfirmed", reason: "speaks only TLS, which the handshake does not open" });
    const gone = await startSilent();
    await gone.close();
    const nobody = await ask(kind, gone.port);
    expect(nobody).toEqual({
      verdict: "unconfirmed",
      reason: `unreachable from here: connect ECONNREFUSED 127.0.0.1:${gone.port}`,
    });
  });
});

describe("bounds", () => {
  it.each<[Kind, Uint8Array | string]>([
    ["redis", "-NOAUTH Authentication"],
    ["mongo", Buffer.from([100, 0, 0, 0])],
    ["postgres", Buffer.from("R\0\0\0")],
    ["neo4j", Buffer.from([0, 0])],
    ["qdrant", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"],
  ])("an incomplete answer of %s is unconfirmed", async (kind, beginning) => {
    const reason = "did not finish its answer within 5 s";
    const result = await askUntilHeard(kind, startSaying(beginning));
    expect(result).toEqual({ verdict: "unconfirmed", reason });
  });

  it.each<[Kind, Uint8Array | string]>([
    ["redis", "-NOAUTH "],
    ["mongo", Buffer.from([0xff, 0xff, 0xff, 0x7f])],
    ["postgres", Buffer.from("E\xff\xff\xff\xff", "latin1")],
    ["neo4j", Buffer.from([0, 0, 4, 5, 0])],
    ["qdrant", "HTTP/1.1 200 OK\r\n\r\n{"],
  ])("an endless answer of %s is refuted", async (kind, beginning) => {
    expect(await askStandIn(kind, startEndless(beginning))).toMatchObject({ verdict: "refuted" });
  });

  it("a connection that never opens or opens too late ends in time", async () => {
    const reason = "unreachable from here: no connection in time";
    const limits = { timeoutMs: SHORT_MS, signal: never };
    expect(await probe("redis", () => new Promise(() => undefined), limits)).toEqual({
      verdict: "unconfirmed",
      reason,
    });
    const server = await startSilent();
    let open: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (open = resolve)).then(() =>
      connectTcp("127.0.0.1", server.port, never),
    );
    await probe("redis", () => late, limits);
    open();
    const socket = await late;
    await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once("close", resolve)));
    await server.close();
  });
});

it("similar answers: HTTP that is not Qdrant, an API key, Bolt without a common version, a damaged document", async () => {
  const notQdrant = "answered like an HTTP server, but not with Qdrant's greeting";
  expect(await askStandIn("qdrant", startQdrant({ title: "elastic", version: "8" }))).toMatchObject({
    reason: notQdrant,
  });
  expect(await askStandIn("qdrant", startQdrant([]))).toEqual({ verdict: "refuted", reason: notQdrant });
  const key = startSaying("HTTP/1.1 401 Unauthorized\r\ncontent-length: 24\r\n\r\nMust provide an API key.");
  expect(await askStandIn("qdrant", key)).toMatchObject({ verdict: "unconfirmed" });
  expect(await askStandIn("neo4j", startNeo4j(false))).toMatchObject({ verdict: "unconfirmed" });
  expect(await askStandIn("mongo", startMongo({ hello: "world" }))).toMatchObject({ verdict: "refuted" });
});
