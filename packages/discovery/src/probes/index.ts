import type { Kind } from "../kinds";
import { excerpt, messageOf } from "@nexus/host";
import { ConversationError } from "./conversation";
import { probeMongo } from "./mongo";
import { probeNeo4j } from "./neo4j";
import { probePostgres } from "./postgres";
import { probeQdrant } from "./qdrant";
import { probeRedis } from "./redis";
import { stranger } from "./stranger";
import { refuted, unconfirmed, type Connect, type Probe, type ProbeResult } from "./types";

const PROBES: Readonly<Record<Kind, Probe>> = {
  mongo: probeMongo,
  redis: probeRedis,
  postgres: probePostgres,
  qdrant: probeQdrant,
  neo4j: probeNeo4j,
};

export interface ProbeLimits {
  /** Time for connection and handshake together. */
  readonly timeoutMs: number;
  /** Ends the probe early when the time of the whole scan is over. */
  readonly signal: AbortSignal;
}

/** The verdict after an early end: without any answer the question stays open; with another answer it is decided. */
function meaningOf({ failure, received, detail }: ConversationError, timeoutMs: number): ProbeResult {
  switch (failure) {
    case "too-long":
      return refuted("sent an endless answer in an unknown format");
    case "closed":
      if (received.length > 0) return stranger(received);
      if (detail) return unconfirmed(`the connection broke without an answer: ${excerpt(detail, 160)}`);
      return unconfirmed("closed the connection without an answer; it may require TLS");
    case "silent":
      if (received.length > 0) return unconfirmed(`did not finish its answer within ${timeoutMs / 1000} s`);
      return unconfirmed(`accepted the connection but did not answer within ${timeoutMs / 1000} s`);
  }
}

/** Asks whether a connection leads to a kind of database. Never throws and never takes longer than the limit. */
export async function probe(kind: Kind, connect: Connect, limits: ProbeLimits): Promise<ProbeResult> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limits.timeoutMs);
  const signal = AbortSignal.any([limits.signal, timeout.signal]);
  try {
    return await PROBES[kind](() => openUntil(connect, signal), signal);
  } catch (error) {
    if (error instanceof ConversationError) return meaningOf(error, limits.timeoutMs);
    return unconfirmed(`unreachable from here: ${excerpt(messageOf(error), 160)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection that opens only after the signal is closed at once. */
async function openUntil(connect: Connect, signal: AbortSignal): ReturnType<Connect> {
  const opening = connect(signal);
  return await new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error("no connection in time"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    opening.then(
      (stream) => {
        if (signal.aborted) stream.on("error", () => undefined).destroy();
        resolve(stream);
      },
      (error: unknown) => reject(error instanceof Error ? error : new Error(messageOf(error))),
    );
  });
}
