import { open, seal, type Sealed, type SealingKey, sealingKeys } from "@nexus/clusters";
import { ServiceError } from "@nexus/service";

/** Where an encrypted text belongs; it cannot be opened for another row. */
export interface SealedPlace {
  readonly tenantId: string;
  readonly id: string;
}

/** What projects and deployments are encrypted for. */
export const DEPLOYMENT_PURPOSE = "deployment";

/** Encrypts what projects and deployments hold. */
export class SealedBox {
  private readonly keys: readonly SealingKey[];

  /** @param secrets of the stack; the first one encrypts */
  constructor(secrets: readonly string[]) {
    this.keys = sealingKeys(secrets);
  }

  seal({ tenantId, id }: SealedPlace, value: unknown): Sealed {
    return seal(JSON.stringify(value), this.keys, DEPLOYMENT_PURPOSE, [tenantId, id]);
  }

  /** @throws ServiceError if its key is gone */
  open<Value>({ tenantId, id }: SealedPlace, sealed: Sealed): Value {
    try {
      return JSON.parse(open(sealed, this.keys, DEPLOYMENT_PURPOSE, [tenantId, id])) as Value;
    } catch (cause) {
      throw new ServiceError("contents_unreadable", { cause });
    }
  }
}
