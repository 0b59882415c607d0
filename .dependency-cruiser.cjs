/**
 * The top-level folders, and which others each may import from; docs/architecture.md has the picture. Tests may import
 * from all.
 */
const ROOMS = [
  { room: "^packages/contract/", mayImport: [] },
  { room: "^packages/host/", mayImport: [] },
  { room: "^packages/service/", mayImport: ["^packages/contract/"] },
  { room: "^packages/ai/", mayImport: ["^packages/(contract|service)/"] },
  { room: "^packages/backup/", mayImport: ["^packages/(contract|service)/"] },
  { room: "^packages/compose/", mayImport: ["^packages/(contract|host)/"] },
  { room: "^packages/discovery/", mayImport: ["^packages/(compose|host)/"] },
  { room: "^packages/clusters/", mayImport: ["^packages/(contract|host)/"] },
  { room: "^packages/testkit/", mayImport: ["^packages/"] },
  {
    room: "^images/([^/]+)/",
    own: "^images/$1/",
    mayImport: ["^packages/(contract|service|ai|clusters|compose|discovery)/"],
  },
  { room: "^config[/.]", mayImport: ["^packages/(contract|host|compose)/"] },
  { room: "^components/", mayImport: ["^packages/(contract|host|compose|discovery)/"] },
  { room: "^index\\.ts$", mayImport: ["^components/", "^config[/.]", "^packages/(contract|host)/"] },
  { room: "^local/", mayImport: ["^packages/(contract|host)/"] },
  { room: "^cli/", mayImport: ["^(packages|components|local)/", "^config[/.]", "^index\\.ts$"] },
];

const ANY = "^(packages|images|components|local|cli|tests)/|^(config|index)[/.]";
const TESTS = ["^tests/", "/test/", "^packages/testkit/"];
const ENTRY = "^packages/[^/]+/src/index\\.ts$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...ROOMS.map(({ room, own = room, mayImport }) => ({
      name: `${room} imports from ${mayImport.join(", ") || "no other room"}`,
      severity: "error",
      from: { path: room, pathNot: "/test/" },
      to: { path: ANY, pathNot: [own, ...mayImport] },
    })),
    { name: "no circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "a package is entered through its index",
      severity: "error",
      from: { pathNot: "^packages/" },
      to: { path: "^packages/[^/]+/src/", pathNot: ENTRY },
    },
    {
      name: "a package is entered through its index, by other packages too",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/[^/]+/src/", pathNot: ["^packages/$1/", ENTRY] },
    },
    {
      name: "libraries, services and the local platform must not import Pulumi",
      severity: "error",
      // Stand-ins for Pulumi's programs speak its protocols.
      from: { path: "^(packages|images|local)/", pathNot: "^local/toolchain/shims/" },
      to: { path: "@pulumi/" },
    },
    {
      name: "only stores import the database library",
      severity: "error",
      from: { path: "^images/", pathNot: ["/src/store/(?!memory/)", "/test/"] },
      to: { path: "node_modules/kysely/" },
    },
    { name: "only tests import tests", severity: "error", from: { pathNot: TESTS }, to: { path: TESTS } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^(packages|images)/[^/]+/dist/", "fixtures/", "\\.nexus"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    combinedDependencies: true,
  },
};
