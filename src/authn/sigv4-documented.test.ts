import { describe, expect, test } from "vitest";
import { readSignature, type SignedRequest, s3Rules, verifySignature } from "./sigv4.ts";
import { ChunkedBody } from "./sigv4-chunks.ts";

/**
 * The worked examples of the Amazon S3 API Reference ("Authenticating Requests: Using the Authorization Header",
 * "… Using Query Parameters", "… Transferring Payload in Multiple Chunks", "… with trailing headers").
 */
const key = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const now = Date.UTC(2013, 4, 24);
const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function s3(
  method: string,
  path: string,
  query: string,
  headers: Record<string, string>,
  body = "",
): SignedRequest {
  return {
    method,
    path,
    query,
    headers: { host: "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z", ...headers },
    body: Buffer.from(body),
  };
}

function authorization(signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${key}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
}

const usual = "host;x-amz-content-sha256;x-amz-date";
const rows: readonly [string, SignedRequest][] = [
  [
    "GET object",
    s3("GET", "/test.txt", "", {
      range: "bytes=0-9",
      "x-amz-content-sha256": empty,
      authorization: authorization(
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      ),
    }),
  ],
  [
    "PUT object whose key holds a dollar sign",
    s3(
      "PUT",
      "/test$file.text",
      "",
      {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        authorization: authorization(
          "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
      },
      "Welcome to Amazon S3.",
    ),
  ],
  [
    "a query parameter without a value",
    s3("GET", "/", "lifecycle", {
      "x-amz-content-sha256": empty,
      authorization: authorization(usual, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    }),
  ],
  [
    "two query parameters",
    s3("GET", "/", "max-keys=2&prefix=J", {
      "x-amz-content-sha256": empty,
      authorization: authorization(usual, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    }),
  ],
  [
    "presigned",
    {
      method: "GET",
      path: "/test.txt",
      query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
      headers: { host: "examplebucket.s3.amazonaws.com" },
      body: Buffer.alloc(0),
    },
  ],
];

describe("the worked examples of the Amazon S3 API Reference", () => {
  test.each(rows)("%s", (_name, request) => {
    const signature = readSignature(request);
    const options = { service: "s3", region: "us-east-1", rules: s3Rules };
    verifySignature(request, signature, secret, now, options);
    expect(() => verifySignature(request, signature, `${secret}.`, now, options)).toThrow("does not match");
  });
});

const chunkPath = "/examplebucket/chunkObject.txt";
const chunkHeaders = {
  host: "s3.amazonaws.com",
  "x-amz-storage-class": "REDUCED_REDUNDANCY",
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": "66560",
};
const plain = s3("PUT", chunkPath, "", {
  ...chunkHeaders,
  "content-length": "66824",
  "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  authorization: authorization(
    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  ),
});
const trailing = s3("PUT", chunkPath, "", {
  ...chunkHeaders,
  "x-amz-trailer": "x-amz-checksum-crc32c",
  "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  authorization: authorization(
    "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
  ),
});

function chunk(data: string, signature: string): string {
  return `${data.length.toString(16)};chunk-signature=${signature}\r\n${data}${data === "" ? "" : "\r\n"}`;
}

const plainBody = [
  chunk("a".repeat(65536), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
  chunk("a".repeat(1024), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
  chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
  "\r\n",
].join("");
const trailingBody = [
  chunk("a".repeat(65536), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
  chunk("a".repeat(1024), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
  chunk("", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
  "x-amz-checksum-crc32c:sOO8/Q==\r\n",
  "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
  "\r\n",
].join("");

/** Reads a body that arrives in pieces of `size` bytes. */
function readChunks(request: SignedRequest, body: string, size: number): { data: string; body: ChunkedBody } {
  const signature = readSignature(request);
  expect(signature.payload).toBe("streaming");
  verifySignature(request, signature, secret, now, { rules: s3Rules });
  const chunked = new ChunkedBody(signature, secret);
  const bytes = Buffer.from(body);
  let data = "";
  for (let at = 0; at < bytes.length; at += size) {
    data += Buffer.concat(chunked.push(bytes.subarray(at, at + size))).toString();
  }
  chunked.end();
  return { data, body: chunked };
}

describe("bodies of signed chunks", () => {
  test.each([1_000_000, 65_700, 997, 13, 1])("the documented examples, %d bytes at a time", (size) => {
    expect(readChunks(plain, plainBody, size).data).toBe("a".repeat(66560));
    const withTrailer = readChunks(trailing, trailingBody, size);
    expect(withTrailer.data).toBe("a".repeat(66560));
    expect([...withTrailer.body.trailers]).toEqual([["x-amz-checksum-crc32c", "sOO8/Q=="]]);
  });

  const broken: readonly [string, SignedRequest, string, string][] = [
    ["a changed byte", plain, plainBody.replace("aaa", "aba"), "SignatureDoesNotMatch"],
    ["a changed last signature", plain, plainBody.replace("b6c6ea8a", "b6c6ea8b"), "SignatureDoesNotMatch"],
    ["no last chunk", plain, plainBody.slice(0, plainBody.indexOf("0;chunk")), "IncompleteBody"],
    [
      "a chunk without signature",
      plain,
      plainBody.replace(/;chunk-signature=[0-9a-f]+/, ""),
      "IncompleteBody",
    ],
    ["a chunk that is too large", plain, plainBody.replace("10000;", "fffffff;"), "IncompleteBody"],
    ["a size that is no number", plain, plainBody.replace("10000;", "-1;"), "IncompleteBody"],
    ["bytes after the end", plain, `${plainBody}x`, "IncompleteBody"],
    ["an unannounced trailer", plain, plainBody.replace(/\r\n\r\n$/, "\r\nx-a:b\r\n\r\n"), "IncompleteBody"],
    ["a changed trailer", trailing, trailingBody.replace("sOO8", "sOO9"), "SignatureDoesNotMatch"],
    [
      "an unsigned trailer",
      trailing,
      trailingBody.replace(/x-amz-trailer-signature.*\r\n/, ""),
      "IncompleteBody",
    ],
    ["no end of line", plain, "a".repeat(5000), "IncompleteBody"],
  ];
  test.each(broken)("%s is refused", (_name, request, body, code) => {
    expect(() => readChunks(request, body, 4096)).toThrow(expect.objectContaining({ code }));
  });

  test("chunks without signatures, when that was announced", () => {
    const signature = { ...readSignature(trailing), contentSha256: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
    const chunked = new ChunkedBody(signature, secret);
    const out = chunked.push(Buffer.from("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"));
    chunked.end();
    expect(Buffer.concat(out).toString()).toBe("abc");
    expect(chunked.trailers.get("x-amz-checksum-crc32")).toBe("AAAAAA==");
  });
});
