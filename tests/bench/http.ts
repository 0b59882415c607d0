import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Authentication } from "@nexus/service";
import type { Kernel } from "../../images/workspace-kernel/src/kernel";
import { changeHeaders, executeResult, invokeBody, workspaceParams } from "../../images/workspace-kernel/src/schemas";
import type { Bench } from "./bench";
import { median, type Result } from "./result";

const run = promisify(execFile);
const CONNECTIONS = 16;
const SECONDS = 1.5;
const ROUNDS = 5;
const PATH = "/api/v1/workspaces/00000000-0000-4000-8000-000000000003/bench";
const ANSWER = {
  result: 1,
  resultType: "number",
  display: "1",
  logs: [],
  truncated: false,
  droppedLogLines: 0,
  durationMs: 0.1,
  restarted: false,
  rolledBack: false,
};

/** The kernel's work around an execution (token, schemas, metrics and log), compared with a minimal HTTP server. */
export async function benchHttp(bench: Bench): Promise<Result[]> {
  const kernel = await bench.start({ MIN_INSTANCES: "0" }, addRoute);
  await kernel.app.listen({ host: "127.0.0.1", port: 0 });
  const health = (await kernel.app.inject("/health")).body;
  const bare = await startBare(health);
  try {
    const invoke = ["POST", PATH, bench.token, JSON.stringify({ input: 1 })];
    const compare = (request: readonly string[]) => comparison(kernel.app.server, bare, request);
    const execution = await compare(invoke);
    const alive = await compare(["GET", "/health", bench.token, ""]);
    const of = (what: string) => `HTTP of ${what}, a request, ${CONNECTIONS} connections`;
    const peer = "a bare node:http server";
    return [
      { what: of("an execution that runs nothing"), unit: "µs", peer, ...execution, goal: 1 / 0.7 },
      { what: of("/health"), unit: "µs", peer, ...alive, goal: 1 / 0.9 },
    ];
  } finally {
    bare.close();
    await kernel.close();
  }
}

/** The route of an execution, without the execution. */
function addRoute({ app }: Kernel, authenticate: Authentication["authenticate"]): void {
  const schema = {
    headers: changeHeaders,
    params: workspaceParams,
    body: invokeBody,
    response: { 200: executeResult },
  };
  app.post(PATH.replace(/[\da-f-]{36}/, ":workspaceId"), { onRequest: authenticate, schema }, async () => ANSWER);
}

async function startBare(health: string): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString());
      const body = request.url === PATH ? JSON.stringify(ANSWER) : health;
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.setHeader("content-length", Buffer.byteLength(body));
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Microseconds per request, measured in turns. */
async function comparison(
  server: Server,
  bare: Server,
  request: readonly string[],
): Promise<{ readonly value: number; readonly peerValue: number }> {
  const values: number[] = [];
  const peerValues: number[] = [];
  // The first calls of a process compile code, which is not what is measured.
  for (const one of [server, bare]) await load(one, request);
  for (let round = 0; round < ROUNDS; round += 1) {
    values.push(await load(server, request));
    peerValues.push(await load(bare, request));
  }
  return { value: median(values), peerValue: median(peerValues) };
}

async function load(server: Server, request: readonly string[]): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const script = path.join(__dirname, "peers", "http-load.cjs");
  const args = [script, String(port), ...request, String(CONNECTIONS), String(SECONDS)];
  const { stdout } = await run(process.execPath, args);
  return (SECONDS * 1e6) / Number(stdout);
}
