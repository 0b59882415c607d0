import { problemKinds, rolloutStates } from "@nexus/clusters";
import { idempotencyKeyText, TIME_POSITION } from "@nexus/service";
import { z } from "zod";
import { MOST_TARGETS, namespace, place } from "./project-schemas";
import { revisionActs, revisionStates } from "./store/deployment-states";

/** Variables with long values, such as certificates. */
export const DEPLOY_BODY_BYTES = 512 * 1024;
const MOST_REVISION = 2 ** 31 - 1;
const MOST_PODS = 1000;
const MOST_LINES = 5000;

const revisionNumber = z.int().min(1).max(MOST_REVISION);
const revisionText = z.coerce.number().int().min(1).max(MOST_REVISION);
const expected = z
  .int()
  .min(0)
  .max(MOST_REVISION)
  .optional()
  .describe("The revision that this was made from, 0 for none; if there is another one by now, nothing is done");
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, { error: "give the name of an object of Kubernetes" });

const target = { ...place, expected_revision: expected };
const what = {
  project_id: z.uuid(),
  version: revisionNumber.optional().describe("Of the project; without it, the latest"),
  discover: z
    .boolean()
    .default(false)
    .describe("Variables with a compose file's value take what the last scan of the cluster found for them"),
  force: z.boolean().default(false).describe("Takes over objects and fields that somebody else manages"),
};
export const deployBody = z.object({ ...what, ...target });
export const rolloutBody = z.object({
  ...what,
  targets: z
    .array(z.object({ cluster_id: z.uuid(), ...target }))
    .min(1)
    .max(MOST_TARGETS),
  in_turn: z.boolean().default(true).describe("Each target waits for the one before; a failure stops the rest"),
});
export const rollbackBody = z.object({ revision: revisionNumber, expected_revision: expected });
export const restartBody = z.object({
  service: objectName.optional().describe("Without it, all"),
  expected_revision: expected,
});
export const scaleBody = z.object({
  service: objectName,
  replicas: z.int().min(0).max(MOST_PODS),
  expected_revision: expected,
});
export const deployersBody = z.object({ members: z.boolean().describe("Whether members deploy to the cluster too") });
/** A switch in a query. */
const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((value) => value === "true");
export const removalQuery = z.object({
  volumes: flag.describe("Whether claims go too, and with them their data"),
});

export const changeHeaders = z.looseObject({
  "idempotency-key": idempotencyKeyText.optional().describe("The same key and request again change nothing"),
});

export const deploymentParams = z.object({ deploymentId: z.uuid() });
export const revisionParams = deploymentParams.extend({ revision: revisionText });
export const podParams = deploymentParams.extend({ pod: objectName });
export const listQuery = z.object({
  cluster_id: z.uuid().optional(),
  project_id: z.uuid().optional(),
  after: z.string().regex(TIME_POSITION, "give `next` of the page before").optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const compareQuery = z.object({ since: revisionText.describe("The revision to compare with") });
export const logQuery = z.object({
  namespace: namespace.optional(),
  container: objectName.optional(),
  previous: flag.describe("Of the container that ran before, which crashed"),
  tail: z.coerce.number().int().min(1).max(MOST_LINES).default(200),
  follow: flag.describe("Goes on with new lines, for an hour at most"),
});

const objectId = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});
const fieldChange = z.object({
  path: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  secret: z.boolean().describe("Whether the values are left out"),
});
const objectChange = z.object({
  id: objectId,
  change: z.enum(["create", "update", "unchanged", "delete"]),
  fields: z.array(fieldChange),
  refusal: z.string().optional().describe("Why the cluster will refuse it"),
});
export const changeList = z.object({ items: z.array(objectChange) });

export const preview = z.object({
  objects: z.array(objectChange),
  variables: z.array(
    z.object({
      service: z.string(),
      name: z.string(),
      source: z.enum(["manual", "settings", "discovery", "default"]),
      kind: z.enum(["ConfigMap", "Secret"]),
      why: z.enum(["marked", "name", "value", "plain"]).describe("What decides where it goes"),
      value: z.string().nullable().describe("Null for a secret"),
    }),
  ),
  services: z.array(z.string()).describe("By the names that compose files give them"),
  losses: z.array(
    z.object({ service: z.string(), key: z.string(), value: z.string(), effect: z.string(), advice: z.string() }),
  ),
  inactive: z.array(z.string()).describe("Services of no active profile"),
});

const revision = z.object({
  revision: z.number().int(),
  act: z.enum(revisionActs),
  detail: z.string().nullable(),
  project_version: z.number().int().nullable(),
  state: z.enum(revisionStates),
  reason: z.string().nullable().describe("Why it failed, was skipped or waits"),
  done: z.number().int().describe("Objects that were applied or deleted"),
  total: z.number().int(),
  refused: z.array(z.object({ id: objectId, message: z.string() })),
  made_by: z.string().nullable().describe("Null for who is gone"),
  created_at: z.date(),
  finished_at: z.date().nullable(),
  rollout_id: z.uuid().nullable().describe("The request that made it, for several targets"),
});
export const revisionList = z.object({ items: z.array(revision) });
export const deployment = z.object({
  deployment_id: z.uuid(),
  cluster_id: z.uuid(),
  cluster_name: z.string(),
  project_id: z.uuid().nullable(),
  project_name: z.string(),
  namespace: z.string(),
  created_at: z.date(),
  latest: revision,
});
export const deploymentPage = z.object({
  items: z.array(deployment),
  next: z.string().nullable().describe("Where the next page begins; null on the last one"),
});
export const rollout = z.object({ items: z.array(deployment) });

export const status = z.object({
  state: z.enum(rolloutStates),
  workloads: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      namespace: z.string(),
      state: z.enum(rolloutStates),
      desired: z.number().int(),
      ready: z.number().int(),
      problems: z.array(
        z.object({
          kind: z.enum(problemKinds),
          object: z.string(),
          reason: z.string().describe("In the words of Kubernetes"),
          advice: z.string(),
          lines: z.array(z.string()).optional().describe("The last lines of a container that crashed"),
        }),
      ),
      pods: z.array(
        z.object({
          name: z.string(),
          namespace: z.string(),
          phase: z.string(),
          node: z.string().nullable(),
          containers: z.array(z.string()),
          ready: z.boolean(),
          restarts: z.number().int(),
          createdAt: z.string().nullable(),
        }),
      ),
    }),
  ),
  events: z.array(
    z.object({
      at: z.string().nullable(),
      type: z.string(),
      reason: z.string(),
      object: z.string(),
      message: z.string(),
      count: z.number().int(),
    }),
  ),
});
export const stackEntry = z.object({
  name: z.string(),
  entry: z.string().describe("YAML for the file of a stack"),
  files: z.array(
    z.object({ path: z.string().describe("In a clone"), text: z.string().nullable().describe("Null for env files") }),
  ),
  commands: z.array(z.string()).readonly().describe("They ask for the values of secret variables"),
  differences: z.array(z.string()).readonly().describe("Objects that the entry makes otherwise than they are deployed"),
});
export const manifestList = z.object({ items: z.array(z.object({ path: z.string(), text: z.string() })) });
