import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "../../..");
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-select-stack-"));
  const lines = ["#!/bin/sh", `echo "$*" >> ${folder}/commands`, `[ -t 0 ] || cat >> ${folder}/input`];
  fs.writeFileSync(path.join(folder, "pulumi"), `${lines.join("\n")}\n`, { mode: 0o755 });
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

function select(env: Record<string, string>, ...args: string[]) {
  const result = spawnSync(path.join(root, ".ci/select-stack"), args, {
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, ...env },
    input: "",
    encoding: "utf8",
  });
  const commands = path.join(folder, "commands");
  return { ...result, commands: fs.existsSync(commands) ? fs.readFileSync(commands, "utf8").trim().split("\n") : [] };
}

test("P5: a runner's variables set the stack's cluster and registry; the password is on no command line", () => {
  const { status, commands } = select(
    {
      NEXUS_CONTEXT: "prod",
      NEXUS_REGISTRY: "registry.example.com/nexus",
      NEXUS_REGISTRY_USERNAME: "robot",
      NEXUS_REGISTRY_PASSWORD: "not-shown",
      NEXUS_HOST: "",
    },
    "staging",
  );
  expect(status).toBe(0);
  expect(commands).toEqual([
    "stack select --create --stack staging",
    "config set-all --stack staging --path --plaintext nexus:cluster.kind=context --plaintext nexus:cluster.context=prod " +
      "--plaintext nexus:images.registry=registry.example.com/nexus --plaintext nexus:images.registryUsername=robot",
    "config set --stack staging --secret nexus:registryPassword",
  ]);
  expect(fs.readFileSync(path.join(folder, "input"), "utf8")).toBe("not-shown");
});

test("P5: the kubeconfig is written for its user alone, and another one is never replaced", () => {
  const file = path.join(folder, ".kube/config");
  expect(select({ NEXUS_KUBECONFIG: "apiVersion: v1\nkind: Config" }, "staging").status).toBe(0);
  expect(fs.readFileSync(file, "utf8")).toBe("apiVersion: v1\nkind: Config\n");
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(select({ NEXUS_KUBECONFIG: "apiVersion: v1\nkind: Config\n" }, "staging").status).toBe(0);
  const other = select({ NEXUS_KUBECONFIG: "kind: Other" }, "staging");
  expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining(`${file} is another kubeconfig`) });
  expect(fs.readFileSync(file, "utf8")).toContain("kind: Config");
});

test("P5: a missing secret in CI is not used as an empty passphrase", () => {
  const bucket = { PULUMI_BACKEND_URL: "s3://state", PULUMI_CONFIG_PASSPHRASE: "" };
  const refused = select(bucket, "staging");
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("PULUMI_CONFIG_PASSPHRASE is empty") });
  expect(refused.commands).toEqual([]);
  expect(select({ ...bucket, PULUMI_CONFIG_PASSPHRASE: "of its own" }, "staging").status).toBe(0);
  expect(select({ PULUMI_BACKEND_URL: "https://api.pulumi.com", PULUMI_CONFIG_PASSPHRASE: "" }, "staging").status).toBe(
    0,
  );
  expect(select({ PULUMI_BACKEND_URL: "", PULUMI_CONFIG_PASSPHRASE: "" }, "staging").status).toBe(0);
});

test("P5: without the stack's name it prints its usage", () => {
  expect(select({})).toMatchObject({ status: 1, stderr: expect.stringContaining("usage: .ci/select-stack <stack>") });
});
