import type * as pulumi from "@pulumi/pulumi";
import type { Names } from "@nexus/contract";
import type { ServiceUrls } from "./service-urls";

/** Values by key, of a ConfigMap or a Secret. */
export type Values = Readonly<Record<string, pulumi.Input<string>>>;

/** What every part of the platform shares. */
export interface Platform {
  /** Namespace of every object. */
  readonly namespace: pulumi.Output<string>;
  /** Names of the objects. A change replaces them. */
  readonly names: Names;
  /** Shared settings and secrets; a changed value that a service reads rolls its pods. */
  readonly values: Values;
  /** Secrets with which nodes log in to the registry. */
  readonly imagePullSecrets: readonly string[];
  /** Seconds that a pod may take to become ready before the update fails. */
  readonly deadlineSeconds: number;
  /** URLs of the services inside the cluster. */
  readonly urls: ServiceUrls;
}
