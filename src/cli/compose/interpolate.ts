import { refused } from "./values.ts";

const reference =
  /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^{}]*))?\}|([\s\S]?))/g;

/**
 * A text of a Compose file with the environment's values in place of `$NAME` and `${NAME}`, with `:-`, `-`, `:?`, `?`, `:+`
 * and `+` as in a shell, and `$` in place of `$$` (Compose Specification, "Interpolation"). One inside the other is refused.
 * @param path names the place in what is refused.
 */
function interpolate(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replaceAll(
    reference,
    (all, dollar?: string, plain?: string, braced?: string, operator = "", word = "", _bad?: string) => {
      if (dollar !== undefined) return "$";
      const name = plain ?? braced;
      if (name === undefined) throw refused(path, `"${all}" names no variable; write $$ for a dollar sign`);
      const value = environment[name];
      const missing = value === undefined || (operator.startsWith(":") && value === "");
      if (operator.endsWith("+")) return missing ? "" : word;
      if (!missing) return value;
      if (operator.endsWith("?")) throw refused(path, `${name} is not set: ${word || "it is required"}`);
      return operator.endsWith("-") ? word : "";
    },
  );
}

/** A document with the texts in it interpolated; the names of members are left as they are. */
export function interpolated(
  value: unknown,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  if (typeof value === "string") return interpolate(value, path, environment);
  if (Array.isArray(value))
    return value.map((item, index) => interpolated(item, `${path}[${index}]`, environment));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      interpolated(member, path === "" ? name : `${path}.${name}`, environment),
    ]),
  );
}
