import { userInfo } from "node:os";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type BuiltService, type MigratedService, type Names, releasesName, schemaMigrations } from "@nexus/contract";
import { gitCommit } from "@nexus/host";
import type { RecordedResource } from "../guard/recorded";
import { NO_INPUTS } from "../lib/component";
import { labels } from "../lib/labels";
import type { Values } from "../lib/platform";
import {
  type Release,
  type ReleaseContent,
  releaseData,
  type ReleaseOrigin,
  RELEASES_COMPONENT,
  releasesIn,
  secretHash,
  withRelease,
} from "./release";

const TYPE = "nexus:releases:Releases";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const STACK = "pulumi:pulumi:Stack";

/** Variable with the number of the release that an update goes back to. */
export const ROLLBACK_TO = "NEXUS_ROLLBACK_TO";

export interface ReleasesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly names: Names;
  /** Values of the configuration by key, without secrets. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Secrets of the configuration by key. */
  readonly brought: Readonly<Record<string, string>>;
  /** The stack's state, which has the releases so far. */
  readonly recorded: readonly RecordedResource[];
  /** Images of the services, by digest. */
  readonly images: Readonly<Partial<Record<BuiltService, pulumi.Input<string>>>>;
  /** The secrets of the services, of which the hashes are kept. */
  readonly secrets: Values;
  /** Services whose schema is in the database; empty if there is none. */
  readonly schemas: readonly MigratedService[];
  /** Everything else of the stack: a release is recorded when all of it is done. */
  readonly after: pulumi.Input<pulumi.Resource[]>;
}

/**
 * Records what the stack was at each update that succeeded, so that `npm run rollback` can go back to it. The engine
 * writes the record last of all, whoever started it. Without a change there is no new release.
 *
 * @example new Releases("releases", { namespace, names, recorded, images, secrets, schemas: [], after })
 */
export class Releases extends pulumi.ComponentResource {
  /** The newest release without its configuration and its images, known when it is recorded. */
  public readonly newest: pulumi.Output<object>;

  public constructor(name: string, args: ReleasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { data } = this.createRecord(name, args);
    this.newest = data.apply((made) => outline(releasesIn(made).at(-1)));
    this.registerOutputs({});
  }

  private createRecord(name: string, args: ReleasesArgs): k8s.core.v1.ConfigMap {
    const { names, namespace, after } = args;
    const metadata = { name: releasesName(names), namespace, labels: labels(names.platform, RELEASES_COMPONENT) };
    const options = { parent: this, dependsOn: after };
    return new k8s.core.v1.ConfigMap(name, { metadata, data: dataOf(name, args) }, options);
  }
}

function dataOf(name: string, args: ReleasesArgs): pulumi.Output<Record<string, string>> {
  const { configuration, brought, images, schemas, recorded } = args;
  const before = recorded.find((one) => one.type === CONFIG_MAP && one.name === name)?.outputs.data ?? {};
  const last = recorded.find(({ type }) => type === STACK)?.outputs.release?.number;
  const known = { configuration, secretKeys: Object.keys(brought).sort(), schema: newestOf(schemas) };
  const origin = originNow();
  const data = pulumi.all([images, pulumi.output({ ...args.secrets })]).apply(([digests, values]) => {
    const content = { ...known, images: digests, secrets: hashesOf({ ...brought, ...values }) };
    return releaseData(withRelease(releasesIn(before), content, origin, last));
  });
  // It has hashes of the secrets and nothing else of them.
  return pulumi.unsecret(data);
}

function hashesOf(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const present = Object.entries(secrets).filter(([, value]) => value !== "");
  return Object.fromEntries(present.map(([name, value]) => [name, secretHash(name, value)]));
}

function newestOf(schemas: readonly MigratedService[]): ReleaseContent["schema"] {
  return Object.fromEntries(schemas.map((service) => [service, schemaMigrations[service].at(-1)]));
}

/** CI systems run as a user who is nobody; they say who started the job. */
function originNow(): ReleaseOrigin {
  const { GITHUB_ACTOR, GITLAB_USER_LOGIN, [ROLLBACK_TO]: target } = process.env;
  return {
    at: new Date().toISOString(),
    by: GITHUB_ACTOR || GITLAB_USER_LOGIN || userName(),
    commit: gitCommit(),
    rollbackTo: target ? Number(target) : null,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no name.
    return "unknown";
  }
}

function outline(release: Release | undefined): object {
  if (!release) return {};
  const { number, at, by, commit, rollbackTo, schema } = release;
  return { number, at, by, commit, rollbackTo, schema };
}
