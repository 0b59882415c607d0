import { makeCertificate } from "@nexus/testkit/certificate";
import { podTemplates, recordStack } from "../support/recorded-stack";
import { container, faults, podSpec, variable } from "../support/topology";

const NAME = "nexus-runtime";
const databaseUrl = "postgres://app:secret@db.data.svc.cluster.local/spaces?sslmode=require";

test("A41: lets kernel and migration check its certificate, by files that roll them when they change", async () => {
  const certificates = [await makeCertificate("one"), await makeCertificate("two")].map((one) => one.certificate);
  const paths: unknown[] = [];
  for (const caCertificate of certificates) {
    const postgres = { mode: "external", caCertificate };
    const one = await recordStack("dev", { topology: "runtime", networking: {}, postgres }, { databaseUrl });
    const data = one.manifest("ConfigMap", "nexus-runtime-config-ca").data as Record<string, string>;
    const [file = ""] = Object.keys(data);
    expect(data).toEqual({ [file]: caCertificate });
    for (const owner of [NAME, `${NAME}-migrate`]) {
      expect(variable(owner, "DATABASE_SSLROOTCERT")(one)).toBe(`/etc/nexus/ca/${file}`);
      expect(container(owner, "volumeMounts")(one)).toContainEqual({
        name: "authorities",
        mountPath: "/etc/nexus/ca",
        readOnly: true,
      });
      expect(podSpec(owner, "volumes")(one)).toContainEqual({
        name: "authorities",
        configMap: { name: "nexus-runtime-config-ca" },
      });
    }
    expect(faults(one)).toEqual([]);
    paths.push(podTemplates(one)[NAME]?.metadata.annotations?.["checksum/settings"]);
  }
  expect(new Set(paths).size).toBe(2);
});

test("lets the backend check the certificate of the identity provider where nothing else has an authority of its own", async () => {
  const { certificate: caCertificate } = await makeCertificate("login");
  const oidc = { issuer: "https://login.example.com", clientId: "nexus", caCertificate };
  const graphstudio = { backend: { studioUrl: "https://studio.example.com" } };
  const stack = await recordStack("dev", { auth: { oidc }, graphstudio }, { oidcClientSecret: "secret" });
  const [[file = "", pem] = []] = Object.entries(stack.manifest("ConfigMap", "nexus-config-ca").data as object);
  expect(pem).toBe(caCertificate);
  expect(variable("graphstudio-backend", "OIDC_CA_FILE")(stack)).toBe(`/etc/nexus/ca/${file}`);
  expect(container("graphstudio-backend", "volumeMounts")(stack)).toContainEqual({
    name: "authorities",
    mountPath: "/etc/nexus/ca",
    readOnly: true,
  });
  expect(faults(stack)).toEqual([]);
});
