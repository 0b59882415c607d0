/** Packages that ship only ES modules; Jest runs CommonJS, so they are transformed like our own code. */
const esmOnly = ["@kubernetes/client-node", "jose", "openid-client", "oauth4webapi", "listr2", "kysely"];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  transform: {
    "\\.[jt]sx?$": ["@swc/jest", { jsc: { parser: { syntax: "typescript", tsx: true }, target: "es2023" }, module: { type: "commonjs" } }],
  },
  transformIgnorePatterns: [`node_modules/(?!(${esmOnly.join("|")})/)`],
  modulePathIgnorePatterns: ["<rootDir>/.nexus", "/dist/"],
};
