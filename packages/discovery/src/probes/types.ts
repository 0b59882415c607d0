import type { Duplex } from "node:stream";

/**
 * The result of a handshake. "unconfirmed" means that there is no evidence against it: the server could not be asked,
 * did not answer in time, or requires TLS.
 */
export type Verdict = "confirmed" | "refuted" | "unconfirmed";

export interface ProbeResult {
  readonly verdict: Verdict;
  /** A few printable words. */
  readonly reason: string;
}

/** Opens a new connection to the candidate; the signal ends it, also while it is being made. */
export type Connect = (signal: AbortSignal) => Promise<Duplex>;

/** Asks once, in the protocol of one kind. May throw a ConversationError, which the caller interprets. */
export type Probe = (connect: () => Promise<Duplex>, signal: AbortSignal) => Promise<ProbeResult>;

export const confirmed = (reason: string): ProbeResult => ({ verdict: "confirmed", reason });
export const refuted = (reason: string): ProbeResult => ({ verdict: "refuted", reason });
export const unconfirmed = (reason: string): ProbeResult => ({ verdict: "unconfirmed", reason });
