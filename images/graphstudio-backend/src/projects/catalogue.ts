import { thirdPartyImages } from "@nexus/contract";
import type { WrittenContent } from "./project-content";

/** A project to begin with. */
export interface CatalogueEntry {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly content: WrittenContent;
}

const entry = (id: string, name: string, text: string, compose: string): CatalogueEntry => ({
  id,
  name,
  text,
  content: {
    files: [{ name: "compose.yaml", text: compose }],
    composeFiles: ["compose.yaml"],
    envFiles: [],
    profiles: [],
    namespace: id,
    services: {},
    variables: [],
  },
});

const { busybox, postgres, redis } = thirdPartyImages;
/** For a Redis that only the project reaches; the official image begins like this, others do not. */
const OPEN_REDIS = '["redis-server", "--protected-mode", "no"]';
/** What a service of an example needs is little; without this, each one would reserve a tenth of a processor. */
const LITTLE = 'deploy: { resources: { reservations: { cpus: "0.02", memory: 32M } } }';
/** @param page name of the page's config; projects of a tenant may share a namespace, so each has its own */
const site = (page: string) => `image: ${busybox.name}
    user: "1000"
    command: ["httpd", "-f", "-p", "8080", "-h", "/www"]
    configs: [{ source: ${page}, target: /www/index.html }]
    ${LITTLE}`;

/** Projects that everybody can begin with. Their images are those that the platform has anyway. */
export const catalogue: readonly CatalogueEntry[] = [
  entry(
    "web-site",
    "Web site",
    "A web server with one page: the smallest project that can be looked at.",
    `services:
  site:
    ${site("site-page")}
    ports: ["8080:8080"]
    x-nexus:
      health_check_path: /
configs:
  site-page:
    content: "<h1>It works</h1>"
`,
  ),
  entry(
    "web-with-cache",
    "Web site with a cache",
    "A web server and a Redis that is not reachable from outside of the project.",
    `services:
  web:
    ${site("web-page")}
    ports: ["8080:8080"]
    environment:
      REDIS_URL: \${REDIS_URL:-redis://cache:6379}
    depends_on: [cache]
  cache:
    image: ${redis.name}
    command: ${OPEN_REDIS}
    ${LITTLE}
    expose: ["6379"]
configs:
  web-page:
    content: "<h1>It works</h1>"
`,
  ),
  entry(
    "database",
    "Database with a client",
    "PostgreSQL with a volume, and a client that asks it for the time. Give POSTGRES_PASSWORD a value.",
    `services:
  postgres:
    image: ${postgres.name}
    ${LITTLE}
    environment:
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:?choose a password}
      PGDATA: /var/lib/postgresql/data/pgdata
    expose: ["5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck:
      test: [CMD, pg_isready, -h, 127.0.0.1, -U, postgres]
      interval: 10s
  client:
    image: ${postgres.name}
    ${LITTLE}
    user: "999"
    command: [sh, -c, "while sleep 10; do psql -c 'SELECT now()'; done"]
    environment:
      PGHOST: postgres
      PGUSER: postgres
      PGPASSWORD: \${POSTGRES_PASSWORD:?choose a password}
    depends_on:
      postgres: { condition: service_healthy }
volumes:
  data:
    x-nexus: { size: 1Gi }
`,
  ),
];
