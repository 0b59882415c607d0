import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHmac } from "node:crypto";
import type { ImageBuilder } from "../images/types";
import { NO_INPUTS } from "../lib/component";
import { type RegistryLogin, registryLoginSecret } from "../lib/registry-login";
import { rolloutTimeouts } from "@nexus/contract";
import { type Conversion, convert, type ConvertOptions, type KubernetesObject, type Loss } from "@nexus/compose";
import { buildImages, type BuiltImages, type ComposeBuilds, type ImageOf, withImages } from "./builds";

const TYPE = "nexus:compose:ComposeStack";

export interface ComposeStackArgs extends Omit<ConvertOptions, "builds"> {
  /** @default nothing is built */
  readonly builds?: ComposeBuilds;
  /** The component that makes the images of `builds`. @default nothing is built */
  readonly builder?: ImageBuilder;
  /** The reference under which the cluster gets an image of somebody else. @default the same */
  readonly served?: (image: string) => string;
  /** Makes the image pull secret from the log-in of a private registry (E24), named `imagePullSecret` or else "regcred". @default none */
  readonly registryLogin?: RegistryLogin;
}

export interface ConvertedStack {
  readonly conversion: Conversion;
  readonly registryLogin: RegistryLogin | undefined;
  readonly imagePullSecret: string;
}

/**
 * Converts the compose files. Images have the stack's name, because projects of several stacks may have the same name.
 * @throws ComposeError with every problem, before anything is registered
 */
export function convertStack(stack: string, { builds: target, ...args }: ComposeStackArgs): ConvertedStack {
  const name = args.imagePullSecret ?? "regcred";
  const builds = target && { ...target, repository: `${target.registry}/compose/${stack}` };
  const withLogin = (registryLogin: RegistryLogin | undefined): ConvertedStack => ({
    conversion: convert({ ...args, builds, imagePullSecret: registryLogin ? name : args.imagePullSecret }),
    registryLogin,
    imagePullSecret: name,
  });
  const converted = withLogin(args.registryLogin);
  // A Secret that the user names exists already, and has the log-in.
  const needsLogin = converted.conversion.builds.length > 0 && args.imagePullSecret === undefined;
  return needsLogin && !args.registryLogin && target?.login ? withLogin(target.login) : converted;
}

type ObjectClass = new (name: string, args: never, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

const CLASSES: Readonly<Record<string, ObjectClass>> = {
  ConfigMap: k8s.core.v1.ConfigMap,
  DaemonSet: k8s.apps.v1.DaemonSet,
  Deployment: k8s.apps.v1.Deployment,
  HorizontalPodAutoscaler: k8s.autoscaling.v2.HorizontalPodAutoscaler,
  Ingress: k8s.networking.v1.Ingress,
  Job: k8s.batch.v1.Job,
  Namespace: k8s.core.v1.Namespace,
  NetworkPolicy: k8s.networking.v1.NetworkPolicy,
  PersistentVolumeClaim: k8s.core.v1.PersistentVolumeClaim,
  Role: k8s.rbac.v1.Role,
  RoleBinding: k8s.rbac.v1.RoleBinding,
  Secret: k8s.core.v1.Secret,
  Service: k8s.core.v1.Service,
  ServiceAccount: k8s.core.v1.ServiceAccount,
  StatefulSet: k8s.apps.v1.StatefulSet,
};
const WORKLOADS = ["DaemonSet", "Deployment", "Job", "StatefulSet"];
/**
 * Objects that need no readiness check: waiting for endpoints or volumes would wait for pods that are created later.
 */
const NOT_AWAITED = ["Ingress", "PersistentVolumeClaim", "Service"];
const NAMESPACE_FIRST = ["Namespace"];

/**
 * Runs a compose project on Kubernetes: ConfigMaps, Secrets, workloads, Services, claims and Ingresses, in a namespace
 * of its own. Everything that cannot be converted is in `losses` and is shown as a warning.
 *
 * @example new ComposeStack("ushadow", { files: ["compose.yaml"], profiles: ["web"] })
 */
export class ComposeStack extends pulumi.ComponentResource {
  /** Everything that works differently in the cluster than with compose. */
  public readonly losses: readonly Loss[];
  /** Addresses of the Services inside the cluster, by the service's name. */
  public readonly endpoints: Readonly<Record<string, string>>;

  public constructor(name: string, args: ComposeStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { conversion, registryLogin, imagePullSecret } = convertStack(name, args);
    const { objects, losses, builds } = conversion;
    const built: BuiltImages = args.builder ? buildImages(name, builds, args.builder, this) : new Map();
    const imageOf = (image: string) => built.get(image) ?? args.served?.(image) ?? image;
    const namespaces = this.createNamespaces(name, objects);
    const salt = this.createSalt(name, objects);
    const pull = registryLogin ? this.createPullSecrets(name, imagePullSecret, registryLogin, namespaces) : [];
    this.createObjects(name, objects, namespaces, salt, imageOf, pull);
    for (const loss of losses) this.warn(name, loss);
    this.losses = losses;
    this.endpoints = endpointsOf(objects);
    this.registerOutputs({ endpoints: this.endpoints });
  }

  private createNamespaces(name: string, objects: readonly KubernetesObject[]): Map<string, pulumi.CustomResource> {
    const found = objects.filter(({ kind }) => NAMESPACE_FIRST.includes(kind));
    return new Map(found.map((object) => [object.metadata.name, this.create(name, object, {})]));
  }

  /** Prevents that a short secret can be guessed from its hash in a pod's annotations. */
  private createSalt(name: string, objects: readonly KubernetesObject[]): pulumi.Output<string> | undefined {
    if (!objects.some(({ kind }) => kind === "Secret")) return undefined;
    return new random.RandomPassword(`${name}-checksum-salt`, { length: 32, special: false }, { parent: this }).result;
  }

  private createPullSecrets(
    name: string,
    secret: string,
    login: RegistryLogin,
    namespaces: ReadonlyMap<string, pulumi.CustomResource>,
  ): pulumi.CustomResource[] {
    return [...namespaces].map(([namespace, parent]) => {
      const args = { metadata: { name: secret, namespace }, ...registryLoginSecret(login) };
      return new k8s.core.v1.Secret(`${name}-${namespace}-${secret}`, args, { parent: this, dependsOn: [parent] });
    });
  }

  private createObjects(
    name: string,
    objects: readonly KubernetesObject[],
    namespaces: ReadonlyMap<string, pulumi.CustomResource>,
    salt: pulumi.Output<string> | undefined,
    imageOf: ImageOf,
    pull: readonly pulumi.CustomResource[],
  ): void {
    const others = objects.filter(({ kind }) => !NAMESPACE_FIRST.includes(kind));
    const first = others.filter(({ kind }) => !WORKLOADS.includes(kind));
    const space = ({ metadata }: KubernetesObject) => namespaces.get(metadata.namespace ?? "");
    const made = first.map((object) => this.create(name, object, { dependsOn: defined([space(object)]) }));
    for (const object of others.filter(({ kind }) => WORKLOADS.includes(kind)))
      this.create(name, withImages(salt ? withSecretChecksum(object, objects, salt) : object, imageOf), {
        dependsOn: [...made, ...pull, ...defined([space(object)])],
        customTimeouts: rolloutTimeouts("several"),
        // A Job cannot be changed, and its name stays in use until the old one is deleted.
        deleteBeforeReplace: object.kind === "Job",
      });
  }

  private create(name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions): pulumi.CustomResource {
    const { kind, metadata } = object;
    const Class = CLASSES[kind];
    if (!Class) throw new Error(`No class is known for objects of the kind ${kind}.`);
    const { apiVersion: _apiVersion, kind: _kind, ...fields } = object;
    const args = {
      ...fields,
      ...(kind === "Secret" ? { data: pulumi.secret(object.data) } : {}),
      ...(NOT_AWAITED.includes(kind) ? { metadata: withAnnotation(metadata, "pulumi.com/skipAwait", "true") } : {}),
    };
    const space = metadata.namespace === undefined ? "" : `${metadata.namespace}-`;
    return new Class(`${name}-${space}${metadata.name}-${kind.toLowerCase()}`, args as never, {
      ...options,
      parent: this,
    });
  }

  private warn(name: string, { service, key, value, effect, advice }: Loss): void {
    const subject = [service, key].filter((part) => part !== "-" && part !== "").join(".");
    void pulumi.log.warn(`${name}: ${subject}${value ? ` (${value})` : ""}: ${effect}. Advice: ${advice}.`, this);
  }
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function withAnnotation(metadata: KubernetesObject["metadata"], key: string, value: pulumi.Input<string>) {
  return { ...metadata, annotations: { ...metadata.annotations, [key]: value } } as KubernetesObject["metadata"];
}

interface Template {
  readonly metadata: KubernetesObject["metadata"];
  readonly spec: unknown;
}

/** Rolls the pods when one of their secrets changes. */
function withSecretChecksum(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
  salt: pulumi.Output<string>,
): KubernetesObject {
  const spec = object.spec as { readonly template: Template };
  const used = JSON.stringify(spec);
  const secrets = objects.filter(
    ({ kind, metadata }) =>
      kind === "Secret" && metadata.namespace === object.metadata.namespace && used.includes(`"${metadata.name}"`),
  );
  if (secrets.length === 0) return object;
  const content = JSON.stringify(secrets.map(({ data }) => data));
  const sum = pulumi.unsecret(salt.apply((key) => createHmac("sha256", key).update(content).digest("hex")));
  const template = { ...spec.template, metadata: withAnnotation(spec.template.metadata, "checksum/secrets", sum) };
  return { ...object, spec: { ...spec, template } };
}

function endpointsOf(objects: readonly KubernetesObject[]): Record<string, string> {
  const services = objects.filter(
    ({ kind, metadata }) => kind === "Service" && metadata.labels?.["app.kubernetes.io/component"] === "service",
  );
  return Object.fromEntries(
    services.map(({ metadata }) => [metadata.name, `${metadata.name}.${metadata.namespace ?? ""}.svc.cluster.local`]),
  );
}
