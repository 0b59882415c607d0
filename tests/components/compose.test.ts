import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ComposeStack, type ComposeStackArgs } from "../../components/compose";
import { hubName, pinned, servedImage, thirdPartyImages } from "@nexus/contract";
import { structuralProblems } from "@nexus/testkit/compose-checker";
import { redact, reveal } from "../../cli/render/recorder";
import { problems } from "../support/config";
import { recordComponents, recordStack } from "../support/recorded-stack";

const fixture = (name: string) => path.resolve(__dirname, `../fixtures/compose/${name}.yaml`);

let warnings: string[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((text) => Promise.resolve(void warnings.push(text)));
});
afterEach(() => jest.restoreAllMocks());

function record(name: string, args: Partial<ComposeStackArgs> = {}) {
  return recordComponents(() => new ComposeStack("apps", { files: [fixture(name)], environment: {}, ...args }));
}

describe("E3 E5: ComposeStack", () => {
  it("registers exactly the objects of the project, in their namespace", async () => {
    const { manifests } = await record("web-and-database");
    expect(
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`).sort(),
    ).toEqual([
      "ConfigMap ushadow/database-config",
      "ConfigMap ushadow/web-config",
      "Deployment ushadow/web",
      "Namespace /ushadow",
      "Secret ushadow/database-secret",
      "Secret ushadow/web-secret",
      "Service ushadow/database",
      "Service ushadow/web",
      "StatefulSet ushadow/database",
    ]);
    expect(structuralProblems(manifests)).toEqual([]);
  });

  it("E21: keeps every secret in a wrapper, and pods roll by a salted hash", async () => {
    const { resources, manifest } = await record("web-and-database");
    const secrets = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
    expect(secrets).toHaveLength(2);
    for (const { inputs } of secrets) expect(pulumi.runtime.isRpcSecret(inputs.data)).toBe(true);
    const open = resources.map(({ inputs, type }) =>
      type.endsWith(":Secret") ? { ...inputs, data: undefined } : inputs,
    );
    const value = "orchid-lamp-42";
    expect(JSON.stringify(open)).not.toContain(value);
    expect(JSON.stringify(open)).not.toContain(Buffer.from(value).toString("base64"));
    expect(JSON.stringify(manifest("Deployment", "web").spec)).toMatch(/"checksum\/secrets":"[0-9a-f]{64}"/);
  });

  it("names its children after itself and makes workloads wait for what they read", async () => {
    const { resources } = await record("migration");
    const children = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    for (const { name, options } of children) {
      expect(name).toMatch(/^apps-/);
      expect(options.parent).toMatch(/nexus:compose:ComposeStack::apps$/);
    }
    const app = children.find(({ type }) => type.endsWith(":Deployment"));
    const needed = ["ushadow-namespace", "app-config", "app-secret"];
    for (const part of needed)
      expect(app?.options.dependencies.join()).toContain(part.replace("ushadow-namespace", "apps-ushadow-namespace"));
    expect(children.find(({ type }) => type.endsWith(":Job"))?.options.deleteBeforeReplace).toBe(true);
  });

  it("does not wait for Services and claims, whose pods come later", async () => {
    const { manifests } = await record("shared-volume");
    for (const { kind, metadata } of manifests.filter((one) => ["Service", "PersistentVolumeClaim"].includes(one.kind)))
      expect({ kind, annotations: metadata.annotations }).toEqual({
        kind,
        annotations: expect.objectContaining({ "pulumi.com/skipAwait": "true" }),
      });
  });

  it("E24: makes the pull secret regcred from a log-in", async () => {
    const registryLogin = { host: "ghcr.io", username: "robot", password: pulumi.secret("hush") };
    const { manifest, resources } = await record("jobs", { registryLogin });
    const secret = manifest("Secret", "regcred");
    expect(secret).toMatchObject({ type: "kubernetes.io/dockerconfigjson", metadata: { namespace: "ushadow" } });
    const { ".dockerconfigjson": config = "" } = secret.stringData as Record<string, string>;
    expect(JSON.parse(config)).toEqual({
      auths: { "ghcr.io": { username: "robot", password: "hush", auth: "cm9ib3Q6aHVzaA==" } },
    });
    expect(JSON.stringify(manifest("Deployment", "once").spec)).toContain('"imagePullSecrets":[{"name":"regcred"}]');
    expect(JSON.stringify(resources.map(({ inputs }) => inputs).filter((one) => one.kind !== "Secret"))).not.toContain(
      "hush",
    );
  });

  it("registers nothing if a file has a problem", async () => {
    const files = [{ name: "compose.yaml", text: "services: { a: { image: i }, b: {} }" }];
    const { resources } = await recordComponents(() => {
      expect(() => new ComposeStack("apps", { files, environment: {} })).toThrow(
        /services\.b: has neither image nor build/,
      );
    });
    expect(resources.filter(({ type }) => type.startsWith("kubernetes:"))).toEqual([]);
  });

  it("returns losses and endpoints", async () => {
    let stack: ComposeStack | undefined;
    await recordComponents(() => (stack = new ComposeStack("apps", { files: [fixture("jobs")], environment: {} })));
    expect(stack?.losses).toEqual([expect.objectContaining({ service: "once", key: "restart" })]);
    expect(warnings).toEqual([
      "apps: once.restart (no): a container that ends is started again. Advice: set `deploy.mode: replicated-job` for a program that ends.",
    ]);
    expect(stack?.endpoints).toEqual({ once: "once.ushadow.svc.cluster.local" });
  });
});

describe("E3: images that compose would build", () => {
  let folder: string;
  let compose: Record<string, object>;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-builds-"));
    fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch");
    const args = "args: { VERSION: 2, API_TOKEN: walnut-tide-58 }";
    const text = `services: { api: { build: { context: ., target: run, ${args} } }, job: { image: i, depends_on: [api] } }`;
    fs.writeFileSync(path.join(folder, "compose.yaml"), text);
    compose = { shop: { files: [path.join(folder, "compose.yaml")], namespace: "shop" } };
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const digest = `sha256:${"0".repeat(64)}`;
  const here = () => path.relative(process.cwd(), folder);

  it.each([
    [
      "buildkit",
      () => ({
        context: { location: here() },
        dockerfile: { location: `${here()}/Dockerfile` },
        target: "run",
        tags: ["r.example.com/team/compose/shop/api:dev"],
        buildArgs: { SOURCE_DATE_EPOCH: "0", VERSION: "2", API_TOKEN: "walnut-tide-58" },
      }),
      `r.example.com/team/compose/shop/api:dev@${digest}`,
    ],
    [
      "docker",
      () => ({
        imageName: "r.example.com/team/compose/shop/api:dev",
        build: {
          context: here(),
          dockerfile: `${here()}/Dockerfile`,
          target: "run",
          args: { SOURCE_DATE_EPOCH: "0", VERSION: "2", API_TOKEN: "walnut-tide-58" },
        },
      }),
      `r.example.com/team/compose/shop/api@${digest}`,
    ],
  ])("are made and pushed by the configured builder %s, and run by digest", async (builder, inputs, reference) => {
    const images = { builder, registry: "r.example.com/team" };
    const stack = await recordStack("dev", { compose, images });
    const image = stack.resources.find(({ name }) => name === "shop-api-image");
    expect(reveal(image?.inputs)).toMatchObject(inputs());
    expect(image?.options.parent).toMatch(/nexus:compose:ComposeStack::shop$/);
    const secrets = (image?.inputs as { secrets?: object }).secrets;
    expect(secrets).toBeUndefined();
    expect(JSON.stringify(redact(stack.resources.map((one) => one.inputs)))).not.toContain("walnut-tide-58");
    expect(JSON.stringify(stack.manifest("Deployment", "api").spec)).toContain(`"image":"${reference}"`);
    expect(JSON.stringify(stack.manifests.filter(({ metadata }) => metadata.namespace === "shop"))).not.toContain(
      "regcred",
    );
    expect(warnings.filter((text) => text.includes(".build"))).toEqual([
      "shop: api.build.args (API_TOKEN): it can be read in the image. Advice: let the Dockerfile do without, or read it when the container runs.",
    ]);
  });

  it("are pulled with the log-in of the registry, unless the project names a Secret", async () => {
    const images = { builder: "buildkit", registry: "r.example.com", registryUsername: "robot" };
    const secrets = { registryPassword: "hush" };
    const own = await recordStack("dev", { compose, images }, secrets);
    expect(
      own.manifests.filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === "shop"),
    ).toHaveLength(1);
    expect(JSON.stringify(own.manifest("Deployment", "api").spec)).toContain('"imagePullSecrets":[{"name":"regcred"}]');
    const named = { shop: { ...compose.shop, imagePullSecret: "theirs" } };
    const theirs = await recordStack("dev", { compose: named, images }, secrets);
    expect(theirs.manifests.filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === "shop")).toEqual(
      [],
    );
    expect(JSON.stringify(theirs.manifest("Deployment", "api").spec)).toContain(
      '"imagePullSecrets":[{"name":"theirs"}]',
    );
  });

  it("are refused if no builder is configured", async () => {
    const services = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"];
    const references = Object.fromEntries(services.map((name) => [name, `r.example.com/${name}@${digest}`]));
    const images = { builder: "prebuilt", registry: "r.example.com", references };
    await expect(recordStack("dev", { compose, images })).rejects.toThrow(
      /shop: compose\.yaml:1:\d+ services\.api\.build: no image is built with images\.builder prebuilt, and none is named/,
    );
  });
});

describe("E3: nexus:compose", () => {
  const compose = { shop: { files: [fixture("blog")], namespace: "shop", podSecurity: "restricted" } };

  it("deploys projects beside the platform, each in its own namespace", async () => {
    const stack = await recordStack("dev", { compose });
    expect(stack.manifest("Namespace", "shop").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    expect(stack.manifest("StatefulSet", "mysql").metadata.namespace).toBe("shop");
    expect(stack.outputs).toMatchObject({ compose: { shop: { mysql: "mysql.shop.svc.cluster.local" } } });
  });

  it("E21: takes variables that are set with `pulumi config set --secret`, and other images for the gates", async () => {
    const gateImages = { wait: "mirror/busybox:1", kubectl: "mirror/kubectl:1" };
    const files = [fixture("migration")];
    const composeSecrets = JSON.stringify({ shop: { DB_PASSWORD: "walnut-tide-58" } });
    const stack = await recordStack(
      "dev",
      { compose: { shop: { files, namespace: "shop", gateImages } } },
      { composeSecrets },
    );
    const { data } = stack.manifest("Secret", "app-secret");
    expect(data).toEqual({ DB_PASSWORD: Buffer.from("walnut-tide-58").toString("base64") });
    const pod = JSON.stringify(stack.manifest("Deployment", "app").spec);
    for (const image of Object.values(gateImages)) expect(pod).toContain(`"image":"${image}"`);
    const open = stack.resources.filter(({ type }) => !type.endsWith(":Secret"));
    expect(JSON.stringify(open.map(({ inputs }) => inputs))).not.toContain("walnut-tide-58");
  });

  it("runs an image by the digest that the cluster's own registry has for it", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const { busybox } = thirdPartyImages;
    const served = { [hubName(busybox.name)]: digest };
    const files = [
      {
        name: "shop.yaml",
        text: "services: { a: { image: x, depends_on: [b] }, b: { image: redis:7, expose: [6379] } }",
      },
    ];
    const { manifest } = await record("", { files, served: (image) => servedImage(image, served) });
    const pod = JSON.stringify(manifest("Deployment", "a").spec);
    expect(pod).toContain(`"image":"${pinned({ ...busybox, digest })}"`);
    expect(pod).toContain('"image":"x"');
  });

  it.each<[string, object, Readonly<Record<string, string>>, RegExp]>([
    ["plain text", { composeSecrets: { shop: { A: "hush" } } }, {}, /^nexus:composeSecrets: is stored in plain text/m],
    [
      "an unknown project",
      {},
      { composeSecrets: '{"shpo":{"A":"hush"}}' },
      /^nexus:composeSecrets\.shpo: there is no compose project of this name; known are shop\. Fix: pulumi config rm --path 'nexus:composeSecrets\.shpo'/m,
    ],
    [
      "a bad name",
      {},
      { composeSecrets: '{"shop":{"A B":"hush"}}' },
      /^nexus:composeSecrets\.shop\.A B: is not a text/m,
    ],
    ["no object", {}, { composeSecrets: "hush" }, /^nexus:composeSecrets: is not a text; use the names of projects/m],
  ])("refuses secret variables: %s", async (_, more, secrets, message) => {
    const config = { cluster: { kind: "local" }, compose: { shop: { files: ["a"] } }, ...more };
    const found = (await problems({ config, secrets })).join("\n");
    expect(found).toMatch(message);
    expect(found).not.toContain("hush");
  });

  it("registers nothing if one of several projects has a problem, and reports those of all", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-projects-"));
    try {
      const files = ["a", "b"].map((name) => path.join(folder, `${name}.yaml`));
      for (const file of files) fs.writeFileSync(file, "services: { s: {} }");
      const [a, b] = files.map((file, index) => ({ files: [file], namespace: `n-${index}` }));
      await expect(async () => recordStack("dev", { compose: { a, b } })).rejects.toThrow(
        /has 2 problems:\n {2}a: a\.yaml:1:16 services\.s.*\n {2}b: b\.yaml:1:16 services\.s/,
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{ shop: { files: [] } }, /^nexus:compose\.shop\.files/],
    [
      { shop: { files: ["a"], namespace: "nexus" } },
      /^nexus:compose\.shop\.namespace: "nexus" is the namespace of the platform as well/,
    ],
    [
      { a: { files: ["a"] }, b: { files: ["b"] } },
      /^nexus:compose\.b\.namespace: "ushadow" is the namespace of a as well/,
    ],
    [{ shop: { files: ["a"], profile: ["x"] } }, /^nexus:compose\.shop\.profile: .*did you mean "profiles"/],
  ])("refuses %j", async (section, message) => {
    expect((await problems({ config: { cluster: { kind: "local" }, compose: section } })).join("\n")).toMatch(message);
  });
});
