/**
 * Requests to thesetd and its streams of events.
 *
 * A stream is resumed after the last event that arrived, as often as it takes: over restarts of the daemon, of a proxy
 * and of the network. It ends with a final event, with a 204, when the caller aborts it, or with a refusal.
 */

import * as http from "node:http";
import * as https from "node:https";

import { events } from "./events.js";
import type { Accepted, CatalogueChange, Changes, Event, ImportStatus, Problem } from "./types.js";

/** Where the daemon is: its control socket, or an address with a token. */
export type Place = { socket: string } | { url: string; token?: string };

export interface FollowOptions {
  /** Resume after this event. */
  after?: number;
  /** Ends the stream. */
  signal?: AbortSignal;
}

export interface ChangesWanted {
  since?: number;
  kinds?: readonly CatalogueChange["kind"][];
  limit?: number;
}

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const SILENCE_MS = 45_000; // the daemon sends a comment at least every 15 s
const ANSWER_MS = 60_000;
const PASSING = new Set([408, 429, 500, 502, 503, 504]); // a later request may succeed

/** A refusal: the problem document that the daemon answered (RFC 9457). */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
    this.name = "ProblemError";
  }

  /** What completes the problem's type, for example `unknown-artist`. */
  get kind(): string {
    return this.problem.type.replace("urn:thesetd:problem:", "");
  }
}

export class Thesetd {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Import an artist by name, slug, id or address; resolves as soon as it is found and stored. */
  import(artist: string): Promise<Accepted> {
    return this.request<Accepted>("POST", "/imports", { artist });
  }

  /** Show one job. */
  status(jobId: number): Promise<ImportStatus> {
    return this.request<ImportStatus>("GET", `/imports/${jobId}`);
  }

  /** Refresh a stored artist's shows, setlists or catalogue before all background work. */
  refreshArtist(artist: string, aspect: "shows" | "setlists" | "catalog" | "profile" = "shows"): Promise<Accepted> {
    return this.request<Accepted>("POST", `/artists/${encodeURIComponent(artist)}/refresh?aspect=${aspect}`);
  }

  /** Refresh a show by the id of its row. */
  refreshShow(show: string): Promise<Accepted> {
    return this.request<Accepted>("POST", `/shows/${encodeURIComponent(show)}/refresh`);
  }

  /** Follow an import from its first event, or after a given one, to its last. */
  async *follow(jobId: number, options: FollowOptions = {}): AsyncGenerator<Event, void, undefined> {
    for await (const event of this.#stream<Event>(`/imports/${jobId}/events`, {}, options.after ?? 0, options.signal)) {
      yield event;
      if (FINAL.has(event.status)) return;
    }
  }

  /** Return a page of the change feed; pass its `next` as `since` for the following one. */
  changes(wanted: ChangesWanted = {}): Promise<Changes> {
    return this.request<Changes>("GET", `/changes${query({ ...wanted, kinds: wanted.kinds?.join(",") })}`);
  }

  /** Follow the change feed after a number. A `changes-gone` says that the rows have to be read again. */
  followChanges(
    since: number,
    options: { kinds?: readonly CatalogueChange["kind"][]; signal?: AbortSignal } = {},
  ): AsyncGenerator<CatalogueChange, void, undefined> {
    return this.#stream<CatalogueChange>("/changes/stream", { kinds: options.kinds?.join(",") }, since, options.signal);
  }

  /** Make any request; the answer is its document. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#open(method, path, body === undefined ? undefined : JSON.stringify(body));
    answer.setTimeout(ANSWER_MS, () => answer.destroy(new Error("thesetd: no answer in time")));
    const text = await read(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 400) throw new ProblemError(status, problemOf(status, text));
    return JSON.parse(text) as T;
  }

  async *#stream<T extends { seq: number }>(
    path: string,
    parameters: Record<string, string | undefined>,
    after: number,
    signal?: AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    let pause = FIRST_PAUSE_MS;
    let last = after;
    while (!signal?.aborted) {
      try {
        const headers = { "last-event-id": String(last), accept: "text/event-stream" };
        const answer = await this.#open("GET", path + query(parameters), undefined, headers, signal);
        const status = answer.statusCode ?? 0;
        if (status === 204) return void answer.resume();
        if (status >= 400) throw new ProblemError(status, problemOf(status, await read(answer)));
        answer.setTimeout(SILENCE_MS, () => answer.destroy(new Error("thesetd: the stream went silent")));
        for await (const data of events(answer)) {
          const event = JSON.parse(data) as T;
          if (event.seq <= last) continue;
          last = event.seq;
          pause = FIRST_PAUSE_MS;
          yield event;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof ProblemError && !PASSING.has(error.status)) throw error;
      }
      await sleep(pause * (0.5 + Math.random()), signal);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  #open(
    method: string,
    path: string,
    body?: string,
    headers: http.OutgoingHttpHeaders = {},
    signal?: AbortSignal,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent: http.OutgoingHttpHeaders = { accept: "application/json", ...headers };
      if (body !== undefined) Object.assign(sent, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      const shared = { method, headers: sent, agent: false as const, ...(signal ? { signal } : {}) };
      let request: http.ClientRequest;
      if ("socket" in this.#place) {
        request = http.request({ ...shared, socketPath: this.#place.socket, path, host: "localhost" });
      } else {
        if (this.#place.token) sent.authorization = `Bearer ${this.#place.token}`;
        const address = new URL(this.#place.url.replace(/\/+$/, "") + path);
        request = (address.protocol === "https:" ? https : http).request(address, shared);
      }
      request.setTimeout(ANSWER_MS, () => request.destroy(new Error("thesetd: no answer in time")));
      request.once("response", resolve).once("error", reject).end(body);
    });
  }
}

async function read(answer: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function problemOf(status: number, text: string): Problem {
  try {
    const found = JSON.parse(text) as Partial<Problem>;
    if (typeof found.type === "string" && typeof found.detail === "string") return found as Problem;
  } catch {
    // a proxy between us and the daemon has answered
  }
  return { type: "about:blank", title: "Refused", status, detail: `the answer was ${status}` };
}

function query(parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
  return given.length ? "?" + new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString() : "";
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
