/**
 * `pulumi-resource-random`: a drop-in for the official plugin, used only where that one cannot be downloaded. It
 * knows RandomPassword, the one resource of @pulumi/random that Nexus uses, and refuses every other.
 */
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { changedInputs, checkInputs, createPassword } from "./random-password";
import { RANDOM_VERSION } from "./sdk-version";
import { serve, type UnaryHandlers } from "./serve";

const TYPE = "random:index/randomPassword:RandomPassword";
/** The id that the official plugin gives to every password: the value itself is no fit name. */
const PASSWORD_ID = "none";

function values(message: Struct | undefined): Record<string, unknown> {
  return message?.toJavaScript() ?? {};
}

function struct(value: object): Struct {
  return Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}

function checkType(urn: string): void {
  const type = urn.split("::")[2]?.split("$").pop();
  if (type !== TYPE)
    throw new Error(
      `The drop-in plugin for random has no resource ${type}. Fix: run this on a machine that can download the official plugin.`,
    );
}

function check(request: provider.CheckRequest): provider.CheckResponse {
  checkType(request.getUrn());
  const { inputs, failures } = checkInputs(values(request.getNews()));
  const response = new provider.CheckResponse();
  response.setInputs(struct(inputs));
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
  const changed = changedInputs(values(request.getOlds()), checkInputs(values(request.getNews())).inputs);
  const response = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(changed);
  response.setDiffsList(changed);
  return response;
}

function create(request: provider.CreateRequest): provider.CreateResponse {
  checkType(request.getUrn());
  const { inputs } = checkInputs(values(request.getProperties()));
  const response = new provider.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(struct(inputs));
    return response;
  }
  response.setId(PASSWORD_ID);
  response.setProperties(struct(createPassword(inputs)));
  return response;
}

/** A password exists nowhere but in the state: reading it gives back what is there. */
function read(request: provider.ReadRequest): provider.ReadResponse {
  const response = new provider.ReadResponse();
  response.setId(request.getId());
  response.setProperties(request.getProperties());
  response.setInputs(request.getInputs());
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

const handlers: UnaryHandlers = {
  getPluginInfo: async () => pluginInfo(),
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
  read: async (request) => read(request as provider.ReadRequest),
  delete: async () => new Empty(),
  cancel: async () => new Empty(),
};

/** Starts the plugin. */
export function main(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
  serve(ResourceProviderService, handlers);
}
