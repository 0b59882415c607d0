import type { Manifest, ObjectId } from "../../../api/deployment-types";

/** Which object a manifest is of; kind and name are written at its beginning. */
export function objectOf({ text }: Manifest): ObjectId {
  const [, kind = ""] = /^kind: (\S+)$/m.exec(text) ?? [];
  const [, name = ""] = /^ {2}name: "?([^"\s]+)"?$/m.exec(text) ?? [];
  return { kind, name };
}

/** Whether an object keeps data: a claim, or a set that has a claim made for each of its pods. */
export const keepsData = ({ text }: Manifest): boolean =>
  /^(?:kind: PersistentVolumeClaim| {2}volumeClaimTemplates:)$/m.test(text);
