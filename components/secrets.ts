import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { NO_INPUTS } from "./lib/component";
import type { Values } from "./lib/environment";
import { labels } from "./lib/labels";
import { shared } from "./lib/naming";

const TYPE = "nexus:secrets:Secrets";

export interface SecretsArgs {
  /** Namespace of the Secret. */
  readonly namespace: pulumi.Input<string>;
  /** Key that signs access tokens. A change ends every session. @default A random key of 48 characters is generated. */
  readonly jwtSecretKey?: pulumi.Input<string>;
  /** Password of the database user. An existing volume keeps its own. @default A random one of 32 characters. */
  readonly databasePassword?: pulumi.Input<string>;
  /** Key of the OpenAI API. @default "" */
  readonly openaiApiKey?: pulumi.Input<string>;
  /** Key of the Anthropic API. @default "" */
  readonly anthropicApiKey?: pulumi.Input<string>;
}

export interface ResolvedSecrets extends SecretsArgs {
  readonly openaiApiKey: pulumi.Input<string>;
  readonly anthropicApiKey: pulumi.Input<string>;
}

export function normalizeSecretsArgs(args: SecretsArgs): ResolvedSecrets {
  return { ...args, openaiApiKey: args.openaiApiKey ?? "", anthropicApiKey: args.anthropicApiKey ?? "" };
}

/**
 * Generates passwords and keys and keeps them, beside those that people bring, in one Kubernetes Secret.
 *
 * @example new Secrets("secrets", { namespace: "nexus" })
 */
export class Secrets extends pulumi.ComponentResource {
  /** The Secret's values, all of them secret; only their hash may leave the program. */
  public readonly values: Values;
  /** The Secret as pods read it; pods wait for it. */
  public readonly secret: k8s.core.v1.Secret;

  public constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const secrets = normalizeSecretsArgs(args);
    const jwt = secrets.jwtSecretKey ?? this.createPassword(`${name}-jwt`, 48);
    const database = secrets.databasePassword ?? this.createPassword(`${name}-database`, 32);
    const redis = this.createPassword(`${name}-redis`, 32);
    this.values = secretValues(secrets, jwt, database, redis);
    this.secret = this.createSecret(name, secrets);
    this.registerOutputs({});
  }

  private createPassword(name: string, length: number): pulumi.Output<string> {
    // Letters and digits only: the values go into connection strings and configuration files.
    return new RandomPassword(name, { length, special: false }, { parent: this }).result;
  }

  private createSecret(name: string, { namespace }: ResolvedSecrets): k8s.core.v1.Secret {
    const metadata = { name: shared.secret, namespace, labels: labels("nexus", "secrets") };
    return new k8s.core.v1.Secret(name, { metadata, type: "Opaque", stringData: { ...this.values } }, { parent: this });
  }
}

/** The Secret's keys (A30); both names of the signing key hold the same value (X5). */
export function secretValues(
  { openaiApiKey, anthropicApiKey }: ResolvedSecrets,
  jwt: pulumi.Input<string>,
  database: pulumi.Input<string>,
  redis: pulumi.Input<string>,
): Values {
  const values = {
    JWT_SECRET_KEY: jwt,
    JWT_SECRET: jwt,
    DATABASE_PASSWORD: database,
    REDIS_PASSWORD: redis,
    OPENAI_API_KEY: openaiApiKey,
    ANTHROPIC_API_KEY: anthropicApiKey,
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)]));
}
