import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Images, type ImagesArgs } from "../../components/images";
import type { BuildSettings } from "../../components/images/types";
import { builtServices, standardNames } from "@nexus/contract";
import { redact, reveal } from "../../cli/render/recorder";
import { recordComponents } from "../support/recorded-stack";

const services = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"];
const digest = `sha256:${"0".repeat(64)}`;

const local: BuildSettings = {
  registry: "localhost:5000",
  names: standardNames,
  tag: "dev",
  registryUsername: undefined,
  registryPassword: undefined,
  builderName: undefined,
  secretFiles: undefined,
};

async function recordImages({
  build,
  ...args
}: Partial<Omit<ImagesArgs, "build">> & { build?: Partial<BuildSettings> }) {
  const references: Record<string, string> = {};
  const stack = await recordComponents(() => {
    const usual = { services: builtServices, builder: "docker" as const, references: {} };
    const images = new Images("images", { ...usual, ...args, build: { ...local, ...build } });
    for (const [name, reference] of Object.entries(images.references))
      reference.apply((value) => (references[name] = value));
  });
  return { references, types: stack.resources.map(({ type }) => type), ...stack };
}

describe("P2 B16: images", () => {
  it("are built by BuildKit and referenced by digest", async () => {
    const { references, resources } = await recordImages({ builder: "buildkit", build: { builderName: "nexus" } });
    expect(Object.keys(references)).toEqual(services);
    for (const service of services) {
      expect(references[service]).toBe(`localhost:5000/nexus/${service}:dev@${digest}`);
      const image = resources.find(({ name }) => name === `images-${service}`);
      expect(image?.inputs).toMatchObject({
        context: { location: "." },
        dockerfile: { location: `images/${service}/Dockerfile` },
        tags: [`localhost:5000/nexus/${service}:dev`],
        builder: { name: "nexus" },
        buildOnPreview: false,
      });
    }
  });

  it("have the same digest if the source is the same", async () => {
    const { resources } = await recordImages({ builder: "buildkit" });
    expect(resources.find(({ name }) => name === "images-workspace-kernel")?.inputs).toMatchObject({
      buildArgs: { SOURCE_DATE_EPOCH: "0" },
      exports: [{ raw: expect.stringContaining("rewrite-timestamp=true") }],
    });
  });

  it.each([
    ["localhost:5000", "type=registry,push=1,rewrite-timestamp=true"],
    ["127.0.0.1:5000/team", "type=registry,push=1,rewrite-timestamp=true"],
    ["localhost.example.com", "type=registry,rewrite-timestamp=true"],
    ["registry.example.com:5000/localhost", "type=registry,rewrite-timestamp=true"],
  ])("are looked for by a refresh only in a registry with TLS: %s", async (registry, raw) => {
    const { resources } = await recordImages({ builder: "buildkit", build: { registry } });
    expect(resources.find(({ name }) => name === "images-workspace-kernel")?.inputs).toMatchObject({
      exports: [{ raw }],
    });
  });

  it("are built with the machine's package settings as secrets, which change nothing in the image", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-images-"));
    const npmrc = path.join(folder, "npmrc");
    fs.writeFileSync(npmrc, "//host/:_authToken=very-secret-token");
    try {
      const { resources } = await recordImages({
        builder: "buildkit",
        build: { secretFiles: { npmrc, ca: undefined } },
      });
      const inputs = resources.find(({ name }) => name === "images-workspace-kernel")?.inputs;
      expect(reveal(inputs)).toMatchObject({
        secrets: { npmrc: "//host/:_authToken=very-secret-token" },
        ignoreSecretsInDiffCalculation: ["npmrc"],
      });
      expect(JSON.stringify(redact(inputs))).not.toContain("very-secret-token");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("P1: are built by the Docker engine and referenced by the digest in the registry", async () => {
    const { references, resources } = await recordImages({ builder: "docker" });
    for (const service of services) expect(references[service]).toBe(`localhost:5000/nexus/${service}@${digest}`);
    expect(resources.find(({ name }) => name === "images-graphstudio-backend")?.inputs).toMatchObject({
      imageName: "localhost:5000/nexus/graphstudio-backend:dev",
      build: {
        context: ".",
        dockerfile: "images/graphstudio-backend/Dockerfile",
        platform: expect.stringMatching(/^linux\/(amd64|arm64)$/),
      },
      buildOnPreview: false,
    });
  });

  it("P1: of the Docker engine are previewed without an engine, and stay in the registry when the stack is destroyed", async () => {
    const { resources } = await recordImages({ builder: "docker" });
    expect(resources.find(({ type }) => type === "pulumi:providers:docker")?.inputs).toMatchObject({
      disableDockerDaemonCheck: "true",
    });
    const images = resources.filter(({ type }) => type === "docker:index/image:Image");
    expect(images.map(({ options }) => options.retainOnDelete)).toEqual(services.map(() => true));
  });

  it("P1: the Docker engine is refused if builds need package settings, which it cannot pass to them", async () => {
    const build = { secretFiles: { npmrc: "/platform/npmrc", ca: undefined } };
    await expect(recordImages({ builder: "docker", build })).rejects.toThrow(
      /"docker" cannot give secrets to builds, .*\(npmrc\)\. Fix: pulumi config set --stack \S+ --path 'nexus:images\.builder' buildkit$/,
    );
  });

  it("log in to the registry, and keep the password secret", async () => {
    const build = {
      registry: "registry.example.com/team",
      registryUsername: "robot",
      registryPassword: "hidden-password",
    };
    for (const builder of ["docker", "buildkit"] as const) {
      const { resources } = await recordImages({ build, builder });
      const { inputs } = resources.find(({ name }) => name === "images-workspace-kernel") ?? {};
      const text = JSON.stringify(reveal(inputs));
      expect(text).toContain('"registry.example.com"');
      expect(text).toContain('"robot"');
      expect(JSON.stringify(redact(inputs))).not.toContain("hidden-password");
    }
  });

  it("need no builder if they are prebuilt", async () => {
    const references = Object.fromEntries(services.map((name) => [name, `registry.example.com/${name}@${digest}`]));
    const recorded = await recordImages({ builder: "prebuilt", references });
    expect(recorded.references).toEqual(references);
    expect(recorded.types.filter((type) => type.includes("docker"))).toEqual([]);
  });

  it("say which prebuilt references are missing", async () => {
    await expect(recordImages({ builder: "prebuilt" })).rejects.toThrow(
      `Images cannot be found:
  references.workspace-kernel: give an image by digest
  references.graphstudio-backend: give an image by digest
  references.graphstudio-frontend: give an image by digest
  references.nexus-os: give an image by digest`,
    );
  });

  it("C2: have the names of the workloads, and only those of the topology are built", async () => {
    const names = { ...standardNames, kernel: "nexus-runtime" };
    const { references } = await recordImages({
      builder: "buildkit",
      build: { names },
      services: ["workspace-kernel"],
    });
    expect(references).toEqual({ "workspace-kernel": `localhost:5000/nexus/nexus-runtime:dev@${digest}` });
  });

  it("have no reference for a service that the topology does not have", async () => {
    const of = () =>
      new Images("images", { build: local, services: [], builder: "docker", references: {} }).of("nexus-os");
    await expect(recordComponents(of)).rejects.toThrow("No image of nexus-os was asked for.");
  });
});
