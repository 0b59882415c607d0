import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import { rolloutTimeouts } from "@nexus/contract";
import { checkWorkload, type WorkloadArgs } from "./args";
import { deploymentSpec, disruptionBudgetSpec, serviceSpec } from "./manifests";

const TYPE = "nexus:workload:Workload";

/**
 * A stateless service: account without rights, Deployment, Service, and a disruption budget if two pods or more may
 * run.
 *
 * @example new Workload("cache", { platform, name: "redis", component: "cache", user: 999, ... })
 */
export class Workload extends pulumi.ComponentResource {
  /** The Deployment; an autoscaler targets it. */
  public readonly deployment: k8s.apps.v1.Deployment;

  public constructor(name: string, workload: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    checkWorkload(workload);
    const metadata = {
      name: workload.name,
      namespace: workload.platform.namespace,
      labels: labels(workload.name, workload.component),
    };
    const account = this.createServiceAccount(name, metadata);
    this.deployment = this.createDeployment(name, workload, metadata, account);
    this.createService(name, workload, metadata);
    if (workload.mostPods >= 2) this.createDisruptionBudget(name, workload, metadata);
    this.registerOutputs({});
  }

  private createServiceAccount(name: string, metadata: object): k8s.core.v1.ServiceAccount {
    const args = { metadata, automountServiceAccountToken: false };
    return new k8s.core.v1.ServiceAccount(`${name}-account`, args, { parent: this });
  }

  private createDeployment(
    name: string,
    workload: WorkloadArgs,
    metadata: object,
    account: pulumi.Resource,
  ): k8s.apps.v1.Deployment {
    const dependsOn = [account, ...workload.after];
    const pods = workload.replicas === 1 ? "one" : "several";
    const options = {
      parent: this,
      dependsOn,
      customTimeouts: rolloutTimeouts(pods, workload.platform.deadlineSeconds),
    };
    return new k8s.apps.v1.Deployment(name, { metadata, spec: deploymentSpec(workload) }, options);
  }

  private createService(name: string, workload: WorkloadArgs, metadata: object): void {
    // The Deployment waits for ready pods, so waiting for their endpoints as well would only cost time.
    const annotations = { "pulumi.com/skipAwait": "true" };
    const args = { metadata: { ...metadata, annotations }, spec: serviceSpec(workload) };
    // A node port belongs to one Service at a time.
    const deleteBeforeReplace = workload.nodePort !== null;
    new k8s.core.v1.Service(`${name}-service`, args, { parent: this, deleteBeforeReplace });
  }

  private createDisruptionBudget(name: string, workload: WorkloadArgs, metadata: object): void {
    const spec = disruptionBudgetSpec(workload.name);
    new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec }, { parent: this });
  }
}
