import { invalidInput } from "./faults.ts";

type Condition = "EQ" | "IN" | "BETWEEN" | "BEGINS_WITH";

interface ApiFilter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
  readonly Condition?: Condition | undefined;
}

/** What a list shall show: all must be met. */
export type Filters<Name extends string> = readonly {
  readonly name: Name;
  readonly values: readonly string[];
  meets(value: string): boolean;
}[];

/**
 * Reads the filters of a list. The words are ours.
 * @param conditions what each filter may ask for, the default first.
 * @throws Fault `InvalidInput`
 */
export function readFilters<Name extends string>(
  given: readonly ApiFilter[] | undefined,
  conditions: Readonly<Record<Name, readonly Condition[]>>,
): Filters<Name> {
  return (given ?? []).map(({ Name: text = "", Values: values = [], Condition: condition = "EQ" }) => {
    const name = text as Name;
    const allowed: readonly Condition[] | undefined = conditions[name];
    if (allowed === undefined) throw invalidInput(`The filter ${text} is not valid.`);
    const [first = "EQ"] = allowed;
    const asked = allowed.includes("EQ") ? condition : condition === "EQ" ? first : condition;
    if (!allowed.includes(asked))
      throw invalidInput(`The condition ${asked} is not supported for the filter ${text}.`);
    const count = asked === "BETWEEN" ? 2 : asked === "IN" ? values.length : 1;
    if (values.length === 0 || values.length !== count)
      throw invalidInput(`The filter ${text} has the wrong number of values for the condition ${asked}.`);
    return { name, values, meets: (value) => meetsCondition(asked, values, value) };
  });
}

function meetsCondition(condition: Condition, values: readonly string[], value: string): boolean {
  const [first = "", second = ""] = values;
  switch (condition) {
    case "EQ":
    case "IN":
      return values.includes(value);
    case "BEGINS_WITH":
      return value.startsWith(first);
    case "BETWEEN":
      return Number(value) >= Number(first) && Number(value) <= Number(second);
  }
}
