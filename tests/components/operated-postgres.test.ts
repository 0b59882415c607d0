import { podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";
import { containerOf } from "../support/recorded-stack";

const CLUSTER = "postgres-cluster";
const SECRET = "nexus-secrets";

let plain: RecordedStack;
let archived: RecordedStack;
beforeAll(async () => {
  const s3 = { bucket: "nexus-backups", prefix: "nexus/", endpoint: "https://10.1.2.3:9000", region: "eu-central-1" };
  const keys = { backupAccessKey: "access-key", backupSecretKey: "secret-key" };
  plain = await recordStack("dev", { postgres: { mode: "cloudnativepg" } });
  const postgres = { mode: "cloudnativepg", backup: { s3, keep: 30, schedule: "5 1 * * *" } };
  archived = await recordStack("dev", { postgres }, keys);
});

describe("P4 B38: Postgres that CloudNativePG runs", () => {
  it("is three servers, of which one more has each change before it is confirmed", () => {
    expect(plain.manifest("Cluster", CLUSTER)).toMatchObject({
      apiVersion: "postgresql.cnpg.io/v1",
      metadata: { annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        instances: 3,
        imageName: expect.stringMatching(/:15-/),
        postgresql: {
          parameters: { max_connections: "300" },
          synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
        },
        storage: { size: "10Gi" },
      },
    });
  });

  it("takes the place of the stack's own server, and is waited for by what needs a database", () => {
    for (const kind of ["StatefulSet", "Service"])
      expect(plain.manifests.filter(({ kind: one, metadata }) => one === kind && metadata.name === "postgres")).toEqual(
        [],
      );
    const cluster = plain.resources.find(({ type }) => type === "kubernetes:postgresql.cnpg.io/v1:Cluster");
    expect(cluster?.options.retainOnDelete).toBe(true);
    const job = plain.resources.find(
      ({ type, inputs }) => type.endsWith(":Job") && JSON.stringify(inputs).includes("kernel-migrate"),
    );
    expect(job?.options.dependencies).toContain(cluster?.urn);
  });

  it("has the role of the services with the password of the Secret, which may create databases for a restore", () => {
    const { stringData, type, metadata } = plain.manifest("Secret", `${CLUSTER}-login`);
    const own = plain.manifest("Secret", SECRET).stringData as Record<string, string>;
    expect({ type, stringData }).toEqual({
      type: "kubernetes.io/basic-auth",
      stringData: { username: "nexus", password: own.DATABASE_PASSWORD },
    });
    expect(metadata.labels).toMatchObject({ "cnpg.io/reload": "true" });
    const passwordSecret = { name: `${CLUSTER}-login` };
    expect(plain.manifest("Cluster", CLUSTER).spec).toMatchObject({
      bootstrap: { initdb: { database: "nexus", owner: "nexus", secret: passwordSecret } },
      managed: { roles: [{ name: "nexus", ensure: "present", login: true, createdb: true, passwordSecret }] },
    });
    // No generations: the operator has one role with one password.
    expect(Object.keys(own).filter((key) => key.startsWith("DATABASE_"))).toEqual(["DATABASE_PASSWORD"]);
  });

  it("A41: is reached with verify-full, and no pod gets the key of the operator's authority", () => {
    expect(plain.manifest("ConfigMap", "nexus-config").data).toMatchObject({
      DATABASE_HOST: `${CLUSTER}-rw`,
      DATABASE_SSLMODE: "verify-full",
      DATABASE_SSLROOTCERT: "/etc/nexus/database-ca/ca.crt",
    });
    const users = [
      "workspace-kernel",
      "graphstudio-backend",
      "workspace-kernel-migrate",
      "postgres-backup",
      "postgres-drill",
    ];
    for (const owner of users) {
      const { volumes = [] } = podTemplates(plain)[owner]?.spec as { volumes?: { name: string; secret?: object }[] };
      expect(volumes.find(({ name }) => name === "database-authority")).toEqual({
        name: "database-authority",
        secret: { secretName: `${CLUSTER}-ca`, items: [{ key: "ca.crt", path: "ca.crt" }] },
      });
      expect(containerOf(plain, owner).volumeMounts).toContainEqual({
        name: "database-authority",
        mountPath: "/etc/nexus/database-ca",
        readOnly: true,
      });
    }
  });

  it("archives to the bucket with the Barman Cloud plugin, and only where backups go to a bucket", () => {
    for (const kind of ["ObjectStore", "ScheduledBackup"])
      expect(plain.manifests.filter((one) => one.kind === kind)).toEqual([]);
    expect(plain.manifest("Cluster", CLUSTER).spec).not.toHaveProperty("plugins");
    const plugin = "barman-cloud.cloudnative-pg.io";
    expect(archived.manifest("Cluster", CLUSTER).spec).toMatchObject({
      plugins: [{ name: plugin, isWALArchiver: true, parameters: { barmanObjectName: CLUSTER } }],
    });
    expect(archived.manifest("ObjectStore", CLUSTER).spec).toMatchObject({
      retentionPolicy: "30d",
      configuration: {
        destinationPath: "s3://nexus-backups/nexus/cloudnativepg/",
        endpointURL: "https://10.1.2.3:9000",
        s3Credentials: {
          accessKeyId: { name: SECRET, key: "BACKUP_S3_ACCESS_KEY" },
          secretAccessKey: { name: SECRET, key: "BACKUP_S3_SECRET_KEY" },
          region: { name: `${CLUSTER}-region`, key: "region" },
        },
      },
    });
    expect(archived.manifest("Secret", `${CLUSTER}-region`).stringData).toEqual({ region: "eu-central-1" });
    expect(archived.manifest("ScheduledBackup", CLUSTER).spec).toEqual({
      schedule: "0 5 1 * * *",
      immediate: true,
      backupOwnerReference: "self",
      cluster: { name: CLUSTER },
      method: "plugin",
      pluginConfiguration: { name: plugin },
    });
  });

  it("A43: lets in the services, the operator and its own servers, and out to the API server and the bucket", () => {
    const spec = archived.manifest("NetworkPolicy", CLUSTER).spec as { egress: object[]; ingress: object[] };
    const pods = (name: string, label = "app.kubernetes.io/name") => [
      { podSelector: { matchLabels: { [label]: name } } },
    ];
    const space = (name: string) => [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }];
    const ports = (...list: number[]) => list.map((port) => ({ protocol: "TCP", port }));
    const own = pods(CLUSTER, "cnpg.io/cluster");
    expect(spec).toMatchObject({ podSelector: own[0]?.podSelector });
    expect(spec.ingress).toEqual([
      ...[
        "workspace-kernel",
        "graphstudio-backend",
        "workspace-kernel-migrate",
        "graphstudio-backend-migrate",
        "postgres-backup",
      ].map((name) => ({ from: pods(name), ports: ports(5432) })),
      { from: own, ports: ports(5432, 8000) },
      { from: space("cnpg-system"), ports: ports(5432, 8000) },
      { from: space("monitoring"), ports: ports(9187) },
    ]);
    expect(spec.egress).toContainEqual({ to: own, ports: ports(5432, 8000) });
    expect(spec.egress).toContainEqual({ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: ports(443, 6443) });
    expect(spec.egress).toContainEqual({ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: ports(9000) });
    expect(archived.manifest("NetworkPolicy", "workspace-kernel").spec).toMatchObject({
      egress: expect.arrayContaining([{ to: own, ports: ports(5432) }]),
    });
  });
});
