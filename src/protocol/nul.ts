import { Fault } from "../kernel/fault.ts";

/**
 * Refuses text that holds the character U+0000. No AWS name, tag or document may hold it, XML cannot carry it, and not
 * every database can keep it.
 * @throws Fault `SerializationException`
 */
export function refuseNul(value: unknown): void {
  if (typeof value === "string") {
    if (value.includes("\u0000"))
      throw new Fault("SerializationException", "Text must not hold the character U+0000");
  } else if (Array.isArray(value)) {
    for (const item of value) refuseNul(item);
  } else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    for (const [key, item] of Object.entries(value)) {
      refuseNul(key);
      refuseNul(item);
    }
  }
}
