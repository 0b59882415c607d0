import type * as kubernetes from "@kubernetes/client-node";
import type * as esbuild from "esbuild";
import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

const LIBRARY = "@kubernetes/client-node";
const load = createRequire(__filename);

/** What is bundled, and how. */
interface Bundling {
  readonly options: esbuild.BuildOptions;
  readonly entry: string;
  /** Replacements for the files whose paths match the pattern. */
  readonly stub: { readonly files: string; readonly contents: string };
}

export const BUNDLING: Bundling = {
  options: { bundle: true, platform: "node", target: "node20", logLevel: "silent" },
  entry: `export { KubeConfig } from "${LIBRARY}/dist/config.js"`,
  /** KubeConfig would include the classes of every API, for a method that makes clients and is not used here. */
  stub: {
    files: "client-node/dist/gen/index\\.js$",
    contents: `export class ServerConfiguration {}
      export function createConfiguration() { throw new Error("Make clients with ${LIBRARY} itself."); }`,
  },
};

/** @param modules folder of the installed packages */
async function bundle(modules: string, { options, entry, stub }: Bundling): Promise<Uint8Array> {
  const { build } = load("esbuild") as typeof esbuild;
  const withoutApis: esbuild.Plugin = {
    name: "without-apis",
    setup: ({ onLoad }) => onLoad({ filter: new RegExp(stub.files) }, () => ({ contents: stub.contents })),
  };
  const stdin = { contents: entry, resolveDir: modules };
  const { outputFiles } = await build({ ...options, stdin, plugins: [withoutApis], write: false });
  const [output] = outputFiles;
  if (!output) throw new Error("esbuild made no bundle.");
  return output.contents;
}

/**
 * Bundles the part of the library that a KubeConfig needs into one file and stores it: reading the library's hundreds
 * of files takes 600 ms of every run, and this file takes 40 ms.
 * @param modules folder of the installed packages
 * @returns the file; its name changes with the packages and with the way it is made
 */
export async function bundledKubeConfig(
  modules = path.join(path.dirname(load.resolve(`${LIBRARY}/package.json`)), "../.."),
  bundling: Bundling = BUNDLING,
): Promise<string> {
  // npm writes into this file what it installed: the library, its dependencies, and esbuild.
  const installed = fs.readFileSync(path.join(modules, ".package-lock.json"));
  const name = createHash("sha256").update(JSON.stringify(bundling)).update(installed).digest("hex");
  const file = path.join(modules, ".cache/nexus-kubeconfig", `${name}.cjs`);
  if (fs.existsSync(file)) return file;
  const content = await bundle(modules, bundling);
  // Renamed when it is complete, because several programs may start at once.
  const draft = `${file}.${randomUUID()}`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(draft, content);
  fs.renameSync(draft, file);
  return file;
}

/** The library's KubeConfig, loaded when it is needed. */
export async function kubeConfigClass(): Promise<typeof kubernetes.KubeConfig> {
  let library: Pick<typeof kubernetes, "KubeConfig">;
  try {
    library = load(await bundledKubeConfig()) as typeof library;
  } catch {
    // If the cache cannot be written, only time is lost.
    library = await import("@kubernetes/client-node");
  }
  return library.KubeConfig;
}
