import { useMemo } from "react";
import { type Session, useSession } from "../session/session.ts";
import { useRegion } from "./region.ts";

/** What every client of the console is made with. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Session["credentials"];
  readonly maxAttempts: number;
}

/** Settings of a client that calls as a session: the same endpoint that the page came from. */
export function clientSettings(
  { credentials }: Pick<Session, "credentials">,
  region: string,
): ClientSettings {
  return { endpoint: window.location.origin, region, credentials, maxAttempts: 2 };
}

/** A client of the official SDK for the person who signed in, in the region that is chosen. */
export function useClient<Client>(
  Kind: new (settings: ClientSettings) => Client,
  otherRegion?: string,
): Client {
  const session = useSession();
  const chosen = useRegion();
  const region = otherRegion ?? chosen;
  if (session === undefined) throw new Error("a page was shown to nobody");
  return useMemo(() => new Kind(clientSettings(session, region)), [Kind, session, region]);
}
