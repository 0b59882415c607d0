import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { NO_INPUTS } from "./lib/component";
import type { Values } from "./lib/platform";
import { labels } from "./lib/labels";
import { type RegistryLogin, registryLoginSecret } from "./lib/registry-login";
import type { Names } from "@nexus/contract";

const TYPE = "nexus:secrets:Secrets";

/** Secrets that the user may supply. */
export interface BroughtSecrets {
  /** Key that signs access tokens; undefined generates one of 48 characters. A change ends every session. */
  readonly jwtSecretKey: pulumi.Input<string> | undefined;
  /** Key that signed tokens before; its tokens are accepted until they expire. Undefined for none. */
  readonly jwtSecretKeyPrevious: pulumi.Input<string> | undefined;
  /**
   * Password of the database user; null if there is no database, undefined generates one of 32 characters. An existing
   * volume keeps its own.
   */
  readonly databasePassword: pulumi.Input<string> | null | undefined;
  /** Password of Redis; null if there is no Redis, undefined generates one of 32 characters. */
  readonly redisPassword: pulumi.Input<string> | null | undefined;
  /** Key of the OpenAI API; undefined for none. */
  readonly openaiApiKey: pulumi.Input<string> | undefined;
  /** Key of the Anthropic API; undefined for none. */
  readonly anthropicApiKey: pulumi.Input<string> | undefined;
  /** Key that encrypts backups; null if nothing is encrypted, undefined generates one of 48 characters. */
  readonly backupKey: pulumi.Input<string> | null | undefined;
  /** Key that encrypted backups before; undefined for none. */
  readonly backupKeyPrevious: pulumi.Input<string> | undefined;
  /** Access key of the backups' object storage; undefined for none. */
  readonly backupAccessKey: pulumi.Input<string> | undefined;
  /** Secret key of the backups' object storage; undefined for none. */
  readonly backupSecretKey: pulumi.Input<string> | undefined;
  /** Secret that signs changes of subscriptions; undefined takes none. */
  readonly billingSecret: pulumi.Input<string> | undefined;
  /** Secret of the client at the identity provider; undefined for none. */
  readonly oidcClientSecret: pulumi.Input<string> | undefined;
  /** Password of the mail server's user; undefined for none. */
  readonly mailPassword: pulumi.Input<string> | undefined;
}

export interface SecretsArgs {
  /** Namespace of the Secret. */
  readonly namespace: pulumi.Input<string>;
  /** Names of the objects. */
  readonly names: Names;
  readonly brought: BroughtSecrets;
  /** How nodes log in to the registry; null if they need not. */
  readonly registry: RegistryLogin | null;
}

/**
 * Generates passwords and keys, and stores them in one Kubernetes Secret together with those that the user supplies.
 * The log-in of the registry is in another Secret.
 *
 * @example new Secrets("secrets", { namespace, names, brought, registry: null })
 */
export class Secrets extends pulumi.ComponentResource {
  /** The Secret's values, all of them secret; only their hash may leave the program. */
  public readonly values: Values;
  /** The Secrets as pods read them; pods wait for them. */
  public readonly objects: readonly k8s.core.v1.Secret[];
  /** Names of the Secrets with which nodes log in to the registry. */
  public readonly imagePullSecrets: readonly string[];

  public constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const { brought, names, registry } = args;
    const jwt = brought.jwtSecretKey ?? this.createPassword(`${name}-jwt`, 48);
    const database = this.passwordOf(`${name}-database`, brought.databasePassword);
    const redis = this.passwordOf(`${name}-redis`, brought.redisPassword);
    const backup = brought.backupKey === undefined ? this.createPassword(`${name}-backup`, 48) : brought.backupKey;
    this.values = secretValues(brought, jwt, database, redis, backup);
    const login = registry ? [this.createRegistryLogin(name, args, registry)] : [];
    this.objects = [this.createSecret(name, args), ...login];
    this.imagePullSecrets = login.map(() => names.registry);
    this.registerOutputs({});
  }

  private passwordOf(name: string, given: pulumi.Input<string> | null | undefined): pulumi.Input<string> | null {
    return given === undefined ? this.createPassword(name, 32) : given;
  }

  private createPassword(name: string, length: number): pulumi.Output<string> {
    // Letters and digits only: the values go into connection strings and configuration files.
    return new RandomPassword(name, { length, special: false }, { parent: this }).result;
  }

  private createSecret(name: string, { namespace, names }: SecretsArgs): k8s.core.v1.Secret {
    const metadata = { name: names.secrets, namespace, labels: labels(names.platform, "secrets") };
    return new k8s.core.v1.Secret(name, { metadata, type: "Opaque", stringData: { ...this.values } }, { parent: this });
  }

  private createRegistryLogin(name: string, { namespace, names }: SecretsArgs, login: RegistryLogin) {
    const metadata = { name: names.registry, namespace, labels: labels(names.platform, "registry") };
    return new k8s.core.v1.Secret(`${name}-registry`, { metadata, ...registryLoginSecret(login) }, { parent: this });
  }
}

/** The Secret's keys (A30); both names of the signing key hold the same value (X5). */
export function secretValues(
  { openaiApiKey = "", anthropicApiKey = "", ...brought }: BroughtSecrets,
  jwt: pulumi.Input<string>,
  database: pulumi.Input<string> | null,
  redis: pulumi.Input<string> | null,
  backup: pulumi.Input<string> | null,
): Values {
  const optional = {
    JWT_SECRET_KEY_PREVIOUS: brought.jwtSecretKeyPrevious,
    BACKUP_KEY: backup,
    BACKUP_KEY_PREVIOUS: brought.backupKeyPrevious,
    BACKUP_S3_ACCESS_KEY: brought.backupAccessKey,
    BACKUP_S3_SECRET_KEY: brought.backupSecretKey,
    DATABASE_PASSWORD: database,
    REDIS_PASSWORD: redis,
    BILLING_SECRET: brought.billingSecret,
    OIDC_CLIENT_SECRET: brought.oidcClientSecret,
    MAIL_PASSWORD: brought.mailPassword,
  };
  const present = Object.entries(optional).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, value] as const],
  );
  const values = {
    JWT_SECRET_KEY: jwt,
    JWT_SECRET: jwt,
    OPENAI_API_KEY: openaiApiKey,
    ANTHROPIC_API_KEY: anthropicApiKey,
    ...Object.fromEntries(present),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)]));
}
