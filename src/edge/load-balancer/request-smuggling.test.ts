import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestBalancer, type TestTarget, testBalancer, webTarget } from "./carrier.testing.ts";
import { exchangeRaw, statuses } from "./raw.testing.ts";
import { balancerView, groupView, listenerView } from "./views.testing.ts";

let web: TestTarget;
let lb: TestBalancer;

beforeAll(async () => {
  web = await webTarget((request, response) => {
    request.resume();
    request.on("end", () => response.end("ok"));
  });
  lb = await testBalancer(
    balancerView({
      attributes: { "routing.http.desync_mitigation_mode": "defensive" },
      listeners: [listenerView({})],
      groups: [groupView({ targets: [web.port] })],
    }),
  );
});

afterAll(async () => {
  await lb.close();
  await web.close();
});

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/** Bytes that two servers could read differently. RFC 9112 says of each that it be refused. */
const refused: Readonly<Record<string, string>> = {
  "CL.TE: both lengths": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "TE.CL: the other way round": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}`,
  "TE.TE: a second, unknown coding": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
  "an unknown coding": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "chunked is not last": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  "two lengths that differ": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
  "the same length twice": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  "a list of lengths": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello`,
  "a length with a sign": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello`,
  "a folded line": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "a space before the colon": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "a bare LF after a field": `GET / HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n`,
  "a bare LF after the request line": `GET / HTTP/1.1\nHost: x\r\n\r\n`,
  "a bare CR in a field": `GET / HTTP/1.1\r\nHost: x\r\nX-A: b\rX-B: c\r\n\r\n`,
  "a NUL in a field": `GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n`,
  "no host": "GET / HTTP/1.1\r\n\r\n",
  "two hosts": "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
  "a field without a name": "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
  "a space in the target": "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
  "a chunk length that is none": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`,
  "a chunk longer than it says": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`,
  "a chunk's extension with a bare LF": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n`,
};

describe("requests that two servers could read differently", () => {
  for (const [name, bytes] of Object.entries(refused)) {
    test(name, async () => {
      const before = web.requests.length;
      const text = await exchangeRaw(lb.port(), bytes);
      const arrived = web.requests.slice(before).map(({ url }) => url);
      expect(arrived).not.toContain("/smuggled");
      expect(statuses(text)).toEqual([400]);
    });
  }
});
