import { connect, type NetConnectOpts, type Socket } from "node:net";
import { errorCode, isError } from "@nexus/service";

/**
 * Milliseconds until a pod counts as gone that does not take a connection. A pod that is merely busy takes it at once,
 * because its system does that for it; the address of one that was deleted answers nothing for many seconds.
 */
export const CONNECT_TIMEOUT_MS = 2000;

const GONE = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "ENOTFOUND",
]);

/** Whether the error, or what caused it, says that the other pod took no connection, and so cannot have seen anything. */
export function isGone(error: unknown): boolean {
  return isError(error) && (refusesConnection(error) || refusesConnection(error.cause));
}

/** Some of the codes also end connections that are open, where a request may have been read. */
function refusesConnection(error: unknown): boolean {
  const { syscall } = isError(error) ? (error as NodeJS.ErrnoException) : {};
  return GONE.has(errorCode(error)) && syscall !== "read" && syscall !== "write";
}

/** A connection that fails with ETIMEDOUT when the other pod does not take it in time. */
export function connectInTime(options: NetConnectOpts): Socket {
  const socket = connect(options);
  const late = () => {
    const error = new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`);
    socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  };
  const timer = setTimeout(late, CONNECT_TIMEOUT_MS);
  socket.once("connect", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
  return socket;
}
