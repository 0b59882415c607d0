import { deploymentSpecSchema } from "@nexus/compose";
import { COMPOSE_NAMESPACE, OWN_NAMESPACE, OWN_NAMESPACE_TEXT } from "@nexus/contract";
import { nameText } from "@nexus/service";
import { z } from "zod";
import { storableText } from "./schemas";

/** The studio's proxy takes no more. */
export const PROJECT_BODY_BYTES = 1024 * 1024;
const MOST_FILES = 100;
const MOST_VARIABLES = 1000;
const MOST_SERVICES = 500;
export const MOST_TARGETS = 20;

const fileName = z
  .string()
  .max(255)
  .regex(/^(?!\/)(?!(.*\/)?\.{1,2}(\/|$))[^\u0000-\u001f\\]+$/, {
    error: "give a path below the project, such as compose.yaml",
  });
const variableName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z_][\w.-]*$/, { error: "give the name of a variable" });
const serviceName = z.string().min(1).max(200);
export const namespace = z.string().regex(OWN_NAMESPACE, { error: `give ${OWN_NAMESPACE_TEXT}` });
const version = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const names = z.array(fileName).max(MOST_FILES);

const source = z.enum(["manual", "settings", "discovery"]);
export const variableBody = z.object({
  service: serviceName.optional().describe("Only for this service; without it, for all that have the variable"),
  name: variableName,
  value: storableText(100_000).optional().describe("Without it, the value from before"),
  source: source.default("manual").describe("Where the value comes from; a value entered by hand wins"),
  secret: z.boolean().optional().describe("Whether it goes into a Secret; without it, its name and value decide"),
});
export const variables = z.array(variableBody).max(MOST_VARIABLES);
/** Where a project goes. */
export const place = {
  namespace: namespace.optional().describe("Without it, the project's own"),
  variables: variables.default([]).describe("Values for this target, over those of the project"),
};

const content = z.object({
  files: z
    .array(z.object({ name: fileName, text: storableText(PROJECT_BODY_BYTES).optional() }))
    .min(1)
    .max(MOST_FILES)
    .describe("Env files and secrets are not shown again; a file without a text keeps the one from before"),
  compose_files: names.min(1).default(["compose.yaml"]).describe("In the order in which they are merged"),
  env_files: names.default([]).describe("For variables of the compose files; without them, `.env`"),
  profiles: z.array(z.string().min(1).max(200)).max(100).default([]),
  namespace: namespace.default(COMPOSE_NAMESPACE),
  services: z
    .record(serviceName, deploymentSpecSchema)
    .refine((given) => Object.keys(given).length <= MOST_SERVICES, { error: `give at most ${MOST_SERVICES} services` })
    .default({})
    .describe("Settings of services that compose files do not have"),
  variables: variables.default([]),
  targets: z
    .array(z.object({ cluster_id: z.uuid(), ...place }))
    .max(MOST_TARGETS)
    .optional()
    .describe("Where it goes, each with values of its own; without them, those from before"),
});

export const projectBody = content.extend({ name: nameText(100) });
export const changedProjectBody = projectBody.extend({
  version: version.describe("The version that it was made from"),
});

export const projectParams = z.object({ projectId: z.uuid() });
export const projectQuery = z.object({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional(),
});

const summary = z.object({
  project_id: z.uuid(),
  name: z.string(),
  version: z.number().int(),
  created_at: z.date(),
});
const variable = z.object({
  service: z.string().nullable(),
  name: z.string(),
  value: z.string().nullable().describe("Null for a secret"),
  source,
  secret: z.boolean(),
});
export const projectList = z.object({ items: z.array(summary) });
export const project = summary.extend({
  files: z.array(
    z.object({ name: z.string(), text: z.string().nullable().describe("Null for env files, and for viewers") }),
  ),
  compose_files: z.array(z.string()),
  env_files: z.array(z.string()),
  profiles: z.array(z.string()),
  namespace: z.string(),
  services: z.record(z.string(), z.record(z.string(), z.unknown())),
  variables: z.array(variable),
  targets: z.array(
    z.object({
      cluster_id: z.uuid(),
      namespace: z.string().nullable().describe("Null for the project's own"),
      variables: z.array(variable),
    }),
  ),
});
export const versionList = z.object({
  items: z.array(
    z.object({
      version: z.number().int(),
      created_at: z.date(),
      made_by: z.string().nullable().describe("Null for who is gone"),
    }),
  ),
});
export const catalogueList = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), text: z.string(), compose: z.string() })),
});
