import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = path.resolve(__dirname, "../../..");

const words = z.string().min(1);
/** Go's durations, as in `1h30m0s`. */
const duration = z.string().regex(/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/);
/** A plain value, or one that Pulumi Cloud has encrypted. A committed file has no `secret:` in plain text. */
const value = z.union([z.string(), z.strictObject({ ciphertext: words })]);

const gitAuth = z.strictObject({
  accessToken: value.optional(),
  sshAuth: z.strictObject({ sshPrivateKey: value, password: value.optional() }).optional(),
  basicAuth: z.strictObject({ userName: value, password: value }).optional(),
});

const git = z
  .strictObject({
    repoUrl: words.optional(),
    branch: words.optional(),
    repoDir: words.optional(),
    commit: words.optional(),
    gitAuth: gitAuth.optional(),
  })
  .refine(({ branch, commit }) => (branch === undefined) !== (commit === undefined), "needs a branch or a commit");

const gitHub = z.strictObject({
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  pullRequestTemplate: z.boolean().optional(),
  deployCommits: z.boolean().optional(),
  previewPullRequests: z.boolean().optional(),
  deployPullRequest: z.int().optional(),
  paths: z.array(words).optional(),
  installationId: words.optional(),
  reviewStackLabels: z.array(words).optional(),
  deployTags: z.boolean().optional(),
  tagFilters: z.array(words).optional(),
});

const oidc = z.strictObject({
  aws: z
    .strictObject({
      roleArn: z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/),
      sessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
      duration: duration.optional(),
      policyArns: z.array(words).optional(),
    })
    .optional(),
  azure: z.strictObject({ clientId: words, tenantId: words, subscriptionId: words }).partial().optional(),
  gcp: z
    .strictObject({
      projectId: words,
      region: words.optional(),
      workloadPoolId: words,
      providerId: words,
      serviceAccount: words,
      tokenLifetime: duration.optional(),
    })
    .optional(),
});

const operationContext = z.strictObject({
  preRunCommands: z.array(words).optional(),
  environmentVariables: z.record(z.string().regex(/^[A-Za-z_]\w*$/), value).optional(),
  options: z
    .strictObject({
      skipInstallDependencies: z.boolean(),
      skipIntermediateDeployments: z.boolean(),
      shell: words,
      deleteAfterDestroy: z.boolean(),
      remediateIfDriftDetected: z.boolean(),
    })
    .partial()
    .optional(),
  oidc: oidc.optional(),
  role: z.strictObject({ id: words, name: words.optional() }).optional(),
});

const executorContext = z.strictObject({
  workingDirectory: words.optional(),
  executorImage: z
    .strictObject({ reference: words, credentials: z.strictObject({ username: words, password: value }).optional() })
    .optional(),
  executorRootPath: words.optional(),
});

/**
 * The fields of a settings file: `DeploymentSettings` as Pulumi documents it ("Cloud REST API: DeploymentSettings" and
 * "Deployments: Schema Definitions") and as the CLI's own type spells it (`sdk/go/common/apitype/deployments.go` of
 * v3.274.1), without the fields that only Pulumi Cloud sets. The CLI keeps it below the key `settings`.
 */
const deploySettings = z.strictObject({
  settings: z.strictObject({
    tag: words.optional(),
    sourceContext: z.strictObject({ git }),
    gitHub: gitHub.optional(),
    operationContext,
    executorContext: executorContext.optional(),
    agentPoolID: words.optional(),
    cacheOptions: z.strictObject({ enable: z.boolean() }).optional(),
  }),
});
export type DeploySettings = z.output<typeof deploySettings>["settings"];

/** @throws Error that names every key that Pulumi Deployments does not know, or whose value it would refuse */
export function parseDeploySettings(text: string): DeploySettings {
  const read = deploySettings.safeParse(parse(text));
  if (!read.success) throw new Error(z.prettifyError(read.error));
  return read.data.settings;
}

/** The settings of a stack, from its file in this repository or in another folder. */
export function readDeploySettings(stack: string, folder = ROOT): DeploySettings {
  return parseDeploySettings(fs.readFileSync(path.join(folder, `Pulumi.${stack}.deploy.yaml`), "utf8"));
}
