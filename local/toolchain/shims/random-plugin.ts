/**
 * `pulumi-resource-random`: a drop-in for the official plugin, used only where that one cannot be downloaded. It
 * knows RandomPassword, the one resource of @pulumi/random that Nexus uses, and refuses every other.
 */
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { changedInputs, checkInputs, type PasswordInputs } from "./random-inputs";
import { createPassword, PASSWORD_ID, previewPassword, readPassword, updatePassword } from "./random-password";
import { PASSWORD_TYPE, randomSchema } from "./random-schema";
import { RANDOM_VERSION } from "./sdk-version";
import { serve, type UnaryHandlers } from "./serve";
import { fromStruct, toStruct } from "./values";

function checkType(urn: string): void {
  const type = urn.split("::")[2]?.split("$").pop();
  if (type !== PASSWORD_TYPE)
    throw new Error(
      `The drop-in plugin for random has no resource ${type}. Fix: run this on a machine that can download the official plugin.`,
    );
}

function check(request: provider.CheckRequest): provider.CheckResponse {
  checkType(request.getUrn());
  const { inputs, failures } = checkInputs(fromStruct(request.getNews()));
  const response = new provider.CheckResponse();
  response.setInputs(toStruct({ ...inputs }));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new provider.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

function diff(request: provider.DiffRequest): provider.DiffResponse {
  checkType(request.getUrn());
  const { inputs } = checkInputs(fromStruct(request.getNews()));
  const changes = changedInputs(fromStruct(request.getOlds()), inputs);
  const response = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(changes.map(({ property }) => property));
  response.setReplacesList(changes.filter(({ replaces }) => replaces).map(({ property }) => property));
  response.setHasdetaileddiff(true);
  for (const { property, replaces } of changes) {
    const detail = new provider.PropertyDiff();
    const { UPDATE, UPDATE_REPLACE } = provider.PropertyDiff.Kind;
    detail.setKind(replaces ? UPDATE_REPLACE : UPDATE);
    response.getDetaileddiffMap().set(property, detail);
  }
  return response;
}

function create(request: provider.CreateRequest): provider.CreateResponse {
  checkType(request.getUrn());
  const { inputs } = checkInputs(fromStruct(request.getProperties()));
  const response = new provider.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(toStruct(previewPassword(inputs)));
    return response;
  }
  response.setId(PASSWORD_ID);
  // Outside of a preview the engine sends no unknown values.
  response.setProperties(toStruct(createPassword(inputs as PasswordInputs)));
  return response;
}

function update(request: provider.UpdateRequest): provider.UpdateResponse {
  checkType(request.getUrn());
  const { inputs } = checkInputs(fromStruct(request.getNews()));
  const response = new provider.UpdateResponse();
  response.setProperties(toStruct(updatePassword(fromStruct(request.getOlds()), inputs)));
  return response;
}

function read(request: provider.ReadRequest): provider.ReadResponse {
  checkType(request.getUrn());
  const { inputs, outputs } = readPassword(request.getId(), fromStruct(request.getProperties()));
  const response = new provider.ReadResponse();
  response.setId(PASSWORD_ID);
  response.setProperties(toStruct(outputs));
  response.setInputs(toStruct({ ...inputs }));
  return response;
}

function configuration(request: provider.CheckRequest): provider.CheckResponse {
  const response = new provider.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

function pluginInfo(): plugin.PluginInfo {
  const info = new plugin.PluginInfo();
  info.setVersion(RANDOM_VERSION);
  return info;
}

function schema(): provider.GetSchemaResponse {
  const response = new provider.GetSchemaResponse();
  response.setSchema(JSON.stringify(randomSchema()));
  return response;
}

const handlers: UnaryHandlers = {
  getPluginInfo: async () => pluginInfo(),
  getSchema: async () => schema(),
  checkConfig: async (request) => configuration(request as provider.CheckRequest),
  diffConfig: async () => new provider.DiffResponse(),
  configure: async () => {
    const response = new provider.ConfigureResponse();
    response.setSupportspreview(true);
    return response;
  },
  check: async (request) => check(request as provider.CheckRequest),
  diff: async (request) => diff(request as provider.DiffRequest),
  create: async (request) => create(request as provider.CreateRequest),
  update: async (request) => update(request as provider.UpdateRequest),
  read: async (request) => read(request as provider.ReadRequest),
  delete: async () => new Empty(),
  cancel: async () => new Empty(),
};

/** Starts the plugin. */
export function main(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
  serve(ResourceProviderService, handlers);
}
