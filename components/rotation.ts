import * as pulumi from "@pulumi/pulumi";
import { NexusError } from "@nexus/host";
import type { RecordedResource } from "./guard/recorded";
import { newestRelease } from "./releases/recorded";
import { ROTATION_ANNOTATION } from "./secrets";

const SECRET = "kubernetes:core/v1:Secret";

/** How often the secrets of a stack were rotated, according to its state. */
export interface RotationState {
  /** Number of the last rotation that an update began; undefined if no update of this kind ran yet. */
  readonly begun: number | undefined;
  /** Number of the last rotation of which all pods know. */
  readonly finished: number;
}

/** The rotations so far; undefined for a stack without secrets, which may begin with any number. */
export function rotationState(recorded: readonly RecordedResource[]): RotationState | undefined {
  const secret = recorded.find(({ type, name }) => type === SECRET && name === "secrets");
  if (!secret) return undefined;
  const begun = secret.outputs.metadata?.annotations?.[ROTATION_ANNOTATION];
  const { configuration } = newestRelease(recorded) ?? {};
  return { begun: begun === undefined ? undefined : Number(begun), finished: rotationOf(configuration) };
}

/** The rotation in the configuration of a release. */
function rotationOf(configuration: Readonly<Record<string, string>> = {}): number {
  const { rotation = 0 } = JSON.parse(configuration["nexus:secrets"] ?? "{}") as { rotation?: number | string };
  return Number(rotation);
}

/**
 * A rotation changes secrets that running pods use, so each one needs the one before.
 * @throws NexusError if the secrets cannot be rotated to this number now
 */
export function checkRotation(state: RotationState | undefined, wanted: number): void {
  const problem = state && problemOf(state, wanted);
  if (problem === undefined) return;
  const [text, number, next] = problem;
  const command = `pulumi config set --stack ${pulumi.getStack()} --path nexus:secrets.rotation ${number}`;
  throw new NexusError("The secrets cannot be rotated like this. Nothing was changed:", [
    `nexus:secrets.rotation: ${wanted} ${text}. Fix: ${command}${next}`,
  ]);
}

function problemOf(state: RotationState, wanted: number): [string, number, string] | undefined {
  const { begun = 0 } = state;
  if (wanted === begun) return undefined;
  if (wanted < begun)
    return [`is less than ${begun}, which the secrets were rotated to; the ones before are gone`, begun, ""];
  if (wanted > begun + 1)
    return [`skips a rotation; the secrets are those of ${begun}, and one update rotates once`, begun + 1, ""];
  const then = `; run pulumi up, and then set ${wanted}`;
  if (state.begun === undefined)
    return ["comes too early: the running pods do not know the secrets after a rotation yet", begun, then];
  if (state.finished < begun)
    return [`comes too early: not all pods know of rotation ${begun} yet, because its update did not end`, begun, then];
  return undefined;
}
