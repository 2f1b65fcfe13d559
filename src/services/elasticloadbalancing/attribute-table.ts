/** What a value of an attribute may be: one of a few, a whole number in a range, or a text. */
export type AttributeValues =
  | readonly string[]
  | { readonly min: number; readonly max: number; readonly or?: string }
  | { readonly longest: number; readonly form?: RegExp };

/** An attribute of one kind of resource. */
export interface Attribute {
  readonly default: string;
  readonly values: AttributeValues;
}

/** The attributes that one resource has, by key. */
export type AttributeTable = Readonly<Record<string, Attribute>>;

/** Values of attributes that are switches. */
export const onOff: readonly string[] = ["true", "false"];
