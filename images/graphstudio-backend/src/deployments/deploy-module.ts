import { join } from "node:path";
import {
  type App,
  createAuthenticate,
  createTokenVerifier,
  isApiKey,
  type Logger,
  type Principal,
  type Standing,
} from "@nexus/service";
import { Converter } from "../projects/converter";
import { ProjectService } from "../projects/project-service";
import { every, MINUTE_MS } from "../every";
import { registerProjectRoutes } from "../routes/projects";
import type { DeployStores } from "../store/deploy-stores";
import type { TenantStore } from "../store/tenant-store";
import type { ApiKeyService } from "../tenants/api-key-service";
import { TenantAccess } from "../tenants/tenant-access";
import { SealedBox } from "./sealed-box";

export interface DeployModuleOptions {
  readonly stores: DeployStores;
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyService;
  /** Secrets of the stack that sign tokens; the first one encrypts. */
  readonly keys: readonly string[];
  readonly standing: Standing;
  /** The bundled `convert-worker`. @default beside this program */
  readonly converterFile?: string | undefined;
  readonly log: Logger;
}

/** Projects and deployments: everything that the backend needs of them. */
export interface DeployModule {
  readonly close: () => Promise<void>;
}

export function startDeployModule(app: App, options: DeployModuleOptions): DeployModule {
  const { stores, tenants, keys, log, converterFile = join(__dirname, "convert-worker.js") } = options;
  const box = new SealedBox(keys);
  const access = new TenantAccess(tenants);
  const authenticate = createAuthenticate(callerOf(options));
  const projects = new ProjectService({
    projects: stores.projects,
    access,
    box,
    converter: new Converter(converterFile),
    log,
  });
  registerProjectRoutes(app, { service: projects, authenticate });
  const timers = [
    every(MINUTE_MS, log, "projects and deployments are not encrypted with the present key", () =>
      box.reseal(stores.sealed),
    ),
  ];
  return {
    close: async () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** People and API keys, with the role that counts now. */
function callerOf({ keys, apiKeys, standing }: DeployModuleOptions) {
  const verify = createTokenVerifier(keys);
  return async (token: string): Promise<Principal | undefined> => {
    if (isApiKey(token)) {
      const { id, ...holder } = await apiKeys.check(token);
      return standing.admit({ ...holder, userId: id, email: "" });
    }
    const found = await verify(token);
    return found && standing.admit(found);
  };
}
