import { Gauge, type Registry } from "@nexus/service";
import type { Redis } from "ioredis";

export function gaugeRedis(registry: Registry, redis: Redis): void {
  new Gauge({
    name: "nexus_redis_up",
    help: "1 while Redis counts attempts for all pods, 0 while each pod counts for itself",
    registers: [registry],
    collect() {
      this.set(redis.status === "ready" ? 1 : 0);
    },
  });
}
