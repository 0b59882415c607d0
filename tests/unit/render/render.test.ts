import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { renderStack as render } from "../../../cli/render";
import { presetNames } from "../../../config/presets";
import { withPlainStacks } from "../../support/plain-stacks";

const renderStack = (...args: Parameters<typeof render>) => withPlainStacks(() => render(...args));

let folder: string;
let outDir: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-render-"));
  outDir = path.join(folder, "out");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function stackFile(config: Readonly<Record<string, unknown>>): string {
  const file = path.join(folder, "Pulumi.test.yaml");
  fs.writeFileSync(file, JSON.stringify({ config }));
  return file;
}

describe("render", () => {
  it("writes each object of a stack to its own file, without a context, a registry or a cluster", async () => {
    await renderStack({ stack: "staging", outDir });
    const files = fs.readdirSync(outDir);
    expect(files).toEqual(expect.arrayContaining(["deployment-workspace-kernel.yaml", "ingress-nexus.yaml"]));
    for (const file of files) {
      const object = parse(fs.readFileSync(path.join(outDir, file), "utf8")) as {
        kind: string;
        metadata: { name: string };
      };
      expect(object).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
      expect(file).toBe(`${object.kind.toLowerCase()}-${object.metadata.name}.yaml`);
    }
  });

  it("shows the names of secrets and no value, generated or encrypted", async () => {
    const config = { "nexus:cluster": { kind: "local" }, "nexus:openaiApiKey": { secure: "v1:AAAA:BBBB" } };
    await renderStack({ stack: "dev", outDir, configFile: stackFile(config) });
    const secret = parse(fs.readFileSync(path.join(outDir, "secret-nexus-secrets.yaml"), "utf8")) as {
      stringData: object;
    };
    expect(secret.stringData).toEqual({
      JWT_SECRET_KEY: "REDACTED",
      JWT_SECRET: "REDACTED",
      JWT_SECRET_KEY_NEXT: "REDACTED",
      DATABASE_PASSWORD_NEXT: "REDACTED",
      REDIS_PASSWORD_NEXT: "REDACTED",
      BACKUP_KEY: "REDACTED",
      DATABASE_PASSWORD: "REDACTED",
      REDIS_PASSWORD: "REDACTED",
      OPENAI_API_KEY: "REDACTED",
      ANTHROPIC_API_KEY: "REDACTED",
    });
    for (const file of fs.readdirSync(outDir))
      expect(fs.readFileSync(path.join(outDir, file), "utf8")).not.toMatch(/secrets-(jwt|database|redis|backup)/);
  });

  it.each(presetNames)("X1: writes the topology %s, also where secrets are encrypted", async (topology) => {
    const config = {
      "nexus:cluster": { kind: "local" },
      "nexus:topology": topology,
      "nexus:postgres": { mode: "external" },
      "nexus:databaseUrl": { secure: "v1:AAAA:BBBB" },
    };
    await renderStack({ stack: "dev", outDir, configFile: stackFile(config) });
    const kernel = topology === "runtime" ? "nexus-runtime" : "workspace-kernel";
    const files = fs.readdirSync(outDir);
    expect(files).toEqual(expect.arrayContaining([`deployment-${kernel}.yaml`, `job-${kernel}-migrate.yaml`]));
    const text = files.map((file) => fs.readFileSync(path.join(outDir, file), "utf8")).join("");
    expect(text).toContain("DATABASE_HOST: database.invalid");
    expect(text).not.toContain("encrypted-value");
  });

  it("reports problems of a configuration, as a preview does", async () => {
    const configFile = stackFile({ "nexus:kernel": { limits: { memory: 512 } } });
    await expect(renderStack({ stack: "dev", outDir, configFile })).rejects.toThrow(
      `nexus:kernel.limits.memory: "512" has no unit; use Mi or Gi. Fix: pulumi config set --path 'nexus:kernel.limits.memory' 512Mi`,
    );
  });

  it("X1: keeps the encrypted variables of compose projects encrypted", async () => {
    const compose = path.join(folder, "compose.yaml");
    fs.writeFileSync(
      compose,
      "services: { app: { image: i, environment: { LEVEL: '${LEVEL}' }, healthcheck: { test: [CMD, c, -a, --token, Hush1234] } } }",
    );
    const config = {
      "nexus:cluster": { kind: "local" },
      "nexus:compose": { shop: { files: [compose] } },
      "nexus:composeSecrets": { shop: { LEVEL: { secure: "v1:AAAA:BBBB" } } },
    };
    const warn = jest.spyOn(pulumi.log, "warn").mockImplementation(() => Promise.resolve());
    await renderStack({ stack: "dev", outDir, configFile: stackFile(config) });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("app.healthcheck.test: a secret"), expect.anything());
    warn.mockRestore();
    expect(parse(fs.readFileSync(path.join(outDir, "secret-app-secret.yaml"), "utf8"))).toMatchObject({
      data: { LEVEL: "REDACTED" },
    });
    const deployment = fs.readFileSync(path.join(outDir, "deployment-app.yaml"), "utf8");
    expect(deployment).toContain("REDACTED");
    expect(deployment).not.toContain("Hush1234");
  });

  it.each([
    ["config: {", /Pulumi\.test\.yaml:1:10: is not valid YAML: [^\n]+\.$/],
    ["config: 5", /Pulumi\.test\.yaml is not a stack file: `config` is not a mapping\. Fix: write /],
  ])("names the file that cannot be read: %s", async (text, message) => {
    const configFile = path.join(folder, "Pulumi.test.yaml");
    fs.writeFileSync(configFile, text);
    await expect(renderStack({ stack: "dev", outDir, configFile })).rejects.toThrow(message);
  });

  it("says that a configuration file is missing", async () => {
    const configFile = path.join(folder, "none.yaml");
    await expect(renderStack({ stack: "dev", outDir, configFile })).rejects.toThrow(
      `There is no file ${configFile}. Fix: correct --config-file, or leave it out.`,
    );
  });

  it("refuses to write into a file", async () => {
    const file = stackFile({});
    await expect(renderStack({ stack: "staging", outDir: file })).rejects.toThrow(
      `--out ${file} is a file. Fix: name a folder; one that does not exist is made.`,
    );
  });

  it("refuses a folder that holds files, which would stay among the new ones", async () => {
    stackFile({});
    await expect(renderStack({ stack: "dev", outDir: folder })).rejects.toThrow(`--out ${folder} is not empty`);
    expect(fs.readdirSync(folder)).toEqual(["Pulumi.test.yaml"]);
  });

  it("writes objects with the same name in several namespaces to separate files", async () => {
    const compose = path.join(folder, "compose.yaml");
    fs.writeFileSync(compose, "services: { app: { image: i } }");
    const projects = { shop: { files: [compose], namespace: "shop" }, bank: { files: [compose], namespace: "bank" } };
    const config = { "nexus:cluster": { kind: "local" }, "nexus:compose": projects };
    const files = await renderStack({ stack: "dev", outDir, configFile: stackFile(config) });
    const written = fs.readdirSync(outDir).sort();
    expect(files.map((file) => path.basename(file)).sort()).toEqual(written);
    expect(written.filter((file) => file.startsWith("deployment-app"))).toEqual([
      "deployment-app.bank.yaml",
      "deployment-app.shop.yaml",
    ]);
    expect(written).toContain("deployment-workspace-kernel.yaml");
  });

  it("says that there is no such stack", async () => {
    await expect(renderStack({ stack: "prod", outDir })).rejects.toThrow(
      /^There is no stack "prod": .*Pulumi\.prod\.yaml does not exist\. Fix: use --stack dev or --stack staging\.$/,
    );
  });
});
