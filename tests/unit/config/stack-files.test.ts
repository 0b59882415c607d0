import { PUBLISHED_SALT } from "../../../config/passphrase";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { secretKeys, sections } from "../../../config/schema";
import { load, problems } from "../../support/config";

const root = path.resolve(__dirname, "../../..");
const stackFile = z.object({ encryptionsalt: z.string().optional(), config: z.record(z.string(), z.unknown()) });

function read(file: string): unknown {
  return parse(fs.readFileSync(path.join(root, file), "utf8"));
}

function sectionsOf(stack: string): Record<string, unknown> {
  const { config } = stackFile.parse(read(`Pulumi.${stack}.yaml`));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^nexus:/, ""), value]));
}

describe("P3 B4: the stack files", () => {
  it("A5 A27 B24: dev runs on the local platform, with node port 30080, an Ingress for localhost and debug logs", async () => {
    const config = await load({ stack: "dev", config: sectionsOf("dev") });
    expect(config).toMatchObject({
      topology: "full",
      cluster: { local: true },
      images: { builder: "buildkit", registry: "localhost:5000" },
      logLevel: "debug",
      networking: { nodePort: 30_080, ingress: { className: "nginx", host: "localhost", tls: null } },
    });
  });

  it("A27 A42 A48: staging has info logs, an Ingress with TLS and quotas, and lacks only context and registry", async () => {
    expect(await problems({ stack: "staging", config: sectionsOf("staging") })).toEqual([
      expect.stringMatching(/^nexus:images\.registry: is missing/),
      expect.stringMatching(/^nexus:cluster\.context: is missing/),
    ]);
    const config = await load({ stack: "staging", config: sectionsOf("staging"), machine: null });
    expect(config).toMatchObject({
      logLevel: "info",
      networking: { nodePort: null, ingress: { className: "nginx", tls: { secretName: "nexus-tls" } } },
      quotas: { pods: 50 },
    });
  });

  it("the salt of the published dev passphrase is committed, so that no command changes the file", () => {
    expect(stackFile.parse(read("Pulumi.dev.yaml")).encryptionsalt).toBe(PUBLISHED_SALT);
  });

  it("Pulumi.yaml describes every key; the secrets in comments, because Pulumi asks for those that are declared", () => {
    const described = z
      .object({ config: z.record(z.string(), z.object({ description: z.string().min(10) })) })
      .parse(read("Pulumi.yaml")).config;
    expect(Object.keys(described).sort()).toEqual(
      Object.keys(sections.shape)
        .map((name) => `nexus:${name}`)
        .sort(),
    );
    const text = fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8");
    for (const name of Object.keys(secretKeys)) expect(text).toMatch(new RegExp(`^#   nexus:${name}  \\S`, "m"));
  });
});
