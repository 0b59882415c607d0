import type { DeploymentSpec } from "./deployment-spec";
import type { GateImages } from "./kubernetes/gates";
import type { PodSecurity } from "./model/security";
import type { BuildTarget } from "./model/types";
import type { ComposeFile } from "./source/load";

/** The object that a variable goes into. */
export type VariableKind = "ConfigMap" | "Secret";

/** The files of a compose project and the settings for running it. */
export interface ConvertOptions {
  /** Compose files in the order in which they are merged: paths, or texts with a name. */
  readonly files: readonly ComposeFile[];
  /**
   * Directory that relative paths start from.
   * @default that of the first file
   */
  readonly directory?: string;
  /**
   * Directory that must contain all files.
   * @default `directory`
   */
  readonly root?: string;
  /**
   * Texts by their paths in `directory`. With them nothing of this machine is read: neither its files nor its environment.
   * @default the files of this machine
   */
  readonly texts?: Readonly<Record<string, string>>;
  /** @default `COMPOSE_PROJECT_NAME`, else the `name` of the last file that has one, else the directory's */
  readonly project?: string;
  /** Profiles that are active; "*" means all. @default those of `COMPOSE_PROFILES` */
  readonly profiles?: readonly string[];
  /** Env files for variables of the compose files. @default `.env` in `directory` */
  readonly envFiles?: readonly string[];
  /** Variables of the operating system. @default those of this process, or none with `texts` */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Namespace of all objects. @default "ushadow" */
  readonly namespace?: string;
  /** Level of Pod Security that the namespaces enforce. @default "baseline" */
  readonly podSecurity?: PodSecurity;
  /** Settings of single services (E15); they override `x-nexus` in the file. @default none */
  readonly services?: Readonly<Record<string, DeploymentSpec>>;
  /** Where the images that are built from the project's files are pushed to. @default nothing is built */
  readonly builds?: BuildTarget;
  /** Images to use instead of the files' own, by service. @default none */
  readonly images?: Readonly<Record<string, string>>;
  /**
   * Variables that the user entered, by service; they override all others (E8, E9).
   * @default none
   */
  readonly manual?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * Values of variables that are secret whatever their name. They override the environment in the compose files, and
   * replace the variable of that name in every service that has it (E8: entered by hand).
   * @default none
   */
  readonly secretVariables?: Readonly<Record<string, string>>;
  /**
   * Variables that the user entered for all services that have them, and for the compose files; they are secret only if
   * they look so.
   * @default none
   */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Where variables go whatever they look like, by name: a key may be public, and a harmless name may be that of a secret.
   * @default what they look like
   */
  readonly kinds?: Readonly<Record<string, VariableKind>>;
  /** Values that settings suggest, by variable. @default none */
  readonly suggestions?: Readonly<Record<string, string>>;
  /** Values that a scan of the cluster found, by variable. @default none */
  readonly discovered?: Readonly<Record<string, string>>;
  /**
   * Separates services that share no network, and internal networks from the outside.
   * @default true
   */
  readonly networkPolicies?: boolean;
  /** Secret that the kubelet pulls images with. @default none */
  readonly imagePullSecret?: string;
  /** Images of the init containers. @default busybox and kubectl */
  readonly gateImages?: Partial<GateImages>;
}
