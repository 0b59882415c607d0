import * as pulumi from "@pulumi/pulumi";

/** Options of a registration, as the engine would get them. */
export interface RecordedOptions {
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly customTimeouts: { readonly create: string; readonly update: string; readonly delete: string };
}

/** One registered resource. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly custom: boolean;
  /** Inputs; secret parts are still wrapped, see {@link reveal} and {@link redact}. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Reference of the provider; empty for components. */
  readonly provider: string;
  readonly options: RecordedOptions;
}

/** A stack's configuration: values as the engine passes them, and the keys that are encrypted. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** The part of the monitor that the recorder listens to. */
interface Monitor {
  registerResource(
    request: Request,
    callback: (error: unknown, response?: { getUrn(): string }) => void,
  ): Promise<void>;
}
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getDeletebeforereplace(): boolean;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
}

const NO_DIGEST = `sha256:${"0".repeat(64)}`;

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Outputs that providers would add: digests for images that are not built, and placeholder passwords. */
function outputsOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type === "docker-build:index:Image" && Array.isArray(inputs.tags))
    return { ref: `${textOf(inputs.tags[0])}@${NO_DIGEST}`, digest: NO_DIGEST };
  if (type === "docker:index/image:Image")
    return { repoDigest: `${textOf(inputs.imageName).replace(/:[^:/]*$/, "")}@${NO_DIGEST}` };
  if (type === "random:index/randomPassword:RandomPassword")
    return { result: pulumi.secret(name.padEnd(Number(inputs.length), "0")) };
  return {};
}

/** Runs a program without engine, cluster or providers and returns every resource it registers. */
export async function record(
  stack: string,
  config: StackConfig,
  program: () => unknown,
): Promise<{ resources: Recorded[]; outputs: unknown }> {
  const inputsOf = new Map<string, Pick<Recorded, "inputs" | "custom" | "provider">>();
  const resources: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs, custom, provider }) => {
        const given = inputs as Record<string, unknown>;
        inputsOf.set(`${type} ${name}`, { inputs: given, custom: custom ?? false, provider: provider ?? "" });
        return { id: `${name}-id`, state: { ...given, ...outputsOf(type, name, given) } };
      },
    },
    "nexus",
    stack,
  );
  pulumi.runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);
  const listen = listenTo(pulumi.runtime.getMonitor() as unknown as Monitor, (request, urn) => {
    const known = inputsOf.get(`${request.getType()} ${request.getName()}`);
    if (known)
      resources.push({ type: request.getType(), name: request.getName(), urn, ...known, options: optionsOf(request) });
  });
  const before = process.env.PULUMI_CONFIG_SECRET_KEYS;
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(config.secretKeys);
  try {
    const outputs = await program();
    await pulumi.runtime.disconnect();
    return { resources, outputs };
  } finally {
    listen.stop();
    if (before === undefined) delete process.env.PULUMI_CONFIG_SECRET_KEYS;
    else process.env.PULUMI_CONFIG_SECRET_KEYS = before;
  }
}

function listenTo(monitor: Monitor, heard: (request: Request, urn: string) => void): { stop(): void } {
  const original = monitor.registerResource;
  monitor.registerResource = (request, callback) =>
    original.call(monitor, request, (error, response) => {
      if (response) heard(request, response.getUrn());
      callback(error, response);
    });
  return { stop: () => void (monitor.registerResource = original) };
}

function optionsOf(request: Request): RecordedOptions {
  const timeouts = request.getCustomtimeouts();
  return {
    parent: request.getParent(),
    dependencies: request.getDependenciesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    customTimeouts: {
      create: timeouts?.getCreate() ?? "",
      update: timeouts?.getUpdate() ?? "",
      delete: timeouts?.getDelete() ?? "",
    },
  };
}

/** `value` with the wrappers of secrets taken off. */
export function reveal(value: unknown): unknown {
  return mapSecrets(value, (secret) => reveal(secret));
}

/** `value` with every secret text replaced. */
export function redact(value: unknown): unknown {
  return mapSecrets(value, (secret) => mapTexts(secret, () => "REDACTED"));
}

function mapSecrets(value: unknown, change: (secret: unknown) => unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return change(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapSecrets(item, change)]));
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
