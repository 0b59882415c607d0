import * as grpc from "@grpc/grpc-js";

export type UnaryHandlers = Readonly<Record<string, (request: unknown) => Promise<unknown>>>;

/** Sends any number of answers, then returns. */
export type StreamHandlers = Readonly<
  Record<string, (request: unknown, send: (answer: unknown) => void, signal: AbortSignal) => Promise<void>>
>;

const MEGABYTE = 1024 * 1024;

/**
 * Serves a plugin's protocol on a free port of the loopback interface and prints the port, as the engine expects.
 * Methods without a handler answer "unimplemented".
 */
export function serve(service: grpc.ServiceDefinition, handlers: UnaryHandlers, streams: StreamHandlers = {}): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * MEGABYTE });
  const methods = Object.entries(handlers).map(([name, handle]): [string, grpc.UntypedHandleCall] => [
    name,
    (call: grpc.ServerUnaryCall<unknown, unknown>, callback: grpc.sendUnaryData<unknown>) => {
      handle(call.request).then(
        (answer) => callback(null, answer),
        (error: unknown) => callback({ code: grpc.status.UNKNOWN, message: messageOf(error) }),
      );
    },
  ]);
  const streaming = Object.entries(streams).map(([name, handle]): [string, grpc.UntypedHandleCall] => [
    name,
    (call: grpc.ServerWritableStream<unknown, unknown>) => {
      const cancelled = new AbortController();
      call.once("cancelled", () => cancelled.abort());
      handle(call.request, (answer) => call.write(answer), cancelled.signal).then(
        () => call.end(),
        (error: unknown) => call.emit("error", { code: grpc.status.UNKNOWN, details: messageOf(error) }),
      );
    },
  ]);
  server.addService(service, Object.fromEntries([...methods, ...streaming]));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  endWithEngine();
}

/** A killed engine does not end its plugins, so they would stay for ever. */
function endWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => process.ppid !== engine && process.exit(1), 1000).unref();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
