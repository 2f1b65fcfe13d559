import { BlockList, isIPv4, isIPv6 } from "node:net";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { linearRegex } from "./linear-regex.ts";
import { wildcard } from "./wildcard.ts";

/** What a rule may ask of a request. */
export interface RequestFacts {
  readonly method: string;
  /** The host without its port, in small letters. */
  readonly host: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** What follows the first `?`; empty without one. */
  readonly query: string;
  /** The client's address, whatever X-Forwarded-For says. */
  readonly sourceIp: string;
  /** Values of a header, by its name in small letters, in the order they came. */
  header(name: string): readonly string[];
}

/** Whether a request is of a rule. */
export type Match = (request: RequestFacts) => boolean;

/**
 * The conditions of a rule, compiled: all must hold, of the values of one any. Source: Elastic Load Balancing User
 * Guide, "Condition types for listener rules": hosts, header values and queries without regard to case, paths and
 * methods with it. A condition that is not known never holds.
 */
export function matchRule(conditions: readonly elbv2.RuleCondition[]): Match {
  const all = conditions.map(condition);
  return (request) => all.every((holds) => holds(request));
}

function condition(given: elbv2.RuleCondition): Match {
  switch (given.Field) {
    case "host-header": {
      const test = texts(
        lowered(given.HostHeaderConfig?.Values ?? given.Values),
        given.HostHeaderConfig?.RegexValues,
      );
      return ({ host }) => test(host);
    }
    case "path-pattern": {
      const config = given.PathPatternConfig;
      const test = texts(config?.Values ?? given.Values ?? [], config?.RegexValues);
      return ({ path }) => test(path);
    }
    case "http-header": {
      const config = given.HttpHeaderConfig;
      const name = config?.HttpHeaderName?.toLowerCase() ?? "";
      const plain = anyOf(lowered(config?.Values).map(wildcard));
      const regex = texts([], config?.RegexValues);
      return (request) => request.header(name).some((value) => plain(value.toLowerCase()) || regex(value));
    }
    case "http-request-method": {
      const methods = new Set(given.HttpRequestMethodConfig?.Values ?? given.Values ?? []);
      return ({ method }) => methods.has(method);
    }
    case "query-string":
      return queryString(given.QueryStringConfig?.Values ?? []);
    case "source-ip":
      return sourceIp(given.SourceIpConfig?.Values ?? given.Values ?? []);
    default:
      return never;
  }
}

const never: Match = () => false;

const lowered = (values: readonly string[] = []): string[] => values.map((value) => value.toLowerCase());

type Test = (text: string) => boolean;

const anyOf =
  (tests: readonly Test[]): Test =>
  (text) =>
    tests.some((test) => test(text));

function texts(patterns: readonly string[], regexes: readonly string[] = []): Test {
  return anyOf([
    ...patterns.map(wildcard),
    ...regexes.flatMap((source) => {
      const regex = linearRegex(source);
      return regex === undefined ? [] : [(text: string) => regex.test(text)];
    }),
  ]);
}

function queryString(wanted: readonly elbv2.QueryStringKeyValuePair[]): Match {
  const pairs = wanted.map(({ Key, Value = "" }) => ({
    key: Key === undefined ? undefined : wildcard(Key.toLowerCase()),
    value: wildcard(Value.toLowerCase()),
  }));
  return ({ query }) => {
    if (query === "") return false;
    return query
      .toLowerCase()
      .split("&")
      .some((part) => {
        const [name = "", value = ""] = part.split(/=(.*)/s, 2);
        return pairs.some((pair) => (pair.key?.(name) ?? true) && pair.value(value));
      });
  };
}

function sourceIp(blocks: readonly string[]): Match {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", length] = block.split("/");
    if (isIPv4(address)) list.addSubnet(address, Number(length ?? 32), "ipv4");
    else if (isIPv6(address)) list.addSubnet(address, Number(length ?? 128), "ipv6");
  }
  return ({ sourceIp: address }) => list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}
