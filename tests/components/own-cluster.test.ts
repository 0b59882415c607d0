import { namespaceRights, rulesOf, standardNames } from "@nexus/contract";
import { OwnCluster } from "../../components/own-cluster";
import { PRIVATE_RANGES } from "../../components/networking/policies";
import { recordComponents } from "../support/recorded-stack";

const recorded = recordComponents(
  () => new OwnCluster("own", { namespace: "nexus", names: standardNames, namespaces: ["nexus-apps-1"] }),
);

describe("namespaces of this cluster for tenants", () => {
  it("give the backend's account the rights of the shipped Role without Ingresses, and nobody any in the platform's", async () => {
    const { manifest, manifests } = await recorded;
    const rights = namespaceRights.filter(({ resource }) => resource !== "ingresses");
    expect(manifest("Role", "nexus-apps-1")).toMatchObject({ rules: rulesOf(rights) });
    const subjects = [{ kind: "ServiceAccount", name: standardNames.backend, namespace: "nexus" }];
    const bindings = manifests.filter(({ kind }) => kind.endsWith("Binding"));
    const metadata = { namespace: "nexus-apps-1" };
    expect(bindings).toMatchObject([{ kind: "RoleBinding", metadata, subjects, roleRef: { kind: "Role" } }]);
    expect(manifests.filter(({ kind }) => kind.startsWith("Cluster"))).toEqual([]);
  });

  it("let pods reach each other, public addresses and the name server, and nothing else in the cluster", async () => {
    const { manifest } = await recorded;
    const outside = { ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_RANGES } };
    const peers = [{ podSelector: {} }, outside];
    const dns = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    };
    expect(manifest("NetworkPolicy", "nexus-apps-1")).toMatchObject({
      metadata: { namespace: "nexus-apps-1" },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: peers }],
        egress: [{ to: peers }, { to: [dns] }],
      },
    });
  });
});
