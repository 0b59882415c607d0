import { dnsName } from "../names";
import type { Mount, Service, Volume } from "../model/types";
import { quantity } from "../source/units";
import { compact, type KubernetesObject, type Metadata } from "./objects";
import { fileKeys, fileSetName } from "./settings";

/** Default size of a claim. */
const DEFAULT_SIZE = "1Gi";
/** PostgreSQL refuses a directory that contains the `lost+found` of a new disk. */
const POSTGRES_DATA = "/var/lib/postgresql/data";

/** Volumes and mounts of a pod. @param templates names of volumes that come from claim templates */
export function podVolumes(service: Service, volumes: ReadonlyMap<string, Volume>, templates: ReadonlySet<string>) {
  const byName = new Map<string, object>();
  const volumeMounts = service.mounts.map((mount) => {
    const { name, source } = volumeOf(mount, service.mounts.indexOf(mount), volumes);
    if (!(mount.kind === "volume" && templates.has(mount.volume))) byName.set(name, { name, ...source });
    return compact({
      name,
      mountPath: mount.target,
      subPath: subPathOf(mount, service),
      readOnly: mount.readOnly || mount.kind === "files" ? true : undefined,
    });
  });
  return { volumes: [...byName.values()], volumeMounts };
}

function subPathOf(mount: Mount, service: Service): string | undefined {
  if (mount.kind === "files")
    return mount.single === undefined ? undefined : (fileKeys(mount.set).get(mount.single) ?? mount.single);
  if (mount.kind !== "volume" && mount.kind !== "image") return undefined;
  if (mount.subPath !== undefined || mount.kind === "image") return mount.subPath;
  const ownData = service.environment.some(({ name }) => name === "PGDATA");
  return mount.target === POSTGRES_DATA && !ownData ? "pgdata" : undefined;
}

function volumeOf(mount: Mount, index: number, volumes: ReadonlyMap<string, Volume>): { name: string; source: object } {
  switch (mount.kind) {
    case "volume": {
      const volume = volumes.get(mount.volume);
      return {
        name: volume?.label ?? dnsName(mount.volume),
        source: { persistentVolumeClaim: { claimName: volume?.claim ?? dnsName(mount.volume) } },
      };
    }
    case "scratch": {
      const emptyDir = compact({
        medium: mount.memory ? "Memory" : undefined,
        sizeLimit: mount.bytes === undefined ? undefined : quantity(mount.bytes),
      });
      return { name: dnsName(`scratch-${index}-${dnsName(mount.target)}`), source: { emptyDir } };
    }
    case "image":
      return { name: dnsName(`image-${index}`), source: { image: { reference: mount.image } } };
    case "files":
      return { name: dnsName(`files-${index}-${dnsName(mount.set.name)}`), source: fileVolume(mount) };
  }
}

/** Everybody may read and run the files; a mounted file cannot be written. */
const EXECUTABLE = 0o555;

function fileVolume({ set, mode, single }: Extract<Mount, { kind: "files" }>): object {
  const items = [...fileKeys(set)].map(([file, key]) => ({
    key,
    path: single === undefined ? file : key,
    ...(mode === undefined && set.executable.has(file) ? { mode: EXECUTABLE } : {}),
  }));
  const shared = compact({ items: set.external === undefined ? items : undefined, defaultMode: mode });
  const name = fileSetName(set);
  return set.secret ? { secret: { secretName: name, ...shared } } : { configMap: { name, ...shared } };
}

/** The requests of a claim. */
export function claimSpec({ spec }: Volume) {
  return compact({
    accessModes: [spec.access_mode ?? "ReadWriteOnce"],
    storageClassName: spec.storage_class,
    resources: { requests: { storage: spec.size ?? DEFAULT_SIZE } },
  });
}

/** A claim that several pods share. */
export function claimObject(volume: Volume, metadata: Metadata): KubernetesObject {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: claimSpec(volume) };
}
