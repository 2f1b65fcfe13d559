import type { TemplateValue } from "./template.ts";

/** What the functions of a template may ask for. `undefined` from a look-up: not known, or not known yet. */
export interface TemplateScope {
  /** A parameter's value, or a pseudo parameter's (`AWS::Region`). */
  parameter(name: string): TemplateValue | undefined;
  /** What `Ref` gives for a resource: its physical id. */
  reference(logicalId: string): string | undefined;
  /** What `Fn::GetAtt` gives. */
  attribute(logicalId: string, name: string): TemplateValue | undefined;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): TemplateValue | undefined;
  /** The names of the region's availability zones. */
  zones(region: string): readonly string[];
  /** An export of another stack. */
  exported(name: string): string | undefined;
  /** Whether the template has a resource of the name. */
  isResource(logicalId: string): boolean;
}

/** A function asked for what is not there yet: a resource that is still to be made. */
export class NotYetKnown extends Error {
  constructor(what: string) {
    super(`${what} is not known yet`);
    this.name = "NotYetKnown";
  }
}
