import type {
  ConnectionAuthorizationType,
  ConnectionAuthResponseParameters,
  ConnectionHttpParameters,
  UpdateConnectionAuthRequestParameters,
} from "@aws-sdk/client-eventbridge";
import { invalid, notServed } from "../faults.ts";

/** A parameter of requests, as the secret keeps it. */
interface KeptParameter {
  readonly key: string;
  readonly value: string;
  readonly is_value_secret: boolean;
}

/** Parameters of requests, as the secret keeps them. */
interface KeptHttpParameters {
  readonly header_parameters?: readonly KeptParameter[];
  readonly query_string_parameters?: readonly KeptParameter[];
  readonly body_parameters?: readonly KeptParameter[];
}

/** What the secret of a connection holds as JSON: all that its requests are made with. */
export interface ConnectionSecret {
  readonly api_key_name?: string;
  readonly api_key_value?: string;
  readonly username?: string;
  readonly password?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly authorization_endpoint?: string;
  readonly http_method?: string;
  readonly oauth_http_parameters?: KeptHttpParameters;
  readonly invocation_http_parameters?: KeptHttpParameters;
}

/** Members of the secret that a type of authorization cannot do without, with their names in the request. */
const needed: Readonly<
  Record<ConnectionAuthorizationType, readonly (readonly [keyof ConnectionSecret, string])[]>
> = {
  API_KEY: [
    ["api_key_name", "ApiKeyAuthParameters.ApiKeyName"],
    ["api_key_value", "ApiKeyAuthParameters.ApiKeyValue"],
  ],
  BASIC: [
    ["username", "BasicAuthParameters.Username"],
    ["password", "BasicAuthParameters.Password"],
  ],
  OAUTH_CLIENT_CREDENTIALS: [
    ["client_id", "OAuthParameters.ClientParameters.ClientID"],
    ["client_secret", "OAuthParameters.ClientParameters.ClientSecret"],
    ["authorization_endpoint", "OAuthParameters.AuthorizationEndpoint"],
    ["http_method", "OAuthParameters.HttpMethod"],
  ],
};

/** The member of `AuthParameters` that belongs to a type of authorization. */
const memberOf = {
  API_KEY: "ApiKeyAuthParameters",
  BASIC: "BasicAuthParameters",
  OAUTH_CLIENT_CREDENTIALS: "OAuthParameters",
} as const;

/**
 * What the secret holds after a call that makes or changes a connection: what the call leaves out stays, unless the
 * type of authorization changes.
 * @param before of the same type of authorization.
 * @throws Fault `ValidationException`, in our words.
 */
export function withParameters(
  type: ConnectionAuthorizationType,
  before: ConnectionSecret | undefined,
  given: UpdateConnectionAuthRequestParameters,
): ConnectionSecret {
  if (given.ConnectivityParameters !== undefined) throw privateConnectivity("ConnectivityParameters");
  for (const [other, member] of Object.entries(memberOf)) {
    if (other !== type && given[member] !== undefined) {
      throw invalid(`Parameter AuthParameters.${member} is not valid. Reason: AuthorizationType is ${type}.`);
    }
  }
  const { ApiKeyAuthParameters: key, BasicAuthParameters: basic, OAuthParameters: oauth } = given;
  const secret: ConnectionSecret = {
    ...before,
    ...present({
      api_key_name: key?.ApiKeyName,
      api_key_value: key?.ApiKeyValue,
      username: basic?.Username,
      password: basic?.Password,
      client_id: oauth?.ClientParameters?.ClientID,
      client_secret: oauth?.ClientParameters?.ClientSecret,
      authorization_endpoint: oauth?.AuthorizationEndpoint,
      http_method: oauth?.HttpMethod,
      oauth_http_parameters: kept(oauth?.OAuthHttpParameters),
      invocation_http_parameters: kept(given.InvocationHttpParameters),
    }),
  };
  const missing = needed[type].find(([member]) => secret[member] === undefined);
  if (missing !== undefined) throw invalid(`Parameter AuthParameters.${missing[1]} must be specified.`);
  return secret;
}

/** The parameters as answers show them: without passwords, keys and values that are marked secret. */
export function shownParameters(secret: ConnectionSecret): ConnectionAuthResponseParameters {
  const { api_key_name: ApiKeyName, username: Username, client_id: ClientID } = secret;
  const InvocationHttpParameters = shownHttp(secret.invocation_http_parameters);
  const OAuthHttpParameters = shownHttp(secret.oauth_http_parameters);
  return {
    ...(ApiKeyName !== undefined && { ApiKeyAuthParameters: { ApiKeyName } }),
    ...(Username !== undefined && { BasicAuthParameters: { Username } }),
    ...(ClientID !== undefined && {
      OAuthParameters: {
        ClientParameters: { ClientID },
        AuthorizationEndpoint: secret.authorization_endpoint,
        HttpMethod: secret.http_method as "POST" | undefined,
        ...(OAuthHttpParameters !== undefined && { OAuthHttpParameters }),
      },
    }),
    ...(InvocationHttpParameters !== undefined && { InvocationHttpParameters }),
  };
}

/** Connections into private networks go through Amazon VPC Lattice. */
export function privateConnectivity(member: string): Error {
  return notServed(member, "A connection through Amazon VPC Lattice");
}

function kept(given: ConnectionHttpParameters | undefined): KeptHttpParameters | undefined {
  if (given === undefined) return undefined;
  const listed = (list: readonly { Key?: string; Value?: string; IsValueSecret?: boolean }[] | undefined) =>
    list?.map(({ Key: key = "", Value: value = "", IsValueSecret: is_value_secret = false }) => ({
      key,
      value,
      is_value_secret,
    }));
  return present({
    header_parameters: listed(given.HeaderParameters as never),
    query_string_parameters: listed(given.QueryStringParameters as never),
    body_parameters: listed(given.BodyParameters as never),
  });
}

function shownHttp(given: KeptHttpParameters | undefined): ConnectionHttpParameters | undefined {
  if (given === undefined) return undefined;
  const listed = (list: readonly KeptParameter[] | undefined) =>
    list?.map(({ key: Key, value: Value, is_value_secret: IsValueSecret }) =>
      IsValueSecret ? { Key, IsValueSecret } : { Key, Value, IsValueSecret },
    );
  return present({
    HeaderParameters: listed(given.header_parameters),
    QueryStringParameters: listed(given.query_string_parameters),
    BodyParameters: listed(given.body_parameters),
  });
}

/** An object without its members that are `undefined`. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
