import * as fs from "node:fs";
import { structuralProblems } from "@nexus/testkit/compose-checker";
import type { Conversion } from "../src/convert";
import { ProjectFolder } from "./project-folder";
import { containerOf, convertText, lossKeys, object, podOf } from "./support";

let project: ProjectFolder;
beforeEach(() => (project = new ProjectFolder()));
afterEach(() => project.remove());

function convertProject(compose: string, files: Readonly<Record<string, string>> = {}): Conversion {
  project.write({ "compose.yaml": compose, ...files });
  const result = project.convert();
  expect(structuralProblems(result.objects)).toEqual([]);
  return result;
}

interface PodVolume {
  readonly name: string;
  readonly configMap?: {
    readonly name: string;
    readonly items: readonly { key: string; path: string; mode?: number }[];
  };
}

/** The content that a container reads at each path of its mounts. */
function contentOf(result: Conversion, service: string): Record<string, string> {
  const volumes = (podOf(result, service).spec.volumes ?? []) as readonly PodVolume[];
  const mounts = containerOf(result, service).volumeMounts as readonly Record<string, string>[];
  const entries = mounts.flatMap(({ name, mountPath, subPath }) => {
    const map = volumes.find((volume) => volume.name === name)?.configMap;
    const data = map && (object(result, "ConfigMap", map.name).data as Record<string, string>);
    return (map?.items ?? [])
      .filter(({ path }) => subPath === undefined || path === subPath)
      .map(({ key, path }) => [subPath === undefined ? `${mountPath ?? ""}/${path}` : mountPath, data?.[key]]);
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

describe("E13: mounted files keep apart", () => {
  it("two files with the same name in a service", () => {
    const result = convertProject(
      "services: { web: { image: i, volumes: ['./one/site.conf:/etc/one.conf:ro', './two/site.conf:/etc/two.conf:ro'] } }",
      { "one/site.conf": "first", "two/site.conf": "second" },
    );
    expect(contentOf(result, "web")).toEqual({ "/etc/one.conf": "first", "/etc/two.conf": "second" });
  });

  it("two directories with the same name in a service", () => {
    const result = convertProject(
      "services: { web: { image: i, volumes: ['./one/conf.d:/etc/one:ro', './two/conf.d:/etc/two:ro'] } }",
      { "one/conf.d/a": "first", "two/conf.d/b": "second" },
    );
    expect(contentOf(result, "web")).toEqual({ "/etc/one/a": "first", "/etc/two/b": "second" });
  });

  it("files of two services whose names make the same one together", () => {
    const result = convertProject(
      "services: { web: { image: i, volumes: ['./one/api-x.conf:/x:ro'] }, web-api: { image: i, volumes: ['./two/x.conf:/x:ro'] } }",
      { "one/api-x.conf": "first", "two/x.conf": "second" },
    );
    expect(contentOf(result, "web")).toEqual({ "/x": "first" });
    expect(contentOf(result, "web-api")).toEqual({ "/x": "second" });
  });

  it("names that differ only in dots and other signs", () => {
    const result = convertProject(
      "services: { web: { image: i, volumes: ['./a.conf:/1:ro', './a-conf:/2:ro', './A_conf:/3:ro'], configs: [{ source: c.d, target: /4 }, { source: c_d, target: /5 }] } }\nconfigs: { c.d: { content: fourth }, c_d: { content: fifth } }",
      { "a.conf": "first", "a-conf": "second", A_conf: "third" },
    );
    expect(contentOf(result, "web")).toEqual({
      "/1": "first",
      "/2": "second",
      "/3": "third",
      "/4": "fourth",
      "/5": "fifth",
    });
  });

  it("files of one directory, below it as well and when there is but one", () => {
    const result = convertProject("services: { web: { image: i, volumes: ['./d:/d:ro', './e:/e:ro'] } }", {
      "d/a/b": "nested",
      "d/a__b": "flat",
      "d/x y": "space",
      "d/x-y": "dash",
      "e/deep/one file": "only",
    });
    expect(contentOf(result, "web")).toEqual({
      "/d/a/b": "nested",
      "/d/a__b": "flat",
      "/d/x y": "space",
      "/d/x-y": "dash",
      "/e/deep/one file": "only",
    });
  });

  it("one file at two paths is one object", () => {
    const result = convertProject("services: { web: { image: i, volumes: ['./a:/1:ro', './a:/2:ro'] } }", { a: "x" });
    expect(contentOf(result, "web")).toEqual({ "/1": "x", "/2": "x" });
    expect(result.objects.filter(({ kind }) => kind === "ConfigMap").map(({ metadata }) => metadata.name)).toEqual([
      "file-web-a",
    ]);
  });

  it("a file with a name that Kubernetes reserves is left out, and is in the report", () => {
    const result = convertProject("services: { web: { image: i, volumes: ['./d:/d:ro'] } }", {
      "d/..data": "no",
      "d/ok": "yes",
    });
    expect(contentOf(result, "web")).toEqual({ "/d/ok": "yes" });
    expect(lossKeys(result)).toEqual(["web volumes"]);
  });
});

describe("E13: named volumes keep apart", () => {
  it.each(["data.a, data_a", "Data-a, data-a", "scratch-0-x, data", "___, ---"])("%s", (names) => {
    const [one = "", two = ""] = names.split(", ");
    const result = convertProject(
      `services: { db: { image: i, tmpfs: /x, volumes: ['${one}:/1', '${two}:/2'] }, other: { image: i, volumes: ['${two}:/2'] } }\nvolumes: { "${one}": , "${two}": }`,
    );
    const mounts = containerOf(result, "db").volumeMounts as readonly Record<string, string>[];
    expect(new Set(mounts.map(({ name }) => name)).size).toBe(3);
  });
});

describe("E13: a path has one mount", () => {
  it("the mount that keeps data, else the last one; the other is in the report", () => {
    const result = convertProject(
      "services: { app: { image: i, shm_size: 2gb, tmpfs: ['/dev/shm:size=1g', /data/], volumes: ['dd:/data', 'ee:/more', { type: tmpfs, target: /more/. }] } }\nvolumes: { dd: , ee: }",
    );
    const mounts = containerOf(result, "app").volumeMounts as readonly Record<string, string>[];
    expect(mounts.map(({ name, mountPath }) => `${name ?? ""} ${mountPath ?? ""}`)).toEqual([
      "scratch-0-dev-shm /dev/shm",
      "dd /data",
      "ee /more",
    ]);
    expect(podOf(result, "app").spec.volumes).toEqual([
      { name: "scratch-0-dev-shm", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
    ]);
    expect(result.losses.map(({ value, effect }) => `${value}: ${effect}`)).toEqual([
      "/more (scratch): another mount has this path",
      "/dev/shm (scratch): another mount has this path",
      "/data (scratch): another mount has this path",
    ]);
  });

  it("also if one of them comes from volumes_from of another service", () => {
    const result = convertProject(
      "services: { base: { image: i, volumes: ['dd:/data', 'ee:/x/'] }, mid: { image: i, volumes_from: [base] }, top: { image: i, tmpfs: /x, volumes_from: ['mid:ro'] } }\nvolumes: { dd: , ee: }",
    );
    const mounts = containerOf(result, "top").volumeMounts as readonly Record<string, unknown>[];
    expect(mounts.map(({ mountPath, readOnly }) => [mountPath, readOnly])).toEqual([
      ["/x", undefined],
      ["/data", true],
    ]);
  });

  it("services with volumes_from of each other have the mounts of both", () => {
    const result = convertText(
      "services: { a: { image: i, tmpfs: /a, volumes_from: [b] }, b: { image: i, tmpfs: /b, volumes_from: [a] } }",
    );
    expect((containerOf(result, "a").volumeMounts as unknown[]).length).toBe(2);
  });
});

describe("E13: executable files", () => {
  it("stay executable if their owner may execute them, as a file, in a directory and as a config", () => {
    project.write({ "run.sh": "a", "d/tool": "b", "d/text": "c" });
    for (const name of ["run.sh", "d/tool"]) fs.chmodSync(project.path(name), 0o755);
    const result = convertProject(
      "services: { app: { image: i, volumes: ['./run.sh:/run.sh:ro', './d:/d:ro'], configs: [{ source: c, target: /c }, { source: c, target: /e, mode: 0400 }] } }\nconfigs: { c: { file: ./run.sh } }",
    );
    const volumes = podOf(result, "app").spec.volumes as readonly PodVolume[];
    expect(volumes.map(({ configMap }) => configMap?.items.map(({ path, mode }) => [path, mode]))).toEqual([
      [["run.sh", 0o555]],
      [
        ["text", undefined],
        ["tool", 0o555],
      ],
      [["c", 0o555]],
      [["c", undefined]],
    ]);
  });
});

describe("E13: a volume of several pods", () => {
  it("is in the report, because each pod has its own", () => {
    const text = (pods: string) =>
      convertText(`services: { app: { image: i, ${pods}, volumes: ['dd:/d'] } }\nvolumes: { dd: }`).losses;
    expect(text("scale: 1")).toEqual([]);
    for (const pods of ["scale: 3", "deploy: { replicas: 3 }", "x-nexus: { replicas: 3 }"])
      expect(text(pods)).toMatchObject([
        { service: "app", key: "volumes", effect: "each of 3 pods has a volume of its own, which compose would share" },
      ]);
  });
});
