import { waitFor } from "@nexus/host";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../support/browser";
import { kubectl, type KubernetesObject, list, nodeAddress } from "../platform";
import { readProcessArguments } from "../process-arguments";
import { Deployer } from "./deployer";
import { NAMESPACE, stack } from "./deployment";
import { SecondPlatform } from "./second-platform";
import { TOKEN } from "./shop";

const MINUTE = 60_000;
/** A tenant that deploys gets one of the stack's namespaces for tenants. */
const OWN = [1, 2, 3].map((number) => `${NAMESPACE}-apps-${number}`);
const SECOND = { name: "Second", namespace: "team-a" };
/** What may be left in it: claims are tested, objects of Kubernetes itself are not. */
const KINDS = "deployments,statefulsets,jobs,services,configmaps,secrets,persistentvolumeclaims,ingresses,pods";

const names = (objects: readonly KubernetesObject[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
const inOwn = async (read: (namespace: string) => Promise<string[]>) => (await Promise.all(OWN.map(read))).flat();
const ownObjects = () => inOwn(async (namespace) => names(await list(namespace, KINDS)));

/** The values of a variable of the shop. */
const greetingsIn = (configMaps: readonly { readonly data?: Record<string, string> }[]) =>
  configMaps.flatMap(({ data = {} }) => data.GREETING ?? []);
const ownGreetings = () => inOwn(async (namespace) => greetingsIn(await list(namespace, "configmaps")));

/** Pods and volumes end some seconds after what they belong to. */
const nothingLeft = (before: readonly string[], objects: () => Promise<string[]>) =>
  waitFor("An empty namespace", 60, async () => {
    const left = (await objects()).filter((one) => !before.includes(one));
    if (left.length > 0) throw new Error(left.join());
    return true;
  });

/** The answers that a page gets. */
function answersOf(page: Page): string[] {
  const answers: string[] = [];
  page.on("response", (response) => {
    // A page that is left loses the answers on their way.
    response.text().then(
      (text) => answers.push(text),
      () => undefined,
    );
  });
  return answers;
}

/** Where a text is, as it is or encoded, among what the platform keeps, prints and sends. */
async function placesOf(answers: readonly string[], ...texts: readonly string[]): Promise<string[]> {
  const logs = (await list(NAMESPACE, "pods")).map(({ metadata }) =>
    kubectl(NAMESPACE, "logs", metadata.name, "--all-containers", "--tail", "-1"),
  );
  const places = {
    database: await kubectl(NAMESPACE, "exec", "postgres-0", "--", "pg_dump", "-U", "nexus", "-d", "nexus"),
    logs: (await Promise.all(logs)).join("\n"),
    answers: answers.join("\n"),
    arguments: readProcessArguments(),
    state: await stack.pulumiOk("stack", "export", "--show-secrets", "--stack", "dev"),
  };
  const forms = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    return [text, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
  });
  return Object.entries(places).flatMap(([name, content]) =>
    forms.some((form) => content.includes(form)) ? [name] : [],
  );
}

/** Somebody deploys projects in the browser. */
export function deployTests(): void {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(MINUTE);
    page = await context.newPage();
  });
  afterAll(() => browser.close());

  test(
    "E1 E5 E14 E24: the projects of the catalogue run, a scan finds their databases for another project, a bad image is named and rolled back, and nothing is left",
    async () => {
      const deployer = new Deployer(page);
      const before = await ownObjects();
      await deployer.signUp();
      await deployer.deployKnown("Web site", ["site"]);
      await deployer.deployKnown("Web site with a cache", ["web", "cache"]);
      await deployer.deployKnown("Database with a client", ["postgres", "client"], ["POSTGRES_PASSWORD", TOKEN]);
      await deployer.scan("This cluster", ["PostgreSQL", "Redis"]);
      await deployer.deployShop();
      expect(await ownGreetings()).toEqual(["good day"]);
      await deployer.changeAndRollBack();
      expect(await ownGreetings()).toEqual(["good day"]);
      await deployer.removeAll(["Shop", "Database with a client", "Web site with a cache", "Web site"]);
      await nothingLeft(before, ownObjects);
    },
    8 * MINUTE,
  );

  test(
    "E19 E28: a second cluster is added with the account that the page offers, a scan finds the databases of a platform there, a project runs in both, its secrets and the kubeconfig's are nowhere, and nothing is left",
    async () => {
      const second = await SecondPlatform.start();
      try {
        const { name, namespace } = SECOND;
        const objects = async () => names(await second.list(namespace, KINDS));
        const starting = second.runDatabases();
        starting.catch(() => undefined);
        await second.kubectl("create", "namespace", namespace);
        const before = [await ownObjects(), await objects()] as const;
        const answers = answersOf(page);
        const deployer = new Deployer(page);
        let kubeconfig = "";
        await deployer.signUp();
        const databases = await starting;
        await deployer.addCluster(name, [namespace, databases], async (manifest, commands) => {
          kubeconfig = await second.kubeconfigBy(manifest, commands);
          return kubeconfig;
        });
        await deployer.deployToBoth(name, namespace, "good night");
        expect(await ownGreetings()).toEqual(["good day"]);
        expect(greetingsIn(await second.list(namespace, "configmaps"))).toEqual(["good night"]);
        const connect = (host: string, port: number) => second.connect(namespace, "greeter", host, port);
        expect(await connect(await nodeAddress(), 6443)).toBe("open");
        // A port of the machine and of another node, and an address of Services that no Service has.
        for (const [host, port] of [
          [second.layout.hostAddress, 22],
          [await nodeAddress(), 10_250],
          ["10.96.250.250", 80],
        ] as const)
          expect([host, await connect(host, port)]).toEqual([host, expect.stringContaining("refused")]);
        await deployer.scan(name, [`${namespace}/queue`, `${databases}/postgres`, `${databases}/redis`], databases);
        const [, token = ""] = /token: (\S+)/.exec(kubeconfig) ?? [];
        expect(token.length).toBeGreaterThan(100);
        expect(await placesOf(answers, token)).toEqual([]);
        expect(await placesOf(answers, TOKEN)).toEqual([]);
        // The name of the cluster is no secret: it is found where it is kept and shown.
        expect(await placesOf(answers, `"name":"${name}"`, `\t${name}\t`)).toEqual(["database", "answers"]);
        await deployer.removeAll(["Shop"]);
        await nothingLeft(before[0], ownObjects);
        await nothingLeft(before[1], objects);
      } finally {
        await second.stop();
      }
    },
    8 * MINUTE,
  );
}
