import type { Rows, Sealer } from "../../store/types.ts";

/** What AWS Certificate Manager needs of the rest of the house. */
export interface AcmPorts {
  readonly sealer: Sealer;
  /** ARNs of the load balancers that a certificate proves: it cannot be deleted while there are any. */
  usersOf(rows: Rows, certificateArn: string): Promise<readonly string[]>;
}
