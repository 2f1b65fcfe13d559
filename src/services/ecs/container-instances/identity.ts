import type { Fault } from "../../../kernel/fault.ts";
import type { Scope } from "../arn.ts";
import { clientFault } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import type { Attributes } from "./instance.ts";

/** What an EC2 instance says of itself in its instance identity document. */
export interface HostIdentity {
  readonly instanceId: string;
  readonly attributes: Attributes;
}

/** What a registration shows of its host. */
interface ShownIdentity {
  readonly instanceIdentityDocument?: string | undefined;
  readonly instanceIdentityDocumentSignature?: string | undefined;
}

/** The document's architectures, as the attribute has them. */
const architectures: Readonly<Record<string, string>> = { x86_64: "x86_64", arm64: "arm64" };

/**
 * Reads an instance identity document (EC2 User Guide, "Instance identity documents"). It counts when this installation
 * has signed it, for an instance of the account and the region in which the host registers.
 * Throws `ClientException` for any other, and for none.
 */
export function readIdentity(
  { verifyIdentity }: Pick<EcsPorts, "verifyIdentity">,
  { account, region }: Scope,
  shown: ShownIdentity,
): HostIdentity {
  const { instanceIdentityDocument: document = "", instanceIdentityDocumentSignature: signature = "" } =
    shown;
  if (document === "" || !verifyIdentity(document, signature)) throw notValid();
  const read = JSON.parse(document) as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const value = read[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const instanceId = text("instanceId");
  if (instanceId === undefined || text("accountId") !== account || text("region") !== region)
    throw notValid();
  const told: readonly (readonly [string, string | undefined])[] = [
    ["ecs.ami-id", text("imageId")],
    ["ecs.instance-type", text("instanceType")],
    ["ecs.availability-zone", text("availabilityZone")],
    ["ecs.cpu-architecture", architectures[text("architecture") ?? ""]],
  ];
  return {
    instanceId,
    attributes: new Map(told.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  };
}

/** AWS's sentence, as an agent logged it (amazon-ecs-agent, issue 3604). */
const notValid = (): Fault =>
  clientFault("The identity document and identity document signature were not valid");
