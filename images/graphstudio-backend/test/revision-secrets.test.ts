import { compared } from "../src/deployments/revision-objects";

const SECRET = "zq7Hunter2xPLAINval";
const object = (kind: string, more: object) => ({ apiVersion: "v1", kind, metadata: { name: "web" }, ...more });
const secret = object("Secret", { data: { DB_PASSWORD: Buffer.from(SECRET).toString("base64") } });
const pod = (image: string) => object("Pod", { spec: { containers: [{ name: "web", image }] } });

test("a comparison shows no value of a Secret, also where a revision of before has it in an image", () => {
  const changes = compared([secret, pod(`busybox:${SECRET}`)], [secret, pod("busybox:1")]);
  expect(changes).toMatchObject([{ fields: [{ before: "busybox:REDACTED", after: "busybox:1", secret: false }] }]);
  expect(JSON.stringify(changes)).not.toContain("Hunter2");
});
