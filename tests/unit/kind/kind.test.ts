import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { env } from "../../../cli/commands/env";
import { openSession } from "../../../cli/open-session";
import { thisMachine } from "../../../config/machine";
import { KindWorld } from "./kind-world";

const world = new KindWorld();

const REGISTRY_IMAGE = "registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e";

/** Commands of `up` when the cluster exists already. */
function deployment(context: string): string[] {
  const kubeconfig = path.join(world.programs.home, "kubeconfig");
  const kubectl = `kubectl --kubeconfig ${kubeconfig} --context ${context} --namespace nexus --request-timeout=20s`;
  return [
    `${kubectl} get --raw /version --request-timeout=10s`,
    "pulumi stack select --create --stack dev --non-interactive",
    "pulumi stack history --json --page-size 1 --page 1 --stack dev",
    "pulumi stack export --stack dev",
    `pulumi up --yes --skip-preview --suppress-outputs --stack dev --config-file ${world.stack.configFile} --non-interactive`,
    `${kubectl} get deployments,statefulsets,horizontalpodautoscalers -o json --selector app.kubernetes.io/part-of=nexus`,
    "pulumi stack export --stack dev",
    `${kubectl} get configmaps -o json --selector app.kubernetes.io/component=releases,app.kubernetes.io/part-of=nexus`,
  ];
}

const removal = (cluster: string) => [
  "docker version --format {{.Server.Version}}",
  `docker container ls --all --quiet --filter name=^/${cluster}-registry$`,
  `docker rm --force --volumes ${cluster}-registry`,
  `kind delete cluster --name ${cluster}`,
];

test("A1 A16: `kind: kind` from nothing to destroy: every command, in order", async () => {
  await world.up();
  const { cluster, ports } = world.made();
  expect(cluster).toMatch(/^nexus-[0-9a-f]{6}$/);
  const kubeconfig = path.join(world.programs.home, "kubeconfig");
  const certificates = `/etc/containerd/certs.d/localhost:${ports.registry}`;
  expect(world.programs.commands()).toEqual([
    "docker context inspect --format {{.Endpoints.docker.Host}}",
    "docker version --format {{.Server.Version}}",
    `kind create cluster --name ${cluster} --wait 3m --config -`,
    `kind get kubeconfig --name ${cluster}`,
    `kubectl --kubeconfig ${kubeconfig} get --raw /readyz`,
    `docker container ls --all --quiet --filter name=^/${cluster}-registry$`,
    `docker run --detach --restart unless-stopped --name ${cluster}-registry --network kind --publish 127.0.0.1:${ports.registry}:5000 ${REGISTRY_IMAGE}`,
    `docker exec --interactive ${cluster}-control-plane sh -c mkdir -p ${certificates} && cat > ${certificates}/hosts.toml`,
    `kubectl --kubeconfig ${kubeconfig} apply --server-side --force-conflicts -f ${world.programs.home}/metrics-server.yaml`,
    ...deployment(`kind-${cluster}`),
  ]);
  expect(parse(world.programs.kept("create-input") ?? "")).toEqual({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [
      {
        role: "control-plane",
        extraPortMappings: [
          { containerPort: 30080, hostPort: world.studioPort, listenAddress: "127.0.0.1", protocol: "TCP" },
        ],
      },
    ],
  });
  expect(world.programs.kept("exec-input")).toBe(`[host."http://${cluster}-registry:5000"]\n`);
  expect(world.programs.kept("applied")).toContain("image: registry.k8s.io/metrics-server/metrics-server:v0.9.0");
  expect(fs.readFileSync(kubeconfig, "utf8")).toBe(`kubeconfig of ${cluster}\n`);
  expect(world.programs.kept("up-environment")).toBe(
    `DOCKER_HOST=unix:///run/test-docker.sock\nKUBECONFIG=${kubeconfig}\n`,
  );
  expect(world.printed.join("")).toContain(`Studio   http://localhost:${world.studioPort}\n`);
  await world.destroy();
  expect(world.programs.commands()).toEqual(removal(cluster));
  expect(world.printed.at(-1)).toBe("The kind cluster and its data are removed.\n");
  expect(fs.existsSync(world.programs.home)).toBe(false);
  expect(fs.existsSync(path.join(world.programs.folder, "user/.kube/config"))).toBe(false);
});

test("A16: podman and other networks in kind's environment variables are not used", async () => {
  process.env.KIND_EXPERIMENTAL_PROVIDER = "podman";
  process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK = "other";
  await world.up();
  expect(world.programs.kept("create-environment")).toBe("DOCKER_HOST=unix:///run/test-docker.sock\n");
});

test("A1: the first `up` of auto says in one line which cluster it makes and why; later ones do not", async () => {
  jest.spyOn(process, "getuid").mockReturnValue(1000);
  world.goTo("kind: auto");
  const line =
    "Making a kind cluster: the local platform needs root, to make a node's namespaces; Docker engine at unix:///run/test-docker.sock, kind.\n";
  await world.up();
  expect(world.printed).toContain(line);
  world.printed = [];
  await world.up();
  expect(world.printed).not.toContain(line);
});

test("P5: plain pulumi finds the same cluster by the descriptor that `up` wrote", async () => {
  await world.up();
  const { cluster, ports } = world.made();
  expect(thisMachine(world.programs.home).platform()).toMatchObject({
    kind: "kind",
    context: `kind-${cluster}`,
    kubeconfig: path.join(world.programs.home, "kubeconfig"),
    registry: `localhost:${ports.registry}`,
    builder: "default",
  });
});

test("A16: a second `up` starts the stopped cluster and creates nothing", async () => {
  await world.up();
  world.programs.commands();
  await world.up();
  const { cluster } = world.made();
  const commands = world.programs.commands().filter((command) => /^(docker|kind)/.test(command));
  expect(commands).toEqual([
    "docker version --format {{.Server.Version}}",
    "kind get clusters",
    `docker start ${cluster}-control-plane`,
    `kind get kubeconfig --name ${cluster}`,
    `docker container ls --all --quiet --filter name=^/${cluster}-registry$`,
    `docker start ${cluster}-registry`,
    expect.stringMatching(/^docker exec --interactive /),
  ]);
});

test("A1: k3d is used if kind is missing or too old, with the same registry, port and kubeconfig", async () => {
  world.programs.install("k3d");
  world.programs.kindVersion("v0.26.0");
  await world.up();
  const { cluster, ports } = world.made();
  const commands = world.programs.commands();
  expect(commands.filter((command) => /^(docker (run|exec)|k3d|kind)/.test(command))).toEqual([
    `k3d cluster create ${cluster} --no-lb --wait --timeout 180s --registry-config ${world.programs.home}/registries.yaml --k3s-arg --disable=traefik@server:0 --port 127.0.0.1:${world.studioPort}:30080@server:0:direct --kubeconfig-update-default=false --kubeconfig-switch-context=false`,
    `k3d kubeconfig get ${cluster}`,
    `docker run --detach --restart unless-stopped --name ${cluster}-registry --network k3d-${cluster} --publish 127.0.0.1:${ports.registry}:5000 ${REGISTRY_IMAGE}`,
  ]);
  const expected = deployment(`k3d-${cluster}`);
  expect(commands.slice(-expected.length)).toEqual(expected);
  // A program that is installed later is not used for the existing cluster.
  world.programs.kindVersion("v0.32.0");
  await world.destroy();
  expect(world.programs.commands().slice(-2)).toEqual([
    `docker rm --force --volumes ${cluster}-registry`,
    `k3d cluster delete ${cluster}`,
  ]);
});

test("P5: the existing cluster stays: another kind in the configuration is refused, and auto means the existing kind", async () => {
  await world.up();
  world.goTo("kind: local");
  await expect(world.up()).rejects.toThrow(
    `nexus:cluster.kind "local" contradicts ${world.programs.home}, which holds a kind cluster. Fix: npm run destroy, then npm run up`,
  );
  world.goTo("kind: auto");
  expect((await openSession(world.stack)).platform?.context).toBe(`kind-${world.made().cluster}`);
});

test("P5: a stack on another cluster uses the user's own kubeconfig, engine and log-ins", async () => {
  await world.up();
  world.goTo("kind: context, context: team-a");
  const { variables } = await openSession(world.stack);
  expect(Object.keys(variables).filter((name) => /^(KUBECONFIG|DOCKER_|BUILDX_)/.test(name))).toEqual([]);
});

test("A1 P5: the shell of `npm run env` has this cluster first, and the user's own clusters after it", async () => {
  await world.up();
  world.printed = [];
  await env();
  const lines = world.printed.join("").split("\n");
  expect(lines).toContain("export DOCKER_HOST=unix:///run/test-docker.sock");
  expect(lines).toContain(`export KUBECONFIG=${world.programs.home}/kubeconfig:"\${KUBECONFIG:-$HOME/.kube/config}"`);
  expect(lines).toContain(`export NEXUS_HOME=${world.programs.home}`);
});
