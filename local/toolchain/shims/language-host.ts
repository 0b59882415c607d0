/**
 * `pulumi-language-nodejs`: the program through which the Pulumi engine runs Node.js programs, for machines that
 * cannot download the official one. It speaks the engine's LanguageRuntime protocol and starts `@pulumi/pulumi/cmd/run`
 * of the program's own SDK.
 */
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { choosePackageManager, installDependencies } from "./install-dependencies";
import { SDK_VERSION } from "./sdk-version";
import { serve, type UnaryHandlers } from "./serve";

/** Exit code with which the SDK says that it has already reported the error to the user. */
const ALREADY_REPORTED = 32;
const running = new Set<ChildProcess>();

/**
 * Code that ends the program together with this host, however the host ends: the program's standard input is a pipe
 * that only the host holds open. Otherwise, after its engine was killed, the program would go on sending requests to it
 * at full speed.
 */
const END_WITH_HOST = 'process.stdin.on("close",()=>process.kill(process.pid,"SIGKILL")).resume().unref()';

export interface RunArguments {
  readonly monitor: string;
  readonly engine: string;
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly pwd: string;
  readonly rootDirectory: string;
  readonly dryRun: boolean;
  readonly parallel: number;
  /** Entry point, relative to the program's folder. */
  readonly program: string;
  readonly programArguments: readonly string[];
  /** Runtime option `nodeargs`: arguments for Node.js itself, separated by spaces. */
  readonly nodeArguments: string;
}

/** The command line of one run of a program, without the path of Node.js itself. */
export function runCommand(run: RunArguments, runner: string): string[] {
  return [
    `--import=data:text/javascript,${encodeURIComponent(END_WITH_HOST)}`,
    ...run.nodeArguments.split(" ").filter(Boolean),
    runner,
    "--monitor",
    run.monitor,
    "--engine",
    run.engine,
    "--project",
    run.project,
    "--stack",
    run.stack,
    ...(run.organization ? ["--organization", run.organization] : []),
    ...(run.rootDirectory ? ["--root-directory", run.rootDirectory] : []),
    ...(run.pwd ? ["--pwd", run.pwd] : []),
    ...(run.dryRun ? ["--dry-run"] : []),
    "--query-mode",
    "false",
    "--parallel",
    String(run.parallel),
    run.program,
    ...run.programArguments,
  ];
}

function optionOf(info: language.ProgramInfo | undefined, name: string): string {
  const value = info?.getOptions()?.toJavaScript()[name];
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

function runProgram(request: language.RunRequest, engine: string): Promise<language.RunResponse> {
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() || request.getPwd();
  const run: RunArguments = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    pwd: request.getPwd(),
    rootDirectory: info?.getRootDirectory() ?? "",
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    program: info?.getEntryPoint() || request.getProgram() || ".",
    programArguments: request.getArgsList(),
    nodeArguments: optionOf(info, "nodeargs"),
  };
  const runner = require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] });
  const child = spawn(process.execPath, runCommand(run, runner), {
    cwd: folder,
    stdio: ["pipe", "inherit", "inherit"],
    env: {
      ...process.env,
      PULUMI_NODEJS_TYPESCRIPT: optionOf(info, "typescript") === "true" ? "true" : "false",
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  running.add(child);
  return new Promise((resolve) => {
    const response = new language.RunResponse();
    child.once("error", (error) => {
      response.setError(`Node.js could not be started: ${error.message}`);
      resolve(response);
    });
    child.once("exit", (code, signal) => {
      running.delete(child);
      if (code === ALREADY_REPORTED) response.setBail(true);
      else if (code !== 0) response.setError(`Program exited with ${signal ? `signal ${signal}` : `code ${code}`}.`);
      resolve(response);
    });
  });
}

function pluginInfo(): plugin.PluginInfo {
  const info = new plugin.PluginInfo();
  info.setVersion(SDK_VERSION);
  return info;
}

function about(): language.AboutResponse {
  const response = new language.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  return response;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readManifest(file: string): Manifest {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Manifest) : {};
}

function dependencies(request: language.GetProgramDependenciesRequest): language.GetProgramDependenciesResponse {
  const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const names = Object.keys(readManifest(path.join(folder, "package.json")).dependencies ?? {});
  const response = new language.GetProgramDependenciesResponse();
  response.setDependenciesList(
    names.map((name) => {
      const dependency = new language.DependencyInfo();
      dependency.setName(name);
      dependency.setVersion(readManifest(path.join(folder, "node_modules", name, "package.json")).version ?? "");
      return dependency;
    }),
  );
  return response;
}

function install(request: language.InstallDependenciesRequest, send: (answer: unknown) => void, signal: AbortSignal) {
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() || request.getDirectory();
  return installDependencies({
    folder,
    manager: choosePackageManager(folder, optionOf(info, "packagemanager")),
    production: request.getIsPlugin(),
    onOutput: (stream, chunk) => {
      const response = new language.InstallDependenciesResponse();
      if (stream === "stdout") response.setStdout(chunk);
      else response.setStderr(chunk);
      send(response);
    },
    onStart: (child) => {
      running.add(child);
      child.once("close", () => running.delete(child));
      signal.addEventListener("abort", () => child.kill("SIGTERM"));
    },
  });
}

/** The engine's requests. Every other request is answered as unimplemented, which the engine accepts. */
function handlers(engine: string): UnaryHandlers {
  return {
    handshake: async () => new language.LanguageHandshakeResponse(),
    // The plugins exist already; the engine need not install any.
    getRequiredPlugins: async () => new language.GetRequiredPluginsResponse(),
    getRequiredPackages: async () => new language.GetRequiredPackagesResponse(),
    getPluginInfo: async () => pluginInfo(),
    about: async () => about(),
    getProgramDependencies: async (request) => dependencies(request as language.GetProgramDependenciesRequest),
    runtimeOptionsPrompts: async () => new language.RuntimeOptionsResponse(),
    run: (request) => runProgram(request as language.RunRequest, engine),
    cancel: async () => {
      stopPrograms();
      return new Empty();
    },
  };
}

function stopPrograms(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** Starts the host; its last argument is the engine's address. */
export function main(): void {
  // The engine waits ten seconds for a host that does not end on request.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      stopPrograms();
      process.exit(0);
    });
  serve(LanguageRuntimeService, handlers(process.argv.at(-1) ?? ""), {
    installDependencies: async (request, send, signal) =>
      install(request as language.InstallDependenciesRequest, send, signal),
  });
}
