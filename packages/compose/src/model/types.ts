import type { DeploymentSpec, VolumeSpec } from "../deployment-spec";
import type { Place } from "../source/problem";
import type { ValueSource } from "../value-order";

/** A compose project, independent of its syntax and of Kubernetes. */
export interface Project {
  readonly name: string;
  readonly services: readonly Service[];
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Networks without a route to the outside. */
  readonly internalNetworks: ReadonlySet<string>;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
  readonly source: ValueSource;
}

export interface Port {
  readonly target: number;
  /** Ports of the host, such as "8080" or "8000-8010". */
  readonly published: string | undefined;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly name: string | undefined;
  readonly appProtocol: string | undefined;
}

/** Files that are mounted read-only. */
export interface FileSet {
  /** The name of the object, as far as Kubernetes allows it. */
  readonly name: string;
  /** Identifies the content: two sets with the same value are equal. */
  readonly identity: string;
  readonly kind: "config" | "secret" | "bind";
  /** The object exists already under this name; `files` is then empty. */
  readonly external: string | undefined;
  readonly secret: boolean;
  /** By their path below the mount. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Paths of the executable files. */
  readonly executable: ReadonlySet<string>;
}

export type Mount = { readonly target: string; readonly readOnly: boolean } & (
  | { readonly kind: "volume"; readonly volume: string; readonly subPath: string | undefined }
  | { readonly kind: "scratch"; readonly memory: boolean; readonly bytes: number | undefined }
  | {
      readonly kind: "files";
      readonly set: FileSet;
      /** A single file at the target; undefined mounts the whole directory. */
      readonly single: string | undefined;
      readonly mode: number | undefined;
    }
  | { readonly kind: "image"; readonly image: string; readonly subPath: string | undefined }
);

export interface Dependency {
  readonly service: string;
  readonly condition: "service_started" | "service_healthy" | "service_completed_successfully";
}

/** A text for a shell may contain marks for secrets, which the shell reads from the environment. */
export interface Healthcheck {
  readonly test: { readonly shell: string } | { readonly command: readonly string[] };
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startSeconds: number;
  readonly startIntervalSeconds: number;
}

export interface Hook {
  /** As in {@link Healthcheck}. */
  readonly run: Healthcheck["test"];
  readonly directory: string | undefined;
  readonly environment: readonly (readonly [string, string])[];
}

export interface Resources {
  readonly limits: { readonly cpus?: number; readonly bytes?: number };
  readonly requests: { readonly cpus?: number; readonly bytes?: number };
  readonly gpus: readonly { readonly resource: string; readonly count: number }[];
}

export interface Placement {
  readonly nodeLabels: readonly { readonly key: string; readonly value: string; readonly equal: boolean }[];
  readonly spread: readonly string[];
  readonly onePerNode: boolean;
}

export interface Rollout {
  readonly parallelism: number;
  readonly startFirst: boolean;
  readonly delaySeconds: number;
}

/** Where the images that compose would build are pushed to. */
export interface BuildTarget {
  /** Registry and path; the service's name follows. */
  readonly repository: string;
  readonly tag: string;
  /** Whether the builder accepts the text of a Dockerfile instead of a file. */
  readonly inlineDockerfiles: boolean;
}

/** An image that is built from files of the project before its service runs. */
export interface ImageBuild {
  readonly service: string;
  /** The image as the objects have it, by tag. */
  readonly image: string;
  /** Folder whose files the build may copy; absolute. */
  readonly context: string;
  /** The file, absolute, or its text. */
  readonly dockerfile: { readonly file: string } | { readonly text: string };
  /** Stage to build; undefined for the last. */
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Names of the arguments whose values are secret. */
  readonly secretArgs: readonly string[];
}

export interface Service {
  readonly name: string;
  readonly place: Place;
  readonly image: string;
  /** How the image is built; undefined if it exists already. */
  readonly build: ImageBuild | undefined;
  readonly spec: DeploymentSpec;
  /** Commands may contain marks for secrets; undefined means the image's own command, an empty list means none. */
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly workingDir: string | undefined;
  readonly user: { readonly uid: number; readonly gid: number | undefined } | undefined;
  readonly groups: readonly number[];
  readonly environment: readonly Variable[];
  readonly ports: readonly Port[];
  readonly headless: boolean;
  /** At least one. */
  readonly networks: readonly string[];
  readonly mounts: readonly Mount[];
  readonly dependsOn: readonly Dependency[];
  readonly healthcheck: Healthcheck | undefined;
  readonly mode: "replicated" | "global" | "job";
  readonly replicas: number | undefined;
  readonly backoffLimit: number | undefined;
  readonly resources: Resources;
  readonly placement: Placement;
  readonly rollout: Rollout | undefined;
  readonly labels: readonly (readonly [string, string])[];
  readonly annotations: readonly (readonly [string, string])[];
  readonly workloadAnnotations: readonly (readonly [string, string])[];
  readonly aliases: readonly string[];
  readonly hostname: string | undefined;
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly graceSeconds: number | undefined;
  readonly readOnlyRoot: boolean;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly noNewPrivileges: boolean;
  readonly sysctls: readonly (readonly [string, string])[];
  readonly init: boolean;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly pullPolicy: "Always" | "IfNotPresent" | "Never" | undefined;
  readonly postStart: readonly Hook[];
  readonly preStop: readonly Hook[];
}

export interface Volume {
  readonly name: string;
  /** Name in pods and claim templates. */
  readonly label: string;
  readonly external: boolean;
  readonly claim: string;
  readonly spec: VolumeSpec;
  readonly annotations: readonly (readonly [string, string])[];
}
