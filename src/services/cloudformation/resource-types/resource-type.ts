import type { Client } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { TemplateValue } from "../template/template.ts";

/** The properties of a resource, with nothing left to resolve. */
export type Properties = Readonly<Record<string, TemplateValue>>;

/** What `Fn::GetAtt` gives, by the attribute's name. */
export type Attributes = Readonly<Record<string, TemplateValue>>;

/** Where a resource is made, and as whom. */
export interface Provision {
  /** Calls as the stack's caller, forwarded, or as the stack's role. */
  readonly client: Client;
  readonly stack: {
    readonly id: string;
    readonly name: string;
    readonly account: AccountId;
    readonly region: Region;
    /** `Key`, `Value`: the stack's own, which every resource that takes tags is given. */
    readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  };
  readonly logicalId: string;
  /** The same whenever the same step is tried again, another for each resource: 32 hexadecimal digits. */
  readonly token: string;
  /** A name for what the template gives none: `<stack>-<logical id>-<12 letters>`, always the same for one resource. */
  name(longest: number): string;
  /** Whether an earlier try of this step may have made the resource, and was cut off before it was noted. */
  readonly again: boolean;
}

/** A resource that was made. */
export interface Made {
  /** What `Ref` gives. */
  readonly physicalId: string;
  readonly attributes?: Attributes;
}

/**
 * A type of resource: how CloudFormation makes, changes and removes it with the calls that anybody could make
 * (CloudFormation User Guide, "AWS resource and property types reference").
 */
export interface ResourceType {
  /** `AWS::ECS::Cluster`. */
  readonly type: string;
  /** The properties it honours: any other is refused before anything is made. */
  readonly properties: readonly string[];
  /** Those whose change makes a new resource in its place. `all`: it cannot be changed. */
  readonly replacedBy: readonly string[] | "all";
  create(properties: Properties, at: Provision): Promise<Made>;
  /** Changes it. Left out where every change replaces. */
  update?(
    physicalId: string,
    properties: Properties,
    before: Properties,
    at: Provision,
  ): Promise<Attributes | undefined>;
  /** Removes it. That it is not there any more is no error. */
  remove(physicalId: string, properties: Properties, at: Provision): Promise<void>;
  /** Whether what was removed is gone; left out where it is at once. Until then it is removed again, now and then. */
  gone?(physicalId: string, properties: Properties, at: Provision): Promise<boolean>;
  /** Whether it is ready, and with which attributes; left out where it is at once. Throws when it never will be. */
  settled?(physicalId: string, properties: Properties, at: Provision): Promise<Attributes | undefined>;
}
