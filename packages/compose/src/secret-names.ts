/** Which names speak of secrets: of variables (E7), flags, labels and annotations. */

const SECRET_NAME =
  /(^|_)(API_?KEY|KEY|PASSWORD|PASSWD|PASS|PASSPHRASE|TOKEN|CREDENTIALS?|SECRET|PRIVATE_KEY|PW|PAT|COOKIES?|AUTH|SALT)$|_PWD$|(PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?TOKEN)/i;
/** Who has the URL of a webhook may post there. */
const WEBHOOK_NAME = /[^_]_WEBHOOKS?(_UR[IL]S?)?(_\d+)?$/i;
/** Names that speak of a secret and hold a path or a size instead. */
const ABOUT_SECRETS = /_(FILE|PATH|DIR|URL|URI|HOST|PORT|ENABLED|LENGTH|TTL|EXPIR\w*|ALGORITHM|NAME|ID|HEADER|TYPE)$/i;
/** Names that have switches and methods more often than other secrets. */
const SWITCH_NAME = /(AUTH|WEBHOOKS?)$/i;
const SWITCH =
  /^(|\d{1,5}|true|false|yes|no|on|off|none|null|enabled?|disabled?|required|optional|auto|plain|login|cram-md5|basic|digest|ntlm|bearer|oauth2?|oidc|saml|ldap|kerberos|jwt|local|password|token|trust|md5|scram-sha-\d+)$/i;
const KUBERNETES_KEY = /^(([\w-]+\.)*(kubernetes|k8s|cert-manager)\.io|checksum)\//;

/** True for names of variables and flags that hold secrets; dashes and dots are like underscores. */
export function isSecretName(name: string): boolean {
  const plain = name.replace(/[-.]/g, "_");
  return WEBHOOK_NAME.test(plain) || (SECRET_NAME.test(plain) && !ABOUT_SECRETS.test(plain));
}

/** True where the name says that the value is secret, and the value is no mere switch. */
export function isSecretNamed(name: string, value: string): boolean {
  return isSecretName(name) && !(SWITCH_NAME.test(name) && SWITCH.test(value));
}

/** The part of a label's or an annotation's key that says what it holds; empty for keys of Kubernetes, which hold none. */
export function metadataName(key: string): string {
  return KUBERNETES_KEY.test(key) ? "" : (key.split(/[./]/).pop() ?? "");
}
