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

/** Projects that everybody can begin with. */
export const catalogue: readonly CatalogueEntry[] = [
  entry(
    "web-site",
    "Web site",
    "A web server that shows its welcome page: the smallest project that can be looked at.",
    `services:
  web:
    image: nginxinc/nginx-unprivileged:1.29-alpine
    ports: ["8080:8080"]
    x-nexus:
      health_check_path: /
`,
  ),
  entry(
    "web-with-cache",
    "Web site with a cache",
    "A web server and a Redis that is not reachable from outside of the project.",
    `services:
  web:
    image: nginxinc/nginx-unprivileged:1.29-alpine
    ports: ["8080:8080"]
    environment:
      REDIS_URL: \${REDIS_URL:-redis://cache:6379}
    depends_on: [cache]
  cache:
    image: redis:8-alpine
    expose: ["6379"]
`,
  ),
  entry(
    "database",
    "Database with a page to look at it",
    "PostgreSQL with a volume, and Adminer. Give POSTGRES_PASSWORD a value.",
    `services:
  postgres:
    image: postgres:17-alpine
    environment:
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:?choose a password}
      PGDATA: /var/lib/postgresql/data/pgdata
    expose: ["5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck:
      test: [CMD, pg_isready, -U, postgres]
      interval: 10s
  adminer:
    image: adminer:5
    ports: ["8080:8080"]
    environment:
      ADMINER_DEFAULT_SERVER: postgres
    depends_on:
      postgres: { condition: service_healthy }
volumes:
  data:
    x-nexus: { size: 1Gi }
`,
  ),
];
