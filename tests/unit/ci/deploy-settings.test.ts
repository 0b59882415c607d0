import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { PUBLISHED_PASSPHRASE } from "../../../config/passphrase";
import { SDK_VERSION } from "../../../local/toolchain/shims/sdk-version";
import { parseDeploySettings, readDeploySettings } from "../../support/ci/deploy-settings";

const root = path.resolve(__dirname, "../../..");
const text = (stack: string) => fs.readFileSync(path.join(root, `Pulumi.${stack}.deploy.yaml`), "utf8");

describe.each(["dev", "staging"])("P5: the Pulumi Deployments settings of %s", (stack) => {
  const settings = readDeploySettings(stack);

  it("build main from the folder that has the program, in an image with the CLI of our SDK", () => {
    const { branch, repoDir = "" } = settings.sourceContext.git;
    expect(branch).toBe("refs/heads/main");
    expect(fs.existsSync(path.join(root, repoDir, "Pulumi.yaml"))).toBe(true);
    expect(fs.existsSync(path.join(root, repoDir, `Pulumi.${stack}.yaml`))).toBe(true);
    expect(settings.executorContext?.executorImage?.reference).toBe(`pulumi/pulumi:${SDK_VERSION}`);
  });

  it("preview pull requests that change more than what the path filters leave out, which exists", () => {
    const { previewPullRequests, deployCommits, paths = [] } = settings.gitHub ?? {};
    expect(previewPullRequests).toBe(true);
    expect(deployCommits).toBe(stack === "dev");
    const folders = paths.flatMap((filter) => /^!?([\w-]+)\//.exec(filter)?.[1] ?? []);
    expect(folders).toEqual(["docs", "tests"]);
    expect(folders.filter((folder) => !fs.existsSync(path.join(root, folder)))).toEqual([]);
  });

  it("run commands that exist, once: dependencies are not installed twice", () => {
    const { preRunCommands = [], options } = settings.operationContext;
    expect(options?.skipInstallDependencies).toBe(true);
    const scripts = preRunCommands.flatMap((command) => /^\.\S+/.exec(command)?.[0] ?? []);
    expect(scripts).toEqual([".ci/install", ".ci/select-stack"]);
    for (const script of scripts) expect(fs.statSync(path.join(root, script)).mode & 0o111).toBe(0o111);
  });

  it("log in to the cloud as a role of the stack, by OIDC", () => {
    expect(settings.operationContext.oidc?.aws?.roleArn).toContain(`/nexus-${stack}`);
  });

  it("hold no value of a secret", () => {
    const { PULUMI_CONFIG_PASSPHRASE: passphrase, ...others } = settings.operationContext.environmentVariables ?? {};
    expect(passphrase).toBe(stack === "dev" ? PUBLISHED_PASSPHRASE : undefined);
    expect(Object.keys(others).filter((name) => /PASS|TOKEN|SECRET|KUBECONFIG/.test(name))).toEqual([]);
  });

  it("have values to replace that docs/ci.md names", () => {
    const guide = fs.readFileSync(path.join(root, "docs/ci.md"), "utf8");
    for (const key of ["gitHub.repository", "oidc.aws.roleArn", "NEXUS_CONTEXT", "NEXUS_REGISTRY", "NEXUS_HOST"])
      expect(guide).toContain(`\`${key}\``);
  });
});

const broken: [string, (settings: Record<string, Record<string, unknown>>) => void, RegExp][] = [
  ["a key of no section", (all) => (all.triggers = {}), /triggers/],
  ["a misspelt key", (all) => (all.gitHub = { ...all.gitHub, previewPullRequest: true }), /previewPullRequest"/],
  [
    "a branch beside a commit",
    ({ sourceContext }) => addTo(sourceContext?.git, { commit: "abc" }),
    /sourceContext\.git/,
  ],
  ["a repository without its owner", (all) => addTo(all.gitHub, { repository: "nexus" }), /gitHub\.repository/],
  [
    "a secret in plain text",
    (all) => addTo(all.operationContext, { environmentVariables: { TOKEN: { secret: "hidden" } } }),
    /environmentVariables\.TOKEN/,
  ],
  ["a role that is none", (all) => addTo(all.operationContext, { oidc: { aws: { roleArn: "me" } } }), /roleArn/],
  ["commands that are no list", (all) => addTo(all.operationContext, { preRunCommands: "npm ci" }), /preRunCommands/],
];

function addTo(target: unknown, values: object): void {
  Object.assign(target as object, values);
}

test.each(broken)("P5: settings with %s are refused by name", (_what, change, message) => {
  const content = parse(text("staging")) as { settings: Record<string, Record<string, unknown>> };
  change(content.settings);
  expect(() => parseDeploySettings(stringify(content))).toThrow(message);
});
