import type * as kubernetes from "@kubernetes/client-node";
import type * as esbuild from "esbuild";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

const LIBRARY = "@kubernetes/client-node";
const load = createRequire(__filename);

/** KubeConfig would take along the classes of every API, for the one method that makes clients and is not used here. */
const withoutApis: esbuild.Plugin = {
  name: "without-apis",
  setup: ({ onLoad }) => {
    const contents = `export class ServerConfiguration {}
      export function createConfiguration() { throw new Error("Make clients with ${LIBRARY} itself."); }`;
    onLoad({ filter: /client-node\/dist\/gen\/index\.js$/ }, () => ({ contents }));
  },
};

/**
 * Puts what a KubeConfig needs of the library into one file and keeps it: reading the library's hundreds of files takes
 * 600 ms of every run, this one 40 ms.
 * @returns the file
 */
async function bundled(): Promise<string> {
  const { version } = load(`${LIBRARY}/package.json`) as { version: string };
  const modules = path.join(path.dirname(load.resolve(`${LIBRARY}/package.json`)), "../..");
  const file = path.join(modules, ".cache/nexus-kubeconfig", `${version}.cjs`);
  if (fs.existsSync(file)) return file;
  const { build } = load("esbuild") as typeof esbuild;
  // Renamed when it is whole: several programs may start at once.
  const outfile = `${file}.${process.pid}`;
  const options = { bundle: true, platform: "node", target: "node20", logLevel: "silent" } as const;
  const stdin = { contents: `export { KubeConfig } from "${LIBRARY}/dist/config.js"`, resolveDir: modules };
  await build({ ...options, stdin, outfile, plugins: [withoutApis] });
  fs.renameSync(outfile, file);
  return file;
}

/** The library's KubeConfig, loaded when it is needed. */
export async function kubeConfigClass(): Promise<typeof kubernetes.KubeConfig> {
  let library: Pick<typeof kubernetes, "KubeConfig">;
  try {
    library = load(await bundled()) as typeof library;
  } catch {
    // A cache that cannot be written costs time and nothing else.
    library = await import("@kubernetes/client-node");
  }
  return library.KubeConfig;
}
