import type { Duplex } from "node:stream";
import { Conversation } from "./conversation";
import { stranger } from "./stranger";
import { confirmed, type Probe, type ProbeResult } from "./types";

const PROTOCOL_3 = 196_608;
const SSL_REQUEST_CODE = 80_877_103;
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
/** An answer to a StartupMessage is some hundred bytes; more means another protocol. */
const MAX_MESSAGE_BYTES = 16_384;

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

const sslRequest = int32(8, SSL_REQUEST_CODE);

/** A StartupMessage of a user that need not exist: the server asks for a password, or refuses the user. */
function startupMessage(): Buffer {
  const parameters = Buffer.from("user\0nexus-discovery\0database\0postgres\0\0");
  return Buffer.concat([int32(8 + parameters.length, PROTOCOL_3), parameters]);
}

/**
 * SSLRequest is answered by one byte: S, N, or the first byte of an error message from a server that does not know it.
 */
function judgeSsl(received: Buffer): "tls" | "plain" | ProbeResult | undefined {
  const text = received.toString("latin1");
  if (text === "S") return "tls";
  if (text === "N") return "plain";
  return judgeStartup(received);
}

/** The first message after a StartupMessage: R (authentication), E (error) or v (protocol negotiation). */
function judgeStartup(received: Buffer): ProbeResult | undefined {
  const type = String.fromCharCode(received[0] ?? 0);
  if (!["R", "E", "v"].includes(type)) return stranger(received);
  if (received.length < 5) return undefined;
  const length = received.readUInt32BE(1);
  if (length < 8 || length > MAX_MESSAGE_BYTES) return stranger(received);
  if (received.length < 1 + length) return undefined;
  const body = received.subarray(5, 1 + length);
  if (type === "v") return confirmed("answers a StartupMessage");
  if (type === "R") {
    if (body.readUInt32BE(0) > 12) return stranger(received);
    return confirmed(
      body.readUInt32BE(0) === 0 ? "answers a StartupMessage" : "answers a StartupMessage: requires a password",
    );
  }
  // Each field is one letter and a text; C is the SQLSTATE: five digits or capitals.
  const state = /(?:^|\0)C([0-9A-Z]{5})\0/.exec(body.toString("latin1"))?.[1];
  return state ? confirmed(`answers a StartupMessage: refuses it with SQLSTATE ${state}`) : stranger(received);
}

async function startUp(conversation: Conversation): Promise<ProbeResult> {
  conversation.forget();
  conversation.send(startupMessage());
  const result = await conversation.read(judgeStartup);
  conversation.send(TERMINATE);
  return result;
}

async function talk<T>(
  connect: () => Promise<Duplex>,
  signal: AbortSignal,
  work: (one: Conversation) => Promise<T>,
): Promise<T> {
  const conversation = new Conversation(await connect(), signal);
  try {
    return await work(conversation);
  } finally {
    conversation.close();
  }
}

/**
 * Sends SSLRequest and then a StartupMessage. A server with TLS gets the latter on a second connection in plain text:
 * if it insists on TLS, its error message says so, which is proof enough.
 */
export const probePostgres: Probe = async (connect, signal) => {
  const first = await talk(connect, signal, async (conversation) => {
    conversation.send(sslRequest);
    const ssl = await conversation.read(judgeSsl);
    return ssl === "plain" ? await startUp(conversation) : ssl;
  });
  if (first !== "tls") return first;
  const second = await talk(connect, signal, startUp);
  return second.verdict === "confirmed" ? confirmed(`${second.reason} (offers TLS)`) : second;
};
