import type { Carrier } from "./carrier.ts";
import type { Clients } from "./clients.ts";
import type { Stage } from "./stage.ts";

/** Who and what takes part in the story. */
export interface Cast {
  readonly stage: Stage;
  readonly carrier: Carrier;
  /** The source: an account in its home region. */
  readonly home: Clients;
  /** The same account, another region. */
  readonly abroad: Clients;
  /** Another account, another region. */
  readonly neighbour: Clients;
  readonly endpoint: string;
}

/** The repository of the story. */
export const repository = "team/app";
