import { createHash, createHmac } from "node:crypto";

/** Who signs: an access key, of a session where there is a token. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface PresignOptions {
  readonly key: SigningKey;
  readonly region: string;
  /** Epoch ms. */
  readonly now: number;
  /** Seconds for which the URL may be used; S3 allows a week at most. */
  readonly expiresIn: number;
}

const algorithm = "AWS4-HMAC-SHA256";

/**
 * A URL by which anybody may GET an object for a while (Amazon S3 API Reference, "Authenticating Requests: Using Query
 * Parameters"): nothing but the host is signed, so a client may add a range.
 * @param object the object's URL, its path escaped as S3 reads it, without a query.
 */
export function presignGet(object: URL, { key, region, now, expiresIn }: PresignOptions): URL {
  const time = `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = Object.entries({
    "X-Amz-Algorithm": algorithm,
    "X-Amz-Credential": `${key.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expiresIn),
    ...(key.sessionToken === undefined ? {} : { "X-Amz-Security-Token": key.sessionToken }),
    "X-Amz-SignedHeaders": "host",
  }).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  const asked = query.join("&");
  const canonical = ["GET", object.pathname, asked, `host:${object.host}`, "", "host", "UNSIGNED-PAYLOAD"];
  const toSign = [algorithm, time, scope, createHash("sha256").update(canonical.join("\n")).digest("hex")];
  const signing = scope
    .split("/")
    .reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${key.secretAccessKey}`);
  const signature = hmac(signing, toSign.join("\n")).toString("hex");
  return new URL(`${object.origin}${object.pathname}?${asked}&X-Amz-Signature=${signature}`);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Percent-encoded but for the unreserved characters of RFC 3986, as signatures want it. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
