/** What is the same in every language: names, keys of a keyboard, and code. */
export const PRODUCT = "Nexus Studio";
export const CODE_LANGUAGE = "JavaScript";
/** The title of a cell that others import. */
export const NEW_FILE = "util.js";

export const keys = { apple: "⌘", control: "Ctrl", enter: "Enter" };

export const exampleCode = [
  "let n = 41; n += 1",
  "[3, 1, 2].sort().map((x) => x * x)",
  'console.log("hello"); new Date().getFullYear()',
] as const;

export const databaseNames = {
  mongo: "MongoDB",
  redis: "Redis",
  postgres: "PostgreSQL",
  qdrant: "Qdrant",
  neo4j: "Neo4j",
} as const;

/** What variables become. */
export const variableKinds = ["ConfigMap", "Secret"] as const;
export const serviceTypes = ["ClusterIP", "NodePort", "LoadBalancer"] as const;
/** Kinds of objects that pages treat in a way of their own. */
export const VOLUME_KIND = "PersistentVolumeClaim";
export const NAMESPACE_KIND = "Namespace";
export const JOB_KIND = "Job";

export const composeExample = `services:
  web:
    image: nginxinc/nginx-unprivileged:1.29-alpine
    ports: ["8080:8080"]
`;
