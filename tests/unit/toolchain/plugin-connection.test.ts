import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";

/** The start of HTTP/2 and an open request. Its headers are `:method: POST`, `:scheme: http` and `:path: /`. */
const OPEN_REQUEST = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 3, 1, 4, 0, 0, 0, 1, 0x83, 0x86, 0x84]),
]);

let plugin: ChildProcess;
let port: number;
let errors = "";

beforeAll(async () => {
  const main = "require('./local/toolchain/shims/random-plugin').main()";
  plugin = spawn(process.execPath, [...TYPESCRIPT_ARGUMENTS, "--eval", main], { cwd: repositoryRoot, stdio: "pipe" });
  plugin.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [line] = (await once(plugin.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  port = Number(line.toString());
});
afterAll(() => plugin.kill("SIGKILL"));

test.each([
  ["ends in the middle of a request", Buffer.alloc(0)],
  ["sends what is not HTTP/2", Buffer.alloc(64, 0xff)],
  ["promises a request, which only servers may", Buffer.from([0, 0, 4, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2])],
  ["sends data of no request", Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 0, 120])],
  ["gives a request a window of 0 more bytes", Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 0, 0])],
])(
  "a connection that %s ends alone: the plugin writes no stack trace and answers the next one",
  async (_what, wrong) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => undefined).end(Buffer.concat([OPEN_REQUEST, wrong]));
    // The server has read it all when it sends its first frames.
    await once(socket, "data");
    socket.destroy();
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const schema = await new Promise<string>((resolve, reject) =>
      client.getSchema(new GetSchemaRequest(), (error, answer) =>
        error ? reject(error) : resolve(answer.getSchema()),
      ),
    );
    client.close();
    expect(schema).toContain("RandomPassword");
    expect([errors, plugin.exitCode]).toEqual(["", null]);
  },
);
