import { invalidParameter } from "../faults.ts";
import type { Attributes } from "./instance.ts";

/** What an EC2 instance says of itself in its instance identity document. */
export interface HostIdentity {
  readonly instanceId: string;
  readonly attributes: Attributes;
}

/** The document's architectures, as the attribute has them. */
const architectures: Readonly<Record<string, string>> = { x86_64: "x86_64", arm64: "arm64" };

/**
 * Reads an instance identity document (EC2 User Guide, "Instance identity documents"); `undefined` without one. Who may
 * register an instance is decided by policies: the document is taken at its word.
 * Throws `InvalidParameterException`; the sentence is ours.
 */
export function readIdentity(document: string | undefined): HostIdentity | undefined {
  if (document === undefined || document === "") return undefined;
  const read = parsed(document);
  const text = (name: string): string | undefined => {
    const value = read?.[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const instanceId = text("instanceId");
  if (instanceId === undefined || !/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw invalidParameter("The instance identity document is invalid.");
  }
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

function parsed(document: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(document);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
