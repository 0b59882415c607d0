import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { spawn } from "node:child_process";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../..");

/** The outcome of a run of the program. */
export interface ProgramRun {
  /** 32 means that the program has reported the problem to the user. */
  readonly exitCode: number | null;
  /** Errors that are shown to the user. */
  readonly errors: readonly string[];
  /** Warnings that are shown to the user. */
  readonly warnings: readonly string[];
  /** Types of the resources that were registered with the engine. */
  readonly registered: readonly string[];
  /** The output of the process itself. */
  readonly output: string;
}

export interface RunOptions {
  readonly preview: boolean;
  /** The resources of the stack's state, by URN. */
  readonly recorded?: Readonly<Record<string, { readonly type: string; readonly outputs: object }>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** Outputs that providers would compute: a password, and the reference of an image. */
const COMPUTED = { result: "0".repeat(48), ref: `registry.invalid/image@sha256:${"0".repeat(64)}` };

type Answer = (request: never) => unknown;

function handlers(answers: Readonly<Record<string, Answer>>): grpc.UntypedServiceImplementation {
  const entries = Object.entries(answers).map(([name, answer]): [string, grpc.UntypedHandleCall] => [
    name,
    (call: grpc.ServerUnaryCall<unknown, unknown>, done: grpc.sendUnaryData<unknown>) =>
      done(null, answer(call.request as never)),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Runs the program as the Pulumi engine does: a separate process that talks to an engine. This engine records the
 * requests and makes nothing.
 * @param config values of the stack's configuration with the namespace of their keys
 */
export async function runProgram(
  stack: string,
  config: Readonly<Record<string, string>>,
  { preview, recorded = {}, env }: RunOptions,
): Promise<ProgramRun> {
  const [errors, warnings]: [string[], string[]] = [[], []];
  const registered: string[] = [];
  const server = new grpc.Server();
  server.addService(
    ResourceMonitorService,
    handlers({
      supportsFeature: () => new resource.SupportsFeatureResponse().setHassupport(true),
      registerResource: (request: resource.RegisterResourceRequest) => {
        const [type, name] = [request.getType(), request.getName()];
        registered.push(type);
        const response = new resource.RegisterResourceResponse();
        response.setUrn(`urn:pulumi:${stack}::nexus::${type}::${name}`);
        response.setId(request.getCustom() ? name : "");
        response.setObject(Struct.fromJavaScript({ ...request.getObject()?.toJavaScript(), ...COMPUTED }));
        return response;
      },
      registerResourceOutputs: () => new Empty(),
      // Answers for the stack's own state, the only thing that the program asks for.
      invoke: () =>
        new resource.ResourceInvokeResponse().setReturn(
          Struct.fromJavaScript(JSON.parse(JSON.stringify({ outputs: recorded }))),
        ),
      signalAndWaitForShutdown: () => new Empty(),
    }),
  );
  server.addService(
    EngineService,
    handlers({
      log: (request: engine.LogRequest) => {
        if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage());
        if (request.getSeverity() === engine.LogSeverity.WARNING) warnings.push(request.getMessage());
        return new Empty();
      },
      setRootResource: () => new engine.SetRootResourceResponse(),
    }),
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const command = [
    "--require",
    "./local/transpile.cjs",
    require.resolve("@pulumi/pulumi/cmd/run"),
    "--monitor",
    address,
    "--engine",
    address,
    "--project",
    "nexus",
    "--stack",
    stack,
    "--organization",
    "organization",
    "--parallel",
    "16",
    ...(preview ? ["--dry-run"] : []),
    "index.ts",
  ];
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, PULUMI_CONFIG: JSON.stringify(config), PULUMI_CONFIG_SECRET_KEYS: "[]", ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { exitCode, errors, warnings, registered, output };
  } finally {
    server.forceShutdown();
  }
}
