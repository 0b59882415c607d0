import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { checksum, secretVariable } from "../lib/environment";
import { containerPorts, execProbes, GRACE_SECONDS, memoryBytes } from "@nexus/contract";
import type { Platform } from "../lib/platform";
import type { Resources } from "@nexus/contract";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:data:Redis";
const USER = 999;

/** Settings of the cache server. */
export interface RedisSettings extends Resources {
  /** Image of the server. A change restarts it empty. */
  readonly image: string;
}

export interface RedisArgs {
  readonly platform: Platform;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
  readonly settings: RedisSettings;
}

/**
 * One Redis server that keeps nothing on disk: losing it costs speed, never data. Needs the shared Secret.
 *
 * @example new Redis("redis", { platform, after: [secret], settings: config.redis })
 */
export class Redis extends pulumi.ComponentResource {
  public constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, redisWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** Clients of the generation before and of the next one are let in as well. */
const PASSWORDS = ["REDIS_PASSWORD", "REDIS_PASSWORD_PREVIOUS", "REDIS_PASSWORD_NEXT"];

/** Redis as a workload. */
export function redisWorkload({ platform, after, settings }: RedisArgs): WorkloadArgs {
  const { names } = platform;
  const passwords = PASSWORDS.filter((key) => key in platform.values);
  return {
    platform,
    name: names.redis,
    component: "cache",
    image: settings.image,
    user: USER,
    ports: [{ name: "redis", container: containerPorts.redis, service: containerPorts.redis }],
    command: ["sh", "-c", startScript(settings, passwords)],
    env: [
      ...passwords.map((key) => secretVariable(names.secrets, key)),
      secretVariable(names.secrets, "REDISCLI_AUTH", "REDIS_PASSWORD"),
    ],
    files: [],
    clusterToken: null,
    resources: { requests: settings.requests, limits: settings.limits },
    // An error is an answer too: Redis sends it while a long script runs, and a restart would lose everything.
    ...execProbes(["redis-cli", "-h", "127.0.0.1", "ping"], ["sh", "-c", "redis-cli -h 127.0.0.1 ping | grep -q PONG"]),
    scratch: [
      { name: "data", path: "/data", medium: undefined, sizeLimit: "64Mi" },
      { name: "conf", path: "/run/redis", medium: "Memory", sizeLimit: "1Mi" },
    ],
    replicas: 1,
    mostPods: 1,
    strategy: "recreate",
    checksum: checksum(platform.values, passwords),
    metricsPort: null,
    nodePort: null,
    terminationGraceSeconds: GRACE_SECONDS,
    after,
  };
}

/** The passwords go into a file in memory, because everybody on the node can read the arguments of a process. */
function startScript({ limits }: RedisSettings, passwords: readonly string[]): string {
  const user = `user default on ~* &* +@all ${passwords.map((key) => `>$${key}`).join(" ")}`;
  const lines = [user, "dir /data", "save ''", "appendonly no", ...memoryLines(limits.memory)];
  const echoes = lines.map((line) => `echo "${line}"`).join("; ");
  return `umask 077; { ${echoes}; } > /run/redis/redis.conf && exec redis-server /run/redis/redis.conf`;
}

/** Redis evicts its oldest entries before the kernel would kill it for using too much memory. */
function memoryLines(limit: string | null): string[] {
  const bytes = limit === null ? undefined : memoryBytes(limit);
  return bytes === undefined ? [] : [`maxmemory ${Math.floor(bytes * 0.75)}`, "maxmemory-policy allkeys-lru"];
}
