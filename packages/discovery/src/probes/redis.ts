import { Conversation } from "./conversation";
import { stranger } from "./stranger";
import { confirmed, type Probe, type ProbeResult } from "./types";

const PING = "*1\r\n$4\r\nPING\r\n";
/** Errors that only a Redis returns for PING: it requires a password, is loading, or has lost its master. */
const REDIS_ERRORS = /^-(NOAUTH|NOPERM|DENIED|LOADING|MASTERDOWN|BUSY|MISCONF|ERR max number of clients)\b/;
const PONG = "+PONG\r\n";

function judge(received: Buffer): ProbeResult | undefined {
  const text = received.subarray(0, 256).toString("latin1");
  if (text === PONG) return confirmed("answers PING");
  if (PONG.startsWith(text)) return undefined;
  if (!text.startsWith("-") || !/^-[\x20-\x7e]*\r?\n?$/.test(text)) return stranger(received);
  if (!text.endsWith("\r\n")) return text.length < 256 ? undefined : stranger(received);
  const [, code] = REDIS_ERRORS.exec(text) ?? [];
  if (code === "NOAUTH") return confirmed("answers PING: requires a password");
  return code ? confirmed(`answers PING: ${code}`) : stranger(received);
}

/** Sends PING, without a password. */
export const probeRedis: Probe = async (connect, signal) => {
  const conversation = new Conversation(await connect(), signal);
  try {
    conversation.send(PING);
    return await conversation.read(judge);
  } finally {
    conversation.close();
  }
};
