import type { InstanceIdentity } from "../runtime/agent/agent.ts";
import { createMetadataClient, metadataAddress } from "../runtime/agent/metadata/client.ts";
import type { SigningKeys } from "../runtime/agent/signing.ts";
import { Trouble } from "./trouble.ts";

/** Who an agent's host is. */
export interface AgentHost {
  readonly keys: () => Promise<SigningKeys>;
  /** Of an EC2 instance. */
  readonly identity?: InstanceIdentity;
  readonly region?: string;
  /** Whether the machine has been told that it is to go. */
  readonly leaving: () => Promise<boolean>;
}

/** A host outside of AWS, by the keys of the environment. */
export function externalHost(environment: NodeJS.ProcessEnv): AgentHost {
  const keys = environmentKeys(environment);
  if (keys !== undefined) return { keys: async () => keys, leaving: async () => false };
  throw new Trouble(
    "The agent has no credentials.",
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: every call of the agent is signed and authorised.",
    "aws iam create-access-key --user-name <user with AmazonEC2ContainerServiceforEC2Role>",
  );
}

/** An EC2 instance, by its metadata service; keys of the environment come first, as in every SDK. */
export async function instanceHost(environment: NodeJS.ProcessEnv): Promise<AgentHost> {
  const endpoint = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT || metadataAddress;
  const client = createMetadataClient(endpoint);
  const own = environmentKeys(environment);
  try {
    const [document, signature, region] = await Promise.all([
      client.identityDocument(),
      client.identitySignature(),
      client.region(),
    ]);
    const keys = own === undefined ? client.keys : async () => own;
    await keys();
    return { keys, identity: { document, signature }, region, leaving: client.leaving };
  } catch (error) {
    throw new Trouble(
      `This host does not learn from ${endpoint} which EC2 instance it is.`,
      error instanceof Error ? error.message : String(error),
      "roadstead metadata, or --external for a host outside of AWS",
    );
  }
}

function environmentKeys(environment: NodeJS.ProcessEnv): SigningKeys | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) return undefined;
  const { AWS_SESSION_TOKEN: sessionToken } = environment;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
