import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { forStack, NexusError } from "@nexus/host";
import { stackMark } from "../lib/ownership";
import type { ClusterAccess } from "../lib/provider";
import { strangers, strangersError } from "./strangers";
import { driftOf, driftText } from "./drift";
import type { LookUp } from "./look-up";
import { lossOf } from "./losses";
import { type PlannedObject, plannedObject } from "./planned-object";
import { type RecordedResource, resourceKey } from "./recorded";

/**
 * Variable with the name of a file. If it is set, an update that would lose data writes the losses into that file and
 * stops before it changes anything, so that its caller can ask the user first.
 */
export const STOP_BEFORE_LOSS = "NEXUS_STOP_BEFORE_LOSS";

export interface GuardArgs {
  readonly cluster: ClusterAccess;
  /** Namespace of the platform's objects. */
  readonly namespace: string;
  /** Asks the cluster; null skips the check. */
  readonly ask: LookUp | null;
  /** Reads the stack's state. */
  readonly recorded: readonly RecordedResource[];
}

/**
 * Prevents a stack from taking over objects of somebody else, and reports what an update would lose. The Kubernetes
 * provider adopts an existing object of the same name silently, and deletes it with the stack. So nothing is
 * registered, and nothing written, built or pushed, until the cluster was asked about every object of the program.
 */
export class Guard {
  /** Options of everything that is registered in the stack. */
  public readonly options: pulumi.ResourceOptions;
  private readonly plan = new Map<string, PlannedObject | undefined>();
  private release: () => void = () => undefined;

  public constructor(private readonly args: GuardArgs) {
    // Never rejected: the program itself ends with a single error.
    const passed = new Promise<pulumi.Resource[]>((resolve) => (this.release = () => resolve([])));
    this.options = args.ask ? { dependsOn: passed, transformations: [this.note] } : {};
  }

  /**
   * Asks the cluster, then releases the resources. Call it when all of them are constructed.
   * @throws NexusError that names every object of somebody else, or says why the cluster cannot be asked
   */
  public async check(): Promise<void> {
    const { ask, cluster, recorded } = this.args;
    if (!ask) return;
    const mark = stackMark();
    const present = await ask(
      cluster,
      [...this.plan.values()].filter((object) => object !== undefined),
    );
    const found = strangers(present, mark);
    if (found.length > 0) throw strangersError(found, cluster, mark);
    const loss = lossOf(recorded, this.plan, cluster.context);
    if (loss !== undefined) await tellLoss(loss);
    else await this.tellDrift(present);
    this.release();
  }

  /** Pulumi itself does not see the drift without `--refresh`. */
  private async tellDrift(present: Parameters<typeof driftOf>[1]): Promise<void> {
    const { recorded } = this.args;
    const drift = driftText(driftOf(recorded, present, (resource) => this.plan.has(resourceKey(resource))));
    if (drift !== undefined) await pulumi.log.warn(`${drift}. Without --refresh, that is not undone.`);
  }

  private readonly note = ({ type, name, props }: pulumi.ResourceTransformationArgs): undefined => {
    this.plan.set(resourceKey({ type, name }), plannedObject(type, props, this.args.namespace));
  };
}

async function tellLoss(loss: string): Promise<void> {
  const file = process.env[STOP_BEFORE_LOSS];
  if (!file || pulumi.runtime.isDryRun()) return pulumi.log.warn(loss);
  fs.writeFileSync(file, loss);
  throw new NexusError(loss, [
    "Nothing was changed.",
    forStack(
      "Fix: restore the configuration, or continue with npm run up, which asks in a terminal; with --yes it does not ask.",
      pulumi.getStack(),
    ),
  ]);
}
