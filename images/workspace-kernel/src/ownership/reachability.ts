import { connect, type NetConnectOpts, type Socket } from "node:net";
import { errorCode, isError } from "@nexus/service";

/**
 * Milliseconds after which a pod that accepts no connection is considered gone. Even a busy pod accepts it at once,
 * because its operating system does that; the address of a deleted pod does not answer for many seconds.
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

/**
 * Whether the error, or its cause, says that the other pod accepted no connection and so cannot have read the request.
 */
export function isGone(error: unknown): boolean {
  return isError(error) && (refusesConnection(error) || refusesConnection(error.cause));
}

/** Some of these codes also end open connections, on which a request may have been read. */
function refusesConnection(error: unknown): boolean {
  const { syscall } = isError(error) ? (error as NodeJS.ErrnoException) : {};
  return GONE.has(errorCode(error)) && syscall !== "read" && syscall !== "write";
}

/** A connection that fails with ETIMEDOUT if the other pod does not accept it in time. */
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
