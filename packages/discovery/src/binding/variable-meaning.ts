import { KINDS, type Kind } from "../kinds";

/** A variable that a compose stack reads. */
export interface WantedVariable {
  readonly name: string;
  /** The value in the compose file, which shows the kind if the name does not. */
  readonly default?: string;
}

/** The part of an endpoint that a variable needs. */
export type Part = "url" | "host" | "port" | "address";

export interface Meaning {
  readonly kind: Kind;
  readonly part: Part;
  /** Scheme of a url, such as postgresql+asyncpg. */
  readonly scheme: string;
  /** Path of a URL's default, which is the name of a database that discovery cannot know. */
  readonly path: string;
}

const KIND_PREFIXES: Readonly<Record<Kind, readonly string[]>> = {
  mongo: ["MONGO", "MONGODB"],
  redis: ["REDIS", "VALKEY"],
  postgres: ["POSTGRES", "POSTGRESQL", "PG"],
  qdrant: ["QDRANT"],
  neo4j: ["NEO4J"],
};

/** Names of any database; they mean PostgreSQL unless a default says otherwise. */
const GENERIC_PREFIXES = ["DATABASE", "DB"];

const SUFFIXES: Readonly<Record<string, Part>> = {
  URL: "url",
  URI: "url",
  DSN: "url",
  CONNECTION_STRING: "url",
  CONNECTION_URL: "url",
  BOLT_URL: "url",
  BOLT_URI: "url",
  HOST: "host",
  HOSTNAME: "host",
  SERVER: "host",
  PORT: "port",
  ADDR: "address",
  ADDRESS: "address",
  ENDPOINT: "address",
};

/** Allowed schemes of the URLs of each kind; the first one is used without a default. */
const SCHEMES: Readonly<Record<Kind, RegExp>> = {
  mongo: /^mongodb$/,
  redis: /^redis$/,
  postgres: /^(jdbc:)?postgres(ql)?(\+[a-z0-9]+)?$/,
  qdrant: /^http$/,
  neo4j: /^(bolt|neo4j)$/,
};
const USUAL_SCHEME: Readonly<Record<Kind, string>> = {
  mongo: "mongodb",
  redis: "redis",
  postgres: "postgresql",
  qdrant: "http",
  neo4j: "bolt",
};
/** Schemes of the same kind for a way to connect that the endpoint of a Service does not offer. */
const REPLACED_SCHEMES: Readonly<Record<string, Kind>> = {
  "mongodb+srv": "mongo",
  rediss: "redis",
  https: "qdrant",
  "bolt+s": "neo4j",
  "bolt+ssc": "neo4j",
  "neo4j+s": "neo4j",
  "neo4j+ssc": "neo4j",
};

const URL_PARTS = /^([a-z][a-z0-9+.:-]*?):\/\/(?:[^/?#]*@)?[^/?#]*(\/[^?#]*)?/i;

const prefixes = [...KINDS.flatMap((kind) => KIND_PREFIXES[kind]), ...GENERIC_PREFIXES];
const suffixes = Object.keys(SUFFIXES);
/** REDIS_URL, APP_REDIS_URL and libpq's PGHOST, but not REDIS_GRPC_PORT. */
const NAME = new RegExp(`(?:^|_)(${prefixes.join("|")})_(${suffixes.join("|")})$`);
const LIBPQ_NAME = /^(PG)(HOST|PORT)$/;

/** The kind of a scheme; undefined for other software. */
function kindOfScheme(scheme: string): Kind | undefined {
  return KINDS.find((kind) => SCHEMES[kind].test(scheme)) ?? REPLACED_SCHEMES[scheme];
}

const PORT_KINDS: Readonly<Record<string, Kind>> = {
  "27017": "mongo",
  "6379": "redis",
  "5432": "postgres",
  "6333": "qdrant",
  "7687": "neo4j",
};

/** The kind of DATABASE_* or DB_*, according to the default of its URL or of its sibling port. */
function genericKind(stem: string, wanted: readonly WantedVariable[]): Kind | undefined {
  const siblings = wanted.filter(({ name, default: value }) => name.startsWith(`${stem}_`) && value);
  for (const { name, default: value = "" } of siblings) {
    const scheme = URL_PARTS.exec(value)?.[1]?.toLowerCase();
    if (scheme) return kindOfScheme(scheme);
    if (name === `${stem}_PORT`) return PORT_KINDS[value.trim()];
  }
  return "postgres";
}

/**
 * The meaning of a variable, by its name and default. Undefined if it is not the address of a database, or of a
 * database that discovery does not know, such as a DATABASE_URL with mysql in its default.
 * @param all the stack's variables: siblings such as DB_PORT show the meaning of DB_HOST
 */
export function meaningOf(variable: WantedVariable, all: readonly WantedVariable[]): Meaning | undefined {
  const match = LIBPQ_NAME.exec(variable.name) ?? NAME.exec(variable.name);
  const [, prefix = "", suffix = ""] = match ?? [];
  const part = SUFFIXES[suffix];
  if (!match || !part) return undefined;
  const stem = variable.name.slice(0, -suffix.length).replace(/_$/, "");
  const kind = GENERIC_PREFIXES.includes(prefix)
    ? genericKind(stem, all)
    : KINDS.find((one) => KIND_PREFIXES[one].includes(prefix));
  if (!kind) return undefined;
  const [, found = "", path = ""] = URL_PARTS.exec(variable.default ?? "") ?? [];
  const scheme = found.toLowerCase();
  if (scheme && kindOfScheme(scheme) !== kind) return undefined;
  return { kind, part, scheme: SCHEMES[kind].test(scheme) ? scheme : USUAL_SCHEME[kind], path };
}
