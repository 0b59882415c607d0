import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { dockerPlugin, pluginFolder } from "../../../local/toolchain/pulumi-programs";
import { serve } from "../../../local/toolchain/shims/serve";
import { fromStruct, toStruct, UNKNOWN, type Values } from "../../../local/toolchain/shims/values";

/** Digest of every image that it makes. */
export const MADE_DIGEST = `sha256:${"d".repeat(64)}`;

/**
 * Installs a stand-in for `pulumi-resource-docker`, which can be had from Pulumi's site only. It makes no images; where
 * the official one would need a Docker engine, it fails, as that does without one.
 * @param plugins folder in which the engine looks for plugins
 * @param calls file that gets one line for each request
 * @returns a function that takes the plugin away
 */
export function installDockerPlugin(plugins: string, calls: string): () => void {
  const folder = path.join(plugins, pluginFolder(dockerPlugin.program) ?? "");
  fs.mkdirSync(folder, { recursive: true });
  const main = `require("./tests/support/stand-ins/docker-plugin").main("${calls}")`;
  const command = [process.execPath, ...TYPESCRIPT_ARGUMENTS, "--eval", main].map((word) => `'${word}'`).join(" ");
  const script = `#!/bin/sh\ncd '${repositoryRoot}' && exec ${command}\n`;
  fs.writeFileSync(path.join(folder, dockerPlugin.program), script, { mode: 0o755 });
  return () => fs.rmSync(folder, { recursive: true });
}

function checked(news: Values): provider.CheckResponse {
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(news));
  return response;
}

function compared(olds: Values, news: Values): provider.DiffResponse {
  const response = new provider.DiffResponse();
  const isSame = Object.entries(news).every(([key, value]) => isDeepStrictEqual(value, olds[key]));
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(isSame ? DIFF_NONE : DIFF_SOME);
  return response;
}

function made(inputs: Values, preview: boolean): provider.CreateResponse {
  const name = String(inputs.imageName).replace(/:[^:/]*$/, "");
  const response = new provider.CreateResponse();
  if (!preview) response.setId(`${name}@${MADE_DIGEST}`);
  response.setProperties(toStruct({ ...inputs, repoDigest: preview ? UNKNOWN : `${name}@${MADE_DIGEST}` }));
  return response;
}

function configured(settings: Values): provider.ConfigureResponse {
  // The official one pings the engine here.
  if (settings.disableDockerDaemonCheck !== "true") throw new Error("failed to connect to any docker daemon");
  const response = new provider.ConfigureResponse();
  response.setSupportspreview(true);
  return response;
}

/** Runs the stand-in. */
export function main(calls: string): void {
  const say = (call: string) => fs.appendFileSync(calls, `${call}\n`);
  const news = (request: unknown) => fromStruct((request as provider.CheckRequest).getNews());
  const olds = (request: unknown) => fromStruct((request as provider.DiffRequest).getOlds());
  process.on("SIGTERM", () => process.exit(0));
  serve(ResourceProviderService, {
    getPluginInfo: async () => {
      const info = new plugin.PluginInfo();
      info.setVersion(dockerPlugin.version);
      return info;
    },
    checkConfig: async (request) => checked(news(request)),
    diffConfig: async () => new provider.DiffResponse(),
    configure: async (request) => configured(fromStruct((request as provider.ConfigureRequest).getArgs())),
    check: async (request) => checked(news(request)),
    diff: async (request) => compared(olds(request), news(request)),
    create: async (request) => {
      const inputs = fromStruct((request as provider.CreateRequest).getProperties());
      const preview = (request as provider.CreateRequest).getPreview();
      say(`${preview ? "preview" : "create"} ${String(inputs.imageName)}`);
      return made(inputs, preview);
    },
    delete: async (request) => {
      say(`delete ${(request as provider.DeleteRequest).getId()}`);
      return new Empty();
    },
    cancel: async () => new Empty(),
  });
}
