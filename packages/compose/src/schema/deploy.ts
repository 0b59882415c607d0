import { z } from "zod";
import { devices, mapping, number, oneOf, pairs, text, texts, whole } from "./parts";

const rollout = mapping({
  parallelism: whole.optional(),
  delay: text.optional(),
  failure_action: text.optional(),
  monitor: text.optional(),
  max_failure_ratio: number.optional(),
  order: oneOf("start-first", "stop-first").optional(),
});

/** `services.*.deploy` */
export const deploy = mapping({
  mode: oneOf("replicated", "global", "replicated-job", "global-job").optional(),
  endpoint_mode: text.optional(),
  replicas: whole.optional(),
  labels: pairs.optional(),
  rollback_config: rollout.optional(),
  update_config: rollout.optional(),
  resources: mapping({
    limits: mapping({ cpus: number.optional(), memory: text.optional(), pids: whole.optional() }).optional(),
    reservations: mapping({
      cpus: number.optional(),
      memory: text.optional(),
      generic_resources: z.array(z.unknown()).optional(),
      devices: devices.optional(),
    }).optional(),
  }).optional(),
  restart_policy: mapping({
    condition: oneOf("none", "on-failure", "any").optional(),
    delay: text.optional(),
    max_attempts: whole.optional(),
    window: text.optional(),
  }).optional(),
  placement: mapping({
    constraints: texts.optional(),
    preferences: z.array(mapping({ spread: text })).optional(),
    max_replicas_per_node: whole.optional(),
  }).optional(),
}).nullable();
