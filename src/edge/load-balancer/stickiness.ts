import { createHmac } from "node:crypto";

/** Cookies of a load balancer, and their copies for requests across sites (Elastic Load Balancing User Guide, "Sticky sessions"). */
export const targetCookie = "AWSALB";
export const groupCookie = "AWSALBTG";
/** AWS: an application's own cookie is followed by one with what the load balancer chose. */
export const applicationCookie = "AWSALBAPP-0";

/** AWS: browsers keep these cookies for a week, however long the stickiness lasts. */
const cookieLife = 7 * 24 * 3600 * 1000;
const tagLength = 16;

/** What stands for a target or a target group in a cookie: its name cannot be read from it. */
export type TagOf = (name: string) => string;

/** @param key of this installation, so that every process of it knows the cookies of the others. */
export const tagsBy =
  (key: Buffer): TagOf =>
  (name) =>
    createHmac("sha256", key).update(name).digest().subarray(0, tagLength).toString("base64");

/** A cookie's value: a tag, and until when it binds. @param until epoch ms. */
export function stickyValue(tag: string, until: number): string {
  const end = Buffer.alloc(6);
  end.writeUIntBE(until, 0, 6);
  return Buffer.concat([Buffer.from(tag, "base64"), end]).toString("base64");
}

/** The tag of a cookie's value; undefined when it is none of ours, or binds no more. */
export function stickyTag(value: string | undefined, now: number): string | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, "base64");
  if (bytes.length !== tagLength + 6) return undefined;
  if (bytes.readUIntBE(tagLength, 6) <= now) return undefined;
  return bytes.subarray(0, tagLength).toString("base64");
}

/** The value of a cookie in a Cookie field; undefined without. */
export function cookieValue(field: string, name: string): string | undefined {
  for (const part of field.split(";")) {
    const text = part.trimStart();
    if (text.startsWith(`${name}=`)) return text.slice(name.length + 1).trim();
  }
  return undefined;
}

/** Set-Cookie fields of a sticky choice: the cookie, and its copy that is sent across sites. */
export function stickyCookies(name: string, value: string, now: number): string[] {
  const expires = new Date(now + cookieLife).toUTCString();
  const common = `${value}; Expires=${expires}; Path=/`;
  return ["Set-Cookie", `${name}=${common}`, "Set-Cookie", `${name}CORS=${common}; SameSite=None; Secure`];
}
