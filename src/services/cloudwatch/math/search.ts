import { MathError } from "./tokens.ts";

/** A metric as a search sees it. */
export interface Searched {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
}

/** What a search looks for: whether a metric is found by it. */
export interface Search {
  /** Metrics of this namespace only, where the schema names one. */
  readonly namespace: string | undefined;
  finds(metric: Searched): boolean;
}

type Test = (metric: Searched) => boolean;

/** Terms of one search, a guard against texts that are made to be slow. */
const mostTerms = 100;

/**
 * Reads a search expression: `{AWS/ECS,ClusterName,ServiceName} MetricName="CPUUtilization" NOT "old"`
 * (User Guide, "CloudWatch search expression syntax"). Terms without an operator between them must all be met; a term
 * in double quotes is met exactly, one without by its parts, in any case. @throws MathError
 */
export function parseSearch(text: string): Search {
  const trimmed = text.trim();
  const [, schemaText, terms = ""] = /^\{([^{}]*)\}(.*)$/s.exec(trimmed) ?? [undefined, undefined, trimmed];
  const schema = schemaText === undefined ? undefined : schemaOf(schemaText);
  const query = queryOf(terms);
  return {
    namespace: schema?.namespace,
    finds: (metric) => (schema === undefined || schema.test(metric)) && query(metric),
  };
}

/** `namespace,dimension,dimension`: the metrics of the namespace that have exactly these dimensions. */
function schemaOf(text: string): { readonly namespace: string; readonly test: Test } {
  const [namespace = "", ...dimensions] = text
    .split(",")
    .map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
  if (namespace === "") throw new MathError("the search names no namespace");
  const wanted = new Set(dimensions);
  return {
    namespace,
    test: (metric) =>
      metric.namespace === namespace &&
      (dimensions.length === 0 ||
        (metric.dimensions.length === wanted.size &&
          metric.dimensions.every(({ name }) => wanted.has(name)))),
  };
}

const all: Test = () => true;

function queryOf(text: string): Test {
  const tokens =
    text.match(/[^\s()"=]+="[^"]*"|[^\s()"=]+=\(|[^\s()"=]+=[^\s()"]+|"[^"]*"|[()]|[^\s()"]+/g) ?? [];
  if (tokens.length > mostTerms) throw new MathError(`the search has more than ${mostTerms} terms`);
  let next = 0;
  const disjunction = (of: string | undefined): Test => {
    const tests = [conjunction(of)];
    while (tokens[next]?.toUpperCase() === "OR") {
      next++;
      tests.push(conjunction(of));
    }
    return (metric) => tests.some((test) => test(metric));
  };
  const conjunction = (of: string | undefined): Test => {
    const tests: Test[] = [];
    for (let token = tokens[next]; token !== undefined && token !== ")"; token = tokens[next]) {
      if (token.toUpperCase() === "OR") break;
      if (token.toUpperCase() === "AND") {
        next++;
        continue;
      }
      tests.push(single(of));
    }
    if (tests.length === 0) throw new MathError("a term of the search is missing");
    return (metric) => tests.every((test) => test(metric));
  };
  const single = (of: string | undefined): Test => {
    const token = tokens[next++] ?? "";
    if (token.toUpperCase() === "NOT") {
      if (tokens[next] === undefined) throw new MathError("NOT stands at the end of the search");
      const test = single(of);
      return (metric) => !test(metric);
    }
    if (token === "(") return closed(of);
    if (token.endsWith("=(")) return closed(token.slice(0, -2));
    const equals = token.startsWith('"') ? -1 : token.indexOf("=");
    return equals < 0
      ? termTest(of, token)
      : termTest(token.slice(0, equals).replace(/^"(.*)"$/, "$1"), token.slice(equals + 1));
  };
  const closed = (of: string | undefined): Test => {
    const test = disjunction(of);
    if (tokens[next++] !== ")") throw new MathError("a parenthesis of the search is not closed");
    return test;
  };
  if (tokens.length === 0) return all;
  const test = disjunction(undefined);
  if (next < tokens.length) throw new MathError("a parenthesis of the search was never opened");
  return test;
}

/** A term, of all that a metric has or of one property: `Namespace`, `MetricName`, or a dimension's name. */
function termTest(property: string | undefined, term: string): Test {
  const exact = term.startsWith('"');
  const text = exact ? term.slice(1, -1) : term;
  const parts = partsOf(text);
  const meets = (value: string): boolean => {
    if (exact) return value === text;
    const have = new Set(partsOf(value));
    return parts.every((part) => have.has(part));
  };
  return (metric) => valuesOf(metric, property).some(meets);
}

function valuesOf(
  { namespace, name, dimensions }: Searched,
  property: string | undefined,
): readonly string[] {
  switch (property) {
    case undefined:
      return [namespace, name, ...dimensions.flatMap((dimension) => [dimension.name, dimension.value])];
    case "Namespace":
      return [namespace];
    case "MetricName":
      return [name];
    default:
      return dimensions.filter((dimension) => dimension.name === property).map(({ value }) => value);
  }
}

/** AWS: what is not quoted is compared by parts: `CustomCount1` has custom, count and 1. */
function partsOf(text: string): readonly string[] {
  return (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((part) => part.toLowerCase());
}
