/** Names that mean a secret: of variables (E7), flags, labels and annotations. */

/** Words that mean a secret anywhere in a name. */
const ANYWHERE =
  /PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRET|CREDENTIAL|MNEMONIC|(API|ACCESS|PRIVATE|MASTER|ENCRYPTION)_?KEY|AUTH_?TOKEN/i;
/** Words that mean a secret at the end of a name, whatever is before them. */
const AT_END = /(PASS|PWD?|KEYS?|TOKENS?|PSK|(?<!O)AUTH)$/i;
/** Words that mean a secret at the end of a name, if they are separate words. */
const LAST_WORD =
  /(^|_)(PAT|COOKIES?|SALTS?|PEPPER|PRE_?SHARED|SEEDS?|SEED_PHRASE|PINS?|JWT|BEARER|CODE_VERIFIER|(RECOVERY|BACKUP|UNLOCK|PAIRING)_CODES?)$/i;
/** Exceptions: words that only end like those above, names of shells, and hardware pins. */
const OTHER_WORD =
  /(^|_)(PWM|GPIO|LED|RELAY)_PINS?$|(COM|BY|TRES|SUR|OVER|UNDER)PASS$|(MON|TUR|DON|HOC|JOC|WHIS|LAC|HOT)KEYS?$|(^|_)(OLD)?PWD$(?<!._PWD)/i;
/** Whoever knows the URL of a webhook may post there. */
const WEBHOOK_NAME = /[^_]_WEBHOOKS?(_UR[IL]S?)?(_\d+)?$/i;
/** Names that mention a secret but have a path or a size as their value. */
const ABOUT_SECRETS = /_(FILE|PATH|DIR|URL|URI|HOST|PORT|ENABLED|LENGTH|TTL|EXPIR\w*|ALGORITHM|NAME|ID|HEADER|TYPE)$/i;
/** Names whose values are more often switches, counts and methods than secrets. */
const SWITCH_NAME = /(AUTH|WEBHOOKS?|KEYS|TOKENS|SEEDS?|JWT)$/i;
const SWITCH =
  /^(|\d{1,7}|true|false|yes|no|on|off|none|null|enabled?|disabled?|required|optional|auto|plain|login|cram-md5|basic|digest|ntlm|bearer|oauth2?|oidc|saml|ldap|kerberos|jwt|local|password|token|trust|md5|scram-sha-\d+)$/i;
const KUBERNETES_KEY = /^(([\w-]+\.)*(kubernetes|k8s|cert-manager)\.io|checksum)\//;

/** True for names of variables and flags with secrets; dashes and dots are treated like underscores. */
export function isSecretName(name: string): boolean {
  const plain = name.replace(/[-.]/g, "_");
  if (WEBHOOK_NAME.test(plain)) return true;
  // One of several: DB_PASS_2, KEY1.
  const base = plain.replace(/_?\d{1,3}$/, "");
  const atEnd = (AT_END.test(base) || LAST_WORD.test(base)) && !OTHER_WORD.test(base);
  const named = atEnd || ANYWHERE.test(base);
  return named && !ABOUT_SECRETS.test(plain);
}

/** True if the name says that the value is secret, and the value is not just a switch. */
export function isSecretNamed(name: string, value: string): boolean {
  return isSecretName(name) && !(SWITCH_NAME.test(name) && SWITCH.test(value));
}

/**
 * The part of a label's or an annotation's key that describes its value; empty for keys of Kubernetes, which never have
 * secrets.
 */
export function metadataName(key: string): string {
  return KUBERNETES_KEY.test(key) ? "" : (key.split(/[./]/).pop() ?? "");
}
