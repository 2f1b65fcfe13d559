import type { SigningKeys } from "../signing.ts";

/** What an agent asks of the metadata service of its machine. */
export interface MetadataClient {
  readonly instanceId: () => Promise<string>;
  readonly identityDocument: () => Promise<string>;
  readonly identitySignature: () => Promise<string>;
  readonly region: () => Promise<string>;
  /** Throws an error in words when the instance has no role, or EC2 cannot assume it. */
  readonly keys: () => Promise<InstanceKeys>;
  /** Whether the machine has been told that it is to go. */
  readonly leaving: () => Promise<boolean>;
}

/** Keys of the instance profile's role. */
export interface InstanceKeys extends SigningKeys {
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Where AWS has it. */
export const metadataAddress = "http://169.254.169.254";

const tokenLife = 300;
const patience = 5_000;

/** @param endpoint as `AWS_EC2_METADATA_SERVICE_ENDPOINT` has it. */
export function createMetadataClient(endpoint: string): MetadataClient {
  const at = (path: string): URL => new URL(`/latest/${path}`, endpoint);

  async function find(path: string): Promise<string | undefined> {
    const signal = AbortSignal.timeout(patience);
    const life = { "x-aws-ec2-metadata-token-ttl-seconds": `${tokenLife}` };
    const token = await fetch(at("api/token"), { method: "PUT", headers: life, signal });
    if (!token.ok) throw new Error(`the metadata service answers ${token.status}`);
    const headers = { "x-aws-ec2-metadata-token": await token.text() };
    const response = await fetch(at(path), { headers, signal });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`the metadata service answers ${response.status} for ${path}`);
    return response.text();
  }

  async function read(path: string): Promise<string> {
    const found = await find(path);
    if (found === undefined) throw new Error(`the metadata service has no ${path}`);
    return found;
  }

  return {
    instanceId: () => read("meta-data/instance-id"),
    identityDocument: () => read("dynamic/instance-identity/document"),
    identitySignature: () => read("dynamic/instance-identity/signature"),
    region: () => read("meta-data/placement/region"),
    async keys() {
      const role = (await find("meta-data/iam/security-credentials/"))?.split("\n")[0];
      if (role === undefined) throw new Error("the instance has no instance profile with a role");
      const told = JSON.parse(await read(`meta-data/iam/security-credentials/${role}`)) as Readonly<
        Record<string, string>
      >;
      const { Code, Message = "", AccessKeyId = "", SecretAccessKey = "", Token = "" } = told;
      if (Code !== "Success") throw new Error(`${Code}: ${Message}`);
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: Token,
        expiresAt: Date.parse(told.Expiration ?? ""),
      };
    },
    leaving: async () => (await find("meta-data/spot/instance-action")) !== undefined,
  };
}
