import type { variableKinds } from "../i18n/untranslated";

/** Where the value of a variable comes from. */
export type ValueSource = "manual" | "settings" | "discovery" | "default";
export type VariableKind = (typeof variableKinds)[number];

export interface Amount {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

/** Settings of a service that compose files do not have; what is left out is as the file says. */
export interface ServiceSpec {
  readonly replicas?: number | undefined;
  readonly namespace?: string | undefined;
  readonly resources?: { readonly requests?: Amount | undefined; readonly limits?: Amount | undefined } | undefined;
  readonly service_type?: "ClusterIP" | "NodePort" | "LoadBalancer" | undefined;
  /** Null switches all probes off. */
  readonly health_check_path?: string | null | undefined;
  readonly ingress?:
    | {
        readonly enabled?: boolean | undefined;
        readonly host?: string | undefined;
        readonly path?: string | undefined;
        /** True for the Secret of the service's name; a text names another one. */
        readonly tls?: boolean | string | undefined;
        readonly class_name?: string | undefined;
      }
    | undefined;
  readonly autoscaling?:
    | {
        readonly min_replicas?: number | undefined;
        readonly max_replicas: number;
        readonly cpu_percent?: number | undefined;
      }
    | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly image?: string | undefined;
}

export interface ProjectSummary {
  readonly project_id: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: string;
}

export interface ProjectFile {
  readonly name: string;
  /** Null for what is not shown; written without a text, it stays as it was. */
  readonly text: string | null;
}

export interface ProjectVariable {
  /** Null for all services that have it. */
  readonly service: string | null;
  readonly name: string;
  /** Null for a secret; written without a value, it stays as it was. */
  readonly value: string | null;
  readonly source: Exclude<ValueSource, "default">;
  readonly secret: boolean;
}

/** What a version of a project holds. */
export interface ProjectContent {
  readonly name: string;
  readonly files: readonly ProjectFile[];
  readonly compose_files: readonly string[];
  readonly env_files: readonly string[];
  readonly profiles: readonly string[];
  readonly namespace: string;
  readonly services: Readonly<Record<string, ServiceSpec>>;
  readonly variables: readonly ProjectVariable[];
  /** Where it goes, each place with values of its own. */
  readonly targets: readonly ProjectTarget[];
}

export interface ProjectTarget {
  readonly cluster_id: string;
  /** Null for the project's own. */
  readonly namespace: string | null;
  /** Over those of the project. */
  readonly variables: readonly ProjectVariable[];
}

export type Project = ProjectSummary & ProjectContent;

/** A project to begin with. */
export interface CatalogueEntry {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly compose: string;
}

export interface ObjectId {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Whether the values are left out. */
  readonly secret: boolean;
}

export interface ObjectChange {
  readonly id: ObjectId;
  readonly change: "create" | "update" | "unchanged" | "delete";
  readonly fields: readonly FieldChange[];
  /** Why the cluster will refuse it. */
  readonly refusal?: string;
}

export interface ConvertedVariable {
  readonly service: string;
  readonly name: string;
  readonly source: ValueSource;
  readonly kind: VariableKind;
  readonly why: "marked" | "name" | "value" | "plain";
  /** Null for a secret. */
  readonly value: string | null;
}

/** Something of a compose file that Kubernetes does not have. */
export interface Loss {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  readonly effect: string;
  readonly advice: string;
}

/** What deploying a project would do. */
export interface Preview {
  readonly objects: readonly ObjectChange[];
  readonly services: readonly string[];
  readonly variables: readonly ConvertedVariable[];
  readonly losses: readonly Loss[];
  /** Services of no active profile. */
  readonly inactive: readonly string[];
}

/** What is deployed. */
export interface DeployedProject {
  readonly project_id: string;
  readonly version: number;
  readonly force: boolean;
}

/** Where it goes. */
export interface DeployTarget {
  readonly cluster_id: string;
  /** Undefined for the project's own. */
  readonly namespace: string | undefined;
  /** The revision that somebody saw, 0 for none. */
  readonly expected_revision?: number;
}

export interface Revision {
  readonly revision: number;
  readonly act: "deploy" | "rollback" | "restart" | "scale" | "remove";
  readonly detail: string | null;
  readonly project_version: number | null;
  readonly state: "queued" | "applying" | "applied" | "failed" | "skipped";
  readonly reason: string | null;
  readonly done: number;
  readonly total: number;
  readonly refused: readonly { readonly id: ObjectId; readonly message: string }[];
  /** Null for who is gone. */
  readonly made_by: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

export interface Deployment {
  readonly deployment_id: string;
  readonly cluster_id: string;
  readonly cluster_name: string;
  /** Null once the project was deleted. */
  readonly project_id: string | null;
  readonly project_name: string;
  readonly namespace: string;
  readonly created_at: string;
  readonly latest: Revision;
}

/** `done` is a job that succeeded. */
export type RolloutState = "ready" | "done" | "progressing" | "failing" | "missing";

export interface RolloutProblem {
  readonly kind: "image" | "config" | "crash" | "probe" | "quota" | "refused" | "unschedulable" | "volume";
  readonly object: string;
  readonly reason: string;
  readonly advice: string;
  readonly lines?: readonly string[];
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly node: string | null;
  readonly containers: readonly string[];
  readonly ready: boolean;
  readonly restarts: number;
  readonly createdAt: string | null;
}

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly state: RolloutState;
  readonly desired: number;
  readonly ready: number;
  readonly problems: readonly RolloutProblem[];
  readonly pods: readonly Pod[];
}

export interface RolloutEvent {
  readonly at: string | null;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

export interface RolloutStatus {
  readonly state: RolloutState;
  readonly workloads: readonly Workload[];
  readonly events: readonly RolloutEvent[];
}

/** What brings a deployment under Pulumi. */
export interface StackEntry {
  readonly name: string;
  /** YAML for the file of a stack. */
  readonly entry: string;
  /** Paths in a clone; the texts of env files are null. */
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
  readonly commands: readonly string[];
  /** Objects that the entry makes otherwise than they are deployed. */
  readonly differences: readonly string[];
}

export interface Manifest {
  readonly path: string;
  readonly text: string;
}
