import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";

type Answer = (error: grpc.ServiceError | null, info: PluginInfo) => void;
interface Client extends grpc.Client {
  readonly getPluginInfo: (request: Empty, answer: Answer) => unknown;
}
type ClientClass = new (address: string, credentials: grpc.ChannelCredentials) => Client;

/** The stand-ins, which are all programs of ours that the engine connects to. */
const PLUGINS: readonly [module: string, service: string, Client: ClientClass][] = [
  ["random-plugin", "ResourceProvider", ResourceProviderClient],
  ["language-host", "LanguageRuntime", LanguageRuntimeClient],
];

/** A frame of HTTP/2 with up to 255 bytes. @param stream number of the request; 0 for the connection */
const frame = (type: number, flags: number, stream: number, ...bytes: readonly number[]) =>
  Buffer.from([0, 0, bytes.length, type, flags, 0, 0, 0, stream, ...bytes]);

const START = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0)]);
/** `:method: POST`, `:scheme: http` and `:authority: localhost`; without one of them it would be no request. */
const POST = [0x83, 0x86, 0x01, 9, ...Buffer.from("localhost")];
const GRPC_TYPE = [0x0f, 0x10, 16, ...Buffer.from("application/grpc")];
const call = (method: string) => frame(1, 4, 1, ...POST, 0x04, method.length, ...Buffer.from(method), ...GRPC_TYPE);

/** Requests whose headers have arrived. */
const REQUESTS: Readonly<Record<string, (service: string) => Buffer>> = {
  "that is not gRPC": () => frame(1, 4, 1, ...POST, 0x84),
  "of an unknown method": () => call("/"),
  // The engine asks for it to see whether a plugin answers.
  "of the method without a name": () => call(""),
  "that waits for its message": (service) => call(`/pulumirpc.${service}/GetPluginInfo`),
  "that is being answered": (service) =>
    Buffer.concat([call(`/pulumirpc.${service}/GetPluginInfo`), frame(0, 1, 1, 0, 0, 0, 0, 0)]),
};
const ENDINGS = {
  "ends in the middle of it": Buffer.alloc(0),
  "sends what is not HTTP/2": Buffer.alloc(64, 0xff),
  "promises a request, which only servers may": frame(5, 4, 1, 0, 0, 0, 2),
  "sends data of no request": frame(0, 0, 0, 120),
  "gives it a window of 0 more bytes": frame(8, 0, 1, 0, 0, 0, 0),
  "takes it back": frame(3, 0, 1, 0, 0, 0, 8),
  // So does the engine at its end: its library names a request of its own where one of the server's belongs.
  "says goodbye with a request of its own": frame(7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0),
  "takes it back and says goodbye": Buffer.concat([frame(3, 0, 1, 0, 0, 0, 8), frame(7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)]),
};
const CASES = Object.entries(REQUESTS).flatMap(([request, opening]) =>
  Object.entries(ENDINGS).map(([ending, end]) => [request, ending, opening, end] as const),
);

describe.each(PLUGINS)("P1: a connection to the plugin %s ends alone", (module, service, PluginClient) => {
  let plugin: ChildProcess;
  let port: number;
  let errors = "";

  beforeAll(async () => {
    const main = `require('./local/toolchain/shims/${module}').main()`;
    plugin = spawn(process.execPath, [...TYPESCRIPT_ARGUMENTS, "--eval", main], {
      cwd: repositoryRoot,
      stdio: "pipe",
    });
    plugin.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [line] = (await once(plugin.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    port = Number(line.toString());
  });
  afterAll(() => plugin.kill("SIGKILL"));

  test.each(CASES)(
    "with a request %s, if it %s: the plugin writes no stack trace and answers the next one",
    async (_request, _ending, opening, end) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("error", () => undefined).end(Buffer.concat([START, opening(service), end]));
      // The server has read it all when it sends its first frames.
      await once(socket, "data");
      socket.destroy();
      const client = new PluginClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const version = await new Promise<string>((resolve, reject) =>
        client.getPluginInfo(new Empty(), (error, info) => (error ? reject(error) : resolve(info.getVersion()))),
      );
      client.close();
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect([errors, plugin.exitCode]).toEqual(["", null]);
    },
  );
});
