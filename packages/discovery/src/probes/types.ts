import type { Duplex } from "node:stream";

/**
 * What a handshake showed. "unconfirmed" means that nothing speaks against it: it could not be asked, did not answer in
 * time, or wants TLS.
 */
export type Verdict = "confirmed" | "refuted" | "unconfirmed";

export interface ProbeResult {
  readonly verdict: Verdict;
  /** In a few words, printable. */
  readonly reason: string;
}

/** Opens a new connection to what is probed; the signal ends it, also one that is still being made. */
export type Connect = (signal: AbortSignal) => Promise<Duplex>;

/** Asks once, in the protocol of one kind. May throw a ConversationError; the caller knows what those mean. */
export type Probe = (connect: () => Promise<Duplex>, signal: AbortSignal) => Promise<ProbeResult>;

export const confirmed = (reason: string): ProbeResult => ({ verdict: "confirmed", reason });
export const refuted = (reason: string): ProbeResult => ({ verdict: "refuted", reason });
export const unconfirmed = (reason: string): ProbeResult => ({ verdict: "unconfirmed", reason });
