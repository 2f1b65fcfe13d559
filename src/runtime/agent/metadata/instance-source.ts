import { minute } from "../../../kernel/duration.ts";
import type { HostKey } from "./host-key.ts";

/** An instance as Roadstead tells its machine. */
export interface InstanceFacts {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly type: string;
  readonly image: string;
  readonly reservation: string;
  readonly privateIp: string;
  readonly privateName: string;
  readonly mac: string;
  readonly vpc: string;
  readonly vpcCidr: string;
  readonly subnet: string;
  readonly subnetCidr: string;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly profile?: { readonly arn: string; readonly id: string; readonly roleArn?: string };
  /** Base64. */
  readonly userData?: string;
  readonly identityDocument: string;
  readonly identitySignature: string;
}

/** Credentials of the instance profile's role, or why there are none. */
export type InstanceCredentials =
  | {
      readonly role: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
      /** Epoch ms. */
      readonly expiresAt: number;
    }
  | { readonly role: string; readonly refused: string };

/** What a machine learns of the instance that it is. */
export interface InstanceSource {
  /** The newest that is known: Roadstead may be away for a while. */
  facts(): Promise<InstanceFacts>;
  /** `undefined` for an instance without a role. */
  credentials(): Promise<InstanceCredentials | undefined>;
  /** Whether the instance has been terminated. */
  terminated(): Promise<boolean>;
}

/** A refusal of Roadstead. */
export class HostRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}

/** How long what is known of an instance is not asked for again. */
const factsKept = minute;
/** AWS: credentials at 169.254.169.254 are renewed some time before they end. */
const renewBefore = 20 * minute;
/** How long a refused role is not asked for again. */
const refusalKept = 10_000;
const patience = 10_000;

/** Sends one request to Roadstead's routes for machines. Throws `HostRefusal`, and what `fetch` throws. */
async function ask<Answer>(endpoint: string, action: string, body: object): Promise<Answer> {
  const response = await fetch(new URL(`/_roadstead/hosts/${action}`, endpoint), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  });
  const answer = (await response.json()) as Answer & { readonly error?: string; readonly message?: string };
  if (!response.ok) throw new HostRefusal(answer.error ?? "Failure", answer.message ?? "");
  return answer;
}

/**
 * Becomes the instance that a join token stands for; asking again with the same key is no error.
 * Returns its name among all instances: `<account>/<region>/<instance id>`.
 */
export async function joinInstance(
  endpoint: string,
  token: string,
  key: HostKey,
  machine: { readonly architecture: string; readonly cores: number },
): Promise<string> {
  const { instance } = await ask<{ readonly instance: string }>(endpoint, "join", {
    ...{ token, publicKey: key.publicKey },
    ...machine,
  });
  return instance;
}

/** @param instance `<account>/<region>/<instance id>`. @param now epoch ms. */
export function createInstanceSource(
  endpoint: string,
  instance: string,
  key: HostKey,
  now: () => number,
): InstanceSource {
  let facts: { readonly value: InstanceFacts; readonly at: number } | undefined;
  let credentials: { readonly value: InstanceCredentials; readonly until: number } | undefined;
  let gone = false;

  async function asked<Answer>(action: string): Promise<Answer> {
    const signedAt = now();
    const id = instance.split("/").at(-1) ?? "";
    const signature = key.sign(`${action}\n${id}\n${signedAt}`);
    try {
      return await ask<Answer>(endpoint, action, { instance, signedAt, signature });
    } catch (error) {
      if (error instanceof HostRefusal && error.code === "InstanceTerminated") gone = true;
      throw error;
    }
  }

  async function freshFacts(): Promise<InstanceFacts> {
    if (facts !== undefined && now() - facts.at < factsKept) return facts.value;
    try {
      facts = { value: await asked<InstanceFacts>("metadata"), at: now() };
    } catch (error) {
      if (facts === undefined) throw error;
    }
    return facts.value;
  }

  return {
    facts: freshFacts,
    async credentials() {
      if ((await freshFacts()).profile?.roleArn === undefined) return undefined;
      if (credentials !== undefined && now() < credentials.until) return credentials.value;
      try {
        const value = await asked<InstanceCredentials>("credentials");
        const until = "expiresAt" in value ? value.expiresAt - renewBefore : now() + refusalKept;
        credentials = { value, until };
      } catch (error) {
        // What there is serves until it ends.
        if (credentials === undefined) throw error;
      }
      return credentials.value;
    },
    async terminated() {
      await asked("metadata").catch(() => undefined);
      return gone;
    },
  };
}
