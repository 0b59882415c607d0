import type * as pulumi from "@pulumi/pulumi";
import { stackMark } from "../lib/ownership";
import type { ClusterAccess } from "../lib/provider";
import { strangers, strangersError } from "./strangers";
import type { LookUp } from "./look-up";
import { type PlannedObject, plannedObject } from "./planned-object";

export interface GuardArgs {
  readonly cluster: ClusterAccess;
  /** Namespace of the platform's objects. */
  readonly namespace: string;
  /** How the cluster is asked; null lets everything pass. */
  readonly ask: LookUp | null;
}

/**
 * Keeps a stack from taking over what somebody else made. The Kubernetes provider may adopt an object of the same name
 * without a word, and it is deleted when the stack goes. Nothing is registered, and so nothing written, built or pushed,
 * before the cluster was asked about every object that the program makes.
 */
export class Guard {
  /** Options of everything that is registered below the stack. */
  public readonly options: pulumi.ResourceOptions;
  private readonly planned: PlannedObject[] = [];
  private release: () => void = () => undefined;

  public constructor(private readonly args: GuardArgs) {
    // Never rejected: the program itself ends with the one error.
    const passed = new Promise<pulumi.Resource[]>((resolve) => (this.release = () => resolve([])));
    this.options = args.ask ? { dependsOn: passed, transformations: [this.note] } : {};
  }

  /**
   * Asks the cluster, and lets the resources go on. To be called when all of them are constructed.
   * @throws NexusError that names every object of somebody else, or why the cluster cannot be asked
   */
  public async check(): Promise<void> {
    const { ask, cluster } = this.args;
    if (!ask) return;
    const mark = stackMark();
    const found = strangers(await ask(cluster, this.planned), mark);
    if (found.length > 0) throw strangersError(found, cluster, mark);
    this.release();
  }

  private readonly note = ({ type, props }: pulumi.ResourceTransformationArgs): undefined => {
    const object = plannedObject(type, props, this.args.namespace);
    if (object) this.planned.push(object);
  };
}
