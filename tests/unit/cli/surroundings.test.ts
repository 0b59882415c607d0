import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readStackSettings } from "../../../cli/stack-settings";
import {
  builderVariables,
  leaveOtherShell,
  leavePlatform,
  platformVariables,
  pulumiVariables,
  refuseStrandedState,
  requirePassphrase,
} from "../../../cli/surroundings";
import { platform } from "../../support/config";

const CHANGED = [
  "KUBECONFIG",
  "DOCKER_CONFIG",
  "DOCKER_HOST",
  "PULUMI_BACKEND_URL",
  "PULUMI_HOME",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "XDG_DATA_HOME",
];
const outside = Object.fromEntries(CHANGED.map((name) => [name, process.env[name]]));
let folder: string;
let home: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-surroundings-"));
  home = path.join(folder, "home");
  for (const name of CHANGED) delete process.env[name];
  process.env.XDG_DATA_HOME = path.join(folder, "data");
});
afterEach(() => {
  for (const name of CHANGED) {
    delete process.env[name];
    if (outside[name] !== undefined) process.env[name] = outside[name];
  }
  fs.rmSync(folder, { recursive: true });
});

const own = { ...platform, dockerConfig: "/platform/docker", dockerHost: "unix:///engine.sock" };
const staging = () => readStackSettings({ stack: "staging" });
const variablesOf = (stack: string) => pulumiVariables(folder, {}, { stack }, home);

test("P5: the local platform's kubeconfig and Docker configuration are for its own stacks; others borrow its builder", () => {
  expect(platformVariables(own)).toEqual({
    KUBECONFIG: "/platform/kubeconfig",
    DOCKER_CONFIG: "/platform/docker",
    DOCKER_HOST: "unix:///engine.sock",
  });
  const elsewhere = staging();
  expect(builderVariables(elsewhere, own)).toEqual({ BUILDX_CONFIG: "/platform/docker/buildx" });
  expect(builderVariables({ ...elsewhere, builderName: "mine" }, own)).toEqual({});
  expect(builderVariables(elsewhere, undefined)).toEqual({});
});

test("P5: a stack on another cluster has the user's own settings, even in a shell of `npm run env`", () => {
  const mine = {
    KUBECONFIG: "/mine/kubeconfig:/more",
    DOCKER_CONFIG: "/mine/docker",
    PULUMI_BACKEND_URL: "s3://bucket",
  };
  Object.assign(process.env, mine);
  leavePlatform(own, home);
  expect(process.env).toMatchObject(mine);
  const shell = { ...platformVariables(own), PULUMI_BACKEND_URL: `file://${home}/state` };
  Object.assign(process.env, shell, { KUBECONFIG: `${own.kubeconfig}:/mine/kubeconfig` });
  leavePlatform(own, home);
  expect(CHANGED.slice(0, 4).map((name) => process.env[name])).toEqual([
    "/mine/kubeconfig",
    undefined,
    undefined,
    undefined,
  ]);
});

test("P5: a command that names a platform leaves the shell of another one, and its state", () => {
  const other = path.join(folder, "other");
  const shell = { ...platformVariables(own), ...pulumiVariables(folder, {}, { stack: "dev" }, other) };
  fs.writeFileSync(path.join(other, "platform.json"), JSON.stringify(own));
  Object.assign(process.env, shell, { KUBECONFIG: `${own.kubeconfig}:/mine/kubeconfig` });
  leaveOtherShell(other);
  expect(process.env.PULUMI_BACKEND_URL).toBe(`file://${other}/state`);
  leaveOtherShell(home);
  expect(process.env).toMatchObject({ KUBECONFIG: "/mine/kubeconfig" });
  expect([process.env.DOCKER_HOST, process.env.DOCKER_CONFIG]).toEqual([undefined, undefined]);
  expect(variablesOf("dev").PULUMI_BACKEND_URL).toBe(`file://${home}/state`);
  process.env.PULUMI_BACKEND_URL = "s3://bucket";
  leaveOtherShell(home);
  expect(variablesOf("dev").PULUMI_BACKEND_URL).toBe("s3://bucket");
});

test("P5: state and plugins of dev are in its platform's folder, those of other stacks outside of every clone", () => {
  expect(variablesOf("dev")).toMatchObject({
    PULUMI_BACKEND_URL: `file://${home}/state`,
    PULUMI_HOME: `${home}/pulumi`,
    PULUMI_CONFIG_PASSPHRASE: "nexus-dev",
  });
  const elsewhere = variablesOf("staging");
  expect(elsewhere).toMatchObject({
    PULUMI_BACKEND_URL: `file://${folder}/data/nexus/state`,
    PULUMI_HOME: `${folder}/data/nexus/pulumi`,
  });
  expect(elsewhere.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
  process.env.PULUMI_BACKEND_URL = "s3://bucket";
  expect([variablesOf("dev").PULUMI_BACKEND_URL, variablesOf("staging").PULUMI_BACKEND_URL]).toEqual([
    "s3://bucket",
    "s3://bucket",
  ]);
});

test("P5: dev is encrypted with its published passphrase in a shell that has that of another stack, unless its own was chosen", () => {
  process.env.PULUMI_CONFIG_PASSPHRASE = "of staging";
  const passphraseOf = (salt: string | undefined) =>
    pulumiVariables(folder, {}, { stack: "dev", salt }, home).PULUMI_CONFIG_PASSPHRASE;
  expect(passphraseOf(readStackSettings({ stack: "dev" }).salt)).toBe("nexus-dev");
  expect([passphraseOf("v1:of another one"), passphraseOf(undefined)]).toEqual([undefined, undefined]);
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  const file = path.join(folder, "of-staging");
  fs.writeFileSync(file, "of staging");
  process.env.PULUMI_CONFIG_PASSPHRASE_FILE = file;
  expect(passphraseOf(readStackSettings({ stack: "dev" }).salt)).toBe("nexus-dev");
});

test("P5: the folder of the state is there, also in a shell of `npm run env` after `npm run destroy`", () => {
  const { PULUMI_BACKEND_URL: url } = variablesOf("dev");
  fs.rmSync(path.join(home, "state"), { recursive: true });
  process.env.PULUMI_BACKEND_URL = url;
  expect(variablesOf("dev").PULUMI_BACKEND_URL).toBe(url);
  expect(fs.existsSync(path.join(home, "state"))).toBe(true);
});

describe("the passphrase of staging", () => {
  const PUBLISHED = /^Stack staging would be encrypted with the passphrase of dev, which is published:/;
  const file = (text: string) => {
    fs.writeFileSync(path.join(folder, "passphrase"), text);
    return path.join(folder, "passphrase");
  };

  test("X17: is its own passphrase, a key of a cloud, or the key of Pulumi Cloud", () => {
    process.env.PULUMI_CONFIG_PASSPHRASE = "of its own";
    requirePassphrase(staging());
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    process.env.PULUMI_CONFIG_PASSPHRASE_FILE = file("of its own\n");
    requirePassphrase(staging());
    delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    requirePassphrase({ ...staging(), encryption: "awskms://alias/nexus" });
    process.env.PULUMI_BACKEND_URL = "https://api.pulumi.com";
    requirePassphrase(staging());
  });

  test("X17: is never that of dev, which is published, and never missing", () => {
    expect(() => requirePassphrase(staging())).toThrow(
      /^Stack staging has no passphrase\. .* Fix: export PULUMI_CONFIG_PASSPHRASE_FILE=.*openssl rand -base64 32/,
    );
    process.env.PULUMI_CONFIG_PASSPHRASE = "nexus-dev";
    expect(() => requirePassphrase(staging())).toThrow(PUBLISHED);
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    process.env.PULUMI_CONFIG_PASSPHRASE_FILE = file("nexus-dev\n");
    expect(() => requirePassphrase(staging())).toThrow(PUBLISHED);
    expect(() => requirePassphrase(readStackSettings({ stack: "dev" }))).not.toThrow();
  });
});

test("P5: state of another stack that an earlier release kept in the platform's folder is not removed with it, and the printed command moves it", () => {
  refuseStrandedState(undefined, home);
  for (const file of ["stacks/nexus/dev.json", "stacks/nexus/staging.json", "history/nexus/staging/1.json"]) {
    fs.mkdirSync(path.dirname(path.join(home, "state/.pulumi", file)), { recursive: true });
    fs.writeFileSync(path.join(home, "state/.pulumi", file), "{}");
  }
  refuseStrandedState("other", home);
  let fix = "";
  try {
    refuseStrandedState(undefined, home);
  } catch (error) {
    fix = /Fix: (.*)$/.exec((error as Error).message)?.[1] ?? "";
  }
  execFileSync("sh", ["-c", fix]);
  refuseStrandedState(undefined, home);
  const moved = path.join(folder, "data/nexus/state/.pulumi");
  expect(fs.existsSync(path.join(moved, "stacks/nexus/staging.json"))).toBe(true);
  expect(fs.existsSync(path.join(moved, "history/nexus/staging/1.json"))).toBe(true);
  expect(fs.readdirSync(path.join(home, "state/.pulumi/stacks/nexus"))).toEqual(["dev.json"]);
});
