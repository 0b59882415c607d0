import { Conversation } from "./conversation";
import { stranger } from "./stranger";
import { confirmed, unconfirmed, type Probe, type ProbeResult } from "./types";

/** Bolt's magic number and four proposals, each 0, a range of minor versions, minor, major: 5.8-5.0, 4.4-4.2, 4.1, 3. */
const HANDSHAKE = Buffer.from([
  ...[0x60, 0x60, 0xb0, 0x17],
  ...[0, 8, 8, 5],
  ...[0, 2, 4, 4],
  ...[0, 0, 1, 4],
  ...[0, 0, 0, 3],
]);

function wasProposed(major: number, minor: number): boolean {
  return (major === 5 && minor <= 8) || (major === 4 && minor >= 1 && minor <= 4) || (major === 3 && minor === 0);
}

function judge(received: Buffer): ProbeResult | undefined {
  const [first, second, minor, major] = received;
  if (first !== 0 || (second ?? 0) !== 0) return stranger(received);
  if (minor === undefined || major === undefined) return undefined;
  // The server must wait for us now; one that sends more at once does not speak Bolt.
  if (received.length > 4) return stranger(received);
  if (major === 0 && minor === 0) return unconfirmed("answers the Bolt handshake: no common version");
  return wasProposed(major, minor)
    ? confirmed(`answers the Bolt handshake: Bolt ${major}.${minor}`)
    : stranger(received);
}

/** Sends the Bolt handshake; the server answers with the version it chose. */
export const probeNeo4j: Probe = async (connect, signal) => {
  const conversation = new Conversation(await connect(), signal);
  try {
    conversation.send(HANDSHAKE);
    return await conversation.read(judge);
  } finally {
    conversation.close();
  }
};
