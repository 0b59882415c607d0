import * as pulumi from "@pulumi/pulumi";
import { mockOutputs } from "./mock-outputs";

/** Configuration of a stack, as the engine hands it to a program. */
export interface RecordedStack {
  readonly stack: string;
  /** By full name, such as `nexus:kernel`; objects may be given as they are. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys whose values are encrypted in the stack's file. */
  readonly secretKeys?: readonly string[];
}

/** One resource that a program registered. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the parent; undefined for what belongs to the stack itself. */
  readonly parent: string | undefined;
  /** False for a component. */
  readonly custom: boolean;
  /** The inputs without the wrappers of secrets. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The same with `SECRET` in place of every secret property. */
  readonly redacted: Readonly<Record<string, unknown>>;
  /** Names of the secret properties. */
  readonly secretInputs: readonly string[];
  readonly options: pulumi.ResourceOptions;
  /** Reference of the provider, which begins with the provider's URN. */
  readonly provider: string;
}

/** What a program would have deployed. */
export interface Recording {
  readonly resources: readonly RecordedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Stands for a secret property. */
export const SECRET = "[secret]";

interface Registration {
  readonly args: pulumi.runtime.MockResourceArgs;
  readonly resource: pulumi.Resource;
  readonly options: pulumi.ResourceOptions;
}

function tell(args: { type: string; name: string }): string {
  return `${args.type} ${args.name}`;
}

/** Takes the wrapper off a secret property; `undefined` when it is none. */
function secretValue(value: unknown): { value: unknown } | undefined {
  return pulumi.runtime.isRpcSecret(value) ? { value: pulumi.runtime.unwrapRpcSecret(value) as unknown } : undefined;
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

async function finish({ args, resource, options }: Registration): Promise<RecordedResource> {
  const entries = Object.entries(args.inputs as Record<string, unknown>);
  return {
    type: args.type,
    name: args.name,
    urn: await promiseOf(resource.urn),
    parent: options.parent ? await promiseOf(options.parent.urn) : undefined,
    custom: args.custom ?? false,
    inputs: Object.fromEntries(entries.map(([key, value]) => [key, secretValue(value)?.value ?? value])),
    redacted: Object.fromEntries(entries.map(([key, value]) => [key, secretValue(value) ? SECRET : value])),
    secretInputs: entries.filter(([, value]) => secretValue(value)).map(([key]) => key),
    options,
    provider: args.provider ?? "",
  };
}

/**
 * Runs a Pulumi program without engine, cluster or builder and records what it registers.
 * @param program loads the program; its result is the stack's outputs
 * @throws whatever the program throws
 */
export async function record(program: () => unknown, settings: RecordedStack): Promise<Recording> {
  const values = Object.entries(settings.config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const requests = new Map<string, pulumi.runtime.MockResourceArgs>();
  const created = new Map<string, { resource: pulumi.Resource; options: pulumi.ResourceOptions }>();
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>, [...(settings.secretKeys ?? [])]);
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        if (requests.has(tell(args))) throw new Error(`The resource ${tell(args)} is registered twice.`);
        requests.set(tell(args), args);
        return { id: args.custom ? `${args.name}-id` : "", state: mockOutputs(args) };
      },
      call: (args) => args.inputs,
    },
    "nexus",
    settings.stack,
  );
  const outputs = await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      created.set(tell({ type, name }), { resource, options: opts });
      return undefined;
    });
    return (await program()) as pulumi.Inputs;
  });
  await pulumi.runtime.disconnect();
  const registrations = [...created].flatMap(([key, { resource, options }]) => {
    const args = requests.get(key);
    return args ? [{ args, resource, options }] : [];
  });
  const resources = await Promise.all(registrations.map((one) => finish(one)));
  const plain = (await promiseOf(pulumi.output(outputs))) as Record<string, unknown> | undefined;
  return { resources, outputs: plain ?? {} };
}
