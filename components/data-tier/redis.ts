import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { checksum, secretVariable } from "../lib/environment";
import { containerPorts, execProbes, memoryBytes } from "@nexus/contract";
import type { PlatformArgs } from "../lib/platform";
import type { Resources } from "@nexus/contract";
import { Workload } from "../workload";
import type { WorkloadArgs } from "../workload/args";

const TYPE = "nexus:data:Redis";
const USER = 999;

export interface RedisArgs extends PlatformArgs, Resources {
  /** Image of the server. A change restarts it empty. */
  readonly image: pulumi.Input<string>;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * One Redis server that keeps nothing on disk: losing it costs speed, never data. Needs the shared Secret.
 *
 * @example new Redis("redis", { ...platform, ...config.redis, after: [secret] })
 */
export class Redis extends pulumi.ComponentResource {
  public constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    new Workload(`${name}-workload`, redisWorkload(args), { parent: this });
    this.registerOutputs({});
  }
}

/** Redis as a workload. */
export function redisWorkload(redis: RedisArgs): WorkloadArgs {
  const { names } = redis;
  return {
    name: names.redis,
    component: "cache",
    namespace: redis.namespace,
    image: redis.image,
    imagePullSecrets: redis.imagePullSecrets,
    deadlineSeconds: redis.deadlineSeconds,
    user: USER,
    ports: [{ name: "redis", container: containerPorts.redis, service: containerPorts.redis }],
    command: ["sh", "-c", startScript(redis)],
    env: [
      secretVariable(names.secrets, "REDIS_PASSWORD"),
      secretVariable(names.secrets, "REDISCLI_AUTH", "REDIS_PASSWORD"),
    ],
    resources: { requests: redis.requests, limits: redis.limits },
    ...execProbes(["sh", "-c", "redis-cli -h 127.0.0.1 ping | grep -q PONG"]),
    scratch: [
      { name: "data", path: "/data" },
      { name: "conf", path: "/run/redis", medium: "Memory", sizeLimit: "1Mi" },
    ],
    strategy: "recreate",
    checksum: checksum(redis.values, ["REDIS_PASSWORD"]),
    after: redis.after,
  };
}

/** The password goes into a file in memory: arguments of a process are for everyone on the node to read. */
function startScript({ limits }: RedisArgs): string {
  const lines = ["requirepass $REDIS_PASSWORD", "dir /data", "save ''", "appendonly no", ...memoryLines(limits.memory)];
  const echoes = lines.map((line) => `echo "${line}"`).join("; ");
  return `umask 077; { ${echoes}; } > /run/redis/redis.conf && exec redis-server /run/redis/redis.conf`;
}

/** Redis drops its oldest entries before the kernel would end it for using too much memory. */
function memoryLines(limit: string | null): string[] {
  const bytes = limit === null ? undefined : memoryBytes(limit);
  return bytes === undefined ? [] : [`maxmemory ${Math.floor(bytes * 0.75)}`, "maxmemory-policy allkeys-lru"];
}
