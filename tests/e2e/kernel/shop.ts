import { thirdPartyImages } from "@nexus/contract";

export const TOKEN = "t0p-s3cr3t-token-of-the-shop";

const { busybox, redis } = thirdPartyImages;
/** Little, because all suites share the node. */
const LITTLE = `deploy: { resources: { reservations: { cpus: "0.01", memory: 16M } } }`;
const program = (name: string, command: string, more = "") => `  ${name}:
    image: ${busybox.name}
    user: "1000"
    command: ["sh", "-c", ${JSON.stringify(command)}]
    ${LITTLE}
${more}`;

export const SERVICES = ["front", "queue", "asker", "clock", "greeter"] as const;

/** Five services, one of which talks to a Redis that somebody else has. @param image of the front */
export const shop = (image: string = busybox.name) => `services:
  front:
    image: ${image}
    user: "1000"
    command: ["httpd", "-f", "-p", "8080", "-h", "/tmp"]
    ports: ["8080:8080"]
    ${LITTLE}
    environment:
      GREETING: \${GREETING:-good day}
      API_TOKEN: \${API_TOKEN:?give a token}
  queue:
    image: ${redis.name}
    expose: ["6380"]
    command: ["redis-server", "--port", "6380"]
    ${LITTLE}
${program(
  "asker",
  `h=$\${REDIS_URL#redis://}; while sleep 1; do (echo PING; sleep 1) | nc $\${h%:*} $\${h#*:}; done`,
  "    environment:\n      REDIS_URL: ${REDIS_URL:-redis://localhost:6379}\n",
)}${program("clock", "while sleep 1; do date; done")}${program("greeter", "while sleep 1; do echo hello; done")}`;
