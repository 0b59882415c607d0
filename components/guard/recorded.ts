import * as pulumi from "@pulumi/pulumi";
import type { Metadata } from "./look-up";

/** A resource in the stack's state, as the last update or refresh left it. */
export interface RecordedResource {
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly outputs: RecordedOutputs;
}

/** The outputs that are read. */
export interface RecordedOutputs {
  readonly metadata?: Metadata & { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly resources?: ClaimSpec["resources"];
    readonly volumeClaimTemplates?: readonly { readonly spec: ClaimSpec }[];
  };
  /** Of a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>;
  /** Of the stack: its newest release. */
  readonly release?: { readonly number?: number };
  /** Of a Kubernetes provider. */
  readonly context?: string;
}

/** What a volume claim asks for. */
export interface ClaimSpec {
  readonly storageClassName?: string;
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

/** Reads what the stack's state has. */
export type Recorded = () => Promise<readonly RecordedResource[]>;

type Outputs = Readonly<Record<string, { readonly type: string; readonly outputs: RecordedOutputs }>>;

/** {@link Recorded} of this stack. The engine answers with the state before this update. */
export const recordedResources: Recorded = async () => {
  const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const token = "pulumi:pulumi:readStackResourceOutputs";
  const { outputs } = (await pulumi.runtime.invoke(token, { stackName })) as { readonly outputs?: Outputs };
  return Object.entries(outputs ?? {}).map(([urn, { type, outputs: own }]) => ({
    type,
    name: nameInUrn(urn),
    outputs: own,
  }));
};

/** The logical name at the end of a URN. */
export function nameInUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Names a resource within its stack: type and logical name, which is unique here. */
export function resourceKey({ type, name }: Pick<RecordedResource, "type" | "name">): string {
  return `${type}::${name}`;
}
