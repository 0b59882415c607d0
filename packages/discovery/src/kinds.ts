/** The infrastructure that discovery looks for (E12). */
export const KINDS = ["mongo", "redis", "postgres", "qdrant", "neo4j"] as const;
export type Kind = (typeof KINDS)[number];

/** How a kind of infrastructure is recognised in Kubernetes objects. */
export interface KindFacts {
  /** Words of names, labels and images that mean this kind, in lower case. */
  readonly words: readonly string[];
  /** Port of the protocol that the probe speaks and that the variables mean. */
  readonly ports: readonly number[];
  /** Port names that mean this protocol. */
  readonly portNames: readonly string[];
  /** Other ports of the same software, with another protocol. */
  readonly otherPorts: readonly number[];
}

export const KIND_FACTS: Readonly<Record<Kind, KindFacts>> = {
  mongo: {
    words: ["mongo", "mongodb", "mongod", "mongos"],
    ports: [27017],
    portNames: ["mongo", "mongodb", "mongod", "mongos"],
    otherPorts: [28017, 9216],
  },
  redis: {
    words: ["redis", "valkey", "keydb", "dragonfly"],
    ports: [6379],
    portNames: ["redis", "valkey", "keydb", "dragonfly"],
    otherPorts: [26379, 16379, 9121],
  },
  postgres: {
    words: ["postgres", "postgresql", "postgis", "timescaledb", "pgvector", "pgbouncer", "spilo"],
    ports: [5432],
    portNames: ["postgres", "postgresql", "pg", "psql", "pgsql"],
    otherPorts: [9187, 8008],
  },
  qdrant: {
    words: ["qdrant"],
    ports: [6333],
    portNames: ["qdrant", "rest"],
    otherPorts: [6334, 6335],
  },
  neo4j: {
    words: ["neo4j"],
    ports: [7687],
    portNames: ["neo4j", "bolt"],
    otherPorts: [7474, 7473, 6362, 2004],
  },
};

/**
 * Words that turn the name of a database into that of a companion: an exporter, a console, a backup job. They appear
 * beside the database's word, as in redis-exporter, mongo-express or pg-backup.
 */
export const COMPANION_WORDS: ReadonlySet<string> = new Set([
  "exporter",
  "metrics",
  "express",
  "commander",
  "insight",
  "redisinsight",
  "admin",
  "pgadmin",
  "ui",
  "web",
  "browser",
  "console",
  "dashboard",
  "operator",
  "controller",
  "backup",
  "dump",
  "restore",
  "sentinel",
  "migrate",
  "migration",
  "migrations",
  "init",
  "client",
  "cli",
  "tools",
  "reloader",
  "proxy",
  "agent",
  "http",
]);

/** Port names that are never the database's own protocol unless the port number says so. */
export const OTHER_PORT_WORDS: ReadonlySet<string> = new Set([
  "metrics",
  "http",
  "https",
  "grpc",
  "admin",
  "exporter",
  "sentinel",
  "ui",
  "web",
  "browser",
  "p2p",
  "raft",
  "cluster",
  "bus",
  "gossip",
  "backup",
  "health",
  "webhook",
  "patroni",
]);

/** The words of a name: its parts between dashes, dots, underscores and slashes, in lower case. */
export function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
