import {
  DescribeRegistryCommand,
  ECRClient,
  PutReplicationConfigurationCommand,
  type ReplicationRule,
} from "@aws-sdk/client-ecr";
import { type Action, useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { type Query, useQuery } from "../aws/query.ts";

/** The registry's replication rules, and what replaces them. */
export interface Replication extends Pick<Action, "busy"> {
  readonly query: Query<readonly ReplicationRule[]>;
  /** Settles with whether it went well. */
  put(rules: readonly ReplicationRule[], done: string): Promise<boolean>;
}

/** The replication of the region that is chosen. */
export function useReplication(): Replication {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const query = useQuery(async () => {
    const { replicationConfiguration } = await ecr.send(new DescribeRegistryCommand({}));
    return replicationConfiguration?.rules ?? [];
  }, [ecr]);
  return {
    query,
    busy,
    async put(rules, done) {
      const command = new PutReplicationConfigurationCommand({
        replicationConfiguration: { rules: [...rules] },
      });
      const went = await run(() => ecr.send(command), done);
      if (went) query.reload();
      return went;
    },
  };
}
