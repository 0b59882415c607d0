import { lossOf, type Plan } from "../../../components/guard/losses";
import { plannedObject } from "../../../components/guard/planned-object";
import { type RecordedResource, resourceKey } from "../../../components/guard/recorded";

function recorded(type: string, name: string, metadata?: object, outputs?: object): RecordedResource {
  return { type, name, outputs: { metadata, ...outputs } };
}

const DATABASE = { labels: { "app.kubernetes.io/component": "database" } };
const provider = recorded("pulumi:providers:kubernetes", "cluster", undefined, { context: "team" });
const namespace = recorded("kubernetes:core/v1:Namespace", "environment", { name: "nexus" });
const server = recorded("kubernetes:apps/v1:StatefulSet", "data-postgres", {
  name: "postgres",
  namespace: "nexus",
  ...DATABASE,
});
const elsewhere = recorded("kubernetes:core/v1:Namespace", "wiki", { name: "wiki" });
const volume = recorded("kubernetes:core/v1:PersistentVolumeClaim", "wiki-files", { name: "files", namespace: "wiki" });
const backups = recorded("kubernetes:core/v1:PersistentVolumeClaim", "data-backup-volume", {
  name: "postgres-backup",
  namespace: "nexus",
  labels: { "app.kubernetes.io/component": "backup" },
});
const password = recorded("random:index/randomPassword:RandomPassword", "secrets-database");
const cache = recorded("kubernetes:apps/v1:Deployment", "redis", { name: "redis", namespace: "nexus" });
const STATE = [provider, namespace, server, elsewhere, volume, backups, password, cache];

/** The program that made {@link STATE}, without some resources or with other names of their objects. */
function plan(changes: Readonly<Record<string, { name?: string; namespace?: string } | null>> = {}): Plan {
  return new Map(
    STATE.filter(({ name }) => changes[name] !== null).map((one) => {
      const metadata = { ...one.outputs.metadata, ...changes[one.name] };
      return [resourceKey(one), plannedObject(one.type, { metadata }, "")];
    }),
  );
}

const SPACE = "the namespace nexus with everything in it: the database (StatefulSet nexus/postgres), and every volume";

test("P5: a change that keeps all objects with data reports no loss, whatever else it deletes", () => {
  expect(lossOf(STATE, plan(), "team")).toBeUndefined();
  expect(lossOf(STATE, plan({ redis: null }), "team")).toBeUndefined();
  expect(lossOf([], plan(), "team")).toBeUndefined();
});

const rows: [what: string, changes: Parameters<typeof plan>[0], loss: string][] = [
  ["another namespace", { environment: { name: "team-a" }, "data-postgres": { namespace: "team-a" } }, `${SPACE}.`],
  [
    "another name of the database",
    { "data-postgres": { name: "db" } },
    "the database (StatefulSet nexus/postgres), whose volume remains.",
  ],
  [
    "no database",
    { "data-postgres": null, "secrets-database": null },
    "the database (StatefulSet nexus/postgres), whose volume remains; the generated secret secrets-database.",
  ],
  ["a compose project without its volume", { "wiki-files": null }, "the volume wiki/files with its data."],
  ["no compose project", { wiki: null, "wiki-files": null }, "the namespace wiki with everything in it."],
];
test.each(rows)("P5: %s is reported in one sentence", (_what, changes, loss) => {
  expect(lossOf(STATE, plan(changes), "team")).toBe(`This update deletes ${loss}`);
});

test("P5: a generated secret that a rotation replaced is no loss", () => {
  const later = recorded("random:index/randomPassword:RandomPassword", "secrets-database-1");
  const planned = new Map([...plan({ "secrets-database": null }), [resourceKey(later), undefined]]);
  expect(lossOf([...STATE, later], planned, "team")).toBeUndefined();
});

test("B38: the volume with backups is no loss, because it stays in the cluster", () => {
  expect(lossOf(STATE, plan({ "data-backup-volume": null }), "team")).toBeUndefined();
});

test("P5: servers that an operator runs stay in the cluster, but not without their namespace", () => {
  const cluster = recorded("kubernetes:postgresql.cnpg.io/v1:Cluster", "data-operated", {
    name: "postgres-cluster",
    namespace: "nexus",
    ...DATABASE,
  });
  const state = [provider, namespace, cluster];
  const planned = (name: string): Plan =>
    new Map([[resourceKey(namespace), plannedObject(namespace.type, { metadata: { name } }, "")]]);
  expect(lossOf(state, planned("nexus"), "team")).toBeUndefined();
  expect(lossOf(state, planned("team-a"), "team")).toBe(
    "This update deletes the namespace nexus with everything in it: the database (Cluster nexus/postgres-cluster), and every volume.",
  );
});

test("P5: a stack that moves to another cluster loses all data", () => {
  expect(lossOf(STATE, plan(), "other")).toBe(
    `This update deletes ${SPACE}; the namespace wiki with everything in it, in the cluster of context team.`,
  );
});
