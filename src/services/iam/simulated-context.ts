import type { ContextEntry, ContextKeyTypeEnum } from "@aws-sdk/client-iam";
import { isBase64 } from "../../authz/conditions/binary.ts";
import { readDate } from "../../authz/conditions/date.ts";
import { readNetwork } from "../../authz/conditions/ip-address.ts";
import { readDecimal } from "../../authz/conditions/numeric.ts";
import { requestContext } from "../../authz/context.ts";
import type { RequestContext } from "../../authz/types.ts";
import { Fault } from "../../kernel/fault.ts";

/** Whether a text is a value of a type, by the type's name without `List`. */
const isValue: Readonly<Record<string, (text: string) => boolean>> = {
  string: () => true,
  numeric: (text) => readDecimal(text) !== undefined,
  boolean: (text) => /^(?:true|false)$/i.test(text),
  ip: (text) => readNetwork(text) !== undefined,
  binary: isBase64,
  date: (text) => readDate(text) !== undefined,
};

/**
 * The context that a simulation's entries make (IAM API Reference, "ContextEntry"). A key given twice has the values of
 * the last.
 * @throws InvalidInput for an entry without a name, a value that is not of the declared type, and several values of a
 * type that is no list. The texts are ours.
 */
export function simulatedContext(entries: readonly ContextEntry[] | undefined): RequestContext {
  return requestContext(Object.fromEntries((entries ?? []).map(valuesOf)));
}

function valuesOf(entry: ContextEntry): readonly [string, readonly string[]] {
  const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type = "stringList" } = entry;
  if (name === undefined) throw new Fault("InvalidInput", "A context entry has no ContextKeyName.");
  if (!type.endsWith("List") && values.length > 1) {
    throw new Fault("InvalidInput", `The context key ${name} of type ${type} has more than one value.`);
  }
  const wrong = values.find((value) => !isOfType(value, type));
  if (wrong !== undefined) {
    throw new Fault("InvalidInput", `The value ${wrong} of the context key ${name} is not of type ${type}.`);
  }
  return [name, values];
}

function isOfType(value: string, type: ContextKeyTypeEnum): boolean {
  return isValue[type.replace(/List$/, "")]?.(value) ?? false;
}
