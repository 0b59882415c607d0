import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { NO_INPUTS } from "./lib/component";
import { type Generations, generationName } from "./lib/generations";
import type { Values } from "./lib/platform";
import { labels } from "./lib/labels";
import { type RegistryLogin, registryLoginSecret } from "./lib/registry-login";
import type { Names } from "@nexus/contract";

const TYPE = "nexus:secrets:Secrets";

/** Annotation of the Secret with the rotation that its values belong to. */
export const ROTATION_ANNOTATION = "nexus/secrets-rotation";

/** Secrets that the user may supply. */
export interface BroughtSecrets {
  /** Key that signs access tokens, which no rotation changes; undefined generates one of 48 characters. */
  readonly jwtSecretKey: pulumi.Input<string> | undefined;
  /** Key that signed tokens before; its tokens are accepted until they expire. Undefined for none. */
  readonly jwtSecretKeyPrevious: pulumi.Input<string> | undefined;
  /**
   * Password of the database user, before the first rotation if the stack runs the server; null if there is no database,
   * undefined generates one of 32 characters. An existing volume keeps its own.
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
  /** How often the generated secrets were rotated. */
  readonly rotation: number;
  /** Whether the stack runs the database server itself, and so can change its roles. Otherwise the password stays. */
  readonly ownDatabase: boolean;
  /** How nodes log in to the registry; null if they need not. */
  readonly registry: RegistryLogin | null;
}

/** Values of the secrets that a rotation changes. */
export interface Rotated {
  /** Key that signs tokens. */
  readonly jwt: Generations<pulumi.Input<string>> | { readonly present: pulumi.Input<string> };
  /** The key before the previous one, of which nothing may be left that only it can decrypt. */
  readonly jwtRetired?: pulumi.Input<string> | undefined;
  /** Password of the database; null if there is none. */
  readonly database: Rotated["jwt"] | null;
  /** Password of Redis; null if there is none. */
  readonly redis: Rotated["jwt"] | null;
}

/**
 * Generates passwords and keys, and stores them in one Kubernetes Secret together with those that the user supplies.
 * Those of other servers and those of backups are not rotated. The log-in of the registry is in another Secret.
 *
 * @example new Secrets("secrets", { namespace, names, brought, rotation: 0, ownDatabase: true, registry: null })
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
    const backup = brought.backupKey === undefined ? this.createPassword(`${name}-backup`, 48) : brought.backupKey;
    this.values = secretValues(brought, this.createRotated(name, args), backup);
    const login = registry ? [this.createRegistryLogin(name, args, registry)] : [];
    this.objects = [this.createSecret(name, args), ...login];
    this.imagePullSecrets = login.map(() => names.registry);
    this.registerOutputs({});
  }

  private createRotated(name: string, { brought, rotation, ownDatabase }: SecretsArgs): Rotated {
    const { jwtSecretKey: key, databasePassword, redisPassword } = brought;
    const passwords = (secret: string, first?: pulumi.Input<string>) =>
      this.createGenerations(`${name}-${secret}`, 32, rotation, first);
    return {
      jwt: key === undefined ? this.createGenerations(`${name}-jwt`, 48, rotation) : { present: key },
      jwtRetired:
        key === undefined && rotation > 1 ? this.createGeneration(`${name}-jwt`, 48, rotation - 2) : undefined,
      database: ownDatabase
        ? passwords("database", databasePassword ?? undefined)
        : asItIs(databasePassword === undefined ? this.createPassword(`${name}-database`, 32) : databasePassword),
      redis: redisPassword === undefined ? passwords("redis") : asItIs(redisPassword),
    };
  }

  /** @param first the value before the first rotation; undefined generates it */
  private createGenerations(
    secret: string,
    length: number,
    rotation: number,
    first?: pulumi.Input<string>,
  ): Generations<pulumi.Input<string>> {
    const value = (generation: number) =>
      generation === 0 && first !== undefined ? first : this.createGeneration(secret, length, generation);
    return {
      present: value(rotation),
      previous: rotation > 0 ? value(rotation - 1) : undefined,
      next: value(rotation + 1),
    };
  }

  private createGeneration(secret: string, length: number, generation: number): pulumi.Output<string> {
    return this.createPassword(generationName(secret, generation), length);
  }

  private createPassword(name: string, length: number): pulumi.Output<string> {
    // Letters and digits only: the values go into connection strings and configuration files.
    return new RandomPassword(name, { length, special: false }, { parent: this }).result;
  }

  private createSecret(name: string, { namespace, names, rotation }: SecretsArgs): k8s.core.v1.Secret {
    const annotations = { [ROTATION_ANNOTATION]: String(rotation) };
    const metadata = { name: names.secrets, namespace, labels: labels(names.platform, "secrets"), annotations };
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
  { jwt, jwtRetired, database, redis }: Rotated,
  backup: pulumi.Input<string> | null,
): Values {
  const optional = {
    ...generationValues("JWT_SECRET_KEY", jwt),
    ...(brought.jwtSecretKeyPrevious !== undefined && { JWT_SECRET_KEY_PREVIOUS: brought.jwtSecretKeyPrevious }),
    JWT_SECRET_KEY_RETIRED: jwtRetired,
    BACKUP_KEY: backup,
    BACKUP_KEY_PREVIOUS: brought.backupKeyPrevious,
    BACKUP_S3_ACCESS_KEY: brought.backupAccessKey,
    BACKUP_S3_SECRET_KEY: brought.backupSecretKey,
    ...generationValues("DATABASE_PASSWORD", database),
    ...generationValues("REDIS_PASSWORD", redis),
    BILLING_SECRET: brought.billingSecret,
    OIDC_CLIENT_SECRET: brought.oidcClientSecret,
    MAIL_PASSWORD: brought.mailPassword,
  };
  const present = Object.entries(optional).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, value] as const],
  );
  const values = {
    JWT_SECRET: jwt.present,
    OPENAI_API_KEY: openaiApiKey,
    ANTHROPIC_API_KEY: anthropicApiKey,
    ...Object.fromEntries(present),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)]));
}

/** A secret that others rotate. */
function asItIs(present: pulumi.Input<string> | null | undefined) {
  return present === null || present === undefined ? null : { present };
}

function generationValues(key: string, generations: Rotated["database"]) {
  const { present, previous, next }: Partial<Generations<pulumi.Input<string>>> = generations ?? {};
  return { [key]: present, [`${key}_PREVIOUS`]: previous, [`${key}_NEXT`]: next };
}
