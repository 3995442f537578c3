/** Reading server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html, what thesetd uses of it. */

/** Yield the data of each event of a body; comments are left out, and an event that is cut off is none. */
export async function* events(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body) {
    text += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5));
      if (data.length) yield data.join("\n");
    }
  }
}
