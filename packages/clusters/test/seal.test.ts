import { open, seal } from "../src";

const [old, present] = [
  { id: "1", secret: "a".repeat(48) },
  { id: "2", secret: "b".repeat(48) },
];
const text = "token: t0ken";
const bound = ["tenant", "cluster"];

describe("E19: what is sealed", () => {
  it("is opened with the key that sealed it, also after the key was changed", () => {
    const sealed = seal(text, [old], "kubeconfig", bound);
    expect(open(sealed, [present, old], "kubeconfig", bound)).toBe(text);
    expect(seal(text, [present, old], "kubeconfig", bound).keyId).toBe("2");
  });

  it("differs each time and does not contain the text", () => {
    const [one, other] = [seal(text, [old], "kubeconfig", bound), seal(text, [old], "kubeconfig", bound)];
    expect(one.bytes.equals(other.bytes)).toBe(false);
    expect(one.bytes.toString("latin1")).not.toContain("t0ken");
  });

  it("cannot be opened with another key, for another purpose or in another row, nor after a change", () => {
    const sealed = seal(text, [old], "kubeconfig", bound);
    const flipped = Buffer.from(sealed.bytes);
    flipped[flipped.length - 1]! ^= 1;
    expect(() => open(sealed, [present], "kubeconfig", bound)).toThrow("The key 1 that sealed this is not known");
    expect(() => open({ ...sealed, keyId: "2" }, [present], "kubeconfig", bound)).toThrow();
    expect(() => open(sealed, [old], "settings", bound)).toThrow();
    expect(() => open(sealed, [old], "kubeconfig", ["tenant", "other"])).toThrow();
    expect(() => open(sealed, [old], "kubeconfig", ["tenantcluster"])).toThrow();
    expect(() => open({ ...sealed, bytes: flipped }, [old], "kubeconfig", bound)).toThrow();
    expect(() => open({ ...sealed, bytes: sealed.bytes.subarray(0, 20) }, [old], "kubeconfig", bound)).toThrow();
  });
});
