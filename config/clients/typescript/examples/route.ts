/**
 * A Next.js route handler, `app/api/imports/[job]/events/route.ts`: it passes an import's progress on to a page, so that
 * the daemon's token stays on the server.
 */

import { Thesetd } from "../src/index.js";

export const dynamic = "force-dynamic";

const daemon = new Thesetd(
  process.env.THESETD_URL
    ? { url: process.env.THESETD_URL, token: process.env.THESETD_TOKEN ?? "" }
    : { socket: "/run/thesetd/thesetd.sock" },
);

export async function GET(request: Request, { params }: { params: Promise<{ job: string }> }): Promise<Response> {
  const job = Number((await params).job);
  if (!Number.isSafeInteger(job)) return new Response("no such import", { status: 404 });
  const after = Number(request.headers.get("last-event-id") ?? 0);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      try {
        for await (const event of daemon.follow(job, { after, signal: request.signal })) {
          controller.enqueue(encoder.encode(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`));
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" } });
}
