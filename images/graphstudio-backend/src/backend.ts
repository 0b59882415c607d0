import {
  type App,
  createApp,
  createDatabase,
  createPool,
  createRedis,
  createRegistry,
  createSchemaCheck,
  createTokenSigner,
  jwtKeys,
  type Logger,
  PlanBook,
  type ReadinessCheck,
} from "@nexus/service";
import type { LookupFunction } from "node:net";
import type { Pool } from "pg";
import { AccountService } from "./accounts/account-service";
import { AddressService } from "./accounts/address-service";
import { AttemptLimits } from "./accounts/attempt-limits";
import { Authority } from "./accounts/authority";
import { BrowserService } from "./accounts/browser-service";
import { SecretSeal } from "./accounts/one-time-codes";
import { PasswordChecker } from "./accounts/passwords";
import { SecondFactorService } from "./accounts/second-factor-service";
import { SignUpService } from "./accounts/sign-up-service";
import { authenticateCaller, authenticatePerson } from "./authenticate";
import { addressRules, ClusterConnector } from "./clusters/connector";
import { OwnCluster, type OwnClusterOptions, ownClusterOf } from "./clusters/own-cluster";
import { DeletionService } from "./deletion/deletion-service";
import { startDeployModule } from "./deployments/deploy-module";
import type { BackendEnv } from "./env";
import { every, HOUR_MS, MINUTE_MS } from "./every";
import { createMailer } from "./mail/mailer";
import { resetMail } from "./mail/messages";
import { startOidcModule } from "./oidc/oidc-module";
import { startPlatformModule } from "./platform/platform-module";
import { createReencryption } from "./reencryption";
import { SubscriptionService } from "./plans/subscription-service";
import { registerAccountRoutes } from "./routes/accounts";
import { registerAddressRoutes } from "./routes/addresses";
import { registerApiKeyRoutes } from "./routes/api-keys";
import { registerAuditRoutes } from "./routes/audit";
import { registerBillingRoutes } from "./routes/billing";
import { registerBrowserSessionRoutes } from "./routes/browser-sessions";
import { registerDeletionRoutes } from "./routes/deletion";
import { recordDenied } from "./routes/denials";
import { registerExportRoutes } from "./routes/export";
import { createHooks } from "./routes/hooks";
import { registerInvitationRoutes } from "./routes/invitations";
import { registerPasswordRoutes } from "./routes/passwords";
import { registerPersonSessionRoutes } from "./routes/person-sessions";
import { takeTurns } from "./routes/person-turns";
import { registerSecondFactorRoutes } from "./routes/second-factors";
import { registerServiceRoutes } from "./routes/services";
import { registerSignUpRoutes } from "./routes/sign-ups";
import { registerSubscriptionRoutes } from "./routes/subscriptions";
import { registerTenantRoutes } from "./routes/tenants";
import { gaugeRedis } from "./redis-gauge";
import { SERVICE } from "./service-name";
import { StandingWatch } from "./standing/standing-watch";
import { AccountStore } from "./store/account-store";
import { AddressStore } from "./store/address-store";
import { AiUsageStore } from "./store/ai-usage-store";
import { ApiKeyStore } from "./store/api-key-store";
import { AuditStore } from "./store/audit-store";
import { BrowserSessionStore } from "./store/browser-session-store";
import { deployStores } from "./store/deploy-stores";
import { AccountDeletions } from "./store/deletion";
import { DenialStore } from "./store/denial-store";
import { ExportStore } from "./store/export-store";
import { authTables } from "./store/hashed-session-tokens";
import { InvitationStore } from "./store/invitation-store";
import { studioMigrations } from "./store/migrations";
import { PersonSessions } from "./store/person-sessions";
import { SecondFactorStore } from "./store/second-factor-store";
import { SessionStore } from "./store/session-store";
import { SignUpStore } from "./store/sign-up-store";
import { StandingStore } from "./store/standing-store";
import { SubscriptionStore } from "./store/subscription-store";
import type { StudioTables } from "./store/tables";
import { TenantStore } from "./store/tenant-store";
import { ApiKeyService } from "./tenants/api-key-service";
import { TenantService } from "./tenants/tenant-service";

export interface BackendOptions {
  readonly env: BackendEnv;
  readonly log: Logger;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
  /** How the API servers of clusters are looked up. @default by name, refusing forbidden addresses */
  readonly lookup?: LookupFunction;
  /** The cluster that the platform runs in. @default as the environment says */
  readonly ownCluster?: OwnClusterOptions | undefined;
  /** The bundled `convert-worker`. @default beside this program */
  readonly converterFile?: string;
}

/** The parts of the backend, connected; it does not listen yet. */
export interface Backend {
  readonly app: App;
  readonly database: Pool;
  readonly close: () => Promise<void>;
}

export async function buildBackend(options: BackendOptions): Promise<Backend> {
  const { env, log, readiness, lookup, converterFile, ownCluster = ownClusterOf(env) } = options;
  const registry = createRegistry(SERVICE);
  const database = createPool(env, log);
  const db = createDatabase<StudioTables>(database);
  const redis = createRedis(env, log, "attempts are counted per pod");
  gaugeRedis(registry, redis.client);
  const app = await createApp({
    service: SERVICE,
    version: env.SERVICE_VERSION,
    log,
    registry,
    // Redis is not checked, because everything still works without it.
    readiness: { ...readiness, database: createSchemaCheck(database, studioMigrations) },
    stats: () => ({ databaseConnections: database.totalCount, redisUp: redis.client.status === "ready" ? 1 : 0 }),
    bodyLimitBytes: 16 * 1024,
    trustedProxies: env.TRUSTED_PROXIES,
  });
  const keys = jwtKeys(env);
  const [key = "", ...otherKeys] = keys;
  const limits = new AttemptLimits({
    redis: redis.client,
    loginPerMinute: env.LOGIN_ATTEMPTS_PER_MINUTE,
    accountPerMinute: env.ACCOUNT_ATTEMPTS_PER_MINUTE,
    addressPerMinute: env.ADDRESS_ATTEMPTS_PER_MINUTE,
  });
  const trails = new AuditStore(db);
  const denials = new DenialStore(db);
  recordDenied(app, denials, log);
  takeTurns(app);
  const sessions = new SessionStore(db, env.REFRESH_TOKEN_SECONDS);
  const plans = new PlanBook(env.PLANS);
  const subscriptions = new SubscriptionStore(db);
  const secondFactors = new SecondFactorService({
    factors: new SecondFactorStore(db),
    seal: new SecretSeal([key, ...otherKeys]),
    limits,
    trails,
    log,
  });
  const mailer = createMailer(env, log);
  const addressStore = new AddressStore(db);
  const addresses = new AddressService({ addresses: addressStore, mailer, limits, log });
  const accounts = new AccountStore(db, plans);
  const passwords = new PasswordChecker();
  const service = new AccountService({
    accounts,
    passwords,
    sessions,
    subscriptions,
    secondFactors,
    limits,
    trails,
    sign: createTokenSigner(key, env.ACCESS_TOKEN_SECONDS),
    accessSeconds: env.ACCESS_TOKEN_SECONDS,
    log,
  });
  const ownSessions = new PersonSessions(db);
  const authority = new Authority({
    tables: authTables(db),
    key,
    sessionSeconds: env.REFRESH_TOKEN_SECONDS,
    onForgotten: (email, token) => void mailer?.send(resetMail(email, mailer.link("/new-password", token))),
    onReset: async (userId) => {
      await addressStore.verify(userId);
      await ownSessions.endAll(userId);
    },
    log,
  });
  const browsers = new BrowserService({
    accounts: service,
    authority,
    sessions: new BrowserSessionStore(db),
  });
  const standings = new StandingStore(db);
  const watch = new StandingWatch(standings, log);
  watch.start();
  const authenticate = authenticatePerson(keys, watch.standing);
  const aiUsage = new AiUsageStore(db);
  const signUpStore = new SignUpStore(db);
  const reencryption = createReencryption(db, env, log);
  const timers = [
    every(HOUR_MS, log, "audit trails were not shortened", () => trails.trim(env.AUDIT_RETENTION_DAYS)),
    every(HOUR_MS, log, "deleted tenants are still listed", () => standings.prune()),
    every(HOUR_MS, log, "old AI usage is kept", () => aiUsage.prune()),
    every(HOUR_MS, log, "old sign-ups are kept", () => signUpStore.prune()),
    every(MINUTE_MS, log, "trails do not say how many denied requests they lack", () => denials.tell()),
    every(MINUTE_MS, log, "not everything is encrypted with the present key", () => reencryption.run()),
  ];
  const hooks = createHooks(limits, env);
  const tenantStore = new TenantStore(db);
  const apiKeys = new ApiKeyService({
    keys: new ApiKeyStore(db),
    tenants: tenantStore,
    plans,
    most: env.API_KEYS_PER_TENANT,
  });
  const invitations = new InvitationStore(db, plans);
  const signUps = new SignUpService({
    accounts,
    addresses: addressStore,
    signUps: signUpStore,
    invitations,
    passwords,
    limits,
    mailer,
    signUp: env.SIGN_UP,
    log,
  });
  const tenants = new TenantService({
    tenants: tenantStore,
    plans,
    invitations,
    secondFactors,
    mailer,
    log,
  });
  const own = ownCluster && new OwnCluster(ownCluster);
  const connector = new ClusterConnector({ secrets: keys, rules: addressRules(env), own, lookup, log });
  registerBrowserSessionRoutes(app, { service: browsers, hooks });
  startOidcModule(app, { env, db, plans, browsers, secondFactors, addresses, trails, hooks, authenticate, log });
  registerAccountRoutes(app, { service, hooks, authenticate });
  registerSignUpRoutes(app, { service: signUps, accounts: service, browsers, hooks, signUp: env.SIGN_UP });
  registerPersonSessionRoutes(app, { service, sessions: ownSessions, hooks, authenticate });
  registerSecondFactorRoutes(app, { accounts: service, secondFactors, hooks, authenticate });
  registerAddressRoutes(app, { accounts: service, addresses, secondFactors, hooks, authenticate });
  registerPasswordRoutes(app, {
    authority,
    addresses: addressStore,
    limits,
    hooks,
    mails: mailer !== undefined,
    log,
  });
  registerTenantRoutes(app, { service: tenants, authenticate });
  registerInvitationRoutes(app, { service: tenants, hooks, authenticate });
  registerApiKeyRoutes(app, { service: apiKeys, authenticate });
  const deployments = startDeployModule(app, {
    stores: deployStores(db, (tenantId) => own?.serves(tenantId) ?? false, env.REVISIONS_PER_DEPLOYMENT),
    connector,
    own,
    limits,
    plans,
    mostClusters: env.CLUSTERS_PER_TENANT,
    tenants: tenantStore,
    authenticate: authenticateCaller(keys, watch.standing, apiKeys),
    keys,
    converterFile,
    log,
  });
  registerAuditRoutes(app, { trails, tenants, authenticate });
  const subscriptionService = new SubscriptionService({
    subscriptions,
    aiUsage,
    tenants: tenantStore,
    plans,
    mostApiKeys: env.API_KEYS_PER_TENANT,
    mostClusters: env.CLUSTERS_PER_TENANT,
    log,
  });
  registerSubscriptionRoutes(app, { service: subscriptionService, authenticate });
  const deletions = new DeletionService({
    accounts: service,
    secondFactors,
    tenants: tenantStore,
    deletions: new AccountDeletions(db),
    watch,
    log,
  });
  registerDeletionRoutes(app, { service: deletions, hooks, authenticate });
  registerExportRoutes(app, {
    exports: new ExportStore(db, trails, aiUsage),
    trails,
    deployed: deployments.exported,
    tenants,
    sessions: ownSessions,
    authenticate,
  });
  startPlatformModule(app, { db, env, aiUsage, plans, watch, authenticate, log });
  registerServiceRoutes(app, { watch, store: standings, denials, trails, aiUsage, keys });
  registerBillingRoutes(app, { service: subscriptionService, secret: env.BILLING_SECRET });
  return {
    app,
    database,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await deployments.close();
      watch.close();
      mailer?.close();
      redis.close();
      await database.end();
    },
  };
}
