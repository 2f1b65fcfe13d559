import { Fault } from "../kernel/fault.ts";
import { isJsonObject, type Json } from "../kernel/json.ts";

/** The operations behind the operator's routes about other sites, as the composition root binds them. */
export interface SiteCommands {
  addRegion(input: {
    readonly region: string;
    readonly url: string;
    readonly key: string;
    readonly ca?: string | undefined;
    readonly allowPlainHttp?: boolean | undefined;
  }): Promise<object>;
  removeRegion(region: string): Promise<void>;
  listRegions(): Promise<readonly object[]>;
  issueKey(input: { readonly name: string; readonly accounts: readonly string[] }): Promise<object>;
  revokeKey(id: string): Promise<void>;
  listKeys(): Promise<readonly object[]>;
}

/** Routes by `METHOD path`; each takes the request's JSON body. */
export type AdminRoutes = Readonly<Record<string, (body: Json) => Promise<Json>>>;

/** The operator's routes about regions that other sites serve, and the keys for other sites. */
export function siteRoutes(commands: SiteCommands): AdminRoutes {
  return {
    "GET /_roadstead/regions": async () => ({ regions: plain(await commands.listRegions()) }),
    "POST /_roadstead/regions": async (body) => {
      const members = membersOf(body);
      return plain(
        await commands.addRegion({
          region: text(members, "region"),
          url: text(members, "url"),
          key: text(members, "key"),
          ca: members.ca === undefined ? undefined : text(members, "ca"),
          allowPlainHttp: members.allowPlainHttp === true,
        }),
      );
    },
    "POST /_roadstead/regions/remove": async (body) => {
      await commands.removeRegion(text(membersOf(body), "region"));
      return {};
    },
    "GET /_roadstead/site-keys": async () => ({ keys: plain(await commands.listKeys()) }),
    "POST /_roadstead/site-keys": async (body) => {
      const members = membersOf(body);
      const { accounts } = members;
      const listed = Array.isArray(accounts) && accounts.every((one) => typeof one === "string");
      if (!listed) throw malformed("accounts: a list of account ids");
      return plain(await commands.issueKey({ name: text(members, "name"), accounts: accounts as string[] }));
    },
    "POST /_roadstead/site-keys/revoke": async (body) => {
      await commands.revokeKey(text(membersOf(body), "id"));
      return {};
    },
  };
}

/** The body as an object. @throws Fault `ValidationException`. */
export function membersOf(body: Json): { readonly [name: string]: Json } {
  if (!isJsonObject(body)) throw malformed("the body: an object");
  return body;
}

/** A member that must be a text. @throws Fault `ValidationException`. */
export function text(members: { readonly [name: string]: Json }, name: string): string {
  const value = members[name];
  if (typeof value !== "string" || value.length > 16_384) throw malformed(`${name}: a text`);
  return value;
}

function malformed(what: string): Fault {
  return new Fault("ValidationException", what, { status: 400 });
}

/** The value as JSON has it. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
