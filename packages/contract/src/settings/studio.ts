import { containerPorts } from "../names";
import { choice, flag, forms, integer, list, port, text } from "../setting";
import {
  commonSettings,
  databaseSettings,
  keySettings,
  planSettings,
  proxySettings,
  redisSettings,
  tenantSettings,
} from "./common";
import { oidcSettings } from "./oidc";

/** How mails are sent; without a host none are, and the studio shows links instead. */
const mailSettings = {
  MAIL_HOST: text(
    { at: "graphstudio.backend.mailHost", form: forms.host, default: null },
    "Mail server; null sends no mails.",
  ),
  MAIL_PORT: integer(
    { at: "graphstudio.backend.mailPort", min: 1, max: 65_535, default: 587 },
    "Port of the mail server.",
  ),
  MAIL_ENCRYPTION: choice(
    { at: "graphstudio.backend.mailEncryption", words: ["starttls", "tls", "none"], default: "starttls" },
    "Encryption of the connection to the mail server; `starttls` and `tls` accept nothing less.",
  ),
  MAIL_USER: text(
    { at: "graphstudio.backend.mailUser", form: forms.user, default: null },
    "User of the mail server; null logs in as nobody.",
  ),
  MAIL_PASSWORD: text({ secret: "`nexus:mailPassword`", form: forms.any, default: null }, "Password of that user."),
  MAIL_FROM: text(
    { at: "graphstudio.backend.mailFrom", form: forms.sender, default: null },
    "Sender of mails; needed with a mail server.",
  ),
  STUDIO_URL: text(
    { at: "graphstudio.backend.studioUrl", form: forms.url, default: null },
    "Where people reach the studio, for links in mails and the way back from an identity provider; needed with either.",
  ),
};

/** Which API servers the clusters of tenants may have. */
export const clusterSettings = {
  CLUSTER_PORTS: list(
    { at: "clusters.ports", form: forms.ports, default: "443,6443" },
    "Ports that the API servers of clusters may have.",
  ),
  CLUSTER_PRIVATE_NETWORKS: list(
    { at: "clusters.privateNetworks", form: forms.networks, default: null },
    "Private networks in which API servers of clusters may be; null allows public addresses only.",
  ),
  CLUSTER_OWN_NETWORKS: list(
    { at: "clusters.ownNetworks", form: forms.networks, default: null },
    "Networks of this cluster's own pods and Services, which no tenant may reach; needed where they are within `clusters.privateNetworks`.",
  ),
  CLUSTER_OWN: flag({ at: "clusters.own", default: false }, "Whether tenants deploy to this cluster too."),
  CLUSTER_OWN_TENANTS: list(
    { at: "clusters.ownTenants", form: forms.tenants, default: null },
    "Tenants that may use this cluster; null for none.",
  ),
  CLUSTER_OWN_NAMESPACES: integer(
    { at: "clusters.ownNamespaces", min: 1, max: 100, default: 3 },
    "Namespaces of this cluster for tenants, one each. With a smaller number, namespaces are deleted with all that is in them.",
  ),
  CLUSTER_OWN_SERVERS: list(
    { at: "clusters.ownServers", form: forms.networks, default: null },
    "Where this cluster's API server is, which no kubeconfig may name; null lets the backend's NetworkPolicy reach every private network where tenants deploy to this cluster. `kubectl get endpoints kubernetes` shows it.",
  ),
  KUBERNETES_SERVICE_HOST: text(
    { internal: "Kubernetes sets it in every pod", form: forms.host, default: null },
    "Address of this cluster's API server, which no kubeconfig may name.",
  ),
  POD_NAMESPACE: text({ pod: "metadata.namespace", form: forms.any, default: "nexus" }, "Namespace of the pod."),
  CLUSTERS_PER_TENANT: integer(
    { at: "clusters.perTenant", min: 0, max: 1000, default: 20 },
    "Maximum number of clusters of one tenant whose plan does not say; 0 for none.",
  ),
  REVISIONS_PER_DEPLOYMENT: integer(
    { at: "clusters.revisions", min: 2, max: 100, default: 30 },
    "Revisions of a deployment that are kept, to compare and to roll back to; an applied one takes older ones away.",
  ),
};

/** What the backend of the studio reads. */
export const backendSettings = {
  ...commonSettings,
  ...keySettings,
  ...planSettings,
  ...tenantSettings,
  ...databaseSettings,
  ...redisSettings,
  HTTP_PORT: port({ stack: "always the same", default: containerPorts.backend }, "Port of the HTTP API."),
  ACCESS_TOKEN_SECONDS: integer(
    { at: "graphstudio.backend.accessTokenSeconds", min: 1, max: 86_400, unit: "s", default: 900 },
    "How long an access token is valid.",
  ),
  REFRESH_TOKEN_SECONDS: integer(
    { at: "graphstudio.backend.refreshTokenSeconds", min: 1, max: 365 * 86_400, unit: "s", default: 30 * 86_400 },
    "How long a refresh token is valid.",
  ),
  LOGIN_ATTEMPTS_PER_MINUTE: integer(
    { at: "graphstudio.backend.loginAttemptsPerMinute", min: 1, max: 1_000_000, default: 10 },
    "Maximum number of log-in attempts per minute of one address on one account.",
  ),
  ACCOUNT_ATTEMPTS_PER_MINUTE: integer(
    { at: "graphstudio.backend.accountAttemptsPerMinute", min: 1, max: 1_000_000, default: 100 },
    "Maximum number of log-in attempts per minute on one account from all addresses that its owner never logged in from.",
  ),
  ADDRESS_ATTEMPTS_PER_MINUTE: integer(
    { at: "graphstudio.backend.addressAttemptsPerMinute", min: 1, max: 1_000_000, default: 120 },
    "Maximum number of sign-ups and log-ins per minute of one address, for all accounts; an office shares an address.",
  ),
  SIGN_UP: choice(
    { at: "auth.signUp", words: ["open", "invite", "closed"], default: "open" },
    "Who may create an account of the studio: everybody, whoever has an invitation, or nobody; those who have one log in.",
  ),
  ...oidcSettings,
  ...mailSettings,
  ...clusterSettings,
  API_KEYS_PER_TENANT: integer(
    { at: "graphstudio.backend.apiKeysPerTenant", min: 0, max: 10_000, default: 100 },
    "Maximum number of API keys of one tenant whose plan does not say.",
  ),
  AUDIT_RETENTION_DAYS: integer(
    { at: "graphstudio.backend.auditRetentionDays", min: 1, max: 36_500, unit: "days", default: 365 },
    "How long rows of the audit trails are kept.",
  ),
  BILLING_SECRET: text(
    { secret: "`nexus:billingSecret`", form: forms.billingSecret, default: null },
    "Secret that a billing system, and `npm run plans`, signs changes of subscriptions with; null takes none.",
  ),
  ...proxySettings,
};

const url = (what: string) => text({ stack: "from the names of the Services", form: forms.url, default: null }, what);

/** What the studio's nginx reads; `nginx/entrypoint.sh` checks it. */
export const frontendSettings = {
  LOG_LEVEL: commonSettings.LOG_LEVEL,
  HTTP_PORT: port({ stack: "always the same", default: containerPorts.frontend }, "Port of the studio."),
  KERNEL_URL: { ...url("URL of the kernel's HTTP API."), default: undefined },
  KERNEL_WS_URL: { ...url("URL of the kernel's WebSocket API."), default: undefined },
  BACKEND_URL: url("URL of the backend; without it the paths of accounts answer 404."),
  NEXUS_OS_URL: url("URL of the service for `/ai/`; without it those paths answer 404."),
  TRUSTED_PROXIES: integer(
    { stack: "1 if only an Ingress leads to the studio", min: 0, max: 1, default: 0 },
    "Number of reverse proxies in front whose `X-Forwarded-For` is trusted for the caller's address.",
  ),
  APP_ROOT: text(
    { internal: "belongs to the image", form: forms.any, default: "/usr/share/nginx/html" },
    "Folder of the application's files.",
  ),
  RUN_DIR: text(
    { internal: "belongs to the image", form: forms.any, default: "/tmp" },
    "Folder that nginx may write to.",
  ),
  NGINX_BIN: text({ internal: "belongs to the image", form: forms.any, default: "nginx" }, "Program to run."),
};
