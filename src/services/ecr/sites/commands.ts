import type { Client } from "../../../dispatch/context.ts";
import type {
  AddRemoteRegionInput,
  IssuedSiteKey,
  IssueSiteKeyInput,
  RemoteRegion,
  SiteKey,
  SiteOperations,
} from "./sites.ts";

/** What an operator can say about other sites, each a recorded call of the replication service. */
export function siteCommands(sites: SiteOperations, service: Client) {
  return {
    addRegion: (input: AddRemoteRegionInput): Promise<RemoteRegion> =>
      service.invoke(sites.addRemoteRegion, input),
    removeRegion: (region: string): Promise<void> => service.invoke(sites.removeRemoteRegion, { region }),
    listRegions: (): Promise<readonly RemoteRegion[]> => service.invoke(sites.listRemoteRegions, {}),
    issueKey: (input: IssueSiteKeyInput): Promise<IssuedSiteKey> => service.invoke(sites.issueSiteKey, input),
    revokeKey: (id: string): Promise<void> => service.invoke(sites.revokeSiteKey, { id }),
    listKeys: (): Promise<readonly SiteKey[]> => service.invoke(sites.listSiteKeys, {}),
  };
}
