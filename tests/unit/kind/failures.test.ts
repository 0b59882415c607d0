import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { openSession } from "../../../cli/open-session";
import { KindWorld } from "./kind-world";

const world = new KindWorld();

describe("A31: a step that fails names thing, value and fix:", () => {
  it("docker is missing", async () => {
    world.programs.uninstall("docker");
    process.env.PATH = world.programs.environment(world.studioPort).PATH?.split(":")[0];
    await expect(world.up()).rejects.toThrow("docker is not on PATH. Fix: install Docker, then npm run up");
    expect(fs.existsSync(path.join(world.programs.home, "kind.json"))).toBe(false);
  });

  it("the engine does not answer", async () => {
    world.programs.fail("docker version", "Cannot connect to the Docker daemon at unix:///run/test-docker.sock.");
    await expect(world.up()).rejects.toThrow(
      "The Docker engine at unix:///run/test-docker.sock does not answer: " +
        "Cannot connect to the Docker daemon at unix:///run/test-docker.sock. Fix: start Docker",
    );
  });

  it("this user may not use the engine", async () => {
    world.programs.fail("docker version", "permission denied while trying to connect to the Docker daemon socket");
    await expect(world.up()).rejects.toThrow(
      "The Docker engine at unix:///run/test-docker.sock does not answer: permission denied while trying to connect " +
        "to the Docker daemon socket. Fix: sudo usermod -aG docker $USER, log in again",
    );
  });

  it("the engine hangs", async () => {
    jest.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort());
    await expect(world.up()).rejects.toThrow(
      "docker context inspect says: no end within 20 s. Fix: docker context use default",
    );
  });

  it("the cluster cannot be made; the next `up` removes the incomplete one and starts again", async () => {
    world.programs.fail(
      "kind create",
      "Creating cluster ...\nERROR: failed to create cluster: out of memory\nStack Trace:",
    );
    await expect(world.up()).rejects.toThrow(
      /^kind cannot make the cluster "nexus-[0-9a-f]{6}": ERROR: failed to create cluster: out of memory\. Fix: see that Docker has 4 GiB of memory/,
    );
    const { cluster } = world.made();
    const state = path.join(world.programs.folder, "state");
    fs.writeFileSync(path.join(state, "clusters"), `${cluster}\n`);
    // Its node still holds the studio's port.
    const listen = `require("node:net").createServer().listen(${world.studioPort}, "127.0.0.1", () => console.log("ready"))`;
    const node = spawn(process.execPath, ["-e", listen]);
    await once(node.stdout, "data");
    fs.writeFileSync(path.join(state, "node"), String(node.pid));
    world.programs.works();
    world.programs.commands();
    await world.up();
    expect(world.programs.commands().filter((command) => command.startsWith("kind"))).toEqual([
      "kind get clusters",
      `kind delete cluster --name ${cluster}`,
      `kind create cluster --name ${cluster} --wait 3m --config -`,
      `kind get kubeconfig --name ${cluster}`,
    ]);
  });

  it("the studio's port is taken", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(world.studioPort, "127.0.0.1", resolve));
    await expect(world.up()).rejects.toThrow(
      `Port ${world.studioPort} of localhost, wanted for the studio, is taken by another program. ` +
        "Fix: stop that program, or choose another port with NEXUS_STUDIO_PORT=<port>.",
    );
    await new Promise((resolve) => server.close(resolve));
    expect(world.programs.commands()).not.toContainEqual(expect.stringMatching(/^kind create/));
  });

  it("the registry's port is taken", async () => {
    world.programs.fail(
      "docker run",
      "docker: Error response from daemon: Bind for 127.0.0.1 failed: port is already allocated",
    );
    await expect(world.up()).rejects.toThrow(
      /^The image registry "nexus-[0-9a-f]{6}-registry" cannot be started on port 295\d\d of localhost: docker: Error response from daemon: Bind .* port is already allocated\. Fix: stop what listens on that port, or npm run destroy && npm run up for another one$/,
    );
  });

  it("images cannot be built or pushed: Pulumi's own message and the exit code are shown", async () => {
    world.programs.fail("pulumi up", "error: failed to push localhost/nexus/workspace-kernel");
    await expect(world.up()).rejects.toThrow("pulumi up failed (exit 1); its messages are above.");
  });

  it("the cluster cannot be removed: the record stays for another attempt", async () => {
    await world.up();
    const { cluster } = world.made();
    world.programs.fail("kind delete", "ERROR: failed to delete nodes: container is stuck");
    await expect(world.destroy()).rejects.toThrow(
      `The cluster "${cluster}" cannot be removed: ERROR: failed to delete nodes: container is stuck. ` +
        `Fix: kind delete cluster --name ${cluster}, then npm run destroy`,
    );
    world.programs.works();
    await world.destroy();
    expect(fs.existsSync(world.programs.home)).toBe(false);
  });

  it("the engine of the cluster does not answer any more: up and destroy name it, and say how to forget the cluster", async () => {
    await world.up();
    const { cluster } = world.made();
    world.programs.fail("docker version", "Cannot connect to the Docker daemon at unix:///run/test-docker.sock.");
    const message =
      `The Docker engine at unix:///run/test-docker.sock, on which the cluster "${cluster}" was made, does not answer: ` +
      "Cannot connect to the Docker daemon at unix:///run/test-docker.sock. " +
      "Fix: start Docker, then run this again; or, where that engine is gone for good, npm run destroy -- --forget";
    await expect(world.up()).rejects.toThrow(message);
    await expect(world.destroy()).rejects.toThrow(message);
    expect(world.made().cluster).toBe(cluster);
    await world.destroy({ forget: true });
    expect(fs.existsSync(world.programs.home)).toBe(false);
    expect(world.printed.at(-1)).toBe(
      `The cluster "${cluster}" is forgotten. If the Docker engine at unix:///run/test-docker.sock comes back, remove the rest with:\n` +
        "  export DOCKER_HOST=unix:///run/test-docker.sock\n" +
        `  docker rm --force --volumes ${cluster}-registry\n  kind delete cluster --name ${cluster}\n`,
    );
  });

  it("while the engine answers, --forget removes the cluster instead", async () => {
    await world.up();
    const { cluster } = world.made();
    world.programs.commands();
    await world.destroy({ forget: true });
    expect(world.programs.commands()).toContain(`kind delete cluster --name ${cluster}`);
    expect(world.printed.at(-1)).toBe("The kind cluster and its data are removed.\n");
  });

  it("the registry cannot be removed", async () => {
    await world.up();
    const { cluster } = world.made();
    world.programs.fail("docker rm", "Error response from daemon: removal is in progress");
    await expect(world.destroy()).rejects.toThrow(
      `The image registry "${cluster}-registry" cannot be removed: Error response from daemon: removal is in progress. ` +
        `Fix: docker rm --force --volumes ${cluster}-registry, then npm run destroy`,
    );
  });

  it("a read-only command while the cluster is stopped", async () => {
    await world.up();
    world.programs.fail("kubectl --kubeconfig", "The connection to the server 127.0.0.1:6443 was refused");
    await expect(openSession(world.stack, false)).rejects.toThrow(
      `The cluster of context kind-${world.made().cluster} does not answer: ` +
        "The connection to the server 127.0.0.1:6443 was refused\nFix: npm run up",
    );
  });

  it("the engine is on another machine", async () => {
    const docker = path.join(world.programs.folder, "bin/docker");
    fs.writeFileSync(docker, "#!/bin/sh\necho ssh://build@far.example.com\n", { mode: 0o755 });
    await expect(world.up()).rejects.toThrow(
      "Docker's context leads to ssh://build@far.example.com; the cluster's ports must open on this machine. " +
        "Fix: docker context use <a context whose engine is here>",
    );
  });
});
