const { availableParallelism } = require("node:os");

/** Packages that ship only ES modules or import at run time; Jest runs CommonJS, so they are transformed like our own code. */
const esmOnly = [
  "kysely",
  "cookie",
  "@kubernetes/client-node",
  "openid-client",
  "oauth4webapi",
  "jose",
  "@opentelemetry/otlp-exporter-base",
  "p-limit",
  "p-timeout",
  "yocto-queue",
  "better-auth",
  "@better-auth",
  "better-call",
  "@better-fetch",
  "@noble",
  "nanostores",
  "defu",
  "rou3",
  "@exodus/bytes",
  "@sveltejs/acorn-typescript",
];

const common = {
  testEnvironment: "<rootDir>/tests/support/run/environment.js",
  // Steps have a folder for temporary files of their own, which is no place for a cache. Each project has its own setting.
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  // A file's globals end with its context; looking through them costs a tenth of the time of small files.
  testEnvironmentOptions: { globalsCleanup: "off" },
  transform: {
    "\\.(m?js|[jt]sx?)$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript", tsx: true }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`node_modules/(?!(${esmOnly.join("|")})/)`],
  // Three quarters of the time that Pulumi takes to load, in each test file.
  moduleNameMapper: { "^(typescript|@npmcli/arborist)$": "<rootDir>/tests/support/run/unused-package.js" },
  modulePathIgnorePatterns: ["<rootDir>/.nexus", "/dist/"],
};

/** Tests that start Postgres, Redis or nothing, on one server for all of them. */
const service = {
  ...common,
  globalSetup: "<rootDir>/tests/support/run/setup.ts",
  globalTeardown: "<rootDir>/tests/support/run/teardown.ts",
};

/** @type {import("jest").Config} */
module.exports = {
  // Tests wait for the servers that they started: one more than there are cores keeps two cores busy.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // A generous limit for a busy machine, because hooks start servers.
  testTimeout: 180_000,
  projects: [
    {
      ...service,
      displayName: "fast",
      testMatch: [
        "<rootDir>/tests/{unit,components,stack}/**/*.test.ts",
        "<rootDir>/{images,packages}/*/test/**/*.test.ts",
      ],
      testPathIgnorePatterns: ["/node_modules/", "\\.(long|timed)\\.test\\.ts$"],
    },
    {
      ...service,
      displayName: "long",
      testMatch: ["<rootDir>/tests/unit/**/*.long.test.ts", "<rootDir>/{images,packages}/*/test/**/*.long.test.ts"],
    },
    { ...service, displayName: "timed", testMatch: ["<rootDir>/{images,packages}/*/test/**/*.timed.test.ts"] },
    { ...common, displayName: "fuzz", testMatch: ["<rootDir>/tests/fuzz/**/*.test.ts"] },
    { ...common, displayName: "e2e", testMatch: ["<rootDir>/tests/e2e/**/*.test.ts"] },
  ],
};
