import { isIP } from "node:net";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { invalidConfiguration, notServed, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import type { ElbPorts } from "../ports.ts";

/** What a rule asks of a request: fields that it may name once or, with another header or query, several times. */
const fields = [
  "path-pattern",
  "host-header",
  "http-header",
  "query-string",
  "http-request-method",
  "source-ip",
] as const;
type Field = (typeof fields)[number];

const once: ReadonlySet<string> = new Set([
  "path-pattern",
  "host-header",
  "http-request-method",
  "source-ip",
]);

/** What a value of a field may be, and what it is called (API Reference, "…ConditionConfig"). */
const forms: Readonly<Record<Field, { readonly form: RegExp; readonly name: string }>> = {
  "host-header": { form: /^[A-Za-z0-9.*?-]{1,128}$/, name: "Host header" },
  "path-pattern": { form: /^[A-Za-z0-9_\-.$/~"'@:+&*?()!,;=%#]{1,128}$/, name: "Path pattern" },
  "http-header": { form: /^[\x20-\x7e]{1,128}$/, name: "HTTP header" },
  "http-request-method": { form: /^[A-Z_-]{1,40}$/, name: "HTTP request method" },
  "query-string": { form: /^[\x21-\x7e]{1,128}$/, name: "Query string" },
  "source-ip": { form: /^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/, name: "Source IP" },
};

/** RFC 9110, "Tokens": names of header fields. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/;

/**
 * Checks the conditions of a rule, and writes them in the two ways in which AWS answers them.
 * @throws Fault `ValidationError`, `InvalidConfigurationRequest`.
 */
export function checkConditions(
  ports: Pick<ElbPorts, "isExpression">,
  given: readonly elbv2.RuleCondition[],
): readonly elbv2.RuleCondition[] {
  if (given.length === 0) throw validation("A condition must be specified");
  const checked = given.map((condition) => checkCondition(ports, condition));
  for (const field of once) {
    if (checked.filter(({ Field }) => Field === field).length > 1) {
      throw invalidConfiguration(`A rule can only have one '${field}' condition`);
    }
  }
  const values = checked.flatMap(valuesOf);
  if (values.length > limits.conditionValuesPerRule) {
    throw invalidConfiguration(
      `Rules must have no more than ${limits.conditionValuesPerRule} condition values in total`,
    );
  }
  const wildcards = values.join("").match(/[*?]/g)?.length ?? 0;
  if (wildcards > limits.conditionWildcardsPerRule) {
    throw invalidConfiguration(
      `Rules must have no more than ${limits.conditionWildcardsPerRule} wildcards in their conditions`,
    );
  }
  return checked;
}

function checkCondition(
  ports: Pick<ElbPorts, "isExpression">,
  condition: elbv2.RuleCondition,
): elbv2.RuleCondition {
  const { Field = "", Values, RegexValues } = condition;
  if (!isField(Field)) {
    throw validation(`Condition field '${Field}' must be one of '[${fields.join(",")}]'`);
  }
  const values = (inConfig: readonly string[] | undefined): string[] => {
    const texts = [...(inConfig ?? Values ?? [])];
    for (const text of texts) checkValue(Field, text);
    return texts;
  };
  const expressions = (inConfig: readonly string[] | undefined): string[] => {
    const texts = [...(inConfig ?? RegexValues ?? [])];
    for (const text of texts) checkExpression(ports, text);
    return texts;
  };
  switch (Field) {
    case "host-header": {
      const config = condition.HostHeaderConfig;
      const kept = textsOrExpressions(Field, values(config?.Values), expressions(config?.RegexValues));
      return { Field, ...kept, HostHeaderConfig: kept };
    }
    case "path-pattern": {
      const config = condition.PathPatternConfig;
      const kept = textsOrExpressions(Field, values(config?.Values), expressions(config?.RegexValues));
      return { Field, ...kept, PathPatternConfig: kept };
    }
    case "http-header": {
      const config = condition.HttpHeaderConfig;
      const HttpHeaderName = config?.HttpHeaderName ?? "";
      if (!headerName.test(HttpHeaderName)) {
        throw validation(`HTTP header name '${HttpHeaderName.slice(0, 64)}' is not valid`);
      }
      if (HttpHeaderName.toLowerCase() === "host") {
        throw validation("A condition on the header 'Host' is given as 'host-header'");
      }
      const kept = textsOrExpressions(Field, values(config?.Values), expressions(config?.RegexValues));
      return { Field, HttpHeaderConfig: { HttpHeaderName, ...kept } };
    }
    case "http-request-method":
      return {
        Field,
        HttpRequestMethodConfig: { Values: some(Field, values(condition.HttpRequestMethodConfig?.Values)) },
      };
    case "source-ip": {
      const config = condition.SourceIpConfig;
      const Texts = some(Field, values(config?.Values));
      for (const text of Texts) checkBlock(text);
      return { Field, SourceIpConfig: { Values: Texts } };
    }
    case "query-string": {
      const pairs = condition.QueryStringConfig?.Values ?? [];
      for (const { Key, Value } of pairs) {
        if (Key !== undefined) checkValue(Field, Key);
        checkValue(Field, Value ?? "");
      }
      return { Field, QueryStringConfig: { Values: some(Field, [...pairs]) } };
    }
  }
}

function isField(text: string): text is Field {
  return (fields as readonly string[]).includes(text);
}

function some<T>(field: Field, values: T[]): T[] {
  if (values.length === 0) throw validation(`A condition value must be specified for the field '${field}'`);
  return values;
}

function textsOrExpressions(field: Field, texts: string[], expressions: string[]) {
  if (texts.length > 0 && expressions.length > 0) {
    throw validation(
      `You can specify either values or regular expressions for the field '${field}', not both`,
    );
  }
  return expressions.length > 0 ? { RegexValues: expressions } : { Values: some(field, texts) };
}

function checkValue(field: Field, text: string): void {
  const { form, name } = forms[field];
  if (text.length > 128) throw validation(`${name} value is longer than '128' characters`);
  if (!form.test(text)) throw validation(`${name} value '${text}' is not valid`);
}

function checkExpression({ isExpression }: Pick<ElbPorts, "isExpression">, text: string): void {
  if (text.length > 128) throw validation("A regular expression cannot be longer than '128' characters");
  if (!isExpression(text)) throw validation(`'${text}' is not a regular expression that can be used`);
}

function checkBlock(text: string): void {
  const [address = "", length = ""] = text.split("/");
  const family = isIP(address);
  if (family === 6) throw notServed("A condition on IPv6 addresses");
  if (family !== 4 || Number(length) > 32)
    throw validation(`Source IP value '${text}' is not a valid CIDR block`);
}

function valuesOf(condition: elbv2.RuleCondition): readonly string[] {
  const { HostHeaderConfig, PathPatternConfig, HttpHeaderConfig } = condition;
  const texts = [HostHeaderConfig, PathPatternConfig, HttpHeaderConfig].flatMap((config) => [
    ...(config?.Values ?? []),
    // Wildcards are not what stars mean in expressions.
    ...(config?.RegexValues ?? []).map(() => ""),
  ]);
  const pairs = condition.QueryStringConfig?.Values ?? [];
  return [
    ...texts,
    ...(condition.HttpRequestMethodConfig?.Values ?? []),
    ...(condition.SourceIpConfig?.Values ?? []),
    ...pairs.map(({ Key = "", Value = "" }) => Key + Value),
  ];
}

/** What a transform rewrites, and the most expressions that it has (API Reference, "RuleTransform"). */
export function checkTransforms(
  { isExpression }: Pick<ElbPorts, "isExpression">,
  given: readonly elbv2.RuleTransform[],
): readonly elbv2.RuleTransform[] {
  if (new Set(given.map(({ Type }) => Type)).size < given.length) {
    throw validation("A rule can have only one transform of each type");
  }
  for (const { Type, HostHeaderRewriteConfig, UrlRewriteConfig } of given) {
    const config = Type === "host-header-rewrite" ? HostHeaderRewriteConfig : UrlRewriteConfig;
    const other = Type === "host-header-rewrite" ? UrlRewriteConfig : HostHeaderRewriteConfig;
    const [rewrite, ...more] = config?.Rewrites ?? [];
    if (rewrite === undefined || more.length > 0 || other !== undefined) {
      throw validation(`A transform of the type '${Type}' must have exactly one rewrite of its own`);
    }
    const { Regex = "", Replace = "" } = rewrite;
    if (Regex === "" || Regex.length > 1_024 || Replace.length > 1_024) {
      throw validation("The expression and the replacement of a rewrite must have 1 to 1024 characters");
    }
    if (!isExpression(Regex)) throw validation(`'${Regex}' is not a regular expression that can be used`);
  }
  return given;
}
