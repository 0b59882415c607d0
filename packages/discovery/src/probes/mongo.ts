import { deserialize, serialize, type Document } from "bson";
import { Conversation, MAX_ANSWER_BYTES } from "./conversation";
import { stranger } from "./stranger";
import { confirmed, refuted, type Probe, type ProbeResult } from "./types";

const OP_MSG = 2013;
const REQUEST_ID = 0x6e_78_75_73;
const HEADER_BYTES = 16;
/** Flags, and the kind of the only section. */
const PREFIX_BYTES = 5;
/** An empty BSON document. */
const MIN_DOCUMENT_BYTES = 5;

/** `hello` as an OP_MSG. Servers too old for `hello` refuse it in an OP_MSG as well. */
function helloMessage(): Buffer {
  const document = serialize({ hello: 1, $db: "admin" });
  const message = Buffer.alloc(HEADER_BYTES + PREFIX_BYTES + document.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(REQUEST_ID, 4);
  message.writeInt32LE(OP_MSG, 12);
  message.set(document, HEADER_BYTES + PREFIX_BYTES);
  return message;
}

function judge(received: Buffer): ProbeResult | undefined {
  const length = received.length >= 4 ? received.readInt32LE(0) : undefined;
  if (length === undefined) return undefined;
  if (length < HEADER_BYTES + PREFIX_BYTES + MIN_DOCUMENT_BYTES || length > MAX_ANSWER_BYTES) return stranger(received);
  if (received.length < HEADER_BYTES) return undefined;
  if (received.readInt32LE(8) !== REQUEST_ID || received.readInt32LE(12) !== OP_MSG) return stranger(received);
  if (received.length < length) return undefined;
  return judgeDocument(received.subarray(HEADER_BYTES + PREFIX_BYTES, length));
}

function judgeDocument(bytes: Buffer): ProbeResult {
  let answer: Document;
  try {
    answer = deserialize(bytes);
  } catch {
    return refuted("answered an OP_MSG whose document is broken");
  }
  if (typeof answer.ok !== "number") return refuted("answered hello without saying whether it is ok");
  if (answer.ok !== 1) return confirmed(`answers hello: refuses it with code ${Number(answer.code)}`);
  const set = typeof answer.setName === "string" ? ", member of a replica set" : "";
  return confirmed(`answers hello: wire version ${Number(answer.maxWireVersion)}${set}`);
}

/** Sends `hello`, which needs no log-in. */
export const probeMongo: Probe = async (connect, signal) => {
  const conversation = new Conversation(await connect(), signal);
  try {
    conversation.send(helloMessage());
    return await conversation.read(judge);
  } finally {
    conversation.close();
  }
};
