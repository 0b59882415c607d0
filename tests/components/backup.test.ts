import { backupSettings, type Setting } from "@nexus/contract";
import { makeCertificate } from "@nexus/testkit/certificate";
import { type Manifest, recordStack, type RecordedStack } from "../support/recorded-stack";

const bucket = { bucket: "backups", prefix: "nexus/", endpoint: "https://10.1.2.3:9000" };
const keys = { backupAccessKey: "access-key", backupSecretKey: "secret-key" };

interface PodSpec {
  readonly containers: readonly [
    {
      readonly image: string;
      readonly command: string[];
      readonly volumeMounts: { readonly name: string; readonly mountPath: string }[];
      readonly env: { readonly name: string; readonly value?: string }[];
    },
  ];
  readonly initContainers: readonly [{ readonly image: string }];
  readonly volumes: readonly { readonly name: string }[];
}

function podOf(stack: RecordedStack, name: string): PodSpec {
  const { spec } = stack.manifest("CronJob", name) as Manifest & {
    spec: { jobTemplate: { spec: { template: { spec: PodSpec } } } };
  };
  return spec.jobTemplate.spec.template.spec;
}

let volume: RecordedStack;
let stored: RecordedStack;
let external: RecordedStack;
beforeAll(async () => {
  volume = await recordStack("dev");
  stored = await recordStack("dev", { postgres: { backup: { s3: bucket, schedule: "*/5 * * * *" } } }, keys);
  const { certificate: caCertificate } = await makeCertificate("authority");
  const databaseUrl = "postgres://app:secret@10.0.0.9:5433/spaces?sslmode=verify-full";
  external = await recordStack("dev", { postgres: { mode: "external", caCertificate } }, { databaseUrl });
});

describe("B38 A50: backups of the stack's own database", () => {
  it("are made each night by one Job at a time, and a drill restores the newest", () => {
    const jobTemplate = { spec: { ttlSecondsAfterFinished: 93_600 } };
    const usual = { timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", jobTemplate };
    expect(volume.manifest("CronJob", "postgres-backup").spec).toMatchObject({ ...usual, schedule: "17 2 * * *" });
    expect(volume.manifest("CronJob", "postgres-drill").spec).toMatchObject({ ...usual, schedule: "47 4 * * *" });
    expect(stored.manifest("CronJob", "postgres-backup").spec).toMatchObject({ schedule: "*/5 * * * *" });
  });

  it("run in the image of the server, whose pg_dump fits, with the program from the kernel's image", () => {
    const { containers, initContainers } = podOf(volume, "postgres-backup");
    const server = volume.manifest("StatefulSet", "postgres").spec as { template: { spec: PodSpec } };
    expect(containers[0].image).toBe(server.template.spec.containers[0].image);
    const kernel = volume.manifest("Deployment", "workspace-kernel").spec as { template: { spec: PodSpec } };
    expect(initContainers[0].image).toBe(kernel.template.spec.containers[0].image);
    expect(containers[0].command).toEqual(["/program/node", "/program/backup.js", "backup"]);
    expect(podOf(volume, "postgres-drill").containers[0].command.at(-1)).toBe("drill");
  });

  it("are on a volume of their own, which is kept when backups go elsewhere", () => {
    expect(volume.manifest("PersistentVolumeClaim", "postgres-backup").spec).toEqual({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
    });
    const claim = volume.resources.find(({ type }) => type.endsWith(":PersistentVolumeClaim"));
    expect(claim?.options.retainOnDelete).toBe(true);
    expect(stored.manifests.filter(({ kind }) => kind === "PersistentVolumeClaim")).toEqual([]);
  });

  it("D10: get all that their program reads", () => {
    const given = [volume, stored, external].flatMap((stack) => podOf(stack, "postgres-backup").containers[0].env);
    const names = new Set(given.map(({ name }) => name));
    const read = Object.entries<Setting>(backupSettings).filter(([, setting]) => !("internal" in setting));
    const expected = read.map(([name]) => name).filter((name) => name !== "BACKUP_KEY_PREVIOUS");
    expect([...names].sort()).toEqual(expected.sort());
    const plain = given.filter(({ name }) => /KEY|PASSWORD/.test(name)).map(({ value }) => value);
    expect(new Set(plain)).toEqual(new Set([undefined]));
  });

  it("A43: reach the database and their storage, and nothing else", () => {
    const egress = (stack: RecordedStack) =>
      (stack.manifest("NetworkPolicy", "postgres-backup").spec as { egress: object[] }).egress;
    const database = {
      to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "postgres" } } }],
      ports: [{ protocol: "TCP", port: 5432 }],
    };
    const storage = { to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 9000 }] };
    expect(egress(volume)).toEqual([database]);
    expect(egress(stored)).toEqual([database, storage]);
    const elsewhere = { to: [{ ipBlock: { cidr: "10.0.0.9/32" } }], ports: [{ protocol: "TCP", port: 5433 }] };
    expect(egress(external)).toEqual([elsewhere]);
  });

  it("A41: of a server of somebody else check its certificate against the authorities that were given", () => {
    for (const name of ["postgres-backup", "postgres-drill"]) {
      const { containers, volumes } = podOf(external, name);
      const mount = containers[0].volumeMounts.find(({ mountPath }) => mountPath === "/etc/nexus/ca");
      expect(volumes).toContainEqual({ name: mount?.name, configMap: { name: "nexus-config-ca" } });
      expect(containers[0].env.map((variable) => variable.name)).toEqual(
        expect.arrayContaining(["DATABASE_SSLMODE", "DATABASE_SSLROOTCERT"]),
      );
    }
    expect(external.manifests.filter(({ kind }) => kind === "StatefulSet")).toEqual([]);
  });

  it("fill an empty database before the migrations, so no service starts without its data", async () => {
    const restoreFrom = "000042-20260102T030405Z";
    const stack = await recordStack("dev", { postgres: { restoreFrom } });
    const job = stack.manifest("Job", "postgres-restore");
    const { template } = job.spec as { template: { spec: PodSpec } };
    expect(template.spec.containers[0].command.slice(-2)).toEqual(["fill", restoreFrom]);
    expect(template.spec.containers[0].env).toEqual(podOf(stack, "postgres-backup").containers[0].env);
    expect(job.metadata.labels).toMatchObject({ "app.kubernetes.io/name": "postgres-backup" });
    expect(job.spec).not.toHaveProperty("ttlSecondsAfterFinished");
    const urnOf = (type: string, name: string) => stack.resources.find((one) => one.type === type && one.name === name);
    const filled = urnOf("kubernetes:batch/v1:Job", "data-backup-restore");
    const server = urnOf("kubernetes:apps/v1:StatefulSet", "data-postgres");
    expect(filled?.options.dependencies).toContain(server?.urn);
    for (const service of ["workspace-kernel", "graphstudio-backend"]) {
      const migration = urnOf("kubernetes:batch/v1:Job", `data-${service}-migration`);
      expect(migration?.options.dependencies).toContain(filled?.urn);
    }
    expect(
      volume.manifests.filter(({ kind, metadata }) => kind === "Job" && metadata.name === "postgres-restore"),
    ).toEqual([]);
  });

  it("are not made if they are switched off", async () => {
    const off = await recordStack("dev", { postgres: { backup: null } });
    expect(off.manifests.filter(({ kind }) => kind === "CronJob")).toEqual([]);
    expect(off.manifest("Secret", "nexus-secrets").stringData).not.toHaveProperty("BACKUP_KEY");
  });
});
