import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ProblemError, Thesetd } from "../src/index.js";
import type { Event } from "../src/index.js";
import { events } from "../src/events.js";

type Answer = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

/** Run a server on a port or a socket for as long as a function takes. */
async function served<T>(answer: Answer, use: (address: string, server: http.Server) => Promise<T>, path?: string): Promise<T> {
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part)).on("end", () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => (path ? server.listen(path, resolve) : server.listen(0, "127.0.0.1", resolve)));
  try {
    return await use(path ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function event(seq: number, status = "syncing-catalog"): Event {
  return { seq, job_id: 4, artist_id: null, slug: "x", status, progress: seq, message: "...", counts: {}, at: "2026-01-31T20:00:00+00:00" } as Event;
}

const frame = (one: Event): string => `id: ${one.seq}\ndata: ${JSON.stringify(one)}\n\n`;

test("an import is a POST with the token, and its reply is typed", async () => {
  await served(
    (request, response, body) => {
      assert.equal(request.method, "POST");
      assert.equal(request.url, "/imports");
      assert.equal(request.headers.authorization, "Bearer secret");
      assert.deepEqual(JSON.parse(body), { artist: "Björk" });
      response.writeHead(202, { "content-type": "application/json" }).end('{"job_id":4,"slug":"bjork"}');
    },
    async (url) => {
      const accepted = await new Thesetd({ url: `${url}/`, token: "secret" }).import("Björk");
      assert.equal(accepted.job_id, 4);
      assert.equal(accepted.slug, "bjork");
    },
  );
});

test("the socket serves the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "thesetd-"));
  try {
    await served(
      (request, response) => response.end(JSON.stringify({ path: request.url })),
      async (socket) => {
        const found = await new Thesetd({ socket }).request<{ path: string }>("GET", "/imports/4");
        assert.equal(found.path, "/imports/4");
      },
      join(folder, "s"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a refusal is an error with the problem document", async () => {
  await served(
    (_, response) =>
      response
        .writeHead(404, { "content-type": "application/problem+json" })
        .end('{"type":"urn:thesetd:problem:unknown-artist","title":"Unknown artist","status":404,"detail":"no artist found","close":[]}'),
    async (url) => {
      await assert.rejects(new Thesetd({ url }).import("x"), (error: unknown) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.kind, "unknown-artist");
        return true;
      });
    },
  );
});

test("a proxy's page is an error, too", async () => {
  await served(
    (_, response) => response.writeHead(502).end("<html>"),
    async (url) => {
      await assert.rejects(new Thesetd({ url }).status(4), { name: "ProblemError", status: 502 });
    },
  );
});

test("a stream that is cut is resumed after its last event, and no event comes twice", async () => {
  const asked: string[] = [];
  await served(
    (request, response) => {
      const after = Number(request.headers["last-event-id"]);
      asked.push(String(after));
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (asked.length === 1) {
        response.write("retry: 1000\n\n:\n\n" + frame(event(1)) + frame(event(2)));
        setTimeout(() => response.destroy(), 20); // kill -9
      } else if (asked.length === 2) {
        response.write(frame(event(2)) + frame(event(3)) + 'id: 4\ndata: {"seq":4'); // cut within an event
        setTimeout(() => response.destroy(), 20);
      } else {
        response.end(frame(event(4)) + frame(event(5, "completed")) + frame(event(6)));
      }
    },
    async (url) => {
      const seen: number[] = [];
      for await (const one of new Thesetd({ url }).follow(4)) seen.push(one.seq);
      assert.deepEqual(seen, [1, 2, 3, 4, 5]);
      assert.deepEqual(asked, ["0", "2", "3"]);
    },
  );
});

test("a daemon that is away or busy is tried again", async () => {
  let requests = 0;
  await served(
    (_, response) => {
      requests += 1;
      if (requests < 3) response.writeHead(503).end("{}");
      else response.writeHead(200).end(frame(event(1, "failed")));
    },
    async (url) => {
      const seen: string[] = [];
      for await (const one of new Thesetd({ url }).follow(4)) seen.push(one.status);
      assert.deepEqual(seen, ["failed"]);
    },
  );
});

test("a finished stream answers 204 and ends; a refusal ends it with an error", async () => {
  await served(
    (request, response) => response.writeHead(request.url === "/imports/4/events" ? 204 : 404).end(),
    async (url) => {
      for await (const _ of new Thesetd({ url }).follow(4)) assert.fail("no event follows");
      await assert.rejects(new Thesetd({ url }).follow(5).next(), { name: "ProblemError", status: 404 });
    },
  );
});

test("the caller ends a stream", async () => {
  await served(
    (_, response) => response.writeHead(200).write(frame(event(1))),
    async (url) => {
      const abort = new AbortController();
      const seen: number[] = [];
      for await (const one of new Thesetd({ url }).follow(4, { signal: abort.signal })) {
        seen.push(one.seq);
        abort.abort();
      }
      assert.deepEqual(seen, [1]);
    },
  );
});

test("changes are pages and a stream", async () => {
  const change = { seq: 41, kind: "show", action: "changed", table: "shows", id: "x", artist_id: null, changed: ["status"] };
  await served(
    (request, response) => {
      if (request.url === "/changes?since=40&limit=10&kinds=show%2Csetlist") response.end(JSON.stringify({ changes: [change], next: 41 }));
      else response.writeHead(request.url === "/changes/stream?kinds=show" ? 200 : 410).end(`id: 41\ndata: ${JSON.stringify(change)}\n\n`);
    },
    async (url) => {
      const daemon = new Thesetd({ url });
      const page = await daemon.changes({ since: 40, limit: 10, kinds: ["show", "setlist"] });
      assert.equal(page.changes[0]?.changed[0], "status");
      const first = await daemon.followChanges(40, { kinds: ["show"] }).next();
      assert.equal(first.value?.seq, 41);
      await assert.rejects(daemon.followChanges(1).next(), { status: 410 });
    },
  );
});

test("events are read whatever pieces they come in", async () => {
  const text = ": hi\n\nid: 1\ndata: {\"a\":\"ö\"}\n\nid: 2\ndata: two\ndata: lines\n\ndata: cut";
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, 1000]) {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    }
    const found: string[] = [];
    for await (const data of events(pieces())) found.push(data);
    assert.deepEqual(found, ['{"a":"ö"}', "two\nlines"]);
  }
});
