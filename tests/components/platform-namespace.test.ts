import { readPlans, standardPlans, UNLIMITED } from "@nexus/contract";
import { containerOf, recordStack } from "../support/recorded-stack";

describe("the namespace", () => {
  it("A46: refuses pods below Pod Security restricted", async () => {
    const stack = await recordStack("dev");
    expect(stack.manifest("Namespace", "nexus").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
  });

  it("P4: another name replaces it only after everything in it is deleted, node ports included", async () => {
    const { resources } = await recordStack("dev");
    const options = (kind: string, name: string) =>
      resources.find(({ type, inputs }) => {
        const metadata = inputs.metadata as { readonly name?: string } | undefined;
        return type.endsWith(`:${kind}`) && metadata?.name === name;
      })?.options;
    expect(options("Namespace", "nexus")?.deleteBeforeReplace).toBe(true);
    expect(options("Service", "graphstudio-frontend")?.deleteBeforeReplace).toBe(true);
    expect(options("Service", "redis")?.deleteBeforeReplace).toBe(false);
  });

  it("A48: has limits on staging, and default limits for containers", async () => {
    const stack = await recordStack("staging");
    expect(stack.manifest("ResourceQuota", "nexus").spec).toEqual({
      hard: {
        "requests.cpu": "8",
        "requests.memory": "16Gi",
        "limits.cpu": "40",
        "limits.memory": "40Gi",
        pods: "50",
        persistentvolumeclaims: "10",
      },
    });
    // A quota requires limits of every container; a throw-away pod sets none.
    expect(stack.manifest("LimitRange", "nexus").spec).toEqual({
      limits: [
        {
          type: "Container",
          default: { cpu: "500m", memory: "256Mi" },
          defaultRequest: { cpu: "50m", memory: "64Mi" },
        },
      ],
    });
  });
});

describe("the shared settings", () => {
  it("A26 A27 A28 A29 B27 C21: are these on dev", async () => {
    const { data } = (await recordStack("dev")).manifest("ConfigMap", "nexus-config");
    expect(data).toEqual({
      LOG_LEVEL: "debug",
      LOG_PRETTY: "false",
      NODE_ENV: "production",
      AUTH_ENABLED: "true",
      TRILOG_ENABLED: "false",
      OTEL_ENDPOINT: "http://otel-collector:4318",
      DATABASE_HOST: "postgres",
      DATABASE_PORT: "5432",
      DATABASE_NAME: "nexus",
      DATABASE_USER: "nexus",
      DATABASE_POOL_SIZE: "10",
      REDIS_HOST: "redis",
      REDIS_PORT: "6379",
      MULTI_TENANT_MODE: "true",
      MAX_WORKSPACES_PER_POD: "50",
      IDLE_WORKSPACE_TIMEOUT_MS: "1800000",
      MEMORY_LIMIT_MB: "32",
      TIMEOUT_MS: "5000",
      MIN_INSTANCES: "4",
      MAX_INSTANCES: "50",
      HTTP_MAX_CONCURRENT: "10",
      HTTP_TIMEOUT: "30000",
      CACHE_DIR: "/tmp/nexus-cache",
      CACHE_MAX_MB: "64",
      MAX_SOCKETS: "10000",
      MAX_SOCKETS_PER_TENANT: "2000",
      MAX_REQUESTS_PER_TENANT: "500",
      MAX_WORKSPACES_PER_TENANT: "500",
      MAX_SNAPSHOTS_PER_TENANT: "1000",
      MAX_STORAGE_MB_PER_TENANT: "1024",
      MAX_UNREAD_MB: "32",
      MAX_WRITE_MB_PER_SECOND_PER_TENANT: "16",
      MAX_COPIES_PER_MINUTE: "60",
      MAX_SNAPSHOTS_PER_WORKSPACE: "20",
      STREAM_MAX_MB: "4",
      TENANT_METRICS: "20",
      EPHEMERAL_MAX_MB: "256",
      LEASE_MS: "15000",
      AI_BUDGET_TOKENS_PER_DAY: "200000",
      AI_BUDGET_PERCENT_WITHOUT_REDIS: "10",
      AI_CACHE_SECONDS: "3600",
      AI_MAX_CONCURRENT: "64",
      AI_MAX_CONCURRENT_PER_TENANT: "8",
      AI_DEFAULT_MAX_TOKENS: "1024",
      AI_MAX_TOKENS: "8192",
      AI_DEFAULT_PROVIDER: "openai",
      OPENAI_MODELS: "gpt-4.1-mini,gpt-4.1",
      ANTHROPIC_MODELS: "claude-haiku-4-5,claude-sonnet-4-5",
      OPENAI_BASE_URL: "https://api.openai.com/v1",
      ANTHROPIC_BASE_URL: "https://api.anthropic.com",
      AI_FIRST_BYTE_TIMEOUT_MS: "30000",
      AI_IDLE_TIMEOUT_MS: "30000",
      AI_TOTAL_TIMEOUT_MS: "300000",
      AI_MAX_ANSWER_BYTES: "8388608",
      AI_RETRIES: "2",
      AI_RETRY_BASE_MS: "500",
      AI_RETRY_MAX_MS: "8000",
      AI_BREAKER_FAILURES: "5",
      AI_BREAKER_OPEN_MS: "30000",
      ACCESS_TOKEN_SECONDS: "900",
      REFRESH_TOKEN_SECONDS: "2592000",
      LOGIN_ATTEMPTS_PER_MINUTE: "10",
      ACCOUNT_ATTEMPTS_PER_MINUTE: "100",
      ADDRESS_ATTEMPTS_PER_MINUTE: "120",
      MAIL_ENCRYPTION: "starttls",
      MAIL_PORT: "587",
      CLUSTER_PORTS: "443,6443",
      CLUSTER_OWN: "true",
      CLUSTER_OWN_NAMESPACES: "3",
      CLUSTER_OWN_TENANTS: "all",
      CLUSTERS_PER_TENANT: "20",
      REVISIONS_PER_DEPLOYMENT: "30",
      API_KEYS_PER_TENANT: "100",
      AUDIT_RETENTION_DAYS: "365",
      SIGN_UP: "open",
      LOCAL_SIGN_IN: "true",
      OIDC_NAME: "single sign-on",
      OIDC_SCOPES: "openid email profile",
      OIDC_GROUPS_CLAIM: "groups",
      OIDC_CREATE_ACCOUNTS: "true",
      OIDC_VERIFIED_EMAIL: "true",
      PLANS: JSON.stringify(standardPlans),
    });
  });

  it("A56b: hold the plans of the stack on top of those of the preset, and pods read them", async () => {
    const plans = { default: "free", definitions: { free: { workspaces: 5 }, gold: { selfService: true } } };
    const stack = await recordStack("dev", { plans });
    const { PLANS } = stack.manifest("ConfigMap", "nexus-config").data as { PLANS: string };
    const { free, team } = standardPlans.definitions;
    expect(readPlans(PLANS)).toEqual({
      default: "free",
      definitions: {
        ...standardPlans.definitions,
        free: { ...free, workspaces: 5 },
        team,
        gold: { ...UNLIMITED, selfService: true },
      },
    });
    for (const owner of ["workspace-kernel", "graphstudio-backend", "nexus-os"])
      expect(containerOf(stack, owner).env).toContainEqual(expect.objectContaining({ name: "PLANS" }));
  });

  it("D24: make log lines readable if the stack sets that", async () => {
    const { data } = (await recordStack("dev", { logPretty: true })).manifest("ConfigMap", "nexus-config");
    expect(data).toMatchObject({ LOG_PRETTY: "true" });
  });

  it("A27 D14: have a higher log level on staging", async () => {
    const { data } = (await recordStack("staging")).manifest("ConfigMap", "nexus-config");
    expect(data).toMatchObject({ LOG_LEVEL: "info" });
  });

  it("B8: contain budget and models of the AI if a service offers it", async () => {
    const changes = { ai: { budgetTokensPerDay: 5000, defaultProvider: "anthropic" } };
    const { data } = (await recordStack("dev", changes)).manifest("ConfigMap", "nexus-config");
    expect(data).toMatchObject({ AI_BUDGET_TOKENS_PER_DAY: "5000", AI_DEFAULT_PROVIDER: "anthropic" });
    const without = await recordStack("dev", { ...changes, nexusOs: { enabled: false } });
    expect(without.manifest("ConfigMap", "nexus-config").data).not.toHaveProperty("AI_BUDGET_TOKENS_PER_DAY");
  });

  it("A12 A13 D11 D16: contain the limits of the workspaces", async () => {
    const workspaces = {
      perPod: 10,
      idleTimeoutMs: 60_000,
      memoryLimitMb: 64,
      executionTimeoutMs: 1000,
      minInstances: 0,
      maxInstances: 8,
      httpMaxConcurrent: 3,
      httpTimeoutMs: 5000,
      maxSockets: 100,
      tenantMetrics: 0,
      cacheMaxMb: 32,
      ephemeralMaxMb: 512,
      workerThreads: 2,
      leaseMs: 5000,
    };
    const { data } = (await recordStack("dev", { kernel: { workspaces } })).manifest("ConfigMap", "nexus-config");
    expect(data).toMatchObject({
      MAX_WORKSPACES_PER_POD: "10",
      IDLE_WORKSPACE_TIMEOUT_MS: "60000",
      MEMORY_LIMIT_MB: "64",
      TIMEOUT_MS: "1000",
      MIN_INSTANCES: "0",
      MAX_INSTANCES: "8",
      HTTP_MAX_CONCURRENT: "3",
      HTTP_TIMEOUT: "5000",
      MAX_SOCKETS: "100",
      TENANT_METRICS: "0",
      CACHE_MAX_MB: "32",
      EPHEMERAL_MAX_MB: "512",
      WORKER_THREADS: "2",
      LEASE_MS: "5000",
    });
  });

  it("contain the limits of a tenant, and whether people may sign up", async () => {
    const changes = {
      kernel: {
        tenants: {
          maxWorkspaces: 5,
          maxSnapshots: 6,
          maxStorageMb: 7,
          maxCopiesPerMinute: 8,
          maxSockets: 9,
          maxWriteMbPerSecond: 10,
          maxRequests: 11,
        },
        workspaces: { maxSnapshots: 2, streamMaxMb: 3 },
      },
      auth: { signUp: "closed" },
    };
    const { data } = (await recordStack("dev", changes)).manifest("ConfigMap", "nexus-config");
    expect(data).toMatchObject({
      MAX_WORKSPACES_PER_TENANT: "5",
      MAX_SNAPSHOTS_PER_TENANT: "6",
      MAX_STORAGE_MB_PER_TENANT: "7",
      MAX_COPIES_PER_MINUTE: "8",
      MAX_SOCKETS_PER_TENANT: "9",
      MAX_REQUESTS_PER_TENANT: "11",
      MAX_WRITE_MB_PER_SECOND_PER_TENANT: "10",
      MAX_SNAPSHOTS_PER_WORKSPACE: "2",
      STREAM_MAX_MB: "3",
      SIGN_UP: "closed",
    });
  });

  it("A28: name the issuer of tokens and the audience that they must hold", async () => {
    const auth = { issuer: "https://login.example.com", audience: "nexus-api" };
    const { manifest } = await recordStack("dev", { auth });
    expect(manifest("ConfigMap", "nexus-config").data).toMatchObject({
      AUTH_ISSUER: "https://login.example.com",
      AUTH_AUDIENCE: "nexus-api",
    });
  });
});
